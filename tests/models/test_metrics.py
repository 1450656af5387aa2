"""Figures agree with scikit-learn, draw by draw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from vigie.models import metrics


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


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=40),
    st.one_of(st.none(), st.integers(1, 50)),
    st.sampled_from([metrics.SHARE, metrics.NOT_NEGATIVE, metrics.DIFFERENCE, metrics.ANY]),
)
def test_an_interval_holds_its_figure_and_stays_inside_its_range(
    drawn: list[float], units: int | None, within: metrics.Range
) -> None:
    estimate = metrics.Estimate.of(np.array(drawn), units, within)
    assert estimate.value == drawn[0]
    assert within[0] <= estimate.low <= estimate.value <= estimate.high <= within[1]


def test_draws_that_lie_to_one_side_of_a_figure_do_not_turn_its_interval_round() -> None:
    # A precision without a false positive, of which each draw counts some.
    estimate = metrics.Estimate.of(np.r_[1.0, np.linspace(0.02, 0.05, 200)], 12, metrics.SHARE)
    assert (estimate.low, estimate.high) == (0.0, 1.0)


def test_an_interval_in_the_middle_of_its_range_is_widened_as_before() -> None:
    drawn = np.r_[0.5, np.random.default_rng(1).normal(0.5, 0.05, 2000)]
    low, high = np.percentile(drawn[1:], [2.5, 97.5])
    estimate = metrics.Estimate.of(drawn, 10, metrics.SHARE)
    assert estimate.low == pytest.approx(0.5 - (0.5 - low) * 1.217, abs=0.002)
    assert estimate.high == pytest.approx(0.5 + (high - 0.5) * 1.217, abs=0.002)


def test_one_curve_gives_all_metrics_of_a_ranking(ranked: tuple[np.ndarray, ...]) -> None:
    truth, score, weights = ranked
    figures = metrics.Curve.of(truth, score, weights).figures()
    np.testing.assert_array_equal(figures["auc"], metrics.auc(truth, score, weights))
    np.testing.assert_array_equal(
        figures["average_precision"], metrics.average_precision(truth, score, weights)
    )
    np.testing.assert_array_equal(figures["recall_at_1"], metrics.recall_at_fpr(truth, score, weights))
    np.testing.assert_array_equal(
        figures["recall_at_01"], metrics.recall_at_fpr(truth, score, weights, 0.001)
    )
