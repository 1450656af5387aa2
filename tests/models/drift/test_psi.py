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
from vigie.models.drift.advice import Advice, advise
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


def test_the_population_itself_does_not_drift_nor_does_another_sample_of_it(model: Bundle, seen_of_world: Callable[..., Histogram]) -> None:
    for seed in (1, 7):
        comparisons, advice = advised(model, seen_of_world(seed))
        assert set(levels(comparisons[0]).values()) <= {"stable", "unknown"}
        assert not comparisons[0].features["missing_moved"].any()
        assert comparisons[0].score.level == "stable"
        assert advice.level == "none"
        assert "Nothing to do" in advice.say("en")
        assert "Rien à faire" in advice.say("fr")


def test_fewer_accounts_of_the_target_are_no_drift(world: Callable[..., World], model: Bundle, seen: Seen, subset: Subset) -> None:
    accounts, posts, truth = world(7)
    keep = ~truth | (accounts["row"] % 10 == 0)
    (whole, *_), _ = advised(model, seen(accounts, posts))
    comparisons, advice = advised(model, seen(*subset(accounts, posts, keep)))
    assert comparisons[0].mix is not None
    assert whole.mix is not None
    assert comparisons[0].mix < whole.mix - 0.1
    assert advice.level == "none", advice


def test_a_bundle_without_counts_compares_features_with_ordinary_accounts_and_says_so(world: Callable[..., World], model: Bundle, seen: Seen, subset: Subset) -> None:
    accounts, posts, truth = world(7)
    old = replace(model, index={name: value for name, value in model.index.items() if name != "sketch"})
    reference = population(old)
    ordinary = seen(*subset(accounts, posts, ~truth))
    comparisons = compare(reference, ordinary)
    advice = advise(reference, ordinary, comparisons)
    assert "quantiles" in advice.say("en")
    assert set(levels(comparisons[0]).values()) <= {"stable", "unknown"}
    assert comparisons[0].features["missing_then"].is_null().all()
    assert comparisons[0].score.psi is None
    assert comparisons[0].score.mean_now is not None
    others = seen(*subset(accounts, posts, truth))
    comparisons = compare(reference, others)
    assert "large" in levels(comparisons[0]).values()
    # The accounts of the target among those seen may be all that moved.
    assert advise(reference, others, comparisons).level == "watch"
