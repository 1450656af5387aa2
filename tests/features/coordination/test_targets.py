"""What a post acts on: one id may name several posts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from vigie.features import schema
from vigie.features.coordination import targets, traces
from vigie.features.coordination.comparison import Limits, compare

FIRST = datetime(2024, 5, 14, 8, tzinfo=UTC)


def posts(*rows: tuple[str, int, str, str | None, str | None]) -> pl.DataFrame:
    """Return posts: platform, row of the author (whose id is ``c`` and the row), id, target, author of the target."""
    made = pl.DataFrame(
        rows,
        schema={
            "platform": pl.String,
            "row": pl.UInt32,
            "post_id": pl.String,
            "target_post_id": pl.String,
            "target_account_id": pl.String,
        },
        orient="row",
    )
    return made.with_row_index("post").with_columns(account_id=pl.format("c{}", "row"))


def test_one_id_beside_two_authors_names_two_posts() -> None:
    given = posts(
        ("telegram", 1, "101", None, None),
        ("telegram", 2, "7", "101", "c1"),
        ("telegram", 3, "7", "101", "c9"),
        ("telegram", 4, "8", "101", None),
        ("telegram", 5, "9", "55", "c9"),
        ("telegram", 6, "9", "55", None),
    )
    named = targets.named(given, given).to_list()
    assert named[0] is None
    assert named[1] != named[2]
    assert named[3] is None  # of which channel is not said
    assert named[4] == named[5] == "55"


def test_long_ids_name_one_post_whoever_is_said_to_be_its_author() -> None:
    long = "1801000000000000011"
    given = posts(("x", 1, "5", long, "c9"), ("x", 2, "6", long, None), ("x", 3, "7", long, "@harbour"))
    assert targets.named(given, given).to_list() == [long] * 3


def test_posts_of_two_platforms_are_two_posts() -> None:
    given = posts(("x", 1, "5", "101", None), ("telegram", 2, "6", "101", None), ("x", 3, "7", "101", None))
    named = targets.named(given, given).to_list()
    assert named[0] == named[2] != named[1]


def test_a_post_is_its_authors_own_by_the_author_of_the_target_then_by_its_id() -> None:
    long = "1801000000000000011"
    given = posts(
        ("x", 1, "101", None, None),
        ("x", 1, "102", "101", "c9"),  # another channel's 101
        ("x", 1, "103", "200", "c1"),
        ("x", 1, long, None, None),
        ("x", 1, "104", long, "@me"),
        ("x", 2, "300", None, None),
        ("x", 2, "301", "300", None),
    )
    assert targets.own(given, given).to_list() == [False, False, True, False, True, False, True]


def test_channels_that_forward_the_same_posts_are_seen_though_their_numbers_collide() -> None:
    """Seven channels number their messages from 1, and forward six messages of one source within seconds."""
    rows = []
    for channel in range(7):
        for number in range(6):
            at = FIRST + timedelta(hours=3 * number, seconds=channel)
            rows.append({"row": channel, "post_id": str(2 * number), "created_at": at - timedelta(hours=1)})
            rows.append(
                {
                    "row": channel,
                    "post_id": str(2 * number + 1),
                    "created_at": at,
                    "kind": "repost",
                    "target_post_id": str(number),
                    "target_account_id": "source",
                }
            )
    types = {"row": pl.UInt32} | {
        name: dtype
        for name, dtype in schema.schema("posts").items()
        if name not in ("platform", "account_id")
    }
    acts = pl.DataFrame(rows, schema=types)
    accounts = (
        schema.empty("accounts")
        .clear(7)
        .with_columns(
            row=pl.int_range(7, dtype=pl.UInt32),
            account_id=pl.format("c{}", pl.int_range(7)),
            platform=pl.lit("telegram"),
            observed_at=pl.lit(FIRST + timedelta(days=9)).cast(schema.TIME),
        )
    )
    found = compare(accounts, acts, Limits())
    together = found.network.pairs.filter((pl.col("trace") == "co_repost") & (pl.col("window") == 10))
    assert together.height == 7 * 6 // 2
    prepared = traces.read(acts.with_columns(account_id=pl.format("c{}", "row"))).posts
    assert prepared.filter(pl.col("act") == "repost").height == 42
