"""Everything that is not an answer: problem details (RFC 9457), one shape for every failure.

``type`` is a relative URI, ``/problems/<slug>``, that stays the same for a kind of failure; ``detail`` says
what was seen, what was allowed and what to do. No stack trace and nothing of the body is ever sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from vigie.errors import (
    ContractError,
    OverloadedError,
    RateLimitedError,
    ScopeError,
    UnauthenticatedError,
    VigieError,
)
from vigie.features.ingest.refusals import FieldProblem, Problem, problem_of
from vigie.features.json_object import JsonObject

MEDIA_TYPE = "application/problem+json"
_SHAPE = TypeAdapter(Problem)
# RFC 6750.
_BEARER = 'Bearer realm="vigie"'

_DETAILS = {
    404: "there is nothing at this address; /docs lists what there is",
    405: "this address does not take that method; see the Allow header and /docs",
}


class RequestError(ContractError):
    """A request as a whole breaks the contract.

    Attributes:
        errors: Each fault with the field it is in.
    """

    def __init__(self, message: str, errors: Sequence[FieldProblem]) -> None:
        super().__init__(message)
        self.errors = list(errors)


def of_status(status: int, detail: str | None = None) -> Problem:
    """Return the problem details of a bare HTTP status."""
    phrase = HTTPStatus(status).phrase
    stated = detail if detail and detail != phrase else _DETAILS.get(status, phrase)
    return Problem(f"/problems/{phrase.lower().replace(' ', '-')}", phrase, status, stated)


def of_schema(found: Sequence[ErrorDetails]) -> RequestError:
    """Return pydantic's faults as an error that names the fields and never repeats the input."""
    errors = [FieldProblem(".".join(map(str, fault["loc"])) or "body", fault["msg"]) for fault in found]
    faults = "; ".join(f"{fault.field}: {fault.detail}" for fault in errors[:5])
    return RequestError(f"the request cannot be read: {faults}. See /docs for its shape", errors)


def response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return problem details as a response."""
    return Response(
        _SHAPE.dump_json(problem),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


def of_error(error: VigieError, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error of the tree as a response; one that passes says when to come back, one of access what it takes."""
    stated = dict(headers or {})
    match error:
        case OverloadedError() | RateLimitedError():
            stated["Retry-After"] = str(error.retry_after_s)
        case UnauthenticatedError():
            stated["WWW-Authenticate"] = _BEARER
        case ScopeError():
            stated["WWW-Authenticate"] = f'{_BEARER}, error="insufficient_scope", scope="{error.scope}"'
    return response(problem_of(error, error.errors if isinstance(error, RequestError) else ()), stated)


async def on_vigie_error(_: Request, error: Exception) -> Response:
    """Answer an error of the tree."""
    if not isinstance(error, VigieError):
        raise error
    return of_error(error)


async def on_http_error(_: Request, error: Exception) -> Response:
    """Answer what the framework refuses: unknown routes, wrong methods."""
    if not isinstance(error, HTTPException):
        raise error
    return response(of_status(error.status_code, error.detail), error.headers)


async def on_validation_error(_: Request, error: Exception) -> Response:
    """Answer a parameter that a route refuses."""
    if not isinstance(error, RequestValidationError):
        raise error
    errors = [FieldProblem(".".join(map(str, fault["loc"][1:])), fault["msg"]) for fault in error.errors()]
    return response(problem_of(ContractError("the request cannot be read; errors name the fields"), errors))


def declared(*statuses: int) -> dict[int | str, JsonObject]:
    """Return the OpenAPI responses of a route that may answer with these problems."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }
