"""Hashtags that most of their accounts publish in the same minutes are found; those of an event, or that spread, are not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination import baselines, burst_series, hashtag_bursts, one_object

HOUR, DAY = 3_600, 86_400
# Account, hashtag (none where empty), time.
Acts = list[tuple[int, str, int]]


def use(tag: str, accounts: Sequence[int], start: int, within: int) -> Acts:
    """Return accounts that use a hashtag once within so many seconds."""
    times = np.random.default_rng(start).integers(0, within, len(accounts)).tolist()
    return [(account, tag, start + time) for account, time in zip(accounts, times, strict=True)]


def posts_of(acts: Acts, *, stated: bool = True) -> pl.DataFrame:
    """Return own posts in words of their own; hashtags are stated, or stand in the text alone."""
    tags = [[tag] if tag else [] for _, tag, _ in acts]
    return pl.DataFrame(
        {
            "row": pl.Series([account for account, *_ in acts], dtype=pl.UInt32),
            "created_at": pl.Series([datetime.fromtimestamp(time, UTC) for *_, time in acts], dtype=schema.TIME),
            "text": [f"words {place} #{tag.upper()}" if tag else f"words {place}" for place, (_, tag, _) in enumerate(acts)],
            "hashtags": pl.Series(tags if stated else [None] * len(acts), dtype=schema.TEXTS),
            "kind": "original",
        }
    ).with_columns(pl.lit(None, pl.String).alias(name) for name in ("target_post_id", "target_account_id"))  # fmt: skip


def lives(accounts: Sequence[int]) -> Acts:
    """Return accounts that publish words of their own at any time of three days."""
    return [act for day in range(3) for act in use("", accounts, day * DAY, DAY)]


MEMBERS, PEOPLE = range(60), range(100, 700)
AT_ONCE = [*lives([*MEMBERS, *PEOPLE]), *use("vote", MEMBERS, DAY, 200)]


@pytest.mark.parametrize("stated", [True, False])
def test_a_hashtag_that_most_use_within_minutes_is_found_with_its_accounts(*, stated: bool) -> None:
    found = hashtag_bursts.detect(posts_of(AT_ONCE, stated=stated), 1)
    assert found["object"].unique().to_list() == ["hashtag_sequence vote"]
    assert sorted(found["account"]) == list(MEMBERS)
    assert (found["p"] < one_object.ALPHA).all()
    assert found.columns == one_object.SCHEMA.names()


@pytest.mark.parametrize(
    "acts",
    [
        pytest.param([*AT_ONCE, *use("vote", PEOPLE, DAY, DAY)], id="a public uses it the whole day"),
        pytest.param([*lives(PEOPLE), *use("goal", MEMBERS, DAY, 200), *use("", PEOPLE, DAY, 200)], id="all write just then"),
        pytest.param([*lives(PEOPLE), *use("news", MEMBERS, DAY, 5 * HOUR)], id="it spreads"),
        pytest.param([*lives(PEOPLE), *use("few", range(9), DAY, 60)], id="few accounts"),
        pytest.param(lives(PEOPLE), id="no hashtag"),
    ],
)  # fmt: skip
def test_a_hashtag_of_an_event_or_one_that_spreads_is_none(acts: Acts) -> None:
    assert hashtag_bursts.detect(posts_of(acts), 1).is_empty()


def test_a_clock_coarser_than_the_minutes_carries_no_test() -> None:
    assert hashtag_bursts.detect(posts_of(AT_ONCE), DAY).is_empty()


def test_accounts_that_start_two_hashtags_are_a_series_and_their_posts_are_contents() -> None:
    again = [*AT_ONCE, *use("resign", range(10, 80), 2 * DAY, 200)]
    posts = posts_of(again)
    nothing = pl.DataFrame(
        schema={"trace": pl.String, **dict.fromkeys(("account", "time", "post", "author"), pl.Int64), "object": pl.String}
    )  # fmt: skip
    hashtags = hashtag_bursts.detect(posts, 1)
    series = burst_series.detect(nothing, posts, baselines.shipped(), ("x",), 1, hashtags)
    assert series["account"].to_list() == list(range(10, 60))
    published = hashtag_bursts.added_to(nothing, hashtags, series)
    assert set(published["object"]) == {"vote", "resign"}
    assert published.height == 2 * len(series)
    once = hashtag_bursts.detect(posts_of(AT_ONCE), 1)
    alone = burst_series.detect(nothing, posts_of(AT_ONCE), baselines.shipped(), ("x",), 1, once)
    assert alone.is_empty()
    assert hashtag_bursts.added_to(nothing, once, alone).is_empty()
