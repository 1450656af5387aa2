"""Contributions of models whose trees ask one question each."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from vigie.models import lightgbm_io
from vigie.models.stumps import Stumps

_ROWS, _FEATURES = 900, 7


def _values(seed: int, rows: int = _ROWS) -> np.ndarray:
    """Return counts, shares, zeros of both signs, values that tie and values that are missing."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, _FEATURES))
    values[:, 1] = rng.poisson(2.0, rows)
    values[:, 2] = np.where(rng.random(rows) < 0.6, 0.0, rng.normal(size=rows) * 1e-3)
    values[:, 3] = np.round(values[:, 3], 1)
    values[rng.random(values.shape) < 0.2] = np.nan
    values[:, 4] = rng.random(rows)  # Never missing where it is learnt from.
    values[:, 5] = np.where(rng.random(rows) < 0.5, np.nan, 1.0)  # Known or not is all it tells.
    values[:, 6] = 3.0
    return values


def _booster(leaves: int, trees: int = 120) -> lightgbm.Booster:
    x = _values(1)
    truth = np.nan_to_num(x[:, 0]) + 0.3 * x[:, 1] + 2 * np.isnan(x[:, 5]) + x[:, 4] > 1.2
    parameters = {
        "objective": "binary",
        "num_leaves": leaves,
        "verbosity": -1,
        "max_bin": 63,
        "min_data_in_leaf": 5,
    }
    data = lightgbm.Dataset(x, np.nan_to_num(truth).astype(float))
    return lightgbm.train(parameters, data, num_boost_round=trees)


def _by_lightgbm(booster: lightgbm.Booster, values: np.ndarray) -> np.ndarray:
    return np.asarray(booster.predict(values, pred_contrib=True))


def _steps(booster: lightgbm.Booster) -> Stumps | None:
    return Stumps.of(
        booster.model_to_string(), booster.num_feature(), lambda rows: _by_lightgbm(booster, rows)
    )


def test_each_digit_is_that_of_lightgbm() -> None:
    booster = _booster(2)
    stumps = _steps(booster)
    assert stumps is not None
    unseen = _values(2)
    unseen[0], unseen[1], unseen[2] = np.inf, -np.inf, np.nan
    unseen[3], unseen[4], unseen[5] = 0.0, -0.0, 1e-36
    added, base = stumps.contributions(unseen)
    raw = _by_lightgbm(booster, unseen)
    np.testing.assert_array_equal(added, raw[:, :-1])
    np.testing.assert_array_equal(base, raw[:, -1])


def test_a_value_on_a_threshold_lies_on_the_step_before() -> None:
    booster = _booster(2)
    stumps = _steps(booster)
    assert stumps is not None
    asked = [(column, at) for column, at in enumerate(stumps.thresholds) if len(at)]
    assert len(asked) > 3
    for column, at in asked:
        for near in (at, np.nextafter(at, -np.inf), np.nextafter(at, np.inf)):
            probes = np.zeros((len(at), _FEATURES))
            probes[:, column] = near
            np.testing.assert_array_equal(
                stumps.contributions(probes)[0], _by_lightgbm(booster, probes)[:, :-1]
            )


def test_trees_of_several_questions_have_no_steps() -> None:
    assert _steps(_booster(3)) is None


@pytest.mark.parametrize("leaves", [2, 4])
def test_contributions_are_those_of_lightgbm_whatever_the_trees(leaves: int) -> None:
    booster = _booster(leaves)
    for rows in (1, 15, 16, _ROWS):
        values = _values(3, rows)
        added, base = lightgbm_io.contributions(booster, values)
        np.testing.assert_array_equal(np.column_stack([added, base]), _by_lightgbm(booster, values))


def test_stumps_are_asked_of_lightgbm_once(monkeypatch: pytest.MonkeyPatch) -> None:
    booster = _booster(2)
    asked: list[int] = []
    ask = booster.predict

    def counting(values: np.ndarray, **options: object) -> np.ndarray:
        asked.append(len(values))
        return np.asarray(ask(values, **options))

    monkeypatch.setattr(booster, "predict", counting)
    for seed in (4, 5):
        lightgbm_io.contributions(booster, _values(seed))
    # As many rows as the feature of most steps has, not one for each account.
    assert len(asked) == 1
    assert asked[0] < 70
