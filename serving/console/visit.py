"""One request of a browser: who asks, in which language and colours, and what its forms must hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlencode

from fastapi import Security, params
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from vigie.features.i18n import Language
from vigie.serving.access.addresses import is_in
from vigie.serving.access.exchange import Exchange
from vigie.serving.access.keys import ShownKey
from vigie.serving.access.scopes import Scope, allows
from vigie.serving.api.access import Need
from vigie.serving.api.negotiation import chosen
from vigie.serving.console.forms import Tokens
from vigie.serving.console.sessions import Sessions, new_id

ROOT = "/console"
# The pages to begin with, by the scope that each needs.
FIRST_PAGES = {Scope.DECIDE: f"{ROOT}/", Scope.SCORE: f"{ROOT}/try", Scope.MODEL: f"{ROOT}/model"}
Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
_BROWSER, _LANGUAGE, _THEME = "vigie_browser", "vigie_language", "vigie_theme"
# A year: how long a browser keeps what somebody likes.
_LIKED_S = 31_536_000


class SignedIn(Need):
    """Lets in who has a scope: by a session of the console, or as any route lets it in."""

    async def session(self, request: Request) -> ShownKey | None:
        """Return the key of the session of a browser."""
        sessions: Sessions = request.app.state.console_sessions
        return await run_in_threadpool(sessions.key_of, browser_of(request))


def signed_in(scope: Scope) -> params.Depends:
    """Return the dependency of pages that need a scope."""
    dependency: params.Depends = Security(SignedIn(scope), scopes=[scope])
    return dependency


def browser_of(request: Request) -> str | None:
    """Return the id in the cookie of a browser; None where it has none."""
    return request.cookies.get(_BROWSER)


@dataclass(frozen=True)
class Visit:
    """What every page needs of the request that it answers.

    Attributes:
        language: Of the page.
        theme: Its colours.
        path: What was asked, without what is liked.
        query: The same of its query.
        browser: Id of the cookie.
        token: For its forms.
        name: Who asks, where it is known by a name.
        scopes: What it may open; empty where nobody knows who asks.
        signs_out: Whether there is a session to end.
        is_encrypted: Whether the browser came over TLS.
    """

    language: Language
    theme: Theme
    path: str
    query: tuple[tuple[str, str], ...]
    browser: str
    token: str
    name: str | None
    scopes: tuple[Scope, ...]
    signs_out: bool
    is_encrypted: bool

    @classmethod
    def of(cls, request: Request) -> Visit:
        """Return the visit that a request is."""
        asked, cookies = request.query_params, request.cookies
        named = asked.get("language") or cookies.get(_LANGUAGE)
        liked = asked.get("theme") or cookies.get(_THEME)
        exchange: Exchange = request.state.exchange
        browser = browser_of(request) or new_id()
        tokens: Tokens = request.app.state.console_tokens
        return cls(
            language=chosen(named, request.headers.get("accept-language")),
            theme=next((theme for theme in THEMES if theme == liked), "auto"),
            path=request.url.path,
            query=tuple(item for item in asked.multi_items() if item[0] not in ("language", "theme")),
            browser=browser,
            token=tokens.make(browser),
            name=exchange.caller.name if exchange.caller else None,
            scopes=exchange.caller.scopes if exchange.caller else (),
            signs_out=exchange.session is not None,
            is_encrypted=_is_encrypted(request, exchange),
        )

    def may(self, scope: Scope) -> bool:
        """Return whether who asks has a scope."""
        return allows(self.scopes, scope)

    def pages(self) -> dict[Scope, str]:
        """Return the address of each page to begin with that who asks may open, by the scope that it needs."""
        return {scope: address for scope, address in FIRST_PAGES.items() if self.may(scope)}

    def here(self, **changes: str) -> str:
        """Return the address of the page with some of its query changed; an empty value leaves a name out."""
        kept = [item for item in self.query if item[0] not in changes]
        query = urlencode([*kept, *(item for item in changes.items() if item[1])])
        return f"{self.path}?{query}" if query else self.path

    def remember(self, response: Response, *, browser: str | None = None) -> None:
        """Set the cookies of an answer.

        Args:
            response: The answer.
            browser: A new id; None: the one that the browser has, or was given.
        """
        for name, value, life in (
            (_BROWSER, browser or self.browser, None), (_LANGUAGE, self.language, _LIKED_S), (_THEME, self.theme, _LIKED_S),
        ):  # fmt: skip
            response.set_cookie(
                name,
                value,
                max_age=life,
                path=ROOT,
                secure=self.is_encrypted,
                httponly=True,
                samesite="strict",
            )


def _is_encrypted(request: Request, exchange: Exchange) -> bool:
    """Return whether a browser came over TLS, to the service or to a proxy whose word counts."""
    trusted = request.app.state.callers.settings.trusted_proxies
    said = request.headers.get("x-forwarded-proto") if is_in(exchange.peer, trusted) else None
    return (said or request.url.scheme) == "https"
