"""The work of delivering: in a thread of its own, beside the watch; any number of processes may do so with one store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from time import monotonic
from typing import TypeVar

import anyio
import structlog
from anyio import to_thread
from sqlalchemy import Connection

from vigie.errors import OperationClosedError
from vigie.serving.background import logged, repeated
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.store import Database
from vigie.serving.operations.webhooks import events, queue, registration
from vigie.serving.operations.webhooks.sending import Sender

# Seconds between two turns, and those for which one webhook is served before the next look.
_PAUSE_S, _SERVED_S = 2.0, 30.0
# Webhooks that are served at once.
_AT_ONCE = 8

_log = structlog.get_logger("vigie.serving")
_T = TypeVar("_T")


class Deliverer:
    """Delivers alerts to webhooks, at least once and in order.

    Attributes:
        catalogue: The operations.
        sender: What sends.
    """

    def __init__(self, catalogue: Catalogue, sender: Sender) -> None:
        self.catalogue = catalogue
        self.sender = sender
        self._stop = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Work for the time of the body; an attempt that is under way at its end is left."""
        with repeated("webhooks", _PAUSE_S, self._guarded, self._stop):
            yield

    def turn(self) -> None:
        """Look at every operation once, and deliver what is due."""
        anyio.run(self._turn)

    def _guarded(self) -> None:
        with logged("webhooks not looked at"):
            self.turn()

    async def _turn(self) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._leave_when_stopped, tasks.cancel_scope)
            limiter = anyio.CapacityLimiter(_AT_ONCE)
            async with anyio.create_task_group() as served:
                for operation, webhook in await to_thread.run_sync(self._due):
                    served.start_soon(self._serve, operation, webhook, limiter)
            tasks.cancel_scope.cancel()

    async def _leave_when_stopped(self, scope: anyio.CancelScope) -> None:
        while not self._stop.is_set():
            await anyio.sleep(0.2)
        scope.cancel()

    def _due(self) -> list[tuple[str, str]]:
        """Return operations and webhooks that something is to be delivered to."""
        found = []
        for operation in self.catalogue.kept():
            with logged("webhooks not looked at", operation=operation), suppress(OperationClosedError):
                found += [(operation, webhook) for webhook in self._due_of(operation)]
        return found

    def _due_of(self, operation: str) -> list[str]:
        database, now = self.catalogue.database(operation), self.catalogue.clock()
        with database.reading() as connection:
            is_fresh = queue.has_fresh(connection)
        if is_fresh:
            with database.writing() as connection:
                queue.fill(connection, now)
        with database.reading() as connection:
            return queue.due(connection, now)

    async def _serve(self, operation: str, webhook: str, limiter: anyio.CapacityLimiter) -> None:
        async with limiter:
            with logged("webhook not served", operation=operation, webhook=webhook):
                await self._drain(operation, webhook)

    async def _drain(self, operation: str, webhook: str) -> None:
        """Deliver what waits for one webhook, until one message is not taken, or others should have their turn."""
        database, clock = self.catalogue.database(operation), self.catalogue.clock
        if not await _written(database, partial(queue.claim, webhook=webhook, now=clock())):
            return
        end = monotonic() + _SERVED_S
        try:
            while monotonic() < end:
                first = await _read(database, partial(queue.head, webhook=webhook))
                if first is None:
                    return
                receiver, delivery, alert = first
                message = events.message(operation, alert)
                now = clock()
                answer = await self.sender.send(
                    receiver.url, message, registration.signing(receiver, now), now
                )
                _log.info(
                    "webhook sent", operation=operation, webhook=webhook, id=message.id, answer=answer.said
                )
                noted = partial(queue.note, delivery=delivery, answer=answer, now=clock())
                if not await _written(database, noted):
                    return
        finally:
            with anyio.CancelScope(shield=True):
                await _written(database, partial(queue.release, webhook=webhook))


async def _written(database: Database, work: Callable[[Connection], _T]) -> _T:
    def transaction() -> _T:
        with database.writing() as connection:
            return work(connection)

    return await to_thread.run_sync(transaction)


async def _read(database: Database, work: Callable[[Connection], _T]) -> _T:
    def transaction() -> _T:
        with database.reading() as connection:
            return work(connection)

    return await to_thread.run_sync(transaction)
