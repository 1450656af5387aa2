"""Accounts and posts keep what they say in the store, and have one key each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import polars as pl
from polars.testing import assert_frame_equal

from vigie.features import schema
from vigie.features.ingest.parsing import from_posts, from_requests
from vigie.serving.operations import records

Make = Callable[..., dict[str, Any]]
NOW = datetime(2024, 5, 20, tzinfo=UTC)


def posts_of(*entries: Any) -> pl.DataFrame:
    return from_posts(entries, NOW).posts.drop("item")


def test_a_profile_is_read_as_it_was_kept(account: Make) -> None:
    sent = [
        account("1", handle="é\x00\U0001f600", created_at="2020-01-01T00:00:00.123456Z", verified=True),
        account("2", followers_count=10**13, description=""),
        account("3"),
    ]
    accounts = from_requests(sent, NOW, seen=NOW).accounts
    kept = records.profile_columns(records.profiles(accounts))
    assert_frame_equal(kept, accounts.select(list(records.PROFILE)))


def test_times_of_fields_are_read_as_they_were_kept() -> None:
    rows = [{"handle": NOW}, {}]
    times = pl.DataFrame(rows, dict.fromkeys(records.PROFILE, schema.TIME))
    texts = records.seen(times)
    assert texts[1] is None
    assert_frame_equal(records.seen_columns(texts), times)


def test_posts_are_read_as_they_were_kept_whatever_is_asked(post: Make) -> None:
    made = posts_of(
        *(
            post(str(number), account_id=str(number % 7), hashtags=["a", ""], media_hashes=[])
            for number in range(5_000)
        )
    )
    stored = records.parquet(made)
    assert_frame_equal(records.from_parquet(stored), made, check_row_order=False)
    some = records.from_parquet(stored, pl.col("account_id") == "3")
    assert_frame_equal(some, made.filter(account_id="3"))


def test_posts_kept_before_a_column_was_added_are_read(post: Make) -> None:
    made = posts_of(post())
    file = BytesIO()
    made.drop("view_count").write_parquet(file)
    read = records.from_parquet(file.getvalue())
    assert read.schema == schema.schema("posts")
    assert read["view_count"].to_list() == [None]


def test_a_key_is_that_of_the_same_account_however_it_is_made(account: Make) -> None:
    accounts = from_requests([account("7"), account("8")], NOW, seen=NOW).accounts
    assert records.keys(accounts, records.ACCOUNT).to_list() == [
        records.account_key("x", "7"), records.account_key("x", "8"),
    ]  # fmt: skip


def test_what_a_post_says_has_a_digest_that_the_time_of_collection_does_not_change(post: Make) -> None:
    made = posts_of(
        post(),
        post(recorded_at="2024-05-20T00:00:00Z"),
        post(text="other"),
        post(hashtags=[]),
        post(hashtags=[""]),
    )
    digests = records.contents(made).to_list()
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4
