"""The discount on missing evidence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.features.pipeline import FeatureMatrix
from vigie.models.bundle import Bundle, load
from vigie.models.calibration import probability
from vigie.models.scoring import Scores, score
from vigie.training import config
from vigie.training.evaluation import accounts
from vigie.training.fitting import missing_evidence
from vigie.training.result import TrainingResult

TrainedRun = tuple[TrainingResult[accounts.Evaluation], str]
# The steps of a discount, and the largest.
STEPS, LARGEST = 100, 6.0


def test_the_discount_falls_to_nothing_with_all_posts(inauthentic_run: TrainedRun) -> None:
    knots = load(inauthentic_run[0].folder).index["discount"]
    assert knots["posts"][0] == 0
    assert knots["log_odds"] == sorted(knots["log_odds"], reverse=True)
    assert knots["log_odds"][-1] == 0.0


@given(st.floats(-8, 8), st.integers(1, 40), st.integers(0, 5))
def test_as_much_is_taken_off_as_keeps_the_mean_from_rising_and_no_step_more(
    rise: float, size: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    whole = rng.normal(size=size)
    thin = whole + rise + rng.normal(scale=0.5, size=size)
    taken = missing_evidence.least_discount([(thin, whole)], 0.1)
    goal = probability(whole, 0.1).mean()
    if taken < LARGEST:
        assert probability(thin - taken, 0.1).mean() <= goal
    if taken > 0:
        assert probability(thin - (taken - 1 / STEPS), 0.1).mean() > goal


def test_accounts_as_they_are_are_scored_once_by_each_model(
    fitted: Any, settings: config.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole: list[str] = []

    def told(model: Bundle, matrix: FeatureMatrix) -> Scores:
        digest = matrix.table.hash_rows(seed=1).to_numpy().tobytes() + matrix.coverage.write_csv().encode()
        whole.append(f"{id(model)} {hash(digest)}")
        return score(model, matrix)

    monkeypatch.setattr(missing_evidence, "score", told)
    made = missing_evidence.fit_discounts(fitted.fits, fitted.rows, settings)
    assert made["discount"]["posts"][0] == 0
    repeated = len(whole) - len(set(whole))
    # With all of its posts an account is once compared with fewer posts, and once with fewer fields.
    assert repeated <= len(fitted.fits["posts"].held_out)
