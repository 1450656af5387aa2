"""Under which names the service answers."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from vigie.errors import HostError
from vigie.serving.access.exposure import allows_host
from vigie.serving.api import problems
from vigie.serving.api.negotiation import language_of


class AllowedHosts:
    """Pure ASGI middleware that refuses requests which address the service by another name than its own.

    Attributes:
        app: What it guards.
        allowed: The names.
    """

    def __init__(self, app: ASGIApp, allowed: tuple[str, ...]) -> None:
        self.app = app
        self.allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 421."""
        if scope["type"] == "http" and not allows_host(Headers(scope=scope).get("host", ""), self.allowed):
            error = HostError(
                f"the Host header must be one of {', '.join(self.allowed)}; the operator adds a name by VIGIE_ALLOWED_HOSTS"
            )
            await problems.of_error(error, language_of(HTTPConnection(scope)))(scope, receive, send)
            return
        await self.app(scope, receive, send)
