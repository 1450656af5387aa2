"""One module per noun of the API."""

from __future__ import annotations

from vigie.features.json_object import JsonObject

ACCEPT_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "description": "Language of the sentences, where the request names none: en or fr.",
    "schema": {"type": "string", "examples": ["fr"]},
}


def takes(schema: str, example: JsonObject) -> JsonObject:
    """Return what OpenAPI says of a route that reads accounts in JSON and answers in a language."""
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": example}
            },
        },
        "parameters": [ACCEPT_LANGUAGE],
    }
