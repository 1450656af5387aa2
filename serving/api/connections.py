"""Connections that begin a request and do not go on with it, or that leave open where it ends."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# Seconds in which the head of a request must have come.
HEAD_S = 15.0


class _Connection(h11.Connection):
    """The state of a connection that refuses requests whose end proxies may see elsewhere, RFC 9112 section 6.1.

    By itself h11 reads the chunks and passes over the length.
    """

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """Return what came next.

        Raises:
            h11.RemoteProtocolError: What came is no HTTP, or leaves open where it ends.
        """
        event = super().next_event()
        if isinstance(event, h11.Request):
            names = {name for name, _ in event.headers}
            if b"transfer-encoding" in names and (b"content-length" in names or event.http_version < b"1.1"):
                raise h11.RemoteProtocolError("a length beside chunks, or chunks before HTTP/1.1")
        return event


class TimedProtocol(H11Protocol):
    """The server's protocol of HTTP, which by itself waits for ever for the head of a request."""

    _head: asyncio.TimerHandle | None = None

    def __init__(self, *given: Any, **named: Any) -> None:
        """Take what the server gives; see :class:`uvicorn.protocols.http.h11_impl.H11Protocol`."""
        super().__init__(*given, **named)
        self.conn = _Connection(h11.SERVER)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the head of the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came, and wait for the rest of a head."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
        elif self._head is None and self.timeout_keep_alive_task is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._head = self.loop.call_later(HEAD_S, self._close)

    def _stop(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _close(self) -> None:
        self._head = None
        if not self.transport.is_closing():
            self.transport.close()
