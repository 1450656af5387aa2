"""Names are measured as they are built: lengths, digits, runs, scripts, and one name in the other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

import pytest

Values = dict[str, float | None]
OfAccount = Callable[..., Values]


def entropy_bits(text: str) -> float:
    """Shannon's definition."""
    shares = [count / len(text) for count in Counter(text.lower()).values()]
    return -sum(share * math.log2(share) for share in shares)


def test_a_handle_is_measured_without_its_at_sign(of_account: OfAccount) -> None:
    values = of_account(handle="@Marie_19Lstr84")
    expected = {
        "name_handle_length": 14, "name_handle_digit_count": 4, "name_handle_trailing_digit_count": 2,
        "name_handle_consonant_run_count": 4, "name_handle_change_count": 3, "name_handle_sign_share": 5 / 14,
        "name_handle_capital_share": 2 / 14, "name_handle_entropy_bits": entropy_bits("Marie_19Lstr84"),
    }  # fmt: skip
    assert {name: values[name] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize("handle", ["aaaa", "abcd1234", "AbAb", "Ünïcode_9", "x"])
def test_entropy_is_that_of_the_characters_in_lower_case(of_account: OfAccount, handle: str) -> None:
    assert of_account(handle=handle)["name_handle_entropy_bits"] == pytest.approx(
        entropy_bits(handle), abs=1e-9
    )


def test_a_handle_without_consonants_or_digits_counts_zero_of_them(of_account: OfAccount) -> None:
    values = of_account(handle="aeiou")
    for name in ("consonant_run", "digit", "trailing_digit", "change"):
        assert values[f"name_handle_{name}_count"] == 0, name


def test_a_display_name_is_measured_across_scripts(of_account: OfAccount) -> None:
    values = of_account(display_name="Аня Smith 2 😀\u200f", handle="smith")
    expected = {
        "length": 13, "digit_count": 1, "word_count": 3, "emoji_count": 1, "script_count": 2,
    }  # fmt: skip
    assert {name: values[f"name_display_{name}"] for name in expected} == expected


@pytest.mark.parametrize(
    ("display", "handle", "share"),
    [
        ("Marie Dupont", "dupont_marie", 1.0), ("Marie Anne Dupont", "MarieX", 0.5), ("Marie", "marie99", 1.0),
        ("Marie Dupont", "qwrtz", 0.0), ("😀", "marie", None), ("Marie", None, None), (None, "marie", None),
    ],
)  # fmt: skip
def test_the_first_and_last_word_are_looked_for_in_the_handle(
    of_account: OfAccount, display: str | None, handle: str | None, share: float | None
) -> None:
    assert of_account(display_name=display, handle=handle)["name_display_in_handle_share"] == share


def test_unknown_names_are_missing_and_hostile_ones_are_cut(of_account: OfAccount) -> None:
    assert all(value is None for name, value in of_account().items() if name.startswith("name_"))
    values = of_account(handle="b" * 10_000, display_name="b" * 10_000)
    assert (values["name_handle_length"], values["name_display_length"]) == (64, 128)
    assert values["name_handle_consonant_run_count"] == 64
