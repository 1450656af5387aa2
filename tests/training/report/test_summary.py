"""The first screen says whether a model is better than chance, baselines and champion, which gates failed, and what to do."""

from __future__ import annotations

import pytest

from vigie.features.i18n import LANGUAGES, Language, message
from vigie.models.metrics import Estimate
from vigie.training.config import Gate
from vigie.training.evaluation.gates import Reading, check
from vigie.training.report.summary import Standing, summary

METRICS = {
    "auc.mean": Estimate(0.9, 0.88, 0.92),
    "gain.one-split stump.auc": Estimate(0.1, 0.08, 0.12),
    "gain.forest, all features.auc": Estimate(0.01, -0.01, 0.03),
}
HIGH = Gate(
    figure="auc.mean",
    end="low",
    at_least=0.95,
    why="ranks accounts of sources it never saw, abstentions last",
)
LOW = Gate(figure="auc.mean", at_least=0.7, why="own words")


def standing(champion: str | None, gain: Estimate | None, *gates: Gate, because: str = "") -> Standing:
    verdicts = tuple(check(gates, METRICS))
    return Standing(
        champion, gain, because, message("training.gates_of_vigie"), verdicts, "vigie promote run-1"
    )


def answers(text: str) -> list[str]:
    return [line.split(" | ")[1] for line in text.splitlines()[2:5]]


def test_each_question_is_answered_by_where_its_interval_lies() -> None:
    better = summary(METRICS, standing("m version 1", Estimate(0.02, 0.01, 0.03), LOW), "en")
    worse = summary(METRICS, standing("m version 1", Estimate(-0.02, -0.03, -0.01), LOW), "en")
    open_ = "cannot be told: the interval reaches to both sides"
    assert answers(better) == ["yes", open_, "yes"]
    assert answers(worse) == ["yes", open_, "no"]


def test_the_baseline_is_the_one_over_which_the_gain_is_smallest() -> None:
    assert "the best baseline (forest, all features)?" in summary(METRICS, None, "en")


def test_a_passed_model_is_promoted_and_a_failed_one_is_not() -> None:
    passed = summary(METRICS, standing("m version 1", Estimate(0.02, 0.01, 0.03), LOW), "en")
    assert "put it in use: `vigie promote run-1`" in passed
    failed = summary(METRICS, standing("m version 1", Estimate(0.02, 0.01, 0.03), LOW, HIGH), "en")
    assert "do not put this model in use" in failed
    assert "vigie promote" not in failed
    assert "**Gates failed: 1 of 2.**" in failed
    assert failed.index("FAILED") < failed.index("| passed")


def test_a_first_model_and_one_that_was_not_compared_say_so() -> None:
    first = summary(METRICS, standing(None, None, LOW), "en")
    assert "no model of this name is champion yet" in first
    assert "no champion stands beside this model" in first
    apart = summary(METRICS, standing("m version 1", None, LOW, because="no common rows"), "en")
    assert "not compared: no common rows" in apart
    unknown = summary(METRICS, standing(None, None, LOW, because="the server is away"), "en")
    assert "not compared: the server is away" in unknown


def test_an_evaluation_on_other_data_has_neither_champion_nor_gates() -> None:
    text = summary({"auc.mean": METRICS["auc.mean"]}, None, "en")
    assert answers(text) == ["yes"]
    assert "gate" not in text.lower()


@pytest.mark.parametrize("language", LANGUAGES)
def test_gates_that_ship_are_told_in_the_language_and_others_in_their_own_words(language: Language) -> None:
    text = summary(METRICS, standing("m version 1", None, LOW, HIGH, because="x"), language)
    assert "own words" in text
    assert ("classe les comptes de sources jamais vues" in text) == (language == "fr")


def test_without_gates_the_summary_says_that_none_is_in_force() -> None:
    none = Standing(None, None, "", message("training.gates_none"), (), "vigie promote run-1")
    assert "No gate is in force." in summary(METRICS, none, "en")


@pytest.mark.parametrize(
    ("figure", "end", "french"),
    [
        ("people.high.worst", "low", "aucune mesure de ce nom"),
        ("auc.meen", "low", "aucune mesure de ce nom\u202f; la plus proche est auc.mean"),
        ("plain", "low", "la mesure n’a pas d’intervalle"),
        ("absent", "value", "la mesure n’a pas pu être calculée"),
    ],
)
def test_why_a_gate_has_nothing_to_test_is_told_in_french(figure: str, end: str, french: str) -> None:
    figures = {"auc.mean": Reading(0.9, 0.8, 1.0), "plain": Reading(0.5), "absent": Reading(None)}
    verdicts = tuple(check([Gate.model_validate({"figure": figure, "end": end, "at_least": 0.5})], figures))
    told = Standing(None, None, "", message("training.gates_of_vigie"), verdicts, "vigie promote run-1")
    assert f"| {french} |" in summary({}, told, "fr")
