"""Numbers are written as a language writes them, and no text is read as Markdown."""

from __future__ import annotations

import math

from vigie.models.metrics import Estimate
from vigie.training.report.formatting import plain, written


def test_what_is_unknown_is_a_dash() -> None:
    assert [written(value, "fr") for value in (None, math.nan)] == ["–", "–"]


def test_an_estimate_without_interval_is_a_number() -> None:
    assert written(Estimate(0.5, math.nan, math.nan), "fr") == "0,500"


def test_lists_are_joined_and_every_item_is_escaped() -> None:
    assert written(["a", "b|c"], "en") == "a, b\\|c"


def test_yes_and_no_are_words_and_small_shares_keep_their_digits() -> None:
    assert (written(value=True, language="fr"), written(0.0004, "en")) == ("oui", "0.0004")


def test_line_breaks_and_marks_of_markdown_lose_their_meaning() -> None:
    assert plain("# a\n*b* `c`") == "# a \\*b\\* \\`c\\`"


def test_a_space_that_keeps_a_sign_with_its_word_stays() -> None:
    assert plain("niveau\u202f: 5\u00a0%\n ou  plus ") == "niveau\u202f: 5\u00a0% ou plus"


def test_a_negative_number_has_a_minus_sign_and_no_hyphen() -> None:
    gain = Estimate(-0.012, -0.1, 0.2)
    assert [written(value, "en") for value in (-3, -1.25, gain)] == ["−3", "−1.250", "−.012 [−.100, .200]"]
    assert [written(value, "fr") for value in (-3, gain)] == ["−3", "−0,012 [−0,100\u202f; 0,200]"]
