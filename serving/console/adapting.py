"""``/console/…/adaptation``: what the decisions of an operation can make of the model, and what that was worth."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from vigie.errors import OperationNotFoundError
from vigie.serving.access.exchange import Exchange
from vigie.serving.access.scopes import Scope
from vigie.serving.api.admission import Abandoned, Admission
from vigie.serving.console import forms, review
from vigie.serving.console.page import page
from vigie.serving.console.page_routes import PageRoute
from vigie.serving.console.visit import ROOT, Visit, browser_of, signed_in
from vigie.serving.models_in_use import ModelsInUse
from vigie.serving.operations import adaptation
from vigie.serving.operations.catalogue import Catalogue

# Accounts that are suggested.
_SUGGESTED = 20


def router(models_in_use: ModelsInUse, admission: Admission, kept: Callable[[], Catalogue]) -> APIRouter:
    """Return the routes of the page.

    Args:
        models_in_use: What judges.
        admission: Which requests are worked on at once.
        kept: The operations; raises where the service keeps none.
    """
    routes = APIRouter(
        prefix=f"{ROOT}/operations/{{operation}}/adaptation", include_in_schema=False, route_class=PageRoute
    )
    manages = [signed_in(Scope.ADMIN)]

    @routes.get("", dependencies=[signed_in(Scope.DECIDE)])
    def shown(request: Request, operation: str) -> Response:
        visit, told = Visit.of(request), kept().get(operation)
        with kept().database(operation).reading() as connection:
            labelled = review.labelled(connection, operation)
            suggested = adaptation.suggested(connection, operation, _SUGGESTED, visit.language)
            try:
                made = adaptation.told(connection, models_in_use.engine.models.inauthentic, visit.language)
            except OperationNotFoundError:
                made = None
        return page("adaptation", visit, operation=told, labelled=labelled, made=made, suggested=suggested)

    @routes.post("", dependencies=manages)
    async def adapt(request: Request, operation: str) -> Response:
        visit = Visit.of(request)
        await forms.read(request, request.app.state.console_tokens, browser_of(request))
        exchange: Exchange = request.state.exchange

        def work(abandoned: Abandoned) -> None:
            adaptation.adapt(
                kept().database(operation),
                operation,
                models_in_use.engine.models.inauthentic,
                by=visit.name or (exchange.caller.label if exchange.caller else ""),
                now=kept().clock(),
                progress=abandoned.go_on,
            )

        await admission.run(request, None, work)
        return RedirectResponse(f"{ROOT}/operations/{operation}/adaptation", 303)

    @routes.post("/end", dependencies=manages)
    async def end(request: Request, operation: str) -> Response:
        await forms.read(request, request.app.state.console_tokens, browser_of(request))

        def forget() -> None:
            with kept().database(operation).writing() as connection:
                adaptation.forget(connection)

        await run_in_threadpool(forget)
        return RedirectResponse(f"{ROOT}/operations/{operation}/adaptation", 303)

    return routes
