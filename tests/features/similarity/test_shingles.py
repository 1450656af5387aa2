"""A shingle has one number wherever it stands, and others have another."""

from __future__ import annotations

from vigie.features.similarity import shingles

from .wordings import LONG


def test_a_shingle_has_one_number_wherever_it_stands_and_others_have_another() -> None:
    numbers = shingles.numbers([LONG + " " + LONG]).tolist()
    again = shingles.numbers(["x", LONG, "\U0010ffff"]).tolist()
    assert again[1 : 1 + len(LONG) - 4] == numbers[: len(LONG) - 4]
    words = {(LONG + " " + LONG)[place : place + 5] for place in range(2 * len(LONG) - 3)}
    assert len(set(numbers)) == len(words)
