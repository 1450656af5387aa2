"""Several processes that answer on one socket: started, started again where one dies, and ended together.

The supervisor of uvicorn does not fit: it ends a process that does not answer within seconds, as one at work on a large
request may not, starts one that dies again at once and without end, and waits for ever for those it ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from time import monotonic
from types import FrameType

import structlog

from vigie.errors import VigieError
from vigie.serving.settings import processors

# What a process does: given its number, and what it calls when it is ready.
Work = Callable[[int, Callable[[], None]], None]

# Seconds in which processes end by themselves, after which they are ended. One needs seven, see ``vigie.cli.serve``.
_PATIENCE_S = 8.5
# Seconds between two looks at the processes.
_LOOK_S = 0.2
# Seconds before a process is started again: after its first death, and at most. One that lived longer than the last begins anew.
_FIRST_WAIT_S, _LONGEST_WAIT_S, _LIVED_S = 0.5, 30.0, 60.0
# Variables by which libraries of computation size their threads, as each process would for all processors.
_THREADS = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS")

_spawning = multiprocessing.get_context("spawn")
_log = structlog.get_logger("vigie.serving")


class _Slot:
    """A place that one process after the other has.

    Attributes:
        number: Of the place, from 0.
        process: The one that is there now.
    """

    def __init__(self, number: int, work: Work) -> None:
        self.number = number
        self._work = work
        self._wait_s = _FIRST_WAIT_S
        self._again: float | None = None
        self.start()

    def start(self) -> None:
        """Start a process there."""
        self.ready, theirs = _spawning.Pipe(duplex=False)
        self.process: SpawnProcess = _spawning.Process(
            target=_run, args=(self._work, self.number, theirs), name=f"vigie-{self.number}"
        )
        self.process.start()
        theirs.close()
        self._started, self._again = monotonic(), None

    def look(self) -> None:
        """Start another process where the one that was there has died, after a while that grows with each death."""
        if self.process.is_alive():
            return
        now = monotonic()
        if self._again is None:
            lived = now - self._started
            self._wait_s = _FIRST_WAIT_S if lived > _LIVED_S else self._wait_s
            self._again = now + self._wait_s
            error = self.told()
            _log.error(
                "worker died",
                worker=self.number,
                exit=self.process.exitcode,
                reason=str(error) if error else None,
                lived_s=round(lived, 1),
                again_in_s=self._wait_s,
            )
            self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)
        elif now >= self._again:
            self.process.close()
            self.ready.close()
            self.start()

    def told(self) -> VigieError | None:
        """Return why the process cannot be ready, where it told so; None where it is ready."""
        try:
            error: VigieError | None = self.ready.recv() if self.ready.poll() else None
        except EOFError:  # it died, or told all before
            return None
        return error


def supervise(work: Work, count: int, announce: Callable[[], None]) -> None:
    """Run so many processes until SIGTERM or SIGINT.

    Args:
        work: What each does; it can be pickled.
        count: How many there are.
        announce: Called when all are ready.

    Raises:
        VigieError: One of them cannot start; the others are ended.
    """
    ended = threading.Event()
    with ExitStack() as closing:
        closing.enter_context(_signals(ended))
        closing.enter_context(_environment(max(1, processors() // count)))
        slots: list[_Slot] = []
        closing.callback(_end, slots)
        slots.extend(_Slot(number, work) for number in range(count))
        for slot in slots:
            while not ended.is_set() and not slot.ready.poll(_LOOK_S):
                pass
            if error := slot.told():
                raise error
        if not ended.is_set():
            announce()
        while not ended.wait(_LOOK_S):
            for slot in slots:
                slot.look()


def _run(work: Work, number: int, ready: Connection) -> None:
    """Work as one of the processes, and end where the one that started it is no more."""

    def follow() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=follow, name="parent", daemon=True).start()
    try:
        work(number, partial(ready.send, None))
    except VigieError as error:
        ready.send(error)
        raise SystemExit(2) from None


def _end(slots: list[_Slot]) -> None:
    """End all processes: first as they like, then at once."""
    for slot in slots:
        if slot.process.is_alive():
            slot.process.terminate()
    end = monotonic() + _PATIENCE_S
    for slot in slots:
        slot.process.join(max(0.0, end - monotonic()))
        if slot.process.is_alive():
            slot.process.kill()
            slot.process.join()


@contextmanager
def _signals(ended: threading.Event) -> Iterator[None]:
    """Set an event instead of ending at once, for the time of the body."""

    def end(_: int, __: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _environment(threads: int) -> Iterator[None]:
    """Tell libraries of computation how many threads they have in processes started in the body, unless they are told."""
    set_here = {name: str(threads) for name in _THREADS if name not in os.environ}
    os.environ.update(set_here)
    try:
        yield
    finally:
        for name in set_here:
            os.environ.pop(name, None)
