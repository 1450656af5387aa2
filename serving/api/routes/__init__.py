"""One module per noun of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from vigie.features.i18n import LANGUAGES, Language
from vigie.features.json_object import JsonObject
from vigie.serving.api.admission import Abandoned, Admission
from vigie.serving.api.middleware.limits import EXPANSION
from vigie.serving.api.negotiation import JSON, NDJSON, spoken
from vigie.serving.api.reading import Given
from vigie.serving.api.schemas.requests import ACCOUNTS, Options
from vigie.serving.json_encoding import encoded, shortened
from vigie.serving.models_in_use import ModelsInUse


class InLanguage(Protocol):
    """An answer in a language."""

    @property
    def language(self) -> Language:
        """Language of its sentences."""


_Answer = TypeVar("_Answer", bound=InLanguage)

ACCEPT_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "description": "Language of the sentences, where the request names none: en or fr.",
    "schema": {"type": "string", "examples": ["fr"]},
}
# What OpenAPI says of a route that answers in a language and reads no body that names one.
IN_LANGUAGE: JsonObject = {
    "parameters": [
        ACCEPT_LANGUAGE,
        {
            "name": "language",
            "in": "query",
            "description": "Language of the sentences, before that of the header.",
            "schema": {"type": "string", "enum": list(LANGUAGES)},
        },
    ]
}


def takes(schema: str, example: JsonObject, options: type[Options]) -> JsonObject:
    """Return what OpenAPI says of a route that reads accounts in JSON and answers in a language.

    Args:
        schema: The shape of a request as one object.
        example: Such a request.
        options: What a request asks, in the address where the body is lines.
    """
    shapes = options.model_json_schema()["properties"]
    return {
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": example},
                NDJSON: {"schema": {"$ref": "#/components/schemas/Account"}, "example": example[ACCOUNTS][0]},
            },
        },
        "parameters": [
            ACCEPT_LANGUAGE,
            *(
                {
                    "name": name,
                    "in": "query",
                    "description": f"Where the body is lines: {shape['description']}",
                    "schema": {
                        key: value for key, value in shape.items() if key not in ("title", "description")
                    },
                }
                for name, shape in shapes.items()
            ),
        ],
    }


async def answered(
    answer: Callable[[ModelsInUse, Given, Abandoned], _Answer],
    models_in_use: ModelsInUse,
    admission: Admission,
    request: Request,
    written: Callable[[_Answer], Response] = lambda made: in_json(type(made), made, spoken(made.language)),
) -> Response:
    """Return the response to a request, made and written in a thread of its lane.

    Args:
        answer: Makes it of the models and what was sent, and ends where the client left.
        models_in_use: What answers.
        admission: Which requests are worked on at once.
        request: The request.
        written: Writes the answer; default: as JSON that names its language.

    Raises:
        MediaTypeError: The body is neither JSON nor lines of it in UTF-8.
        OverloadedError: There is too much work already.
        ClientDisconnect: The client left.
    """
    given = await Given.by(request)

    def response(abandoned: Abandoned) -> Response:
        return written(answer(models_in_use, given, abandoned))

    size = len(given.body) * (EXPANSION if given.encoding else 1)
    return await admission.run(request, size, response)


class ShortJSON(JSONResponse):
    """An answer whose numbers have six significant digits, for routes that return what they tell."""

    def render(self, content: Any) -> bytes:
        """Return the content as JSON."""
        return super().render(shortened(content))


def in_json(kind: Any, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Return a value of a type as a response; arguments as :func:`vigie.serving.json_encoding.encoded`."""
    return Response(encoded(kind, value), media_type=JSON, headers=dict(headers or {}))
