"""Forms of the console that write: decisions, answers to a criterion, fields of a note."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from vigie.serving.access.scopes import Scope
from vigie.serving.console import forms, review
from vigie.serving.console.page_routes import OPERATION, inside, pages
from vigie.serving.console.tracks import kind_of
from vigie.serving.console.visit import ROOT, Visit, browser_of
from vigie.serving.operations import (
    note_fields,
)
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decision_chain import decide, decide_all, withdraw
from vigie.serving.operations.decisions import TrackNumber, TrackSubject


def router(kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the routes of the forms.

    Args:
        kept: The operations; raises where the service keeps none.
    """
    routes = pages(OPERATION, Scope.DECIDE)

    @routes.post("/{found}/{track}/criteria")
    async def said(request: Request, operation: str, found: str, track: TrackNumber) -> Response:
        visit = Visit.of(request)
        fields = await forms.read(request, request.app.state.console_tokens, browser_of(request))
        kind = kind_of(found)
        with forms.checked(visit.language):
            asked = review.criterion(fields, visit.name)
        await run_in_threadpool(decide, kept(), operation, asked.statement(kind, track))
        return RedirectResponse(f"{ROOT}/operations/{operation}/{found}/{track}#criteria", 303)

    @routes.post("/{found}/{track}/fields")
    async def written(request: Request, operation: str, found: str, track: TrackNumber) -> Response:
        visit = Visit.of(request)
        fields = await forms.read(request, request.app.state.console_tokens, browser_of(request))
        subject = TrackSubject(kind_of(found), track)
        with forms.checked(visit.language):
            asked = review.note_fields(fields, visit.name)
        await run_in_threadpool(note_fields.add, kept(), operation, subject, asked.texts())
        return RedirectResponse(f"{ROOT}/operations/{operation}/{found}/{track}#note-fields", 303)

    @routes.post("/decisions/several")
    async def several(request: Request, operation: str) -> Response:
        visit = Visit.of(request)
        fields = await forms.read(request, request.app.state.console_tokens, browser_of(request))
        with forms.checked(visit.language):
            asked = review.several(fields, visit.name)
        made = await run_in_threadpool(
            decide_all, kept(), operation, [each.statement() for each in asked.decisions]
        )
        return RedirectResponse(review.told(inside(fields.get("next", "")), made), 303)

    @routes.post("/decisions/withdrawals")
    async def withdrawn(request: Request, operation: str) -> Response:
        visit = Visit.of(request)
        fields = await forms.read(request, request.app.state.console_tokens, browser_of(request))
        with forms.checked(visit.language):
            asked = review.withdrawal(fields, visit.name)
        await run_in_threadpool(withdraw, kept(), operation, asked.decisions, asked.by, asked.why)
        return RedirectResponse(inside(fields.get("next", "")), 303)

    @routes.post("/decisions")
    async def decided(request: Request, operation: str) -> Response:
        visit = Visit.of(request)
        fields = await forms.read(request, request.app.state.console_tokens, browser_of(request))
        with forms.checked(visit.language):
            asked = review.decision(fields, visit.name)
        await run_in_threadpool(decide, kept(), operation, asked.statement())
        return RedirectResponse(inside(fields.get("next", "")), 303)

    return routes
