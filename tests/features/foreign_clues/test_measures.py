"""Clues are told account by account, and only where they can be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.foreign_clues.measures import (
    other_hours,
    other_language,
    other_script,
    other_spelling,
)

START = datetime(2024, 5, 6, tzinfo=UTC)


def accounts(*profiles: dict[str, Any]) -> pl.DataFrame:
    named = [
        {"platform": "x", "account_id": str(row), "observed_at": START, **one}
        for row, one in enumerate(profiles)
    ]
    return schema.conform(pl.DataFrame(named, infer_schema_length=None), "accounts").with_row_index("row")


def posts(*written: dict[str, Any]) -> pl.DataFrame:
    rows = [
        {
            "platform": "x",
            "account_id": "",
            "post_id": str(number),
            "created_at": START,
            "kind": "original",
            **one,
        }
        for number, one in enumerate(written)
    ]
    return schema.conform(pl.DataFrame(rows, infer_schema_length=None), "posts").with_columns(
        pl.Series("row", [one["row"] for one in rows], pl.UInt32)
    )


def awake(row: int, first_utc: int, hours: int = 15, days: int = 10, **more: Any) -> list[dict[str, Any]]:
    """Return a post every hour of the day for some hours from one on."""
    return [
        {"row": row, "created_at": START + timedelta(days=day, hours=first_utc + hour), **more}
        for day in range(days)
        for hour in range(hours)
    ]


def shown(table: pl.DataFrame) -> dict[int, bool]:
    assert table.schema == {"row": pl.UInt32, "shows": pl.Boolean}
    return dict(table.iter_rows())


def test_who_sleeps_in_the_night_of_another_place_shows_it() -> None:
    people = accounts(
        {"location": "Paris"}, {"location": "Lyon, France"}, {"location": "USA"}, {"location": "Tokyo"}
    )
    # From 8 to 22 o'clock in Paris, in Tokyo, in California and in Paris.
    written = [*awake(0, 6), *awake(1, 23), *awake(2, 15), *awake(3, 6)]
    assert shown(other_hours(people, posts(*written), [])) == {0: False, 1: True, 2: False, 3: True}


@pytest.mark.parametrize(
    ("location", "written"),
    [
        ("Paris", awake(0, 23, hours=24)),  # never quiet: the work of a machine, or of several people
        ("Paris", awake(0, 23, days=3)),
        ("Paris", awake(0, 23, hours=2)),
        ("Paris", awake(0, 23, time_resolution="day")),
        ("somewhere", awake(0, 23)),
        (None, awake(0, 23)),
    ],
)
def test_hours_or_places_that_are_not_known_give_no_clue(
    location: str | None, written: list[dict[str, Any]]
) -> None:
    assert shown(other_hours(accounts({"location": location}), posts(*written), [])) == {}


def test_who_writes_mostly_in_another_language_shows_it() -> None:
    written: list[dict[str, Any]] = [
        {"row": 0, "lang": lang} for lang in ("ru", "ru", "ru", "fr", "und", "fr-CA")
    ]
    written += [{"row": 1, "lang": lang} for lang in ("fr", "fr", "ru", "fr", "fr")]
    written += [{"row": 2, "lang": lang} for lang in ("ru", "ru", "und", None)]
    written += [{"row": 3, "lang": "ru", "kind": "repost"} for _ in range(9)]
    assert shown(other_language(accounts(*[{}] * 4), posts(*written), ["fr"])) == {0: True, 1: False}


def test_a_script_of_no_expected_language_is_shown_and_a_quotation_is_none() -> None:
    long, other = "des mots que tout le monde comprend ici ou ailleurs " * 2, "слова на другом языке"
    people = accounts({"description": other}, {}, {"display_name": "Анна"}, {"description": other})
    written = [
        {"row": 0, "text": long},
        {"row": 1, "text": f"{long} {other} @имя https://пример"},
        {"row": 2, "text": long},
    ]
    found = shown(other_script(people, posts(*written), ["fr"]))
    assert found == {0: False, 1: False, 2: False}
    written = [{"row": row, "text": f"{long} {other} {other}"} for row in range(2)]
    assert shown(other_script(people, posts(*written), ["fr"])) == {0: True, 1: True}
    assert shown(other_script(people, posts(*written), ["fr", "ru"])) == {0: False, 1: False}
    assert shown(other_script(people, posts(*written), ["xx"])) == {}


def test_places_spelled_after_the_russian_are_shown_of_who_names_them() -> None:
    written = [
        {"row": 0, "text": "near Kharkov and Lvov, not Lviv"}, {"row": 1, "text": "Kharkiv et Kiev"}, {"row": 2, "text": "Odessa"},
        {"row": 3, "text": "RT @a: Kharkov"}, {"row": 4, "text": "Kharkov", "kind": "repost"},
    ]  # fmt: skip
    assert shown(other_spelling(accounts(*[{}] * 5), posts(*written), [])) == {0: True, 1: False}
