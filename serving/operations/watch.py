"""The work that nobody asks for: operations are judged anew when something came in, and forgotten when they expire."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import monotonic, perf_counter

import structlog
from sqlalchemy import select, update

from vigie.serving.background import StoppedError, logged, repeated
from vigie.serving.models_in_use import ModelsInUse
from vigie.serving.operations import tables
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.compaction import compact
from vigie.serving.operations.judgement import judge
from vigie.serving.operations.recall import recall
from vigie.serving.operations.store import Database

# Seconds between two turns, and between two looks for what is to be forgotten.
_PAUSE_S, _FORGET_S = 2.0, 60.0
# How long after the last sign of life of a process that judges another may take over, and seconds between two of its signs.
_LEASE, _SIGN_S = timedelta(minutes=1), 20.0
# By how much the clocks of machines that share a store may differ.
_SKEW = timedelta(minutes=1)
# An operation rests for so many times what its judgement took, judging takes a fourth of a core at most; and for how long.
_REST, _LONGEST = 3, timedelta(days=1)
# What a clock may be moved by between two looks and still purge, and seconds for which one that was moved further may not.
_JUMP, _DOUBT_S = timedelta(hours=1), 86_400

_log = structlog.get_logger("vigie.serving")


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
        self._seen = catalogue.clock(), monotonic()
        self._doubted_until = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Work for the time of the body."""
        with repeated("watch", _PAUSE_S, self.turn, self._stop):
            yield

    def turn(self) -> None:
        """Look at every operation once: forget those that have expired, judge those that changed."""
        self._forget_when_due()
        with logged("operations not looked at"):
            for operation in self.catalogue.kept():
                with logged("operation not judged", operation=operation):
                    database = self.catalogue.store.operation(operation)
                    if _claimed(database, self.catalogue.clock()):
                        self._judge(operation, database)

    def _forget_when_due(self) -> None:
        with logged("operations not forgotten"):
            if self._forgotten is None or monotonic() - self._forgotten > _FORGET_S:
                self._forgotten = monotonic()
                self._forget()

    def _forget(self) -> None:
        if not self._is_believed():
            return
        self.catalogue.let_go()
        for operation in self.catalogue.forget():
            _log.info("operation purged", operation=operation)

    def _is_believed(self) -> bool:
        """Return whether the clock may purge: what is purged by mistake does not come back."""
        now, ticks = self.catalogue.clock(), monotonic()
        jump = now - self._seen[0] - timedelta(seconds=ticks - self._seen[1])
        self._seen = now, ticks
        if abs(jump) > _JUMP:
            self._doubted_until = ticks + _DOUBT_S
            _log.warning(
                "the clock was moved; nothing is purged by it for a day", by_s=round(jump.total_seconds())
            )
        return ticks >= self._doubted_until

    def _judge(self, operation: str, database: Database) -> None:
        start = perf_counter()

        def go_on(_: str) -> None:
            if self._stop.is_set():
                raise StoppedError
            # What expires does not wait for a judgement to end, its own or another's.
            self._forget_when_due()
            self.catalogue.database(operation)

        def sign() -> None:
            with logged("judgement gives no sign", operation=operation):
                _claim_for(database, self.catalogue.clock(), _LEASE)

        until = self.catalogue.clock()
        try:
            # A step may take longer than the lease: a thread tells that somebody is at it. Who was killed tells nothing.
            with repeated("signs of a judgement", _SIGN_S, sign):
                compact(database)
                judged = judge(
                    database,
                    self.models_in_use.engine,
                    self.models_in_use.limits,
                    until,
                    go_on,
                    recall(self.catalogue.store.catalogue, operation),
                )
            _log.info(
                "operation judged", operation=operation, revision=judged.revision, seconds=judged.seconds
            )
        finally:
            rest = min(max(self.pause, timedelta(seconds=_REST * (perf_counter() - start))), _LONGEST)
            _claim_for(database, self.catalogue.clock(), timedelta() if self._stop.is_set() else rest)


def _claimed(database: Database, now: datetime) -> bool:
    """Return whether an operation is to be judged, and nobody else does it or has just done it; it is ours then."""
    state = tables.state
    is_free = (
        (state.c.revision > state.c.judged_revision)
        # Said by a clock that was ahead, it would not end for as long as that was.
        & (
            state.c.busy_until.is_(None)
            | (state.c.busy_until <= now)
            | (state.c.busy_until > now + _LONGEST)
            | (state.c.busy_since > now + _SKEW)
        )
    )
    with database.reading() as connection:
        if connection.execute(select(state.c.id).where(is_free)).first() is None:
            return False
    with database.writing() as connection:
        ours = update(state).where(is_free).values(busy_since=now, busy_until=now + _LEASE)
        return connection.execute(ours).rowcount == 1


def _claim_for(database: Database, now: datetime, time: timedelta) -> None:
    """Let no process begin a judgement for some time."""
    with database.writing() as connection:
        connection.execute(update(tables.state).values(busy_since=now, busy_until=now + time))
