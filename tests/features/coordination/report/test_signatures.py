"""The client that published what accounts share is found, with what else it published and whether it is named."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.report import occasions, signatures
from vigie.features.coordination.report.shared_posts import SharedActs
from vigie.features.coordination.report.signatures import Signature
from vigie.features.coordination.traces import DAY, HOUR

PEOPLE, DAYS = 6, 5


def found(own: int = 1, client: str | None = "Verse of Day", **columns: Any) -> Signature | None:
    """Return what is known of six accounts for which a client publishes the text of the day at seven.

    Args:
        own: Other posts of each, a day.
        client: The client.
        columns: Columns of what it publishes.
    """
    rows = [
        {
            "row": row, "group": 3, "text": f"text {day} #verseofday", "created_at": day * DAY + 7 * HOUR + row,
            "client": client, "hashtags": ["VerseOfDay"], **columns,
        }
        for row in range(PEOPLE)
        for day in range(DAYS)
    ] + [
        {"row": row, "group": 3, "text": f"{row}", "created_at": (day * 24 + 12 + place) * HOUR, "client": "Phone"}
        for row in range(PEOPLE)
        for day in range(DAYS)
        for place in range(own)
    ]  # fmt: skip
    typed = {**schema.schema("posts"), "row": pl.UInt32(), "group": pl.Int64(), "created_at": pl.Int64()}
    posts = (
        pl.DataFrame(rows, schema=typed).with_row_index("post").with_columns(pl.col("post").cast(pl.Int64))
    )
    posts = posts.with_columns(pl.from_epoch("created_at").cast(schema.TIME))
    acts = posts.head(PEOPLE * DAYS).select(
        "group",
        "post",
        trace=pl.lit("text_duplicate"),
        account=pl.col("row").cast(pl.Int64),
        object=pl.col("text"),
        time=pl.col("created_at").dt.epoch("s"),
    )
    shared = SharedActs.of(posts, acts)
    return signatures.by_group(posts, shared, occasions.by_group(posts, shared)).get(3)


def test_a_client_that_names_itself_is_an_application() -> None:
    one = found()
    assert one is not None
    assert (one.client, one.share, one.elsewhere, one.named) == ("Verse of Day", 1.0, 0.0, 1.0)
    assert (one.addressed, one.tagged) == (0.0, 0.0)
    assert one.is_named
    assert one.is_of_an_application
    # No other posts were collected.
    alone = found(own=0)
    assert alone is not None
    assert alone.elsewhere is None
    assert alone.is_of_an_application


def test_one_that_is_not_named_must_keep_to_the_day_beside_a_life_by_other_clients() -> None:
    unsigned: dict[str, Any] = {"client": "Bare Words", "hashtags": ["lent"]}
    one = found(**unsigned)
    assert one is not None
    assert (one.named, one.elsewhere) == (0.0, 0.0)
    assert one.is_of_an_application
    alone = found(own=0, **unsigned)
    assert alone is not None
    assert not alone.is_of_an_application


@pytest.mark.parametrize(
    "columns", [{"client": "Phone"}, {"mentions": ["minister"]}, {"kind": "reply", "target_account_id": "a"}]
)
def test_a_client_of_all_they_publish_or_that_addresses_somebody_is_none(columns: dict[str, Any]) -> None:
    one = found(**columns)
    assert one is not None
    assert not one.is_of_an_application


def test_without_a_known_client_nothing_is_said() -> None:
    assert found(client=None, own=0) is None


def test_names_of_few_letters_name_nothing() -> None:
    assert [signatures._name(client) for client in ("Verse of Day", "Web")] == ["verseofday", None]
