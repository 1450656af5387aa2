"""``/console/…/files/…``: files of a group, campaign or content, for who is signed in to the console."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response

from vigie.serving.access.scopes import Scope
from vigie.serving.api.exporting import KINDS, Exporter, FoundIn
from vigie.serving.console.page_routes import OPERATION, pages
from vigie.serving.console.visit import Visit
from vigie.serving.operations.decisions import TrackNumber
from vigie.serving.stix.objects import Marking


def router(exporter: Exporter) -> APIRouter:
    """Return the routes of the files.

    Args:
        exporter: What makes them.
    """
    routes = pages(OPERATION, Scope.DECIDE)

    @routes.get("/contents/{content}/files/stix")
    async def content_file(
        request: Request,
        operation: str,
        content: Annotated[str, Path(max_length=64)],
        tlp: Marking = "amber",
    ) -> Response:
        return await exporter.content_stix(request, operation, content, Visit.of(request).language, tlp)

    @routes.get("/{found}/{track}/files/{name}")
    async def file(
        request: Request,
        operation: str,
        found: FoundIn,
        track: TrackNumber,
        name: Literal["note", "note.zip", "stix", "network.graphml", "dossier"],
        tlp: Marking = "amber",
    ) -> Response:
        kind, language = KINDS[found], Visit.of(request).language
        match name:
            case "note" | "note.zip":
                return await exporter.technical_note(
                    request, operation, kind, track, language, tlp, zips=name == "note.zip"
                )
            case "stix":
                return await exporter.stix(request, operation, kind, track, language, tlp)
            case "network.graphml":
                return await exporter.network(request, operation, language)
            case "dossier":
                return await exporter.dossier(request, operation, kind, track, language, tlp)

    return routes
