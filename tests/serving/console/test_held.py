"""A trial is held for its browser alone, is taken once, and is forgotten by itself."""

from __future__ import annotations

import asyncio

import polars as pl
import pytest

from vigie.errors import OperationNotFoundError
from vigie.serving.console import held
from vigie.serving.console.held import HeldTrials

TABLES = ((pl.DataFrame({"account_id": ["1"]}), pl.DataFrame({"post_id": ["2"]})),)


def test_a_trial_is_taken_once_by_the_browser_that_sent_it() -> None:
    async def tried() -> None:
        trials = HeldTrials()
        first, second = trials.hold("a", TABLES), trials.hold("a", TABLES)
        assert first
        assert second
        for browser, trial in (("b", second), (None, second), ("a", first)):
            with pytest.raises(OperationNotFoundError):
                trials.take(browser, trial)
        assert trials.take("a", second) is TABLES
        with pytest.raises(OperationNotFoundError):
            trials.take("a", second)

    asyncio.run(tried())


def test_a_trial_is_forgotten_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "LIFE_S", 0)

    async def tried() -> None:
        trials = HeldTrials()
        trial = trials.hold("a", TABLES)
        assert trial
        await asyncio.sleep(0.01)
        with pytest.raises(OperationNotFoundError):
            trials.take("a", trial)

    asyncio.run(tried())


def test_no_more_is_held_than_memory_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    size = sum(table.estimated_size() for table in TABLES[0])
    monkeypatch.setattr(held, "MOST_BYTES", 2 * size)

    async def tried() -> None:
        trials = HeldTrials()
        assert [trials.hold(browser, TABLES) is not None for browser in "abca"] == [True, True, False, True]

    asyncio.run(tried())
