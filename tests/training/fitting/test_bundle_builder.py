"""Entries of a bundle: aggregates of ordinary accounts."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from vigie.models import rehearsal
from vigie.models.bundle import load
from vigie.training.evaluation import accounts
from vigie.training.result import TrainingResult

TrainedRun = tuple[TrainingResult[accounts.Evaluation], str]


def test_reference_quantiles_are_of_ordinary_accounts_only(fitted: Any, inauthentic_run: TrainedRun) -> None:
    quantiles = load(inauthentic_run[0].folder).index["reference"]["profile_followers_count"]
    ordinary = fitted.rows.filter((pl.col("view") == "full") & ~pl.col("y"))[
        "profile_followers_count"
    ].drop_nulls()
    assert quantiles[0] == pytest.approx(ordinary.min(), rel=1e-4)
    assert quantiles[-1] == pytest.approx(ordinary.max(), rel=1e-4)
    assert len(quantiles) == 101


def test_a_trained_bundle_carries_two_invented_accounts_per_part_that_it_tells_apart(
    inauthentic_run: TrainedRun,
) -> None:
    trained = load(inauthentic_run[0].folder)
    rehearsal.check(trained)
    for part in trained.index["parts"].values():
        low, high = part["rehearsal"]["log_odds"]
        assert low < high
