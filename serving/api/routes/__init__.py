"""One module per noun of the API."""

from __future__ import annotations

from typing import Any

ACCEPT_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "description": "Language of the sentences, where the request names none: en or fr.",
    "schema": {"type": "string", "examples": ["fr"]},
}


def takes(schema: str, example: dict[str, Any]) -> dict[str, Any]:  # the shape that FastAPI takes
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
