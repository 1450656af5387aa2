"""The outermost layer: request ids, security headers, one log line and the counters of each request."""

from __future__ import annotations

import re
import traceback
from time import perf_counter
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vigie.serving.api import problems
from vigie.serving.metrics import Metrics

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_log = structlog.get_logger("vigie.serving")


class Observe:
    """Pure ASGI middleware around everything else; an unexpected error ends here as a 500 problem.

    Attributes:
        app: What it watches.
        metrics: Where it counts.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request and take note of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = perf_counter()
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        request_id = given.decode() if _ID.fullmatch(given) else uuid4().hex
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except ClientDisconnect:
            status = 499  # the client left; nobody is there to answer
        except Exception as error:  # noqa: BLE001 - the last line of defence: what it holds may be someone's post
            where = [
                f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)
            ]
            _log.error("unexpected", request_id=request_id, error=type(error).__name__, where=where[-5:])
            if status == 0:
                said = f"the service failed; its operator finds why under the request id {request_id}"
                await problems.response(problems.of_status(500, said))(scope, receive, noting)
        finally:
            seconds = perf_counter() - start
            # Never the address itself, which names accounts.
            route = scope["route"].path if "route" in scope else "unmatched"
            self.metrics.requests.labels(route, str(status)).inc()
            self.metrics.latency.labels(route).observe(seconds)
            _log.info(
                "request",
                method=scope["method"],
                route=route,
                status=status,
                seconds=round(seconds, 4),
                request_id=request_id,
            )
