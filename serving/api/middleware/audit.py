"""Which requests are audited, and what becomes of an answer that cannot be."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vigie.errors import AuditError, HostError, NotReadyError
from vigie.serving.access.audit_log import AuditEntry
from vigie.serving.access.bounded_audit import BoundedAudit
from vigie.serving.access.exchange import Exchange
from vigie.serving.api import problems
from vigie.serving.api.middleware.observability import route_of
from vigie.serving.api.negotiation import language_of
from vigie.serving.metrics import Metrics

# It holds counts alone, and tells the operator that the log cannot be written.
_NEVER_WITHHELD = "/metrics"
_log = structlog.get_logger("vigie.serving")


class Audit:
    """Pure ASGI middleware that writes an entry for each request which needs a scope, or names another host.

    The entry is written before the answer goes out, and the answer is withheld where that fails.

    Attributes:
        app: What it watches.
        log: Where it writes.
        metrics: Where it counts what could not be written.
    """

    def __init__(self, app: ASGIApp, log: BoundedAudit, metrics: Metrics) -> None:
        self.app = app
        self.log = log
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and write of it, or answer 503."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange: Exchange = scope["state"]["exchange"]
        is_begun, unwritten = False, None

        async def noting(message: Message) -> None:
            nonlocal is_begun, unwritten
            if message["type"] == "http.response.start":
                length = Headers(raw=message["headers"]).get("content-length")
                try:
                    self._write(scope, exchange, message["status"], int(length) if length else None)
                except AuditError as error:
                    _log.error("audit_unwritten", request_id=exchange.request_id, error=str(error))
                    if route_of(scope) != _NEVER_WITHHELD:
                        unwritten = error
                        raise
                is_begun = True
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception as error:
            if unwritten is not None:
                withheld = NotReadyError(
                    "the service cannot write its audit log, and gives no answer that is not in it; its operator finds why in "
                    "the log"
                )
                await problems.of_error(withheld, language_of(HTTPConnection(scope)))(scope, receive, send)
                return
            if not is_begun:
                self._write(scope, exchange, 499 if isinstance(error, ClientDisconnect) else 500, None)
            raise

    def _write(self, scope: Scope, exchange: Exchange, status: int, sent: int | None) -> None:
        if exchange.needed is None and status != HostError.status:
            return
        entry = AuditEntry(
            time=datetime.now(UTC).isoformat(timespec="milliseconds"),
            request_id=exchange.request_id,
            client=exchange.client,
            caller=exchange.caller.label if exchange.caller else None,
            name=exchange.caller.name if exchange.caller else None,
            method=scope["method"],
            route=route_of(scope),
            status=status,
            operation=exchange.operation,
            models=exchange.models,
            accounts=exchange.accounts,
            posts=exchange.posts,
            received=exchange.received,
            sent=sent,
            seconds=round(exchange.seconds, 3),
        )
        try:
            self.log.append(entry)
        except AuditError:
            self.metrics.audit_unwritten.inc()
            raise
