"""Drift: what moved is measured, and what only chance or the mix of classes moved is not."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from vigie.errors import HistogramError
from vigie.models.bundle import Bundle
from vigie.models.drift import psi
from vigie.models.drift.histograms import Histogram
from vigie.models.drift.psi import Comparison, Expected, compare, population, stability

World = tuple[pl.DataFrame, pl.DataFrame, pl.Series]
Seen = Callable[[pl.DataFrame, pl.DataFrame], Histogram]
Subset = Callable[[pl.DataFrame, pl.DataFrame, pl.Series], tuple[pl.DataFrame, pl.DataFrame]]


def levels(comparison: Comparison) -> dict[str, str]:
    return dict(comparison.features.select("feature", "level").iter_rows())


def test_the_index_is_that_of_a_loop_over_bins() -> None:
    now, ordinary, positive, mix = [40, 10, 0, 50], [10, 20, 30, 40], [5, 5, 0, 10], 0.25
    then = [
        (1 - mix) * a / sum(ordinary) + mix * b / sum(positive)
        for a, b in zip(ordinary, positive, strict=True)
    ]
    size = 1 / ((1 - mix) ** 2 / sum(ordinary) + mix**2 / sum(positive))
    wanted = 0.0
    for count, share in zip(now, then, strict=True):
        p = (share * size + 0.5) / (size + 2)
        q = (count + 0.5) / (sum(now) + 2)
        wanted += (q - p) * math.log(q / p)
    expected = psi._expected(np.array([ordinary]), np.array([positive]), mix)
    index, by_chance, p_value = stability(np.array([now]), expected, np.array([4]))
    assert index[0] == pytest.approx(wanted)
    assert by_chance[0] == pytest.approx(3 * (1 / 100 + 1 / size))
    assert p_value[0] < 1e-4


@pytest.mark.parametrize("now", [[0, 0, 0], [9, 0, 0]])
def test_a_quantity_that_the_population_never_shows_cannot_have_moved(now: list[int]) -> None:
    unknown = Expected(np.zeros((1, 3)), np.array([np.inf]), np.array([0.0]))
    _, by_chance, p_value = stability(np.array([now]), unknown, np.array([3]))
    assert (by_chance[0], p_value[0]) == (0.0, 1.0)


def test_under_no_drift_the_p_value_is_as_small_as_it_says_at_most_and_the_mean_is_that_of_chance() -> None:
    generator = np.random.default_rng(5)
    shares = np.array([0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.03, 0.01, 0.01])
    for now, then, tolerance in ((300, 2_000, 0.15), (40, 400, 0.5)):
        drawn = generator.multinomial(now, shares, size=4_000).astype(np.int64)
        reference = generator.multinomial(then, shares, size=4_000)
        size = np.full(4_000, float(then))
        index, by_chance, p = stability(drawn, Expected(reference / then, 1 / size, size), np.full(4_000, 10))
        assert (p < 0.05).mean() < 0.06
        assert index.mean() == pytest.approx(by_chance.mean(), rel=tolerance)


def test_the_population_itself_does_not_drift_nor_does_another_sample_of_it(
    model: Bundle, seen_of_world: Callable[..., Histogram]
) -> None:
    for seed in (1, 7):
        whole = compare(population(model), seen_of_world(seed))[0]
        assert set(levels(whole).values()) <= {"stable", "unknown"}
        assert not whole.features["missing_moved"].any()
        assert whole.score.level == "stable"


def test_fewer_accounts_of_the_target_move_the_mix_of_classes(
    world: Callable[..., World],
    model: Bundle,
    seen: Seen,
    seen_of_world: Callable[..., Histogram],
    subset: Subset,
) -> None:
    accounts, posts, truth = world(7)
    keep = ~truth | (accounts["row"] % 10 == 0)
    whole = compare(population(model), seen_of_world(7))[0]
    fewer = compare(population(model), seen(*subset(accounts, posts, keep)))[0]
    assert fewer.mix is not None
    assert whole.mix is not None
    assert fewer.mix < whole.mix - 0.1


def test_a_bundle_without_counts_compares_features_with_ordinary_accounts(
    world: Callable[..., World], model: Bundle, seen: Seen, subset: Subset
) -> None:
    accounts, posts, truth = world(7)
    reference = population(
        replace(model, index={name: value for name, value in model.index.items() if name != "sketch"})
    )
    ordinary = compare(reference, seen(*subset(accounts, posts, ~truth)))[0]
    assert set(levels(ordinary).values()) <= {"stable", "unknown"}
    assert ordinary.features["missing_then"].is_null().all()
    assert ordinary.score.psi is None
    assert ordinary.score.mean_now is not None
    positive = compare(reference, seen(*subset(accounts, posts, truth)))[0]
    assert "large" in levels(positive).values()


def test_a_histogram_of_another_bundle_is_not_compared(
    model: Bundle, seen_of_world: Callable[..., Histogram]
) -> None:
    other = replace(model, index=model.index | {"version": "other"})
    with pytest.raises(HistogramError, match="of another bundle"):
        compare(population(other), seen_of_world(2, 60, 40))
