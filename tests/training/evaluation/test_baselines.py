"""Baselines learn what is there and read nothing of the accounts they are evaluated on."""

from __future__ import annotations

import numpy as np
import polars as pl

from vigie.training.evaluation.baselines import baselines, predict


def rows(seed: int) -> pl.DataFrame:
    chance = np.random.default_rng(seed)
    y = np.arange(200) % 2 == 0
    return pl.DataFrame(
        {"signal": y + chance.normal(0, 0.3, 200), "noise": chance.normal(size=200), "y": y}
    ).with_columns(source=pl.lit("a"), weight=pl.lit(1.0))


def test_a_baseline_ranks_by_a_feature_that_separates_the_classes() -> None:
    train, test = rows(1), rows(2)
    for name, (features, make) in baselines(("signal", "noise")).items():
        if not set(features) <= set(train.columns):
            continue
        score = predict(make, features, train, test, 7)
        truth = test["y"].to_numpy()
        assert score[truth].mean() > score[~truth].mean(), name


def test_the_same_seed_gives_the_same_scores() -> None:
    features, make = baselines(("signal", "noise"))["forest, all features"]
    first, second = (predict(make, features, rows(1), rows(2), 7) for _ in range(2))
    assert (first == second).all()
