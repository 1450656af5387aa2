from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from vigie.serving.json_encoding import encoded, shortened


@dataclass(frozen=True)
class Part:
    kind: Literal["part"]
    p: Annotated[float, Field(ge=0, le=1)]
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Other:
    kind: Literal["other"]
    count: int


@dataclass(frozen=True)
class Whole:
    parts: list[Annotated[Part | Other, Field(discriminator="kind")]]
    rates: dict[str, float]
    figures: dict[str, Any]
    text: str
    left_out: Annotated[float | None, Field(exclude_if=lambda value: value is None)] = None


def test_numbers_have_six_digits_wherever_they_stand_and_texts_and_whole_numbers_all_of_theirs() -> None:
    long = 0.123456789
    made = Whole(
        parts=[Part("part", long, (long, 2 * long)), Other("other", 123456789)],
        rates={"a": long * 1e-20},
        figures={"auc": {"mean": long, "folds": [long, 12345678901]}},
        text="0.123456789",
    )
    assert json.loads(encoded(Whole, made)) == {
        "parts": [
            {"kind": "part", "p": 0.123457, "interval": [0.123457, 0.246914]},
            {"kind": "other", "count": 123456789},
        ],
        "rates": {"a": 1.23457e-21},
        "figures": {"auc": {"mean": 0.123457, "folds": [0.123457, 12345678901]}},
        "text": "0.123456789",
    }


def test_a_list_of_dataclasses_is_written_as_one() -> None:
    assert encoded(list[Other], [Other("other", 1)]) == b'[{"kind":"other","count":1}]'


@pytest.mark.parametrize("value", [0.0, -3.0, 1e15, 12_345_678.0, math.inf])
def test_numbers_that_are_whole_keep_all_digits(value: float) -> None:
    assert shortened(value) == value


def test_what_is_short_already_is_not_changed() -> None:
    assert shortened([1.5, "a", None, True, 7]) == [1.5, "a", None, True, 7]
