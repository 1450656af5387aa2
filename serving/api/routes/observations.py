"""``POST /v1/operations/{operation}/accounts`` and ``/posts``: what a collector saw goes into an operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter
from sqlalchemy import Connection

from vigie.features.i18n import Language
from vigie.features.ingest.parsing import from_posts
from vigie.features.json_object import JsonObject
from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.admission import Abandoned, Admission
from vigie.serving.api.long_bodies import LONGER, LongBody, key_of_part, may_be_long, received
from vigie.serving.api.middleware.limits import EXPANSION
from vigie.serving.api.negotiation import JSON, NDJSON, accepts_lines, language_of
from vigie.serving.api.reading import Given, entries, most_entries
from vigie.serving.api.routes import IN_LANGUAGE
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
from vigie.serving.operations.parts import ObservedParts
from vigie.serving.settings import Settings

_Sent = TypeVar("_Sent")
_OBSERVATION, _ITEM = TypeAdapter(Observation), TypeAdapter(ObservedItem)
_POST: JsonObject = {
    "platform": "x",
    "account_id": "1000000000000000001",
    **ACCOUNTS_EXAMPLE["accounts"][0]["posts"][0],
}
# Kept answers are in the language of the request that was answered first: none is named for them.
_VARY = {"Vary": "Accept, Accept-Language"}
_SAID = (
    "Everything of a request is kept when it is answered, or nothing of it. What is known already is kept once, so a request may "
    "be sent again; with an Idempotency-Key it is also answered the same. One that cannot be read is rejected in its place "
    f"and spoils no other. A body of type {NDJSON} holds one a line; with Accept: {NDJSON} the answer is one item a line. Such a "
    f"body may be {LONGER} times as long as others. What is longer than these is kept in parts of whole lines, each as a request "
    "of its own. Where it is cut off, send it again: with the same Idempotency-Key, parts that were kept are answered as before."
)
_KEY: JsonObject = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Names the request: sent again with the same body it is answered the same, for two days.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


@dataclass(frozen=True)
class _Kind(Generic[_Sent]):
    """What is observed, accounts or posts: the name of the field, how entries are understood, and how they are kept."""

    field: str
    understood: Callable[[Sequence[Any], datetime, Language], _Sent]
    observe: Callable[[Connection, _Sent, datetime], Observation]


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

    def kept_once(
        kind: _Kind[_Sent],
        operation: str,
        given: Given,
        language: Language,
        key: str | None,
        abandoned: Abandoned,
    ) -> bytes:
        catalogue = kept()
        now = catalogue.clock()
        listed = entries(given, kind.field, settings)
        given.exchange.take(*((len(listed), 0) if kind.field == "accounts" else (0, len(listed))))
        sent = kind.understood(listed, now, language)
        abandoned.go_on()
        with catalogue.observing(operation) as connection:
            return once(
                connection,
                key,
                given.body,
                now,
                lambda: _OBSERVATION.dump_json(kind.observe(connection, sent, now)),
            )

    async def observed(request: Request, operation: str, kind: _Kind[_Sent]) -> Response:
        if may_be_long(request.scope):
            given = Given.of(request, b"")
            async with received(request, settings.max_body_bytes) as body:
                if body.size * (EXPANSION if given.encoding else 1) > settings.max_body_bytes:
                    return await in_parts(request, operation, kind, body, given)
                given = replace(given, body=body.file.read())
        else:
            given = await Given.by(request)
        key = request.headers.get("idempotency-key")
        size, language = len(given.body) * (EXPANSION if given.encoding else 1), language_of(request)
        answer = await admission.run(
            request, size, lambda abandoned: kept_once(kind, operation, given, language, key, abandoned)
        )
        if not accepts_lines(request.headers.get("accept")):
            return Response(answer, media_type=JSON, headers=_VARY)
        items = (_ITEM.dump_json(item) + b"\n" for item in _OBSERVATION.validate_json(answer).items)
        return Response(b"".join(items), media_type=NDJSON, headers=_VARY)

    async def in_parts(
        request: Request, operation: str, kind: _Kind[_Sent], body: LongBody, given: Given
    ) -> Response:
        key, language = request.headers.get("idempotency-key"), language_of(request)
        most = most_entries(kind.field, settings)

        def work(abandoned: Abandoned) -> ObservedParts:
            with ExitStack() as unless_whole:
                parts = unless_whole.enter_context(ObservedParts())
                for number, part in enumerate(body.parts(given.encoding, most, settings.max_body_bytes)):
                    one = replace(given, body=part, encoding=None)
                    named = key_of_part(key, number)
                    answer = kept_once(kind, operation, one, language, named, abandoned)
                    parts.add(_OBSERVATION.validate_json(answer))
                unless_whole.pop_all()
            return parts

        parts = await admission.run(request, body.size, work)
        takes_lines = accepts_lines(request.headers.get("accept"))
        return StreamingResponse(
            parts.lines() if takes_lines else parts.json(),
            media_type=NDJSON if takes_lines else JSON,
            headers=_VARY,
        )

    @routes.post(
        "/accounts",
        summary="Observe accounts with their posts",
        description=_SAID,
        response_model=Observation,
        responses={200: lines, **declared},
        openapi_extra=_takes("accounts", "ObservedAccounts", "Account", ACCOUNTS_EXAMPLE["accounts"][0]),
    )
    async def accounts(request: Request, operation: str) -> Response:
        return await observed(request, operation, _Kind("accounts", read_accounts, observe_accounts))

    @routes.post(
        "/posts",
        summary="Observe posts",
        description=_SAID,
        response_model=Observation,
        responses={200: lines, **declared},
        openapi_extra=_takes("posts", "ObservedPosts", "ObservedPost", _POST),
    )
    async def posts(request: Request, operation: str) -> Response:
        return await observed(request, operation, _Kind("posts", from_posts, observe_posts))

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
        "parameters": [_KEY, *IN_LANGUAGE["parameters"]],
    }
