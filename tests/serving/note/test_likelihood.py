"""A p-value is told as a chance, and never as more than it is."""

from __future__ import annotations

import pytest

from vigie.serving.note.likelihood import chance


@pytest.mark.parametrize(
    ("p", "english", "french"),
    [
        (0.0, "less than one chance in a billion", "moins d’une chance sur un milliard"),
        (1e-9, "less than one chance in a million", "moins d’une chance sur un million"),
        (1e-6, "about one chance in 1,000,000", "environ une chance sur 1\u202f000\u202f000"),
        (0.0000123, "about one chance in 81,000", "environ une chance sur 81\u202f000"),
        (0.04, "about one chance in 25", "environ une chance sur 25"),
        (0.5, "about one chance in 2", "environ une chance sur 2"),
        (0.9, "more than one chance in two", "plus d’une chance sur deux"),
    ],
)
def test_a_p_value_is_one_chance_in_so_many(p: float, english: str, french: str) -> None:
    assert chance(p).say("en") == english
    assert chance(p).say("fr") == french
