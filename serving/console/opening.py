"""``/console/operations``: the form that opens an operation, for who may do so over the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from vigie.errors import ScopeError
from vigie.serving.access.callers import Caller
from vigie.serving.access.scopes import Scope
from vigie.serving.api.schemas.operations import OperationRequest
from vigie.serving.console import forms, held
from vigie.serving.console.held import HeldTrials
from vigie.serving.console.page_routes import pages
from vigie.serving.console.visit import ROOT, Visit, browser_of
from vigie.serving.operations.catalogue import LONGEST, Catalogue, Opening


class _Days(BaseModel):
    days: int = Field(ge=1, lt=LONGEST.days)


def router(kept: Callable[[], Catalogue], trials: HeldTrials) -> APIRouter:
    """Return the route of the form.

    Args:
        kept: The operations; raises where the service keeps none.
        trials: Files that were tried: a form that names one opens an operation that holds it.
    """
    routes = pages("/operations", Scope.ADMIN)

    @routes.post("")
    async def opened(request: Request) -> Response:
        visit = Visit.of(request)
        fields = await forms.read(request, request.app.state.console_tokens, browser_of(request))
        caller: Caller = request.state.exchange.caller
        if caller.operation is not None:
            raise ScopeError("a key of one operation opens no other", Scope.ADMIN)
        catalogue = kept()
        with forms.checked(visit.language):
            asked = opening(fields, catalogue.clock())
        tried = fields.get("trial", "")
        tables = trials.take(browser_of(request), tried) if tried else ()
        made = await run_in_threadpool(catalogue.create, asked, caller.name or caller.label)
        await run_in_threadpool(held.observe, catalogue, made.id, tables)
        return RedirectResponse(f"{ROOT}/operations/{made.id}", 303)

    return routes


def opening(fields: Mapping[str, str], now: datetime) -> Opening:
    """Return the operation that a form opens.

    Args:
        fields: Of the form. ``words`` holds what is watched, separated by spaces or commas: hashtags begin with ``#``.
        now: Clock of the service; the operation is forgotten so many ``days`` after.

    Raises:
        ValidationError: Something of it is missing or out of its range.
    """
    words = fields.get("words", "").replace(",", " ").split()
    life = _Days.model_validate({"days": fields.get("days", "")}).days
    asked = OperationRequest.model_validate(
        {
            "title": fields.get("title", "").strip(),
            "legal_basis": fields.get("legal_basis", "").strip(),
            "expires_at": now + timedelta(days=life),
            "theme": {
                "hashtags": [word.removeprefix("#") for word in words if word.startswith("#")],
                "keywords": [word for word in words if not word.startswith("#")],
            },
        }
    )
    return Opening(
        asked.title, asked.theme.theme(), asked.legal_basis, asked.expires_at, asked.retention_days
    )
