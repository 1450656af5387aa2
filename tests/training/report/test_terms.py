"""Every word of ours that a table holds has a translation; names out of the data stay as they are."""

from __future__ import annotations

import polars as pl

from vigie.features.schema import STRENGTHS, TARGETS
from vigie.training.config import shipped
from vigie.training.evaluation import accounts, baselines, slices
from vigie.training.fitting import leave_operator_out
from vigie.training.pipelines import coordinated
from vigie.training.report.terms import TERMS, translated


def test_every_word_of_ours_in_a_table_is_in_the_catalogues() -> None:
    ours = {
        accounts.PLAIN, *accounts.OPTIMISTIC, *baselines.baselines(("a",)), *leave_operator_out.SCHEMES, *STRENGTHS,
        coordinated.EVIDENCE_ONLY, coordinated.LOGISTIC, "lone", "placebo", "operation",
        *(f"flagged accounts, {scheme}" for scheme in leave_operator_out.SCHEMES), "synchronous groups", "all features",
        *accounts._kinds({}, ["a"]), slices.HIGH, slices.ONE_PERCENT,
    }  # fmt: skip
    assert ours <= set(TERMS)
    for term in TERMS.values():
        assert term.say("en")
        assert term.say("fr")


def test_what_every_gate_that_ships_asks_is_in_the_catalogues() -> None:
    asked = {gate.why for target in TARGETS for gate in shipped(target).gates}
    assert asked <= set(TERMS)


def test_words_are_translated_and_names_are_not() -> None:
    frame = pl.DataFrame({"kind": ["spambot", "of-the-data"], "source": ["spambot", "person"]})
    assert translated(frame, "fr").rows() == [("robot de spam", "spambot"), ("of-the-data", "person")]
