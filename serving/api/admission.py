"""Which requests are worked on at once, which wait, and which are told to come back.

Requests go by lanes, so that one of a single account never waits behind those of thousands. A lane works on a few at
once and holds a few more waiting; what comes beyond that is refused at once, with the time after which to try again.
The work of a client that left is dropped: what waits is never begun, and what runs ends at its next step.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any, TypeVar

from anyio import create_task_group
from starlette.requests import ClientDisconnect, Request

from vigie.errors import OverloadedError

# Bytes of a body up to which a request is small: some accounts with their posts, or a list of profiles.
SMALL_BYTES = 500_000
# What reads all of an operation counts as a body of so many.
LARGE = 1 << 30
# Seconds after which a refused client may come back, at least and at most.
_SOONEST, _LATEST = 1, 60
# Weight of the newest request in the mean time of a lane.
_NEWEST = 0.2

_Made = TypeVar("_Made")


class Abandoned:
    """Whether the client of a piece of work is still there; asked between its steps."""

    def __init__(self) -> None:
        self._left = threading.Event()

    def leave(self) -> None:
        """Note that nobody waits for the work any more."""
        self._left.set()

    def go_on(self, _: str = "") -> None:
        """Do nothing while the client waits.

        Raises:
            ClientDisconnect: It left.
        """
        if self._left.is_set():
            raise ClientDisconnect


class Lane:
    """Threads for requests of one size, and a bounded queue before them."""

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        """Make the lane.

        Args:
            name: Of its threads.
            threads: Requests worked on at once.
            waiting: Requests that may wait.
        """
        self.threads, self.most = threads, threads + waiting
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._lock = threading.Lock()
        self._mean_s = 1.0
        self._held: dict[Future[Any], Abandoned] = {}

    @property
    def held(self) -> int:
        """Return how many requests it works on or holds waiting."""
        return len(self._held)

    def check(self) -> None:
        """Do nothing while there is room.

        Raises:
            OverloadedError: The lane is full.
        """
        if len(self._held) >= self.most:
            wait = math.ceil(self._mean_s * len(self._held) / self.threads)
            raise OverloadedError(min(max(wait, _SOONEST), _LATEST))

    async def run(self, work: Callable[[Abandoned], _Made]) -> _Made:
        """Return what a piece of work makes, done in a thread of the lane.

        Raises:
            OverloadedError: The lane is full.
        """
        abandoned = Abandoned()
        with self._lock:
            self.check()
            future = self._pool.submit(self._timed, work, abandoned)
            self._held[future] = abandoned
        future.add_done_callback(self._forget)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            abandoned.leave()
            raise

    def close(self, patience_s: float) -> bool:
        """End all work; return whether it has ended in time.

        Args:
            patience_s: Seconds to wait for work to come to its next step.
        """
        for future, abandoned in list(self._held.items()):
            abandoned.leave()
            future.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)
        end = monotonic() + patience_s
        while self._held and monotonic() < end:
            sleep(0.05)
        return not self._held

    def _timed(self, work: Callable[[Abandoned], _Made], abandoned: Abandoned) -> _Made:
        abandoned.go_on()
        start = monotonic()
        try:
            return work(abandoned)
        finally:
            self._mean_s += _NEWEST * (monotonic() - start - self._mean_s)

    def _forget(self, future: Future[Any]) -> None:
        with self._lock:
            self._held.pop(future, None)


class Admission:
    """The lanes of a service.

    Large requests are worked on one at a time: each takes hundreds of megabytes and computes on several processors by
    itself, and two of them would keep small ones waiting for the interpreter.
    """

    def __init__(self, threads: int, waiting: int) -> None:
        """Make the lanes.

        Args:
            threads: Small requests worked on at once.
            waiting: Large requests that may wait, and a fourth of the small ones.
        """
        self._small = Lane("small", threads, 4 * waiting)
        self._large = Lane("large", 1, waiting)

    def lane(self, size: int) -> Lane:
        """Return the lane of a body of so many bytes."""
        return self._small if size <= SMALL_BYTES else self._large

    def close(self, patience_s: float) -> bool:
        """End all work; return whether it has ended in time."""
        ended = [lane.close(patience_s) for lane in (self._large, self._small)]
        return all(ended)


async def unless_left(request: Request, work: Callable[[], Awaitable[_Made]]) -> _Made:
    """Return what work makes for a client, and cancel it where the client leaves.

    Args:
        request: The request, its body read.
        work: What is to be done.

    Raises:
        ClientDisconnect: The client left.
    """
    made: list[_Made] = []
    failed: list[Exception] = []
    # The task that is cancelled below holds what it names until the garbage collector comes by: not the request.
    receive = request.receive
    async with create_task_group() as tasks:

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            tasks.cancel_scope.cancel()

        tasks.start_soon(watch)
        try:
            made.append(await work())
        except Exception as error:  # noqa: BLE001 - raised again below, out of the group that would wrap it
            failed.append(error)
        tasks.cancel_scope.cancel()
    if failed:
        raise failed.pop()  # an error that its own traceback names would be held as long
    if not made:
        raise ClientDisconnect
    return made[0]
