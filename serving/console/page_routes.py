"""Routes of pages: who may open them, where their addresses begin, and problems as pages where a browser asks."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse

from vigie.errors import (
    CaseConflictError,
    DecisionConflictError,
    NoteConflictError,
    UnauthenticatedError,
    VigieError,
)
from vigie.features.ingest.refusals import Problem, problem_of
from vigie.serving.access.scopes import Scope
from vigie.serving.api.negotiation import accepts
from vigie.serving.api.problems import of_schema
from vigie.serving.console.page import page
from vigie.serving.console.visit import ROOT, Visit, signed_in

# Below the root: the pages of one operation.
OPERATION = "/operations/{operation}"
# A word of a query, and the first row that a page shows.
Text = Annotated[str | None, Query(max_length=200)]
From = Annotated[int, Query(ge=0, le=2**31)]
_HTML = "text/html"


def pages(below: str, scope: Scope) -> APIRouter:
    """Return a router of pages that need a scope.

    Args:
        below: Where their addresses begin, below that of the console.
        scope: What whoever opens them needs.
    """
    return APIRouter(
        prefix=f"{ROOT}{below}",
        include_in_schema=False,
        dependencies=[signed_in(scope)],
        route_class=PageRoute,
    )


class PageRoute(APIRoute):
    """A route whose problems are pages, where a browser asks."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answered = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await answered(request)
            except (VigieError, RequestValidationError) as error:
                if not accepts(request.headers.get("accept"), _HTML):
                    raise
                return _refused(request, error)

        return answer


_CONFLICTS = (DecisionConflictError, CaseConflictError, NoteConflictError)


def _refused(request: Request, error: VigieError | RequestValidationError) -> Response:
    visit = Visit.of(request)
    match error:
        case UnauthenticatedError() if request.method == "GET":
            return RedirectResponse(f"{ROOT}/sign-in?{urlencode({'next': visit.here()})}", 303)
        case RequestValidationError():
            faults = [fault | {"loc": fault["loc"][1:]} for fault in error.errors()]
            problem = problem_of(of_schema(faults, visit.language), (), visit.language)
        case _:
            problem = problem_of(error, (), visit.language)
    return _problem(visit, problem, is_conflict=isinstance(error, _CONFLICTS))


def _problem(visit: Visit, problem: Problem, *, is_conflict: bool = False) -> Response:
    return page(
        "problem", visit, status=problem.status, problem=problem, operation=None, is_conflict=is_conflict
    )


def inside(address: str) -> str:
    r"""Return an address of the console; its first page for any other.

    >>> inside("/console/operations/a?b=c"), inside("//evil.example"), inside("/console/\\evil.example")
    ('/console/operations/a?b=c', '/console/', '/console/')
    """
    unsafe = "\\" in address or not address.isprintable()
    return f"{ROOT}/" if unsafe or not address.startswith(f"{ROOT}/") else address
