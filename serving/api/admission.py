"""Which requests are worked on at once, which wait, and which are told to come back.

Requests go by lanes, so that one of a single account never waits behind those of thousands. A lane works on a few at
once and holds a few more waiting; what would wait too long is refused at once, with the time after which to try again.
The work of a client that left is dropped: what waits is never begun, and what runs ends at its next step.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any, TypeVar

from anyio import create_task_group
from starlette.requests import ClientDisconnect, Request

from vigie.errors import OverloadedError

# Bytes of a body up to which a request is small: some accounts with their posts, or a list of profiles.
SMALL_BYTES = 500_000
# Where the state of a request holds the place that was taken for its body.
PLACE = "place"
# Seconds in which a body comes, else its place is no longer kept free of others.
_COMES_S = 2.0
# Seconds after which a refused client may come back, at least and at most.
_SOONEST, _LATEST = 1, 60
# Seconds of a request, and of each byte of it, until there are recent ones; weight of the newest one then.
_FIRST_MEAN_S, _FIRST_PACE, _NEWEST = 1.0, 1e-7, 0.2

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


class Place:
    """A place in a lane, from before the body of a request is read until its work has ended.

    Attributes:
        lane: Where it is.
        size: Bytes of the body; None: the work does not grow with them.
    """

    def __init__(self, lane: Lane, size: int | None) -> None:
        self.lane, self.size = lane, size
        self.taken, self.has_arrived = monotonic(), False
        self.began: float | None = None
        self.abandoned = Abandoned()

    def left(self, now: float) -> float:
        """Return the seconds that its work is expected to take yet.

        Of work that takes longer it is a quarter of what was expected, and nothing while a body comes slowly: others go first.
        """
        whole = self.lane.expected(self.size)
        if self.began is not None:
            return max(whole - (now - self.began), whole / 4)
        return whole if self.has_arrived or now - self.taken < _COMES_S else 0.0


@dataclass
class Pace:
    """How long requests take, the newest counting most.

    Attributes:
        mean_s: Seconds of a request.
        byte_s: Seconds of each byte of one.
    """

    mean_s: float
    byte_s: float

    def note(self, seconds: float, size: int | None) -> None:
        """Count a request of so many bytes."""
        self.mean_s += _NEWEST * (seconds - self.mean_s)
        if size:
            self.byte_s += _NEWEST * (seconds / size - self.byte_s)


class Lane:
    """Threads for requests of one size, and a queue before them that is bounded by how long one would wait.

    How long a request takes is expected from the recent ones. How long one may wait is told by those that were worked on while
    nobody else asked: under load all take longer, and by these a client would wait the longer the busier the service is.
    """

    def __init__(
        self, name: str, threads: int, waits: float, *, least_s: float = 0, by_size: bool = False
    ) -> None:
        """Make the lane.

        Args:
            name: Of its threads.
            threads: Requests worked on at once.
            waits: Times as long as it is worked on, or as usual requests are, that a request may wait.
            least_s: Seconds that a request may wait, however short the work is.
            by_size: Requests take as long as their bodies are large, rather than all the same.
        """
        self.threads, self.waits, self.least_s, self.by_size = threads, waits, least_s, by_size
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._lock = threading.RLock()
        self._recent = Pace(_FIRST_MEAN_S, _FIRST_PACE)
        # None: no request was worked on alone yet.
        self._alone: Pace | None = None
        # How often a place was asked for.
        self._asked = 0
        self._held: dict[Place, Future[Any] | None] = {}

    @property
    def held(self) -> int:
        """Return how many requests have a place."""
        return len(self._held)

    def expected(self, size: int | None) -> float:
        """Return the seconds that a request of so many bytes is worked on."""
        return self._of(self._recent, size)

    def _of(self, pace: Pace, size: int | None) -> float:
        """Return the seconds that a request of so many bytes takes at a pace."""
        return pace.byte_s * size if size and self.by_size else pace.mean_s

    def _longest(self, size: int | None) -> float:
        """Return the seconds that a request of so many bytes may wait."""
        paces = [pace for pace in (self._recent, self._alone) if pace]
        return max(self.least_s, self.waits * min(max(self._of(pace, size), pace.mean_s) for pace in paces))

    def check(self, size: int | None) -> None:
        """Do nothing while there is room for a request of so many bytes.

        Raises:
            OverloadedError: It would wait too long.
        """
        now = monotonic()
        with self._lock:
            self._asked += 1
            left = [seconds for place in self._held if (seconds := place.left(now))]
        if len(left) < self.threads:
            return
        ahead = sum(left) / self.threads
        longest = self._longest(size)
        if ahead > longest:
            raise OverloadedError(min(max(math.ceil(ahead - longest), _SOONEST), _LATEST))

    def take(self, size: int | None) -> Place:
        """Return a place for a request of so many bytes.

        Raises:
            OverloadedError: It would wait too long.
        """
        with self._lock:
            self.check(size)
            place = Place(self, size)
            self._held[place] = None
        return place

    def free(self, place: Place) -> None:
        """Give a place up, unless work is done in it."""
        with self._lock:
            if self._held.get(place) is None:
                self._held.pop(place, None)

    async def run(self, work: Callable[[Abandoned], _Made], place: Place) -> _Made:
        """Return what a piece of work makes, done in a thread of the lane; its place is given up afterwards."""
        place.has_arrived = True
        with self._lock:
            future = self._held[place] = self._pool.submit(self._timed, work, place)
        future.add_done_callback(lambda _: self._forget(place))
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            place.abandoned.leave()
            raise

    def close(self, patience_s: float) -> bool:
        """End all work; return whether it has ended in time.

        Args:
            patience_s: Seconds to wait for work to come to its next step.
        """
        with self._lock:
            held = list(self._held.items())
        for place, future in held:
            place.abandoned.leave()
            if future:
                future.cancel()
            else:
                self.free(place)
        self._pool.shutdown(wait=False, cancel_futures=True)
        end = monotonic() + patience_s
        while self._held and monotonic() < end:
            sleep(0.05)
        return not self._held

    def _timed(self, work: Callable[[Abandoned], _Made], place: Place) -> _Made:
        place.abandoned.go_on()
        asked = self._asked
        place.began = start = monotonic()
        try:
            return work(place.abandoned)
        finally:
            seconds = monotonic() - start
            self._recent.note(seconds, place.size)
            if asked == self._asked:
                self._alone = self._alone or Pace(
                    seconds, seconds / place.size if place.size else _FIRST_PACE
                )
                self._alone.note(seconds, place.size)

    def _forget(self, place: Place) -> None:
        with self._lock:
            self._held.pop(place, None)


class Admission:
    """The lanes of a service.

    Large requests are worked on one at a time: each takes hundreds of megabytes and computes on several processors by
    itself, and two of them would keep small ones waiting for the interpreter.
    """

    def __init__(self, threads: int, waits: float) -> None:
        """Make the lanes.

        Args:
            threads: Small requests worked on at once.
            waits: Times as long as it is worked on that a large request may wait; a small one four times as long.
        """
        # Who is sent away comes back after that time at the soonest: who is let in must not be worse off for less.
        self._small = Lane("small", threads, 4 * waits, least_s=_SOONEST)
        self._large = Lane("large", 1, waits, by_size=True)

    def lane(self, size: int | None) -> Lane:
        """Return the lane of a body of so many bytes; None: of what reads all of an operation."""
        return self._small if size is not None and size <= SMALL_BYTES else self._large

    async def run(self, request: Request, size: int | None, work: Callable[[Abandoned], _Made]) -> _Made:
        """Return what a piece of work makes for a client, done in a thread of its lane.

        Args:
            request: The request, its body read.
            size: Bytes of the body; None: the work reads all of an operation.
            work: What is to be done.

        Raises:
            ClientDisconnect: The client left.
            OverloadedError: There is too much work already.
        """
        lane = self.lane(size)
        reserved: Place | None = request.scope.get("state", {}).get(PLACE)
        place = reserved if reserved and reserved.lane is lane else lane.take(size)
        return await unless_left(request, lane.run(work, place))

    def close(self, patience_s: float) -> bool:
        """End all work; return whether it has ended in time."""
        ended = [lane.close(patience_s) for lane in (self._large, self._small)]
        return all(ended)


async def unless_left(request: Request, work: Awaitable[_Made]) -> _Made:
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
            made.append(await work)
        except Exception as error:  # noqa: BLE001 - raised again below, out of the group that would wrap it
            failed.append(error)
        tasks.cancel_scope.cancel()
    if failed:
        raise failed.pop()  # an error that its own traceback names would be held as long
    if not made:
        raise ClientDisconnect
    return made[0]
