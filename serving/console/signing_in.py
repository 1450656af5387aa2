"""What anybody may load: style and script, and the page to sign in."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from vigie.errors import OperationNotFoundError, VigieError
from vigie.features.i18n import message
from vigie.features.ingest.refusals import problem_of
from vigie.serving.access.callers import Callers
from vigie.serving.access.exchange import Exchange
from vigie.serving.access.keys import ShownKey
from vigie.serving.access.scopes import Scope, allows
from vigie.serving.api.access import OPEN
from vigie.serving.console import forms
from vigie.serving.console.page import assets, page
from vigie.serving.console.page_routes import PageRoute, inside
from vigie.serving.console.visit import FIRST_PAGES, ROOT, Visit, browser_of

_CACHED = {"Cache-Control": "public, max-age=31536000, immutable"}


def router() -> APIRouter:
    """Return the routes of style, script, and signing in."""
    routes = APIRouter(prefix=ROOT, include_in_schema=False, dependencies=[OPEN], route_class=PageRoute)

    @routes.get("")
    def root() -> Response:
        return RedirectResponse(f"{ROOT}/")

    @routes.get("/static/{version}/{name}")
    def asset(version: str, name: str) -> Response:
        found = assets().get(name)
        if found is None or not found.address.endswith(f"/{version}/{name}"):
            raise OperationNotFoundError(message("console.no_asset"))
        return Response(found.content, media_type=found.media_type, headers=_CACHED)

    @routes.get("/sign-in")
    def form(request: Request, next: str = f"{ROOT}/") -> Response:
        return page("sign_in", Visit.of(request), operation=None, next=inside(next), problem=None)

    @routes.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        visit, state = Visit.of(request), request.app.state
        fields = await forms.read(request, state.console_tokens, browser_of(request))
        exchange: Exchange = request.state.exchange
        callers: Callers = state.callers
        exchange.needed = Scope.DECIDE
        key = fields.get("key", "").strip()
        following = inside(fields.get("next", ""))
        try:
            found = callers.find(exchange.peer, exchange.client, {"authorization": [f"Bearer {key}"]})
            exchange.needed = next(
                (scope for scope in FIRST_PAGES if allows(found.scopes, scope)), Scope.DECIDE
            )
            exchange.admit(found)
        except VigieError as error:
            problem = problem_of(error, (), visit.language)
            return page(
                "sign_in", visit, status=problem.status, operation=None, next=following, problem=problem
            )
        if following == FIRST_PAGES[Scope.DECIDE]:
            following = FIRST_PAGES[exchange.needed]
        answer = RedirectResponse(following, 303)
        if found.kind == "key":
            session = await run_in_threadpool(state.console_sessions.begin, ShownKey.of(key))
            visit.remember(answer, browser=session)
        return answer

    @routes.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        state, browser = request.app.state, browser_of(request)
        await forms.read(request, state.console_tokens, browser)
        await run_in_threadpool(state.console_sessions.end, browser)
        return RedirectResponse(f"{ROOT}/", 303)

    return routes
