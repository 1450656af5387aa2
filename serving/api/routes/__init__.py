"""One module per noun of the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response

from vigie.features.i18n import Language
from vigie.features.json_object import JsonObject
from vigie.serving.api.reading import require_json, spoken
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


async def answered(
    answer: Callable[[ModelsInUse, bytes, str | None], _Answer],
    models_in_use: ModelsInUse,
    limiter: CapacityLimiter,
    request: Request,
    response: Response,
) -> _Answer:
    """Return the answer to a request in JSON, made in a thread of its own; the response names its language.

    Args:
        answer: Makes it of the models, the body and the header Accept-Language.
        models_in_use: What answers.
        limiter: Requests answered at once.
        request: The request.
        response: What its headers are set on.

    Raises:
        HTTPException: 415, where the body is not plain JSON in UTF-8.
    """
    require_json(request)
    body = await request.body()
    made = await to_thread.run_sync(
        answer, models_in_use, body, request.headers.get("accept-language"), limiter=limiter
    )
    response.headers.update(spoken(made.language))
    return made
