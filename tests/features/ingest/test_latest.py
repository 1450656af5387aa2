"""Of several records of one account or post, one: the newest value that is known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl

from vigie.features import schema
from vigie.features.ingest import latest
from vigie.features.ingest.reader import FIRST_VERSION, POST_AT, UNITED, travelling

DAY = [datetime(2024, 5, day, tzinfo=UTC) for day in range(1, 10)]


def table(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    travel = {POST_AT: schema.TIME, FIRST_VERSION: pl.String(), UNITED: pl.Boolean()}
    return travelling(
        pl.DataFrame(
            [{"platform": "x", "account_id": "7"} | row for row in rows],
            schema={**schema.schema(name), **travel},
        )
    )


def test_each_field_is_that_of_the_newest_record_that_knows_it() -> None:
    made = latest.accounts(
        table(
            "accounts",
            {"observed_at": DAY[2], "followers_count": 9, "description": None},
            {"account_id": "8", "observed_at": DAY[0]},
            {"observed_at": DAY[1], "followers_count": 3, "description": "", "handle": "ana"},
        )
    )
    assert made.select("account_id", "observed_at", "followers_count", "description", "handle").rows() == [
        ("7", DAY[2], 9, "", "ana"),
        ("8", DAY[0], None, None, None),
    ]


def test_of_records_seen_at_one_moment_that_with_the_newest_post_counts() -> None:
    made = latest.accounts(
        table(
            "accounts",
            {"observed_at": DAY[5], POST_AT: DAY[4], "followers_count": 9},
            {"observed_at": DAY[5], POST_AT: DAY[2], "followers_count": 3},
            {"observed_at": DAY[5], "followers_count": 1},
        )
    )
    assert made["followers_count"].to_list() == [9]


def test_a_post_seen_again_keeps_what_the_newer_record_does_not_say() -> None:
    post = {"post_id": "1", "created_at": DAY[0]}
    made = latest.posts(
        table(
            "posts",
            post | {"recorded_at": DAY[3], "like_count": 40, "hashtags": None},
            post | {"recorded_at": DAY[1], "like_count": 4, "hashtags": ["quay"]},
            post | {"account_id": "8", "like_count": 1},
        )
    )
    assert made.select("account_id", "like_count", "hashtags").rows() == [("7", 40, ["quay"]), ("8", 1, None)]


def test_versions_of_an_edited_post_are_one_post_the_last() -> None:
    made = latest.posts(
        table(
            "posts",
            {"post_id": "2", "created_at": DAY[1], "text": "now", FIRST_VERSION: "1"},
            {"post_id": "1", "created_at": DAY[0], "text": "first"},
        )
    )
    assert made.select("post_id", "text", "created_at").rows() == [("2", "now", DAY[1])]


def test_rows_that_hold_one_object_each_are_united() -> None:
    row = {"post_id": "1", "created_at": DAY[0], UNITED: True}
    made = latest.posts(
        table(
            "posts",
            row | {"urls": ["https://a.example"]},
            row | {"hashtags": ["quay"], "urls": []},
            row | {"urls": ["https://b.example", "https://a.example"]},
        )
    )
    assert made.select("urls", "hashtags", "mentions").rows() == [
        (["https://a.example", "https://b.example"], ["quay"], None)
    ]


def test_names_are_kept_with_their_times() -> None:
    rows = table(
        "accounts",
        {"handle": "ana", "observed_at": DAY[1]},
        {"handle": "ana", "observed_at": DAY[3]},
        {"handle": "bea", "observed_at": DAY[5]},
        {"handle": None, "observed_at": DAY[6]},
        {"account_id": "8", "handle": "cy", "observed_at": DAY[1]},
    )
    names = latest.names(rows, pl.DataFrame(schema=latest.NAMES_SCHEMA))
    assert names.rows() == [
        ("x", "7", "ana", None, DAY[1], DAY[3]),
        ("x", "7", "bea", None, DAY[5], DAY[5]),
        ("x", "8", "cy", None, DAY[1], DAY[1]),
    ]
    more = latest.names(table("accounts", {"handle": "bea", "observed_at": DAY[8]}), names)
    assert more["last_observed_at"].to_list() == [DAY[3], DAY[8], DAY[1]]


def test_labels_on_which_a_source_contradicts_itself_are_torn() -> None:
    label = {"target": "inauthentic", "source": "s"}
    rows = table(
        "labels", label | {"value": True}, label | {"value": False}, label | {"source": "t", "value": True}
    )
    assert latest.torn(rows)["index"].to_list() == [0, 1]
