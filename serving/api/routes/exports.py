"""Files of an operation: the note, STIX bundles, the network, sealed dossiers."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from vigie.features.json_object import JsonObject
from vigie.serving.access.scopes import Scope
from vigie.serving.api import problems
from vigie.serving.api.access import REFUSALS, needs
from vigie.serving.api.admission import LARGE, Abandoned, Admission, unless_left
from vigie.serving.api.negotiation import preferred, spoken
from vigie.serving.api.routes import ACCEPT_LANGUAGE
from vigie.serving.dossier import decisions
from vigie.serving.models_in_use import ModelsInUse
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.exports import Found, found
from vigie.serving.operations.judgement import Kind
from vigie.serving.stix.objects import Marking

_STIX, _GRAPHML, _ZIP = "application/stix+json", "application/graphml+xml", "application/zip"
# The note has its own style, and loads nothing.
_NOTE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"


def _file(media_type: str) -> dict[int | str, JsonObject]:
    """Return what OpenAPI says of an answer that is a file."""
    return {200: {"content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}}


_DOSSIER: JsonObject = {
    "description": (
        "One ZIP file with the profiles and posts that were compared, models' versions, parameters, figures, decisions with their "
        "lines in the chain, and the note in both languages; `vigie verify` checks it and computes the figures again. It holds "
        "personal data of all accounts that were compared."
    ),
    "response_class": Response,
    "responses": _file(_ZIP),
}
_BUNDLE: JsonObject = {
    "description": (
        "For OpenCTI 7: accounts as channels and user accounts, posts, techniques, the note attached; marked by tlp. Strong "
        "evidence becomes an incident, anything less a grouping; nothing says whose it is."
    ),
    "response_class": Response,
    "responses": _file(_STIX),
    "openapi_extra": {"parameters": [ACCEPT_LANGUAGE]},
}


def router(models_in_use: ModelsInUse, admission: Admission, kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the routes.

    Args:
        models_in_use: What compares.
        admission: Which requests are worked on at once.
        kept: The operations; raises where the service keeps none.
    """
    routes = APIRouter(
        prefix="/v1/operations/{operation}",
        tags=["exports"],
        dependencies=[needs(Scope.DECIDE)],
        responses={**REFUSALS, **problems.declared(404, 409, 422, 503)},
    )
    in_language = {"parameters": [ACCEPT_LANGUAGE]}

    async def exported(request: Request, operation: str, write: Callable[[Found], Response]) -> Response:
        language = preferred(request.headers.get("accept-language"))

        def work(abandoned: Abandoned) -> Response:
            catalogue = kept()
            made = write(
                found(
                    catalogue.database(operation),
                    models_in_use.engine,
                    models_in_use.limits,
                    name=catalogue.get(operation).title,
                    language=language,
                    progress=abandoned.go_on,
                )
            )
            made.headers.update(spoken(language))
            return made

        return await unless_left(request, lambda: admission.lane(LARGE).run(work))

    async def stix(request: Request, operation: str, kind: Kind, track: int, tlp: Marking) -> Response:
        def write(of: Found) -> Response:
            subject = of.subject(kept().database(operation), kind, track)
            return Response(of.stix(subject, tlp).to_json(), media_type=_STIX)

        return await exported(request, operation, write)

    @routes.get(
        "/note",
        summary="The note of an analyst",
        description="One page of HTML that works offline: campaigns and groups with figures, contents, evidence, limits.",
        response_class=HTMLResponse,
        openapi_extra=in_language,
    )
    async def note(request: Request, operation: str) -> Response:
        headers = {"Content-Security-Policy": _NOTE_POLICY}
        return await exported(
            request, operation, lambda of: HTMLResponse(of.note(operation).page, headers=headers)
        )

    @routes.get(
        "/note.zip",
        summary="The note with its annexes",
        description="The page, the accounts and the posts to capture as CSV for a spreadsheet of the language.",
        response_class=Response,
        responses=_file(_ZIP),
        openapi_extra=in_language,
    )
    async def archive(request: Request, operation: str) -> Response:
        headers = {"Content-Disposition": f'attachment; filename="{operation}.zip"'}
        return await exported(
            request,
            operation,
            lambda of: Response(of.note_archive(operation), media_type=_ZIP, headers=headers),
        )

    @routes.get(
        "/network.graphml",
        summary="The network as GraphML",
        response_class=Response,
        responses=_file(_GRAPHML),
    )
    async def network(request: Request, operation: str) -> Response:
        return await exported(request, operation, lambda of: Response(of.network(), media_type=_GRAPHML))

    async def sealed(request: Request, operation: str, kind: Kind, track: int) -> Response:
        folders = {target: watched.folder for target, watched in models_in_use.champions.items()}

        def write(of: Found) -> Response:
            subject = of.subject(kept().database(operation), kind, track)
            made = of.dossier(subject, track, decisions.excerpt(kept(), operation), folders)
            headers = {"Content-Disposition": f'attachment; filename="{operation}-{kind}-{track}.zip"'}
            return Response(made, media_type=_ZIP, headers=headers)

        return await exported(request, operation, write)

    @routes.get("/groups/{track}/dossier", summary="A group as a sealed dossier", **_DOSSIER)
    async def group_dossier(request: Request, operation: str, track: int) -> Response:
        return await sealed(request, operation, "group", track)

    @routes.get("/campaigns/{track}/dossier", summary="A campaign as a sealed dossier", **_DOSSIER)
    async def campaign_dossier(request: Request, operation: str, track: int) -> Response:
        return await sealed(request, operation, "campaign", track)

    @routes.get("/groups/{track}/stix", summary="A group as a STIX 2.1 bundle", **_BUNDLE)
    async def group(request: Request, operation: str, track: int, tlp: Marking = "amber") -> Response:
        return await stix(request, operation, "group", track, tlp)

    @routes.get("/campaigns/{track}/stix", summary="A campaign as a STIX 2.1 bundle", **_BUNDLE)
    async def campaign(request: Request, operation: str, track: int, tlp: Marking = "amber") -> Response:
        return await stix(request, operation, "campaign", track, tlp)

    return routes
