"""Figures agree with scikit-learn, draw by draw."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as oracle

from vigie.training import metrics


@pytest.fixture
def ranked() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    truth = generator.random(400) < 0.3
    score = np.round(truth * 0.8 + generator.normal(size=400), 1)  # rounded: ties
    return truth, score, metrics.draws(truth, 20, seed=1)


def test_the_first_draw_is_the_data_and_every_draw_keeps_the_class_sizes(
    ranked: tuple[np.ndarray, ...],
) -> None:
    truth, _, weights = ranked
    assert (weights[0] == 1).all()
    assert (weights[:, truth].sum(axis=1) == truth.sum()).all()
    assert (weights[:, ~truth].sum(axis=1) == (~truth).sum()).all()


def test_auc_is_that_of_scikit_learn(ranked: tuple[np.ndarray, ...]) -> None:
    truth, score, weights = ranked
    expected = [oracle.roc_auc_score(truth, score, sample_weight=weight) for weight in weights]
    assert metrics.auc(truth, score, weights) == pytest.approx(expected)


def test_average_precision_is_that_of_scikit_learn(ranked: tuple[np.ndarray, ...]) -> None:
    truth, score, weights = ranked
    expected = [oracle.average_precision_score(truth, score, sample_weight=weight) for weight in weights]
    assert metrics.average_precision(truth, score, weights) == pytest.approx(expected)


def test_recall_at_a_false_positive_rate_is_read_off_the_roc_curve(ranked: tuple[np.ndarray, ...]) -> None:
    truth, score, weights = ranked
    expected = []
    for weight in weights:
        false, true, _ = oracle.roc_curve(truth, score, sample_weight=weight, drop_intermediate=False)
        expected.append(true[false <= 0.05].max())
    assert metrics.recall_at_fpr(truth, score, weights, 0.05) == pytest.approx(expected)


def test_a_calibrated_score_has_little_calibration_error_and_a_shifted_one_much() -> None:
    generator = np.random.default_rng(3)
    stated = generator.random(20_000)
    truth = generator.random(20_000) < stated
    assert metrics.calibration_error(truth, stated) < 0.02
    assert metrics.calibration_error(truth, stated**4) > 0.2


def test_calibration_error_does_not_depend_on_the_order_of_equal_probabilities() -> None:
    truth = np.arange(1000) < 500
    assert metrics.calibration_error(truth, np.full(1000, 0.5)) == pytest.approx(0.0)
    rounded = np.round(np.random.default_rng(1).random(1000), 1)
    order = np.random.default_rng(2).permutation(1000)
    assert metrics.calibration_error(truth, rounded) == pytest.approx(
        metrics.calibration_error(truth[order], rounded[order])
    )


def test_a_figure_prints_without_leading_zeros_and_keeps_the_sign() -> None:
    assert str(metrics.Estimate(0.912, 0.9, 1.0)) == ".912 [.900, 1.000]"
    assert str(metrics.Estimate(-0.05, -0.1, 0.02)) == "-.050 [-.100, .020]"
