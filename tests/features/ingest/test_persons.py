"""One person under several ids is kept once, and whoever only says what others say is nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from vigie.features.ingest import persons

NOON = datetime(2024, 5, 16, 12, tzinfo=UTC)


def accounts(*names: tuple[str, str | None, bool]) -> pl.DataFrame:
    """Return accounts of one source: id, handle and label."""
    return pl.DataFrame(
        [
            {"row": row, "source": "here", "platform": "x", "account_id": number, "handle": handle, "y": y}
            for row, (number, handle, y) in enumerate(names)
        ],
        schema_overrides={"row": pl.UInt32, "handle": pl.String},
    )


def posts(*texts: tuple[int, str]) -> pl.DataFrame:
    """Return posts a minute apart: row of the author and text."""
    return pl.DataFrame(
        [
            {"row": row, "created_at": NOON + timedelta(minutes=place // 2), "text": text}
            for place, (row, text) in enumerate(texts)
        ],
        schema={"row": pl.UInt32, "created_at": pl.Datetime("us", "UTC"), "text": pl.String},
    )


@pytest.mark.parametrize(
    ("second", "reason"),
    [(("1", "bea", True), "same_id"), (("2", "ANNA", True), "same_handle"),
     (("2", "anna", False), "another_set_says_otherwise")],
)  # fmt: skip
def test_an_id_or_a_handle_that_was_there_is_the_same_person(
    second: tuple[str, str, bool], reason: str
) -> None:
    kept, removed = persons.once(accounts(("1", "anna", True), second), posts())
    assert kept["row"].to_list() == [0]
    assert removed["reason"].to_list() == [reason]


def test_three_posts_of_one_minute_and_words_are_of_one_person() -> None:
    words = [f"the harbour master said on day {number} that boats wait" for number in ("one", "two", "three")]
    held = accounts(("1", None, True), ("2", None, True)).with_columns(source=pl.Series(["here", "there"]))
    both = posts(*((row, text) for text in words for row in (0, 1)))
    kept, removed = persons.once(held, both)
    assert kept["row"].to_list() == [0]
    assert removed["reason"].to_list() == ["same_posts"]
    two, _ = persons.once(held, both.head(4))
    assert two.height == 2
