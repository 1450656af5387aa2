"""Which posts count, and the columns that several features share, against posts written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.preprocessing import MAX_POSTS, act, prepare, select

OBSERVED = datetime(2024, 5, 16, 12, tzinfo=UTC)
ACCOUNTS = pl.DataFrame(
    {"row": [0, 1], "observed_at": [OBSERVED, OBSERVED - timedelta(days=1)]},
    schema={"row": pl.UInt32, "observed_at": schema.TIME},
)


def written(rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    """Return posts of the contract, by default an hour apart and of account 0, the last at the observation."""
    full = [
        {
            "platform": "x", "account_id": "0", "post_id": str(place), "row": 0,
            "created_at": OBSERVED - timedelta(hours=len(rows) - 1 - place), **row,
        }
        for place, row in enumerate(rows)
    ]  # fmt: skip
    frame = pl.DataFrame(full, infer_schema_length=None)
    posts = schema.conform(frame, "posts").drop("platform", "account_id")
    return posts.with_columns(row=frame["row"].cast(pl.UInt32))


def prepared(rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    kept, _ = select(ACCOUNTS, written(rows))
    return prepare(kept.with_columns(followers_count=pl.lit(1, pl.Int64)))


def test_a_post_given_twice_counts_once_and_the_same_id_of_another_account_is_its_own() -> None:
    kept, counts = select(ACCOUNTS, written([{"post_id": "a"}, {"post_id": "a"}, {"post_id": "b"}]))
    assert kept["post_id"].to_list() == ["a", "b"]
    assert counts.select("supplied", "duplicate", "used").row(0) == (3, 1, 2)
    early = OBSERVED - timedelta(days=2)
    _, counts = select(ACCOUNTS, written([{"post_id": "a"}, {"post_id": "a", "row": 1, "created_at": early}]))
    assert counts.sort("row")["used"].to_list() == [1, 1]


def test_a_post_after_the_observation_of_its_account_is_left_out_and_one_at_it_is_kept() -> None:
    moments = [OBSERVED, OBSERVED + timedelta(microseconds=1)]
    kept, counts = select(ACCOUNTS, written([{"created_at": moment} for moment in moments]))
    assert kept["created_at"].to_list() == [OBSERVED]
    assert counts["after_observation"].to_list() == [1]
    # Account 1 was observed a day earlier.
    assert select(ACCOUNTS, written([{"row": 1}]))[0].is_empty()


def test_only_the_latest_posts_are_kept_in_order_of_time() -> None:
    rows = [{"created_at": OBSERVED - timedelta(minutes=place)} for place in range(MAX_POSTS + 7)]
    kept, counts = select(ACCOUNTS, written(rows))
    assert kept["post_id"].to_list() == [str(place) for place in reversed(range(MAX_POSTS))]
    assert counts.row(0, named=True) == {
        "row": 0, "supplied": MAX_POSTS + 7, "duplicate": 0, "after_observation": 0, "older": 7, "used": MAX_POSTS,
    }  # fmt: skip


def test_duplicates_and_later_posts_do_not_take_the_place_of_older_ones() -> None:
    rows: list[dict[str, object]] = [
        {"created_at": OBSERVED - timedelta(minutes=place)} for place in range(MAX_POSTS)
    ]
    rows += [{"post_id": "0"}, {"post_id": "later", "created_at": OBSERVED + timedelta(days=1)}]
    _, counts = select(ACCOUNTS, written(rows))
    assert counts.select("duplicate", "after_observation", "older", "used").row(0) == (1, 1, 0, MAX_POSTS)


def test_clocks_are_floored_to_the_minute_so_that_gaps_are_whole_minutes() -> None:
    seconds = [0, 59, 61, 179, 3_601]
    posts = prepared([{"created_at": OBSERVED - timedelta(hours=2) + timedelta(seconds=s)} for s in seconds])
    assert posts["gap_s"].to_list() == [None, 0, 60, 60, 3_480]
    assert posts["second"].to_list() == [0, 59, 1, 59, 1]
    assert posts["pause"].to_list() == ["", "a", "b", "b", "c"]


@pytest.mark.parametrize(
    ("resolution", "minute", "second"), [("second", 0, 0), ("minute", 0, None), ("day", None, None)]
)
def test_the_stated_resolution_says_which_clocks_are_known(
    resolution: str, minute: int | None, second: int | None
) -> None:
    posts = prepared([{"time_resolution": resolution}] * 3)
    assert posts["minute"].unique().to_list() == [minute]
    assert posts["second"].unique().to_list() == [second]
    assert posts["day"].null_count() == 0


@pytest.mark.parametrize(("count", "judged"), [(4, 1), (5, 60)])
def test_whole_minutes_alone_are_minute_resolution_once_there_are_enough(count: int, judged: int) -> None:
    assert prepared([{}] * count)["resolution_s"].unique().to_list() == [judged]
    odd: list[dict[str, object]] = [{}] * (count - 1) + [{"created_at": OBSERVED - timedelta(seconds=1)}]
    assert prepared(odd)["resolution_s"].unique().to_list() == [1]


@pytest.mark.parametrize(
    ("kind", "text", "target", "expected"),
    [
        ("quote", "RT @ana: yes", "1", "quote"), (None, "RT @ana: yes", None, "repost"),
        (None, "@ana yes", None, "reply"), (None, None, "1", None), (None, None, None, "original"),
        (None, "see RT @ana", "1", None), (None, "see RT @ana", None, "original"), (None, " @ana", None, "original"),
    ],
)  # fmt: skip
def test_a_kind_is_that_stated_or_read_from_the_text_and_with_a_target_never_guessed(
    kind: str | None, text: str | None, target: str | None, expected: str | None
) -> None:
    frame = written([{"kind": kind, "text": text, "target_post_id": target}])
    assert frame.select(act()).item() == expected


def test_entities_are_read_from_the_text_only_where_the_archive_gives_none() -> None:
    text = "RT @Ana: #one https://a.example/x"
    stated: dict[str, object] = {
        "text": text,
        "hashtags": [],
        "mentions": ["9"],
        "urls": ["https://b.example"],
    }
    posts = prepared([{"text": text}, stated])
    assert posts["hashtag_count"].to_list() == [1, 0]
    assert posts["target"].to_list() == ["@ana", "9"]
    assert posts["first_domain"].to_list() == ["a.example", "b.example"]


def test_the_most_frequent_value_is_the_least_of_equals_and_marks_its_posts() -> None:
    posts = prepared([{"urls": [f"https://{host}.example"]} for host in ("b", "a", "b", "a", "c")])
    assert posts["shows_top_domain"].to_list() == [False, True, False, True, False]


def test_an_act_that_is_not_known_is_no_kind_and_no_run_of_one() -> None:
    posts = prepared([{"target_post_id": "1", "text": "see"}] * 3)
    assert posts.select("act", "symbol", "is_repost", "is_own").unique().row(0) == (None, None, None, None)


def test_columns_that_are_asked_for_are_those_of_the_whole_table() -> None:
    rows = [{"text": "One of #two https://three.example"}, {"text": "@four five six seven eight nine"}]
    kept, _ = select(ACCOUNTS, written(rows * 3))
    posts = kept.with_columns(followers_count=pl.lit(1, pl.Int64))
    some = ["post_id", "shows_template", "gap_s", "target"]
    assert prepare(posts, some).equals(prepare(posts).select(some))
