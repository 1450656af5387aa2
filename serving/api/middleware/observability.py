"""The outermost layer: request ids, security headers, one log line and the counters of each request."""

from __future__ import annotations

import re
import traceback
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vigie.features.i18n import message
from vigie.serving.access.addresses import client_of
from vigie.serving.access.exchange import Exchange
from vigie.serving.access.rates import Rates
from vigie.serving.access.settings import AccessSettings
from vigie.serving.api import problems
from vigie.serving.api.middleware.security_headers import secure
from vigie.serving.api.negotiation import language_of, spoken
from vigie.serving.metrics import Metrics

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_log = structlog.get_logger("vigie.serving")


class Observe:
    """Pure ASGI middleware around everything else; an unexpected error ends here as a 500 problem.

    Attributes:
        app: What it watches.
        metrics: Where it counts.
        settings: Which proxies are trusted to say who asks.
        rates: What callers have used of their allowances.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, settings: AccessSettings, rates: Rates) -> None:
        self.app = app
        self.metrics = metrics
        self.settings = settings
        self.rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request and take note of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = self._begun(scope)
        scope.setdefault("state", {})["exchange"] = exchange
        request_id = exchange.request_id
        status = 0

        async def counted() -> Message:
            part = await receive()
            exchange.received += len(part.get("body", b""))
            return part

        async def noting(part: Message) -> None:
            nonlocal status
            if part["type"] == "http.response.start":
                status = part["status"]
                headers = MutableHeaders(scope=part)
                headers["X-Request-ID"] = request_id
                headers.update(exchange.rate_headers())
                secure(headers, encrypted=scope["scheme"] == "https")
            await send(part)

        try:
            await self.app(scope, counted, noting)
        except ClientDisconnect:
            status = 499  # the client left; nobody is there to answer
        except Exception as error:  # noqa: BLE001 - the last line of defence: what it holds may be someone's post
            where = [
                f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)
            ]
            _log.error("unexpected", request_id=request_id, error=type(error).__name__, where=where[-5:])
            if status == 0:
                language = language_of(HTTPConnection(scope))
                said = message("problem.failed", request=request_id)
                problem = problems.of_status(500, language, said)
                await problems.response(problem, spoken(language))(scope, receive, noting)
        finally:
            seconds = exchange.seconds
            route = route_of(scope)
            self.metrics.requests.labels(route, str(status)).inc()
            self.metrics.latency.labels(route).observe(seconds)
            _log.info(
                "request",
                method=scope["method"],
                route=route,
                status=status,
                seconds=round(seconds, 4),
                request_id=request_id,
                client=exchange.client,
                caller=exchange.caller.label if exchange.caller else None,
                models=exchange.models,
                accounts=exchange.accounts,
            )

    def _begun(self, scope: Scope) -> Exchange:
        """Return what is known of a request before it is looked at."""
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        peer = scope["client"][0] if scope.get("client") else ""
        return Exchange(
            request_id=given if _ID.fullmatch(given) else uuid4().hex,
            peer=peer,
            client=client_of(peer, headers.getlist("x-forwarded-for"), self.settings.trusted_proxies),
            rates=self.rates,
        )


def route_of(scope: Scope) -> str:
    """Return the route that a request was led to; never the address itself, which names accounts."""
    return getattr(scope.get("route"), "path", "unmatched")
