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
from vigie.serving.api.admission import SMALL_BYTES, Abandoned, Admission, Lane, unless_left


def held_up(release: threading.Event) -> Callable[[Abandoned], str]:
    def work(abandoned: Abandoned) -> str:
        release.wait(10)
        abandoned.go_on()
        return "made"

    return work


def test_a_full_lane_refuses_at_once_and_says_when_to_come_back() -> None:
    lane, release = Lane("test", threads=1, waiting=1), threading.Event()

    async def run() -> list[str]:
        first = asyncio.ensure_future(lane.run(held_up(release)))
        second = asyncio.ensure_future(lane.run(held_up(release)))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError) as refused:
            await lane.run(held_up(release))
        assert 1 <= refused.value.retry_after_s <= 60
        release.set()
        return [await first, await second]

    assert asyncio.run(run()) == ["made", "made"]
    assert lane.held == 0


def test_work_whose_client_left_is_not_begun_or_ends_at_its_next_step() -> None:
    lane, release, begun = Lane("test", threads=1, waiting=3), threading.Event(), []

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
        tasks = [asyncio.ensure_future(lane.run(first)), asyncio.ensure_future(lane.run(second))]
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
    admission, release = Admission(threads=1, waiting=1), threading.Event()

    async def run() -> str:
        large = asyncio.ensure_future(admission.lane(SMALL_BYTES + 1).run(held_up(release)))
        await asyncio.sleep(0)
        small = await admission.lane(SMALL_BYTES).run(lambda _: "small")
        assert not large.done()
        release.set()
        await large
        return small

    assert asyncio.run(run()) == "small"


def test_closing_ends_what_comes_to_its_next_step_and_tells_what_does_not() -> None:
    admission, release = Admission(threads=1, waiting=1), threading.Event()

    async def run() -> tuple[bool, bool]:
        task = asyncio.ensure_future(admission.lane(0).run(held_up(release)))
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

        return await unless_left(Request({"type": "http"}, receive), work)

    if leaves:
        with pytest.raises(ClientDisconnect):
            asyncio.run(run())
    else:
        assert asyncio.run(run()) == "made"


def test_an_error_of_the_work_is_that_of_the_request() -> None:
    async def run() -> None:
        async def receive() -> dict[str, str]:
            await asyncio.Event().wait()
            return {}

        async def work() -> None:
            raise OverloadedError(3)

        await unless_left(Request({"type": "http"}, receive), work)

    with pytest.raises(OverloadedError, match="in 3 s"):
        asyncio.run(run())


@pytest.mark.parametrize("fails", [False, True])
def test_a_request_that_was_answered_is_not_held_until_the_collector_comes(fails: bool) -> None:
    async def work() -> None:
        await asyncio.sleep(0.01)
        if fails:
            raise OverloadedError(3)

    async def run() -> weakref.ref[Request]:
        async def receive() -> dict[str, str]:
            await asyncio.Event().wait()
            return {}

        request = Request({"type": "http"}, receive)
        with suppress(OverloadedError):
            await unless_left(request, work)
        return weakref.ref(request)

    gc.disable()
    try:
        assert asyncio.run(run())() is None
    finally:
        gc.enable()


def test_large_requests_are_worked_on_one_at_a_time() -> None:
    admission = Admission(threads=4, waiting=1)
    assert (admission.lane(SMALL_BYTES + 1).threads, admission.lane(SMALL_BYTES).threads) == (1, 4)
