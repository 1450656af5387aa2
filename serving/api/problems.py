"""Everything that is not an answer: problem details (RFC 9457), one shape for every failure.

``type`` is a relative URI, ``/problems/<slug>``, that stays the same for a kind of failure; ``detail`` says
what was seen, what was allowed and what to do. No stack trace and nothing of the body is ever sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from vigie.errors import (
    ContractError,
    MalformedInputError,
    OverloadedError,
    ScopeError,
    UnauthenticatedError,
    UnknownOperationError,
    VigieError,
)
from vigie.features.i18n import Language, Message, message
from vigie.features.ingest.decoding import decode
from vigie.features.ingest.refusals import FieldProblem, Problem, problem_of, title
from vigie.features.json_object import JsonObject
from vigie.serving.api.negotiation import language_of, spoken

MEDIA_TYPE = "application/problem+json"
_SHAPE = TypeAdapter(Problem)
# RFC 6750.
_BEARER = 'Bearer realm="vigie"'

_DETAILS = {404: message("problem.not_found"), 405: message("problem.method")}


class RequestError(ContractError):
    """A request as a whole breaks the contract.

    Attributes:
        errors: Each fault with the field it is in.
        language: Of the message and the faults.
    """

    def __init__(self, message: str, errors: Sequence[FieldProblem], language: Language) -> None:
        super().__init__(message)
        self.errors, self.language = list(errors), language


def of_status(status: int, language: Language, detail: Message | str | None = None) -> Problem:
    """Return the problem details of a bare HTTP status."""
    phrase = HTTPStatus(status).phrase
    slug = phrase.lower().replace(" ", "-")
    stated = detail if detail and detail != phrase else _DETAILS.get(status, phrase)
    return Problem(
        f"/problems/{slug}",
        title(slug, phrase, language),
        status,
        stated.say(language) if isinstance(stated, Message) else stated,
    )


def of_schema(found: Sequence[ErrorDetails], language: Language) -> RequestError:
    """Return pydantic's faults as an error that names the fields and never repeats the input."""
    errors = [
        FieldProblem(".".join(map(str, fault["loc"])) or "body", _wanted(fault).say(language))
        for fault in found
    ]
    faults = "; ".join(f"{fault.field}: {fault.detail}" for fault in errors[:5])
    return RequestError(message("problem.unreadable", faults=faults).say(language), errors, language)


def _wanted(fault: ErrorDetails) -> Message:
    """Return what pydantic wants of a value, in words of ours."""
    context = fault.get("ctx", {})
    match fault["type"]:
        case "missing":
            return message("problem.field.missing")
        case "literal_error":
            return message(
                "problem.field.allowed",
                allowed=str(context["expected"]).replace("'", "").replace(" or ", ", "),
            )
        case "int_type" | "int_parsing" | "int_from_float":
            return message("problem.field.integer")
        case "list_type":
            return message("problem.field.list")
        case "string_type":
            return message("problem.field.text")
        case "string_too_short":
            return message("problem.field.shorter", least=context["min_length"])
        case "string_too_long":
            return message("problem.field.longer", most=context["max_length"])
        case "timezone_aware" | "datetime_type" | "datetime_parsing" | "datetime_from_date_parsing":
            return message("problem.field.time")
        case "blank":
            return message("problem.field.blank")
        case "extra_forbidden":
            return message("problem.field.extra")
        case "too_short":
            return message("problem.field.short", least=context["min_length"])
        case "less_than_equal":
            return message("problem.field.most", most=context["le"])
        case "greater_than_equal":
            return message("problem.field.least", least=context["ge"])
        case _:
            return message("problem.field.other")


def response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return problem details as a response."""
    return Response(
        _SHAPE.dump_json(problem),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


def of_error(error: VigieError, language: Language, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error of the tree as a response; one that passes says when to come back, one of access what it takes."""
    stated = dict(headers or {})
    if error.retry_after_s is not None:
        stated["Retry-After"] = str(error.retry_after_s)
    match error:
        case UnknownOperationError():
            none = message("problem.unknown_operation").say(language)
            return response(replace(problem_of(error, (), language), detail=none), stated | spoken(language))
        case OverloadedError():
            busy = message("problem.overloaded", seconds=stated["Retry-After"]).say(language)
            return response(replace(problem_of(error, (), language), detail=busy), stated | spoken(language))
        case RequestError():
            return response(problem_of(error, error.errors, error.language), stated | spoken(error.language))
        case UnauthenticatedError():
            stated["WWW-Authenticate"] = _BEARER
        case ScopeError():
            stated["WWW-Authenticate"] = f'{_BEARER}, error="insufficient_scope", scope="{error.scope}"'
    return response(problem_of(error, (), language), stated | spoken(language))


async def on_vigie_error(request: Request, error: Exception) -> Response:
    """Answer an error of the tree."""
    if not isinstance(error, VigieError):
        raise error
    return of_error(error, language_of(request))


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses: unknown routes, wrong methods."""
    if not isinstance(error, HTTPException):
        raise error
    language = language_of(request)
    # A body that the framework could not decode for another reason than its grammar, as one that is not UTF-8.
    if error.status_code == 400 and error.__cause__ and (fault := await _malformed(request)):
        return of_error(fault, language)
    problem = of_status(error.status_code, language, error.detail)
    return response(problem, {**(error.headers or {}), **spoken(language)})


async def on_validation_error(request: Request, error: Exception) -> Response:
    """Answer a parameter that a route refuses, or a body that is no JSON."""
    if not isinstance(error, RequestValidationError):
        raise error
    if any(fault["type"] == "json_invalid" for fault in error.errors()) and (
        fault := await _malformed(request)
    ):
        return of_error(fault, language_of(request))
    found = [fault | {"loc": fault["loc"][1:]} for fault in error.errors()]
    return of_error(of_schema(found, language_of(request)), language_of(request))


async def _malformed(request: Request) -> MalformedInputError | None:
    """Return what is wrong with a body that the framework has read as JSON; None where our own reader finds nothing."""
    try:
        decode(await request.body())
    except MalformedInputError as error:
        return error
    return None


def declared(*statuses: int) -> dict[int | str, JsonObject]:
    """Return the OpenAPI responses of a route that may answer with these problems."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }
