"""``/console/try``: a file of any reader, dropped on a page, and what comes out of it; kept only where an operation is chosen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from vigie.errors import AccessError, NoStoreError, OperationError, UnknownFormatError
from vigie.features.ingest.refusals import problem_of
from vigie.serving.access.exchange import Exchange
from vigie.serving.access.scopes import Scope
from vigie.serving.api.admission import Abandoned, Admission
from vigie.serving.api.middleware.limits import check_work
from vigie.serving.console import columns, held, uploads
from vigie.serving.console.held import HeldTrials, Kept
from vigie.serving.console.page import page
from vigie.serving.console.page_routes import pages
from vigie.serving.console.trial import Trial, offered, tried
from vigie.serving.console.visit import Visit, browser_of
from vigie.serving.models_in_use import ModelsInUse
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.settings import Settings


@dataclass(frozen=True)
class Place:
    """An operation that a file may be observed into."""

    id: str
    title: str


def router(
    models_in_use: ModelsInUse,
    settings: Settings,
    admission: Admission,
    kept: Callable[[], Catalogue],
    trials: HeldTrials,
) -> APIRouter:
    """Return the routes.

    Args:
        models_in_use: What scores.
        settings: How much may be tried.
        admission: Which requests are worked on at once.
        kept: The operations; raises where the service keeps none.
        trials: What may still become an operation.
    """
    routes = pages("/try", Scope.SCORE)

    @routes.get("")
    def form(request: Request, operation: Annotated[str, Query(max_length=64)] = "") -> Response:
        return page(
            "try",
            Visit.of(request),
            operation=None,
            places=_places(request, kept),
            chosen=operation,
            megabytes=f"{settings.max_body_mb:g}",
        )

    @routes.post("")
    async def results(request: Request) -> Response:
        visit = Visit.of(request)
        upload = await uploads.read(request, request.app.state.console_tokens, browser_of(request))
        exchange: Exchange = request.state.exchange
        chosen = upload.fields.get("operation", "")
        if chosen:
            exchange.enter(chosen, Scope.OBSERVE)
            await run_in_threadpool(kept().get, chosen)

        def check(accounts: int, posts: int) -> None:
            check_work(accounts, posts, settings)
            exchange.take(accounts, posts)

        def work(abandoned: Abandoned) -> Trial:
            engine = models_in_use.engine
            exchange.answered_by(engine.models)
            return tried(upload, engine, models_in_use.limits, visit.language, check, abandoned.go_on)

        try:
            made = await admission.run(request, None, work)
        except UnknownFormatError as error:
            found = await run_in_threadpool(offered, upload)
            problem = problem_of(error, (), visit.language)
            return page(
                "columns", visit, status=problem.status, operation=None, found=found, problem=problem, needed=columns.NEEDED,
                fields=columns.OFFERED, places=_places(request, kept), chosen=chosen, megabytes=f"{settings.max_body_mb:g}",
            )  # fmt: skip
        observed: Kept | None = None
        told, trial = None, None
        if chosen:
            observed = await run_in_threadpool(held.observe, kept(), chosen, made.tables)
            told = kept().get(chosen)
        elif settings.workers == 1 and visit.may(Scope.ADMIN) and _keeps(kept):
            trial = trials.hold(visit.browser, made.tables)
        return page(
            "tried",
            visit,
            operation=told,
            trial=made,
            observed=observed,
            held=trial,
            minutes=held.LIFE_S // 60,
        )

    return routes


def _keeps(kept: Callable[[], Catalogue]) -> bool:
    """Return whether the service keeps operations."""
    with suppress(NoStoreError):
        kept()
        return True
    return False


def _places(request: Request, kept: Callable[[], Catalogue]) -> list[Place]:
    """Return the open operations that who asks may send into."""
    exchange: Exchange = request.state.exchange
    found = []
    with suppress(NoStoreError, AccessError):
        if exchange.caller:
            exchange.caller.check(Scope.OBSERVE)
        for each in kept().all():
            with suppress(OperationError):
                if exchange.caller:
                    exchange.caller.check_operation(each.id)
                if each.state == "open":
                    found.append(Place(each.id, each.title))
    return found
