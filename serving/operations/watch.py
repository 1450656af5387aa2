"""The work that nobody asks for: operations are judged anew when something came in, and forgotten when they expire."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import monotonic, perf_counter

import structlog
from sqlalchemy import select, update

from vigie.errors import VigieError
from vigie.serving.models_in_use import ModelsInUse
from vigie.serving.operations import tables
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.judgement import judge
from vigie.serving.operations.store import Database

# Seconds between two looks at the operations, and between two looks for what is to be forgotten.
_LOOK_S, _FORGET_S = 2.0, 60.0
# How long a process may take between two steps of a judgement before another may begin it.
_LEASE = timedelta(minutes=10)
# An operation rests for so many times what its judgement took: judging takes a fourth of a core at most.
_REST = 3

_log = structlog.get_logger("vigie.serving")


class _StoppedError(Exception):
    """The service ends."""


class Watch:
    """Judges and forgets in a thread of its own; any number of processes may do so with one store.

    Attributes:
        catalogue: The operations.
        models_in_use: The models that judge.
        pause: Least time between two judgements of an operation.
    """

    def __init__(self, catalogue: Catalogue, models_in_use: ModelsInUse, pause_s: float) -> None:
        self.catalogue = catalogue
        self.models_in_use = models_in_use
        self.pause = timedelta(seconds=pause_s)
        self._stop = threading.Event()
        self._forgotten: float | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Work for the time of the body."""
        thread = threading.Thread(target=self._run, name="watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def turn(self) -> None:
        """Look at every operation once: forget those that have expired, judge those that changed."""
        if self._forgotten is None or monotonic() - self._forgotten > _FORGET_S:
            for operation in self.catalogue.forget():
                _log.info("operation purged", operation=operation)
            self._forgotten = monotonic()
        for told in self.catalogue.all():
            if told.holdings is not None and told.holdings.revision > told.holdings.judged_revision:
                database = self.catalogue.store.operation(told.id)
                if _claimed(database, self.catalogue.clock()):
                    self._judge(told.id, database)

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_S):
            try:
                self.turn()
            except _StoppedError:
                return
            except VigieError as error:
                _log.warning("operations not looked at", error=type(error).__name__, reason=str(error))
            except Exception as error:  # noqa: BLE001 - whatever one operation does, the others are looked at again
                _log.error("operations not looked at", error=type(error).__name__)

    def _judge(self, operation: str, database: Database) -> None:
        start = perf_counter()

        def go_on(_: str) -> None:
            if self._stop.is_set():
                raise _StoppedError
            _rest_until(database, self.catalogue.clock() + _LEASE)

        until = self.catalogue.clock()
        try:
            judged = judge(
                database, self.models_in_use.engine, self.models_in_use.limits, until, progress=go_on
            )
            _log.info(
                "operation judged", operation=operation, revision=judged.revision, seconds=judged.seconds
            )
        finally:
            rest = max(self.pause, timedelta(seconds=_REST * (perf_counter() - start)))
            _rest_until(database, self.catalogue.clock() + (timedelta() if self._stop.is_set() else rest))


def _claimed(database: Database, now: datetime) -> bool:
    """Return whether nobody else judges an operation, nor has just done so; it is ours then."""
    state = tables.state
    with database.reading() as connection:
        busy = connection.execute(select(state.c.busy_until)).scalar_one()
    if busy is not None and busy > now:
        return False
    with database.writing() as connection:
        free = (state.c.busy_until.is_(None)) | (state.c.busy_until <= now)
        return connection.execute(update(state).where(free).values(busy_until=now + _LEASE)).rowcount == 1


def _rest_until(database: Database, until: datetime) -> None:
    with database.writing() as connection:
        connection.execute(update(tables.state).values(busy_until=until))
