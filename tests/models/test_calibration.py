"""Probabilities at a stated prevalence follow Bayes' rule, and a calibration carries its uncertainty."""

from __future__ import annotations

import numpy as np
import pytest

from vigie.models.calibration import Calibration, log_odds, probability


def test_probability_at_a_prevalence_is_bayes_rule() -> None:
    odds = np.array([-2.0, 0.0, 3.0])
    ratio = np.exp(odds)
    assert probability(odds, 0.01) == pytest.approx(0.01 * ratio / (0.01 * ratio + 0.99))


def test_the_standard_error_of_a_calibration_is_that_of_its_line() -> None:
    line = Calibration(0.5, 0.1, (0.04, 0.01, 0.09))
    gradient = np.array([2.0, 1.0])
    expected = np.sqrt(gradient @ np.array([[0.04, 0.01], [0.01, 0.09]]) @ gradient)
    assert line.standard_error(np.array([2.0])) == pytest.approx([expected])


@pytest.mark.parametrize("prevalence", [0.001, 0.1, 0.5])
def test_log_odds_and_probability_undo_each_other(prevalence: float) -> None:
    odds = np.array([-3.0, 0.0, 2.5])
    assert [log_odds(chance, prevalence) for chance in probability(odds, prevalence)] == pytest.approx(odds)


def test_a_calibration_is_a_straight_line_whose_error_is_never_of_a_negative_variance() -> None:
    assert Calibration(0.5, 0.1, (0.0, 0.0, 0.0)).log_odds(np.array([2.0])) == pytest.approx([1.1])
    # Rounding may leave a variance a little below zero.
    assert Calibration(1.0, 0.0, (0.0, -1e-12, 0.0)).standard_error(np.array([1.0])).tolist() == [0.0]
