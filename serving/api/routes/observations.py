"""``POST /v1/operations/{operation}/accounts`` and ``/posts``: what a collector saw goes into an operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter
from sqlalchemy import Connection

from vigie.features.ingest.parsing import from_posts
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
    read_accounts,
)
from vigie.serving.settings import Settings

_Sent = TypeVar("_Sent")
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
        understood: Callable[[Sequence[Any], datetime], _Sent],
        observe: Callable[[Connection, _Sent, datetime], Observation],
    ) -> Response:
        given = await Given.by(request)
        key = request.headers.get("idempotency-key")
        media_type = NDJSON if accepts_lines(request.headers.get("accept")) else JSON
        lane = admission.lane(len(given.body) * (EXPANSION if given.encoding else 1))
        catalogue = kept()

        def work(abandoned: Abandoned) -> bytes:
            now = catalogue.clock()
            listed = entries(given, field, settings)
            given.exchange.take(*((len(listed), 0) if field == "accounts" else (0, len(listed))))
            sent = understood(listed, now)
            abandoned.go_on()
            with catalogue.observing(operation) as connection:
                answer = once(
                    connection,
                    key,
                    given.body,
                    now,
                    lambda: _OBSERVATION.dump_json(observe(connection, sent, now)),
                )
            if media_type == JSON:
                return answer
            return b"".join(
                _ITEM.dump_json(item) + b"\n" for item in _OBSERVATION.validate_json(answer).items
            )

        answer = await unless_left(request, lambda: lane.run(work))
        return Response(answer, media_type=media_type, headers={"Vary": "Accept"})

    @routes.post(
        "/accounts",
        summary="Observe accounts with their posts",
        description=_SAID,
        response_model=Observation,
        responses={200: lines, **declared},
        openapi_extra=_takes("accounts", "ObservedAccounts", "Account", ACCOUNTS_EXAMPLE["accounts"][0]),
    )
    async def accounts(request: Request, operation: str) -> Response:
        return await observed(request, operation, "accounts", read_accounts, observe_accounts)

    @routes.post(
        "/posts",
        summary="Observe posts",
        description=_SAID,
        response_model=Observation,
        responses={200: lines, **declared},
        openapi_extra=_takes("posts", "ObservedPosts", "ObservedPost", _POST),
    )
    async def posts(request: Request, operation: str) -> Response:
        return await observed(request, operation, "posts", from_posts, observe_posts)

    return routes


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
