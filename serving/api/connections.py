"""Connections that begin a request and do not go on with it, leave open where it ends, or send what was refused already."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# Seconds in which the head of a request must have come.
HEAD_S = 15.0
# Bytes of a body that are taken after its answer; seconds between two looks at whether any came, and how many looks there are.
# The times are those of nginx (lingering_timeout, lingering_time): a client whose connection is reset may lose its answer.
_TAKEN, _LOOK_S, _LOOKS = 100_000_000, 5.0, 6
# Seconds in which none of it is taken. Clients that do not look at what comes while they send are held up by their own connection,
# and not answered as fast as they can send: many of these would leave no processor to the requests that were admitted.
_HELD_UP_S = 2.0
# Where they are put, one over the other.
_ROOM = bytearray(1 << 20)


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


class _Rest(asyncio.BufferedProtocol):
    """Takes the rest of a body that was answered already, and looks at none of it."""

    def __init__(self, connection: TimedProtocol, transport: asyncio.Transport) -> None:
        self._connection, self._transport = connection, transport
        self._taken = self._seen = self._looks = 0
        transport.pause_reading()
        self._next = connection.loop.call_later(_HELD_UP_S, self._begin)

    def get_buffer(self, _: int) -> bytearray:
        """Return where bytes are put."""
        return _ROOM

    def buffer_updated(self, nbytes: int) -> None:
        """Count bytes that came."""
        self._taken += nbytes
        if self._taken > _TAKEN:
            self._transport.abort()

    def pause_writing(self) -> None:
        """Note that the client takes no more of its answer."""
        self._connection.pause_writing()

    def resume_writing(self) -> None:
        """Note that it takes more."""
        self._connection.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the connection that it has ended."""
        self._next.cancel()
        self._connection.connection_lost(exc)

    def _begin(self) -> None:
        self._transport.resume_reading()
        self._next = self._connection.loop.call_later(_LOOK_S, self._look)

    def _look(self) -> None:
        self._looks += 1
        if self._taken == self._seen or self._looks == _LOOKS:
            self._transport.abort()
            return
        self._seen = self._taken
        self._next = self._connection.loop.call_later(_LOOK_S, self._look)


class _Transport:
    """A transport that closes in stages while the client sends a body, RFC 9112 section 9.6.

    Closed at once, it would be reset by what still comes, and a client that sends all before it reads would not see its answer.
    """

    def __init__(self, connection: TimedProtocol, transport: asyncio.Transport) -> None:
        self._connection, self._transport = connection, transport
        self._is_closing = False

    def __getattr__(self, name: str) -> Any:
        """Return what is that of the transport itself."""
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Return whether it closes."""
        return self._is_closing or self._transport.is_closing()

    def close(self) -> None:
        """Close it, the writing side alone while a body comes."""
        if self.is_closing() or self._connection.conn.their_state is not h11.SEND_BODY:
            self._transport.close()
            return
        self._is_closing = True
        self._transport.set_protocol(_Rest(self._connection, self._transport))
        if self._transport.can_write_eof():
            self._transport.write_eof()


class TimedProtocol(H11Protocol):
    """The server's protocol of HTTP, which by itself waits for ever for the head of a request."""

    _head: asyncio.TimerHandle | None = None

    def __init__(self, *given: Any, **named: Any) -> None:
        """Take what the server gives; see :class:`uvicorn.protocols.http.h11_impl.H11Protocol`."""
        super().__init__(*given, **named)
        self.conn = _Connection(h11.SERVER)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the head of the first request."""
        super().connection_made(cast("asyncio.Transport", _Transport(self, transport)))
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
