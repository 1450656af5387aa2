"""``/console/…/judgements``: the button that judges an operation at once."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from vigie.serving.access.scopes import Scope
from vigie.serving.api.judging import Judge
from vigie.serving.console import forms
from vigie.serving.console.page_routes import OPERATION, pages
from vigie.serving.console.visit import ROOT, browser_of


def router(judge: Judge) -> APIRouter:
    """Return the route of the button.

    Args:
        judge: What judges.
    """
    routes = pages(f"{OPERATION}/judgements", Scope.DECIDE)

    @routes.post("")
    async def judged(request: Request, operation: str) -> Response:
        await forms.read(request, request.app.state.console_tokens, browser_of(request))
        await judge.judged(request, operation)
        return RedirectResponse(f"{ROOT}/operations/{operation}", 303)

    return routes
