"""``/v1/known-campaigns``: what is known of earlier campaigns, for all operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from vigie.features.json_object import JsonObject
from vigie.serving.access.callers import Caller
from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.admission import Abandoned, Admission
from vigie.serving.known_campaigns import readers
from vigie.serving.known_campaigns.digests import digested
from vigie.serving.known_campaigns.readers.imported import LeftOut
from vigie.serving.models_in_use import ModelsInUse
from vigie.serving.operations import recall
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.exports import found
from vigie.serving.operations.recall import RememberedCampaign

_Text = Annotated[str | None, Query(min_length=1, max_length=300)]
# How a body is named that is read as a file of that kind.
_SUFFIXES = {"json": ".json", "csv": ".csv", "xlsx": ".xlsx"}
_BODY: JsonObject = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was added to the memory."""

    campaigns: list[RememberedCampaign]
    left_out: Annotated[
        Mapping[LeftOut, int], Field(description="What the file holds and is not kept, by reason.")
    ]


@dataclass(frozen=True, slots=True)
class MemoryList:
    """Every campaign that is remembered, by name."""

    campaigns: list[RememberedCampaign]


class Confirmation(BaseModel):
    """A group or campaign that people confirmed."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=300, description="What it is called from now on.")


def router(models_in_use: ModelsInUse, admission: Admission, kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the routes.

    Args:
        models_in_use: What compares.
        admission: Which requests are worked on at once.
        kept: The operations; raises where the service keeps none.
    """
    routes = APIRouter(
        tags=["known campaigns"], responses={**REFUSALS, **problems.declared(400, 404, 409, 413, 422, 503)}
    )

    @routes.post(
        "/v1/known-campaigns",
        summary="Remember the campaigns of a file",
        description=(
            "The body is a STIX 2.1 bundle of OpenCTI with the spreadsheets attached to it (json), Meta's indicators or a table of "
            "accounts, domains, pages or media hashes (csv, xlsx). A campaign of the same name and source is replaced."
        ),
        dependencies=[needs(Scope.ADMIN)],
        openapi_extra=_BODY,
    )
    async def add(
        request: Request,
        form: Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")],
        name: _Text = None,
        source: _Text = None,
        platform: _Text = None,
    ) -> Remembered:
        caller: Caller = request.state.exchange.caller
        caller.check_whole()
        body = await request.body()

        def work(abandoned: Abandoned) -> Remembered:
            file = f"body{_SUFFIXES[form]}"
            made = readers.parsed(file, body, name=name, source=source, platform=platform)
            abandoned.go_on()
            catalogue = kept()
            added = recall.add(catalogue.store.catalogue, made.campaigns, catalogue.clock(), caller.label)
            return Remembered(added, made.left_out)

        return await admission.run(request, len(body), work)

    @routes.get(
        "/v1/known-campaigns",
        summary="List what is remembered",
        description="A key of one operation is not told of what other operations confirmed.",
        dependencies=[needs(Scope.DECIDE)],
    )
    def listed(request: Request) -> MemoryList:
        caller: Caller = request.state.exchange.caller
        return MemoryList(recall.listed(kept().store.catalogue, caller.operation))

    @routes.delete(
        "/v1/known-campaigns", summary="Forget a known campaign", dependencies=[needs(Scope.ADMIN)]
    )
    def forget(
        request: Request,
        name: Annotated[str, Query(max_length=300)],
        source: Annotated[str, Query(max_length=300)],
    ) -> MemoryList:
        caller: Caller = request.state.exchange.caller
        caller.check_whole()
        recall.forget(kept().store.catalogue, name, source)
        return MemoryList(recall.listed(kept().store.catalogue))

    @routes.post(
        "/v1/operations/{operation}/{plural}/{track}/remember",
        summary="Remember a group or campaign that was confirmed",
        description=(
            "Keeps keyed digests of ids, handles, biographies, texts and pictures, and the name: what comes back is recognised in "
            "other operations, also when this one is forgotten."
        ),
        dependencies=[needs(Scope.DECIDE)],
    )
    async def remember(
        request: Request,
        operation: str,
        plural: Literal["groups", "campaigns"],
        track: int,
        asked: Confirmation,
    ) -> Remembered:
        by = request.state.exchange.caller.label

        def work(abandoned: Abandoned) -> Remembered:
            catalogue = kept()
            database = catalogue.database(operation)
            made = found(
                database,
                models_in_use.engine,
                models_in_use.limits,
                name=asked.name,
                language="en",
                progress=abandoned.go_on,
            )
            subject = made.subject(database, "group" if plural == "groups" else "campaign", track)
            shared = catalogue.store.catalogue
            campaign = digested(made.remembered(subject, asked.name, operation), recall.key(shared))
            return Remembered(recall.add(shared, [campaign], catalogue.clock(), by), {})

        return await admission.run(request, None, work)

    return routes
