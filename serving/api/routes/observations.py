"""``POST /v1/operations/{operation}/accounts`` and ``/posts``: what a collector saw goes into an operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter
from sqlalchemy import Connection

from vigie.features.json_object import JsonObject
from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.admission import Abandoned, Admission, unless_left
from vigie.serving.api.middleware.limits import EXPANSION
from vigie.serving.api.negotiation import JSON, NDJSON, accepts_lines
from vigie.serving.api.reading import Given, entries
from vigie.serving.api.schemas.requests import EXAMPLE as ACCOUNTS_EXAMPLE
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.idempotency import once
from vigie.serving.operations.observation import (
    Observation,
    ObservedItem,
    observe_accounts,
    observe_posts,
)
from vigie.serving.settings import Settings

_OBSERVATION, _ITEM = TypeAdapter(Observation), TypeAdapter(ObservedItem)
_POST: JsonObject = {
    "platform": "x",
    "account_id": "1000000000000000001",
    **ACCOUNTS_EXAMPLE["accounts"][0]["posts"][0],
}
_SAID = (
    "Everything of a request is kept when it is answered, or nothing of it. What is known already is kept once, so a request may "
    "be sent again; with an Idempotency-Key it is also answered the same. One that cannot be read is rejected in its place "
    f"and spoils no other. A body of type {NDJSON} holds one a line; with Accept: {NDJSON} the answer is one item a line."
)
_KEY: JsonObject = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Names the request: sent again with the same body it is answered the same, for two days.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def router(settings: Settings, admission: Admission, kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the routes.

    Args:
        settings: How much a request may hold.
        admission: Which requests are worked on at once.
        kept: The operations; raises where the service keeps none.
    """
    routes = APIRouter(
        prefix="/v1/operations/{operation}",
        tags=["observations"],
        dependencies=[needs(Scope.OBSERVE)],
        responses=REFUSALS,
    )
    declared = problems.declared(400, 404, 408, 409, 413, 415, 422, 503)
    lines: JsonObject = {"content": {NDJSON: {"schema": {"$ref": "#/components/schemas/ObservedItem"}}}}

    async def observed(
        request: Request,
        operation: str,
        field: str,
        observe: Callable[[Connection, Sequence[Any]], Observation],
    ) -> Response:
        given = await Given.by(request)
        key = request.headers.get("idempotency-key")
        lane = admission.lane(len(given.body) * (EXPANSION if given.encoding else 1))
        catalogue = kept()

        def work(abandoned: Abandoned) -> bytes:
            sent = entries(given, field, settings)
            given.exchange.take(*((len(sent), 0) if field == "accounts" else (0, len(sent))))
            abandoned.go_on()
            with catalogue.observing(operation) as connection:
                made = partial(_made, observe, connection, sent)
                return once(connection, key, given.body, catalogue.clock(), made)

        answer = await unless_left(request, lambda: lane.run(work))
        headers = {"Vary": "Accept"}
        if accepts_lines(request.headers.get("accept")):
            items = _OBSERVATION.validate_json(answer).items
            body = b"".join(_ITEM.dump_json(item) + b"\n" for item in items)
            return Response(body, media_type=NDJSON, headers=headers)
        return Response(answer, media_type=JSON, headers=headers)

    @routes.post(
        "/accounts",
        summary="Observe accounts with their posts",
        description=_SAID,
        response_model=Observation,
        responses={200: lines, **declared},
        openapi_extra=_takes("accounts", "ObservedAccounts", "Account", ACCOUNTS_EXAMPLE["accounts"][0]),
    )
    async def accounts(request: Request, operation: str) -> Response:
        return await observed(request, operation, "accounts", _timed(observe_accounts, kept))

    @routes.post(
        "/posts",
        summary="Observe posts",
        description=_SAID,
        response_model=Observation,
        responses={200: lines, **declared},
        openapi_extra=_takes("posts", "ObservedPosts", "ObservedPost", _POST),
    )
    async def posts(request: Request, operation: str) -> Response:
        return await observed(request, operation, "posts", _timed(observe_posts, kept))

    return routes


def _timed(
    observe: Callable[..., Observation], kept: Callable[[], Catalogue]
) -> Callable[[Connection, Sequence[Any]], Observation]:
    """Return what observes with the clock of the operations."""
    return lambda connection, sent: observe(connection, sent, kept().clock())


def _made(
    observe: Callable[[Connection, Sequence[Any]], Observation], connection: Connection, sent: Sequence[Any]
) -> bytes:
    return _OBSERVATION.dump_json(observe(connection, sent))


def _takes(field: str, schema: str, line: str, example: JsonObject) -> JsonObject:
    """Return what OpenAPI says of a route that takes entries of a field, or lines."""
    return {
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": {field: [example]}},
                NDJSON: {"schema": {"$ref": f"#/components/schemas/{line}"}, "example": example},
            },
        },
        "parameters": [_KEY],
    }
