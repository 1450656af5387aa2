"""Files of an operation: notes, STIX bundles, the network, sealed dossiers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from vigie.features.json_object import JsonObject
from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.exporting import GRAPHML, KINDS, STIX, ZIP, Exporter, FoundIn
from vigie.serving.api.known_filters import KNOWN_FILTERS
from vigie.serving.api.negotiation import language_of
from vigie.serving.api.routes import IN_LANGUAGE
from vigie.serving.operations.decisions import TrackNumber
from vigie.serving.stix.objects import Marking


def _file(media_type: str) -> dict[int | str, JsonObject]:
    """Return what OpenAPI says of an answer that is a file."""
    return {200: {"content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}}


_BUNDLE: JsonObject = {
    "description": (
        "For OpenCTI 7: accounts as channels and user accounts, posts, techniques, the note attached; marked by tlp. Strong "
        "evidence becomes an incident, anything less a grouping; nothing says whose it is."
    ),
    "response_class": Response,
    "responses": _file(STIX),
    "openapi_extra": IN_LANGUAGE,
}


def router(exporter: Exporter) -> APIRouter:
    """Return the routes.

    Args:
        exporter: What makes the files.
    """
    routes = APIRouter(
        prefix="/v1/operations/{operation}",
        tags=["exports"],
        dependencies=[needs(Scope.DECIDE), KNOWN_FILTERS],
        responses={**REFUSALS, **problems.declared(404, 409, 422, 503)},
    )

    @routes.get(
        "/note",
        summary="The note of an analyst",
        description="One page of HTML that works offline: campaigns and groups with figures, contents, evidence, limits.",
        response_class=HTMLResponse,
        openapi_extra=IN_LANGUAGE,
    )
    async def note(request: Request, operation: str) -> Response:
        return await exporter.note(request, operation, language_of(request))

    @routes.get(
        "/note.zip",
        summary="The note with its annexes",
        description="The page, the accounts and the posts to capture as CSV for a spreadsheet of the language.",
        response_class=Response,
        responses=_file(ZIP),
        openapi_extra=IN_LANGUAGE,
    )
    async def archive(request: Request, operation: str) -> Response:
        language = language_of(request)
        return await exporter.note_archive(request, operation, language)

    @routes.get(
        "/network.graphml",
        summary="The network as GraphML",
        response_class=Response,
        responses=_file(GRAPHML),
    )
    async def network(request: Request, operation: str) -> Response:
        return await exporter.network(request, operation, language_of(request))

    @routes.get(
        "/stix",
        summary="An operation as a STIX 2.1 bundle",
        **_BUNDLE
        | {
            "description": (
                "Campaigns and groups of strong evidence that nobody called a false positive, and those that somebody confirmed. "
                "Ask for others one by one."
            )
        },
    )
    async def whole(request: Request, operation: str, tlp: Marking = "amber") -> Response:
        language = language_of(request)
        return await exporter.whole_stix(request, operation, language, tlp)

    @routes.get("/groups/{track}/stix", summary="A group as a STIX 2.1 bundle", **_BUNDLE)
    async def group(request: Request, operation: str, track: int, tlp: Marking = "amber") -> Response:
        language = language_of(request)
        return await exporter.stix(request, operation, "group", track, language, tlp)

    @routes.get("/campaigns/{track}/stix", summary="A campaign as a STIX 2.1 bundle", **_BUNDLE)
    async def campaign(request: Request, operation: str, track: int, tlp: Marking = "amber") -> Response:
        language = language_of(request)
        return await exporter.stix(request, operation, "campaign", track, language, tlp)

    @routes.get(
        "/contents/{content}/stix",
        summary="A content as a STIX 2.1 bundle",
        **_BUNDLE
        | {
            "description": (
                "For OpenCTI 7: a grouping of the earliest posts that hold a text, picture, link or sequence of hashtags, of the "
                "accounts that published them, and of the text or page itself, a page on it attached; marked by tlp. Nobody is judged "
                "by a content, so that there is no confidence, no score and no technique. content is an id of GET contents."
            )
        },
    )
    async def content(
        request: Request,
        operation: str,
        content: Annotated[str, Path(max_length=64)],
        tlp: Marking = "amber",
    ) -> Response:
        language = language_of(request)
        return await exporter.content_stix(request, operation, content, language, tlp)

    @routes.get(
        "/{found}/{track}/note",
        summary="The technical note on a group or campaign",
        description=(
            "One page of HTML that works offline and prints on A4: identity, confidence with reasons, accounts, contents, audience, "
            "chronology to the second, DISARM techniques, the four criteria and who filled which, alternatives, method, limits, "
            "bias of the collection, digests of the evidence. What a person must fill is marked."
        ),
        response_class=HTMLResponse,
        openapi_extra=IN_LANGUAGE,
    )
    async def technical_note(
        request: Request, operation: str, found: FoundIn, track: TrackNumber, tlp: Marking = "amber"
    ) -> Response:
        language = language_of(request)
        return await exporter.technical_note(
            request, operation, KINDS[found], track, language, tlp, zips=False
        )

    @routes.get(
        "/{found}/{track}/note.zip",
        summary="The technical note with its annexes",
        description="The page, the accounts and the posts to capture as CSV for a spreadsheet of the language.",
        response_class=Response,
        responses=_file(ZIP),
        openapi_extra=IN_LANGUAGE,
    )
    async def technical_archive(
        request: Request, operation: str, found: FoundIn, track: TrackNumber, tlp: Marking = "amber"
    ) -> Response:
        language = language_of(request)
        return await exporter.technical_note(
            request, operation, KINDS[found], track, language, tlp, zips=True
        )

    @routes.get(
        "/{found}/{track}/dossier",
        summary="A group or campaign as a sealed dossier",
        description=(
            "One ZIP file with the profiles and posts that were compared, models' versions, parameters, figures, decisions with "
            "their lines in the chain, and both notes in both languages; `vigie verify` checks it and computes the figures again. It "
            "holds personal data of all accounts that were compared."
        ),
        response_class=Response,
        responses=_file(ZIP),
    )
    async def dossier(
        request: Request, operation: str, found: FoundIn, track: TrackNumber, tlp: Marking = "amber"
    ) -> Response:
        language = language_of(request)
        return await exporter.dossier(request, operation, KINDS[found], track, language, tlp)

    return routes
