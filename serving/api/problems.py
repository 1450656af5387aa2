"""Everything that is not an answer: problem details (RFC 9457), one shape for every failure.

``type`` is a relative URI, ``/problems/<slug>``, that stays the same for a kind of failure; ``detail`` says
what was seen, what was allowed and what to do. No stack trace and nothing of the body is ever sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import pydantic_core
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from pydantic import ValidationError as SchemaError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from vigie.errors import ContractError, VigieError

MEDIA_TYPE = "application/problem+json"

_DETAILS = {
    404: "there is nothing at this address; /docs lists what there is",
    405: "this address does not take that method; see the Allow header and /docs",
}


class FieldProblem(BaseModel):
    """One fault of one field."""

    model_config = ConfigDict(extra="allow")

    field: str = Field(description="The field at fault, dotted where it is inside another.")
    detail: str = Field(description="What was seen, what is allowed.")
    account: int | None = Field(default=None, description="Position of the account in the request, from 0.")
    account_id: str | None = Field(default=None, description="Id of the account, where it could be read.")


class Problem(BaseModel):
    """Problem details, RFC 9457."""

    type: str = Field(
        description="Stable identifier of the kind of problem.", examples=["/problems/contract"]
    )
    title: str = Field(description="The kind of problem in words, the same for every occurrence.")
    status: int = Field(description="HTTP status.", ge=400, le=599)
    detail: str = Field(description="What was seen, what was allowed, what to do next.")
    errors: list[FieldProblem] | None = Field(default=None, description="The fields at fault.")


class RequestError(ContractError):
    """A request as a whole breaks the contract.

    Attributes:
        errors: Each fault with the field it is in.
    """

    def __init__(self, message: str, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(message)
        self.errors = list(errors)


def details(error: VigieError, errors: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return the problem details of an error of the tree.

    >>> details(ContractError("followers_count is -1"))["type"]
    '/problems/contract'
    """
    return _problem(error.slug, error.title, error.status, str(error), errors)


def of_status(status: int, detail: str | None = None) -> dict[str, Any]:
    """Return the problem details of a bare HTTP status."""
    phrase = HTTPStatus(status).phrase
    said = detail if detail and detail != phrase else _DETAILS.get(status, phrase)
    return _problem(phrase.lower().replace(" ", "-"), phrase, status, said, ())


def of_schema(error: SchemaError) -> RequestError:
    """Return pydantic's faults as an error that names the fields and never repeats the input."""
    errors = [
        {"field": ".".join(map(str, fault["loc"])) or "body", "detail": fault["msg"]}
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    said = "; ".join(f"{fault['field']}: {fault['detail']}" for fault in errors[:5])
    return RequestError(f"the request cannot be read: {said}. See /docs for its shape", errors)


def response(problem: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return problem details as a response."""
    return Response(
        pydantic_core.to_json(problem),
        status_code=problem["status"],
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


async def on_vigie_error(_: Request, error: Exception) -> Response:
    """Answer an error of the tree."""
    if not isinstance(error, VigieError):
        raise error
    return response(details(error, getattr(error, "errors", ())))


async def on_http_error(_: Request, error: Exception) -> Response:
    """Answer what the framework refuses: unknown routes, wrong methods."""
    if not isinstance(error, HTTPException):
        raise error
    return response(of_status(error.status_code, error.detail), error.headers)


async def on_validation_error(_: Request, error: Exception) -> Response:
    """Answer a parameter that a route refuses."""
    if not isinstance(error, RequestValidationError):
        raise error
    errors = [
        {"field": ".".join(map(str, fault["loc"][1:])), "detail": fault["msg"]} for fault in error.errors()
    ]
    return response(details(ContractError("the request cannot be read; errors name the fields"), errors))


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of a route that may answer with these problems."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def _problem(
    slug: str, title: str, status: int, detail: str, errors: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    problem: dict[str, Any] = {
        "type": f"/problems/{slug}",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if errors:
        problem["errors"] = list(errors)
    return problem
