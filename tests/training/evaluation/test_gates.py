"""Every gate gets its verdict: by how much it fails, why it exists, and nothing is raised."""

import math

import pytest

from vigie.features.i18n import Message
from vigie.models.metrics import Estimate
from vigie.training.config import Gate
from vigie.training.evaluation.gates import Reading, check, in_force, readings

FIGURES = {
    "auc.mean": Reading(0.9, 0.88, 0.92),
    "leaks.permuted_auc": Reading(0.51),
    "recall_at_1.mean": Reading(None),
}


def test_a_gate_tests_the_end_it_names() -> None:
    by_value, by_low, by_high = check(
        [
            Gate(figure="auc.mean", at_least=0.89),
            Gate(figure="auc.mean", at_least=0.89, end="low"),
            Gate(figure="auc.mean", at_most=0.91, end="high"),
        ],
        FIGURES,
    )
    assert [verdict.passed for verdict in (by_value, by_low, by_high)] == [True, False, False]
    assert by_low.room == pytest.approx(-0.01)
    assert by_high.room == pytest.approx(-0.01)


def test_a_figure_on_its_limit_passes() -> None:
    (low, high) = check(
        [Gate(figure="auc.mean", at_least=0.9), Gate(figure="auc.mean", at_most=0.9)], FIGURES
    )
    assert low.passed
    assert high.passed


def test_a_failing_gate_tells_by_how_much_and_why_it_exists() -> None:
    (verdict,) = check(
        [Gate(figure="auc.mean", at_least=0.95, end="low", why="ranks held-out sources")], FIGURES
    )
    assert str(verdict) == (
        "auc.mean, low end of its interval, at least 0.95: 0.88, fails by 0.07. Why this gate: ranks held-out sources"
    )


def test_a_gate_that_passes_tells_what_is_to_spare() -> None:
    (verdict,) = check([Gate(figure="auc.mean", at_least=0.85, why="ranks held-out sources")], FIGURES)
    assert str(verdict) == "auc.mean, at least 0.85: 0.9, with 0.05 to spare"


def test_an_absent_figure_fails_and_the_nearest_is_named() -> None:
    (verdict,) = check([Gate(figure="leaks.permuted_acu", at_most=0.55)], FIGURES)
    assert not verdict.passed
    assert "no such figure; the nearest is leaks.permuted_auc" in str(verdict)


def test_a_figure_that_a_small_data_set_lacks_is_not_taken_for_a_misspelt_one() -> None:
    figures = {"robustness.rise_as_posts_vanish": Reading(0.0), "audit.flagged_at_high": Reading(0.1)}
    for name in ("people.few_posts.high.worst", "audit.worst_slice"):
        (verdict,) = check([Gate(figure=name, at_most=0.005)], figures)
        assert str(verdict) == f"{name}, at most 0.005: there is no such figure"


@pytest.mark.parametrize("missing", [Reading(None, None, None), Reading(math.nan, math.nan, math.nan)])
@pytest.mark.parametrize("end", ["value", "low", "high"])
def test_a_figure_without_the_end_that_is_tested_fails(missing: Reading, end: str) -> None:
    gate = Gate.model_validate({"figure": "x", "end": end, "at_most": 1.0})
    (verdict,) = check([gate], {"x": missing})
    assert not verdict.passed
    assert verdict.room is None


def test_a_figure_without_an_interval_says_so() -> None:
    (verdict,) = check([Gate(figure="leaks.permuted_auc", at_most=0.55, end="high")], FIGURES)
    assert "has no interval" in str(verdict)


def test_figures_of_a_comparison_and_of_a_record_are_both_tested() -> None:
    metrics = readings({"auc.mean": {"value": 0.9, "low": 0.8, "high": 1.0}})
    gates = [Gate(figure="auc.mean", at_least=0.8, end="low"), Gate(figure="champion.gain.auc", at_least=0.0)]
    verdicts = check(gates, {**metrics, "champion.gain.auc": Estimate(0.01, -0.01, 0.03)})
    assert all(verdict.passed for verdict in verdicts)


def test_all_gates_are_judged_after_one_has_failed() -> None:
    gates = [Gate(figure="nothing", at_least=1.0), Gate(figure="auc.mean", at_least=0.5)]
    assert [verdict.passed for verdict in check(gates, FIGURES)] == [False, True]


def test_the_first_gates_that_are_not_empty_are_in_force() -> None:
    gate = Gate(figure="auc.mean", at_least=0.5)
    file, champion, challenger = (
        Message(f"training.gates_of_{name}") for name in ("file", "champion", "challenger")
    )
    assert in_force([(file, []), (champion, [gate]), (challenger, [gate, gate])]) == (champion, [gate])
    assert in_force([(file, [])]) is None
