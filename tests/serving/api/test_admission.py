"""What is worked on at once, what waits, what is told to come back, and what ends since nobody waits for it."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress

import pytest
from starlette.requests import ClientDisconnect, Request

from vigie.errors import OverloadedError
from vigie.serving.api import admission as module
from vigie.serving.api.admission import PLACE, SMALL_BYTES, Abandoned, Admission, Lane, unless_left


def waiting() -> Request:
    """Return a request whose client waits for its answer."""

    async def receive() -> dict[str, str]:
        await asyncio.Event().wait()
        return {}

    return Request({"type": "http"}, receive)


def held_up(release: threading.Event) -> Callable[[Abandoned], str]:
    def work(abandoned: Abandoned) -> str:
        release.wait(10)
        abandoned.go_on()
        return "made"

    return work


def test_a_full_lane_refuses_at_once_and_says_when_to_come_back() -> None:
    lane, release = Lane("test", threads=1, waits=1), threading.Event()

    async def run() -> list[str]:
        tasks = [asyncio.ensure_future(lane.run(held_up(release), lane.take(100))) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError) as refused:
            lane.take(100)
        assert 1 <= refused.value.retry_after_s <= 60
        release.set()
        return [await task for task in tasks]

    assert asyncio.run(run()) == ["made", "made"]
    assert lane.held == 0


def test_a_request_waits_no_longer_than_it_is_worked_on() -> None:
    lane = Lane("test", threads=1, waits=1, by_size=True)

    async def worked(seconds: float, size: int) -> None:
        await lane.run(lambda _: time.sleep(seconds), lane.take(size))

    for _ in range(30):
        asyncio.run(worked(0.01, 1_000))
    assert 0.008 < lane.expected(1_000) < 0.1
    assert lane.expected(2_000) == pytest.approx(2 * lane.expected(1_000))
    lane.take(10_000)
    for size in (1_000, 9_000):
        with pytest.raises(OverloadedError):
            lane.take(size)
    lane.take(11_000)
    with pytest.raises(OverloadedError):
        lane.take(20_000)


def test_a_request_waits_no_longer_under_load_that_slows_all(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(module, "monotonic", lambda: clock[0])
    lane = Lane("test", threads=1, waits=1, by_size=True)

    def worked(seconds: float, others: int) -> None:
        def work(_: Abandoned) -> None:
            for _other in range(others):
                with suppress(OverloadedError):
                    lane.check(1_000)
            clock[0] += seconds

        asyncio.run(lane.run(work, lane.take(1_000)))

    for _ in range(30):
        worked(0.2, others=0)
    for _ in range(30):
        worked(0.6, others=1)
    # It takes as long as others do under load, and may wait as long as it takes without.
    assert lane.expected(1_000) == pytest.approx(0.6, rel=0.01)
    place = lane.take(1_000)
    place.began = clock[0]
    clock[0] += 0.35
    with pytest.raises(OverloadedError):
        lane.check(1_000)
    clock[0] += 0.1
    lane.check(1_000)


def test_a_small_request_may_wait_as_long_as_it_would_be_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(module, "monotonic", lambda: clock[0])
    lane = Admission(threads=1, waits=1).lane(1_000)

    def worked(seconds: float, others: int) -> None:
        def work(_: Abandoned) -> None:
            for _other in range(others):
                lane.check(1_000)
            clock[0] += seconds

        asyncio.run(lane.run(work, lane.take(1_000)))

    for _ in range(30):
        worked(0.02, others=0)
    # For a moment all is slow, as while a model is loaded: a second of work waits, and no more is let in.
    for _ in range(30):
        worked(0.3, others=1)
    for _ in range(4):
        lane.take(1_000)
    with pytest.raises(OverloadedError):
        lane.take(1_000)


def test_a_short_request_waits_as_long_as_a_usual_one_may() -> None:
    lane = Lane("test", threads=1, waits=1, by_size=True)
    usual = int(lane.expected(None) / lane.expected(1))
    lane.take(usual)
    lane.take(1)


def test_what_runs_counts_by_the_time_that_is_left_of_it() -> None:
    lane = Lane("test", threads=1, waits=1)
    place = lane.take(1_000)
    whole = lane.expected(1_000)
    assert place.left(place.taken) == whole
    place.began = 10.0
    assert place.left(10.0 + whole / 2) == pytest.approx(whole / 2)
    assert place.left(10.0 + 9 * whole) == whole / 4, "it takes longer than expected, and is not over"


def test_a_body_that_comes_slowly_keeps_nobody_out() -> None:
    lane = Lane("test", threads=1, waits=0)
    slow = lane.take(1)
    with pytest.raises(OverloadedError):
        lane.take(1)
    slow.taken -= 3
    assert asyncio.run(lane.run(lambda _: "quick", lane.take(1))) == "quick"
    assert asyncio.run(lane.run(lambda _: "slow", slow)) == "slow"
    assert lane.held == 0


def test_a_place_that_is_given_up_is_free_and_one_that_is_worked_in_is_not() -> None:
    lane, release = Lane("test", threads=1, waits=0), threading.Event()
    place = lane.take(1)
    with pytest.raises(OverloadedError):
        lane.take(1)
    lane.free(place)

    async def run() -> None:
        place = lane.take(1)
        task = asyncio.ensure_future(lane.run(held_up(release), place))
        await asyncio.sleep(0)
        lane.free(place)
        assert lane.held == 1
        release.set()
        await task

    asyncio.run(run())
    assert lane.held == 0


def test_work_whose_client_left_is_not_begun_or_ends_at_its_next_step() -> None:
    lane, release, begun = Lane("test", threads=1, waits=3), threading.Event(), []

    def second(abandoned: Abandoned) -> None:
        begun.append("second")

    ended: list[str] = []

    def first(abandoned: Abandoned) -> None:
        release.wait(10)
        try:
            abandoned.go_on()
        except ClientDisconnect:
            ended.append("first")
            raise

    async def run() -> None:
        tasks = [asyncio.ensure_future(lane.run(work, lane.take(1))) for work in (first, second)]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.sleep(0)
        release.set()
        while lane.held:
            await asyncio.sleep(0.01)

    asyncio.run(run())
    assert (begun, ended) == ([], ["first"])


def test_small_requests_do_not_wait_behind_large_ones() -> None:
    admission, release = Admission(threads=1, waits=1), threading.Event()

    async def run() -> str:
        large = asyncio.ensure_future(admission.run(waiting(), SMALL_BYTES + 1, held_up(release)))
        await asyncio.sleep(0)
        small = await admission.run(waiting(), SMALL_BYTES, lambda _: "small")
        assert not large.done()
        release.set()
        await large
        return small

    assert asyncio.run(run()) == "small"


def test_closing_ends_what_comes_to_its_next_step_and_tells_what_does_not() -> None:
    admission, release = Admission(threads=1, waits=1), threading.Event()

    async def run() -> tuple[bool, bool]:
        task = asyncio.ensure_future(admission.run(waiting(), 0, held_up(release)))
        await asyncio.sleep(0.05)
        start = time.monotonic()
        stuck = await asyncio.to_thread(admission.close, 0.2)
        assert time.monotonic() - start < 2
        release.set()
        with pytest.raises(ClientDisconnect):
            await task
        return stuck, await asyncio.to_thread(admission.close, 2)

    assert asyncio.run(run()) == (False, True)


@pytest.mark.parametrize("leaves", [False, True])
def test_the_work_of_a_request_is_cancelled_when_its_client_leaves(leaves: bool) -> None:
    async def run() -> str:
        gone = asyncio.Event()

        async def receive() -> dict[str, str]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def work() -> str:
            await asyncio.sleep(0.01)
            if leaves:
                gone.set()
                await asyncio.sleep(10)
            return "made"

        return await unless_left(Request({"type": "http"}, receive), work())

    if leaves:
        with pytest.raises(ClientDisconnect):
            asyncio.run(run())
    else:
        assert asyncio.run(run()) == "made"


def test_an_error_of_the_work_is_that_of_the_request() -> None:
    async def work() -> None:
        raise OverloadedError(3)

    async def run() -> None:
        await unless_left(waiting(), work())

    with pytest.raises(OverloadedError, match="in 3 s"):
        asyncio.run(run())


@pytest.mark.parametrize("fails", [False, True])
def test_a_request_that_was_answered_is_not_held_until_the_collector_comes(fails: bool) -> None:
    async def work() -> None:
        await asyncio.sleep(0.01)
        if fails:
            raise OverloadedError(3)

    async def run() -> weakref.ref[Request]:
        request = waiting()
        with suppress(OverloadedError):
            await unless_left(request, work())
        return weakref.ref(request)

    gc.disable()
    try:
        assert asyncio.run(run())() is None
    finally:
        gc.enable()


def test_large_requests_are_worked_on_one_at_a_time() -> None:
    admission = Admission(threads=4, waits=1)
    assert (admission.lane(SMALL_BYTES + 1).threads, admission.lane(SMALL_BYTES).threads) == (1, 4)


def test_a_place_taken_before_the_body_came_is_the_one_that_is_worked_in() -> None:
    admission = Admission(threads=1, waits=0)
    request = waiting()
    request.scope["state"] = {PLACE: admission.lane(SMALL_BYTES + 1).take(SMALL_BYTES + 1)}
    with pytest.raises(OverloadedError):
        asyncio.run(admission.run(waiting(), SMALL_BYTES + 1, lambda _: "another"))
    assert asyncio.run(admission.run(request, SMALL_BYTES + 1, lambda _: "made")) == "made"
    assert admission.lane(SMALL_BYTES + 1).held == 0
