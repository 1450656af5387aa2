"""Traces are compared within windows as far as clocks, caps and budgets allow, and what is left out is told."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from vigie.features.coordination import pairs
from vigie.features.coordination.layers import LocalEngine
from vigie.features.coordination.parts import Parts
from vigie.features.coordination.trace_comparison import UNBOUNDED, Bounds, Scope, TraceComparison

SPAN = 40_000
WINDOWS = (60, 600)


def acts(seed: int, accounts: int = 20) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "account": generator.integers(0, accounts, 600),
            "object": generator.integers(0, 40, 600),
            "time": generator.integers(0, SPAN, 600),
        }
    ).with_columns(post=pl.int_range(pl.len()), author=pl.lit(None, pl.Int64))


def compared(
    bounds: Bounds = UNBOUNDED, resolution: int = 1, together: int = 50_000
) -> tuple[TraceComparison, list[str]]:
    """Return three traces compared, and the notes on them."""
    comparison = TraceComparison(Scope(np.array([resolution]), SPAN), bounds, LocalEngine(together=together))
    notes = [note for seed in range(3) for note in comparison.add(f"trace {seed}", acts(seed), WINDOWS)]
    return comparison, [note.key for note in notes]


@pytest.mark.parametrize("together", [1, 1_500, 50_000])
def test_layers_that_wait_for_each_other_are_as_they_are_alone(together: int) -> None:
    comparison, notes = compared(together=together)
    found = comparison.pairs()
    alone = []
    for seed in range(3):
        one = TraceComparison(Scope(np.array([1]), SPAN), UNBOUNDED)
        one.add(f"trace {seed}", acts(seed), WINDOWS)
        alone.append(one.pairs())
    assert found.equals(pl.concat(alone))
    assert found["trace"].n_unique() == 3
    assert list(comparison.caps.values()) == [pairs.CAP] * 6
    assert (notes, comparison.missed) == ([], 0)


def test_a_window_finer_than_the_clock_of_all_parts_pairs_nobody() -> None:
    comparison, _ = compared(resolution=120)
    assert comparison.pairs()["window"].unique().to_list() == [600]


def test_the_clock_of_each_part_is_its_own() -> None:
    both = pl.concat([acts(1), acts(1).with_columns(pl.col("account") + 20, pl.col("post") + 600)])
    comparison = TraceComparison(Scope(np.array([1, 1_200]), SPAN, Parts(2, 20)), UNBOUNDED)
    comparison.add("trace", both, (600, 3_600))
    of_second = comparison.pairs().group_by("window").agg((pl.col("first") >= 20).sum()).sort("window")
    assert of_second["first"][0] == 0
    assert of_second["first"][1] > 0


def test_a_lower_cap_and_windows_beyond_the_budget_are_told() -> None:
    comparison, notes = compared(Bounds(meetings=5))
    assert min(comparison.caps.values()) < pairs.CAP
    assert set(notes) == {"coordination.burst_capped"}
    cut, _ = compared(Bounds(budget=20))
    assert 0 < cut.missed < 6
    note = cut.too_costly()
    assert (note.values["count"], note.values["made"]) == (cut.missed, 6 - cut.missed)
    assert len(cut.caps) == 6 - cut.missed
    assert cut.pairs().equals(comparison_of(len(cut.caps)))


def comparison_of(layers: int) -> pl.DataFrame:
    """Return the pairs of the first layers, without any bound."""
    comparison, _ = compared()
    first = list(comparison.caps)[:layers]
    found = comparison.pairs()
    return found.filter(pl.struct("trace", "window").is_in([{"trace": t, "window": w} for t, w in first]))
