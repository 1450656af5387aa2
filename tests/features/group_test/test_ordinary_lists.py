"""Draws of ordinary lists have the means of the reference and differ as collections do."""

from __future__ import annotations

import numpy as np
import pytest

from vigie.features.group_test import ordinary_lists


def test_shares_centre_on_the_reference_and_spread_more_than_one_population_would() -> None:
    drawn = ordinary_lists.shares(0.08, 400, 0.9)
    assert len(drawn) == ordinary_lists.DRAWS
    assert np.median(drawn) == pytest.approx(32, abs=4)
    assert drawn.std() > 3 * np.sqrt(400 * 0.08 * 0.92)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_nobody_or_everybody_is_drawn_too(share: float) -> None:
    assert np.isfinite(ordinary_lists.shares(share, 100, 0.9)).all()


def test_counts_and_days_hold_every_account() -> None:
    for draw in (ordinary_lists.counts, ordinary_lists.days):
        blocks = np.concatenate(list(draw(np.full(40, 1 / 40), 70)))
        assert blocks.shape == (ordinary_lists.DRAWS, 40)
        assert (blocks.sum(axis=1) == 70).all()


def test_moved_times_keep_the_time_of_day_and_the_fortnight() -> None:
    times = np.array([10, 86_500, 400_000])
    lows = ordinary_lists.moved_times(times, lambda rows: rows[:, 0].astype(float))
    assert set(lows % 86_400) <= {10.0, 100.0, 400_000.0 % 86_400}
    assert lows.min() >= 10 - ordinary_lists.MOVED * 86_400


def test_the_trend_of_a_reference_covers_its_ages() -> None:
    ages = np.linspace(0, 100, 101)
    trend = ordinary_lists.reference_trend(ages.tolist(), 1_000 * 86_400, 850, 1_000)
    assert trend.sum() == pytest.approx(1)
    assert trend[:49].sum() == 0
    assert trend[60:140] == pytest.approx(np.full(80, 0.01))


def test_the_trend_of_a_list_is_smooth_and_adds_up() -> None:
    trend = ordinary_lists.own_trend(np.bincount([5, 5, 300], minlength=400))
    assert trend.sum() == pytest.approx(1)
    assert trend[150] == 0
