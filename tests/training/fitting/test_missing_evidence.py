"""The discount on missing evidence."""

from __future__ import annotations

from vigie.models.bundle import load
from vigie.training.evaluation import accounts
from vigie.training.result import TrainingResult

TrainedRun = tuple[TrainingResult[accounts.Evaluation], str]


def test_the_discount_falls_to_nothing_with_all_posts(inauthentic_run: TrainedRun) -> None:
    knots = load(inauthentic_run[0].folder).index["discount"]
    assert knots["posts"][0] == 0
    assert knots["log_odds"] == sorted(knots["log_odds"], reverse=True)
    assert knots["log_odds"][-1] == 0.0
