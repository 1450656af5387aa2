"""Evaluation on held-out sources: the same accounts for every model."""

from __future__ import annotations

import polars as pl

from vigie.training.evaluation import accounts
from vigie.training.result import TrainingResult

TrainedRun = tuple[TrainingResult[accounts.Evaluation], str]


def test_the_evaluation_judges_every_model_on_the_same_accounts(inauthentic_run: TrainedRun) -> None:
    found = inauthentic_run[0].evaluation
    others = found.table.filter(pl.col("model") != accounts.LATER)
    assert others.group_by("source").agg(pl.col("accounts").n_unique())["accounts"].to_list() == [1, 1, 1]
    assert found.table["model"].n_unique() == 9
    ours = found.means.filter(pl.col("model") == accounts.MODEL).row(0, named=True)
    assert 0.6 < ours["auc"] < 1.0
    assert ours["low"] < ours["auc"] < ours["high"]
    assert found.gains["baseline"].n_unique() == 4
