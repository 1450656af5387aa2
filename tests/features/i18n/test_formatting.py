"""Numbers, shares, spans of time and lists are written as people write them in each language."""

from __future__ import annotations

import pytest

from vigie.features.i18n import Language, formatting


@pytest.mark.parametrize(
    ("value", "digits", "english", "french"),
    [
        (0, 0, "0", "0"),
        (1_234_567, 0, "1,234,567", "1\u202f234\u202f567"),
        (-1_234.5, 1, "−1,234.5", "−1\u202f234,5"),
        (2.0, 3, "2", "2"),
        (0.1235, 3, "0.124", "0,124"),
    ],
)
def test_a_number_has_at_most_so_many_decimals(value: float, digits: int, english: str, french: str) -> None:
    assert formatting.number(value, "en", digits) == english
    assert formatting.number(value, "fr", digits) == french


@pytest.mark.parametrize(
    ("share", "digits", "english", "french"),
    [
        (0.0, 0, "0%", "0\u202f%"),
        (0.934, 0, "93%", "93\u202f%"),
        (0.0123, 1, "1.2%", "1,2\u202f%"),
        (12.5, 0, "1,250%", "1\u202f250\u202f%"),
    ],
)
def test_the_sign_of_a_share_stands_after_a_narrow_space_in_french_alone(
    share: float, digits: int, english: str, french: str
) -> None:
    assert formatting.percent(share, "en", digits) == english
    assert formatting.percent(share, "fr", digits) == french


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (0, "0\u202fs", "0\u202fs"),
        (59, "59\u202fs", "59\u202fs"),
        (60, "1\u202fmin", "1\u202fmin"),
        (90, "1.5\u202fmin", "1,5\u202fmin"),
        (3_599, "1\u202fh", "1\u202fh"),
        (3_600, "1\u202fh", "1\u202fh"),
        (86_399, "1\u202fd", "1\u202fj"),
        (86_400, "1\u202fd", "1\u202fj"),
        (-7_200, "−2\u202fh", "−2\u202fh"),
        (1_000 * 86_400, "1,000\u202fd", "1\u202f000\u202fj"),
    ],
)
def test_a_span_of_time_is_in_the_largest_unit_that_it_fills(
    seconds: float, english: str, french: str
) -> None:
    assert formatting.duration(seconds, "en") == english
    assert formatting.duration(seconds, "fr") == french


@pytest.mark.parametrize(
    ("language", "parts", "text"),
    [
        ("en", [], ""), ("en", ["X"], "X"), ("en", ["X", "VK"], "X and VK"), ("en", ["X", "VK", "TikTok"], "X, VK, and TikTok"),
        ("fr", [], ""), ("fr", ["X"], "X"), ("fr", ["X", "VK"], "X et VK"), ("fr", ["X", "VK", "TikTok"], "X, VK et TikTok"),
    ],
)  # fmt: skip
def test_a_list_has_the_word_for_and_before_its_last_part(
    language: Language, parts: list[str], text: str
) -> None:
    assert formatting.listing(parts, language) == text
