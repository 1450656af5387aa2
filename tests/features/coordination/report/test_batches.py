"""Accounts made in several batches are told from those that joined at all times, or in one wave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from vigie.features.coordination.report import batches

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def accounts(days: list[int] | np.ndarray) -> pl.DataFrame:
    """Return accounts created so many days ago; negative: it is not known when."""
    created = [NOW - timedelta(days=int(day)) if day >= 0 else None for day in days]
    schema = pl.Schema({"row": pl.UInt32(), "created_at": pl.Datetime("us", "UTC")})
    return pl.DataFrame({"row": np.arange(len(created)), "created_at": created}, schema=schema)


def people(count: int = 200) -> pl.DataFrame:
    return accounts(np.random.default_rng(1).integers(0, 5_000, count))


def made(*starts: int, each: int = 20, within: int = 5) -> list[int]:
    rng = np.random.default_rng(2)
    return [start + int(day) for start in starts for day in rng.integers(0, within, each)]


def test_accounts_of_several_batches_are_told_with_those_that_are_of_none() -> None:
    found = batches.of(accounts([*made(400, 1_500, 3_000), 700, 2_000, -1]), people())
    assert found == batches.Batches(count=3, accounts=60, days=7, outside=frozenset({60, 61}))


def test_batches_of_single_days_are_told() -> None:
    found = batches.of(accounts(made(*range(100, 460, 30), each=12, within=1)), people())
    assert found is not None
    assert (found.count, found.accounts, found.days) == (12, 144, 1)


@pytest.mark.parametrize(
    "days",
    [
        pytest.param(made(400, each=60), id="one batch"),
        pytest.param(made(400, 410, 431, 452), id="one wave"),
        pytest.param([*made(400, 1_500), *range(600, 1_400, 40)], id="many between"),
        pytest.param([*made(400, each=40), *made(1_500, each=4)], id="one batch and a few"),
        pytest.param(np.random.default_rng(3).integers(0, 5_000, 80), id="people"),
        pytest.param([*made(400, 1_500), *[-1] * 100], id="mostly unknown"),
        pytest.param([], id="nobody"),
    ],
)
def test_others_are_not(days: list[int]) -> None:
    assert batches.of(accounts(days), people()) is None


def test_days_on_which_others_joined_too_tell_nothing() -> None:
    some = accounts(made(400, 1_500))
    assert batches.of(some, people()) is not None
    assert batches.of(some, accounts(made(400, 1_500, 2_500, each=80))) is None
    assert batches.of(some, people(30)) is None
