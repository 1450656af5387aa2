"""A pair is one sentence with its figures, and never says that an account is inauthentic."""

from __future__ import annotations

import pytest

from vigie.features.coordination.report import sentences
from vigie.features.coordination.report.types import AccountName, Pair
from vigie.features.i18n import LANGUAGES, Language, message


def pair(**changed: object) -> Pair:
    values: dict[str, object] = {
        "trace": "co_url", "window": 600, "objects": 5, "days": 1, "authors": None, "expected": 0.1234,
        "p_class": 3e-9, "p_class_corrected": 1e-8, "expected_author": 0.1, "p_author": 0.2,
        "p_author_corrected": 0.3, "first": AccountName("x", "1", "anna"), "second": AccountName("x", "2", None),
        "first_leads": 3, "second_leads": 2, "leads": "first", "shared": [],
    }  # fmt: skip
    return Pair(**values | changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pair_is_told_with_names_counts_chance_and_both_p_values(language: Language) -> None:
    for said in (sentences.ungrouped(pair()), sentences.partner("@anna", pair())):
        text = said.say(language)
        assert "@anna" in text
        for figure in ("5 obj", "1 day" if language == "en" else "1 jour", "3e-09", "0.2", "10\u202fmin"):
            assert figure in text
        assert ("0.12" if language == "en" else "0,12") in text
    assert "2" in sentences.ungrouped(pair()).say(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_trace_of_another_package_and_all_traces_together_are_told_too(language: Language) -> None:
    assert "hourly" in sentences.ungrouped(pair(trace="hourly")).say(language)
    together = message("coordination.did_any").say(language)
    assert together in sentences.ungrouped(pair(trace="any")).say(language)


def test_a_name_cannot_break_the_sentence() -> None:
    nasty = AccountName("x", "1", "a\x1b[31m\u202eb")
    assert not {"\x1b", "\u202e"} & set(sentences.ungrouped(pair(first=nasty)).say("en"))


@pytest.mark.parametrize(("p", "written"), [(0.049, "0.05"), (1e-12, "1e-12"), (0.0, "< 1e-30"), (1.0, "1")])
def test_a_p_value_is_written_to_one_digit(p: float, written: str) -> None:
    assert sentences.p_value(p) == written
