"""Behaviour in a window is that of its definitions, from two posts on."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from statistics import mean, stdev

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.catalogue import CATALOGUE
from vigie.features.preprocessing import prepare
from vigie.features.window import behaviour

START = datetime(2024, 5, 14, 8, tzinfo=UTC)
NAMES = [name for name in CATALOGUE if CATALOGUE[name].group == "behaviour"]


def measured(*minutes: int, **columns: list[object]) -> dict[str, float | None]:
    """Return the behaviour of an account that posts at these minutes; other names are columns of its posts."""
    given = {
        "platform": "x",
        "account_id": "0",
        "post_id": [str(place) for place in range(len(minutes))],
        "created_at": [START + timedelta(minutes=minute) for minute in minutes],
        "text": "an ordinary morning",
    }
    posts = schema.conform(pl.DataFrame(given | columns), "posts").drop("platform", "account_id")
    prepared = prepare(posts.with_columns(row=pl.lit(0, pl.UInt32)))
    return prepared.select(CATALOGUE[name].expression for name in NAMES).row(0, named=True)


def test_shares_of_kinds_are_of_all_posts_and_repetition_is_of_those_with_one_before() -> None:
    values = measured(0, 9, 20, 40, 70, kind=["original", "repost", "repost", "reply", "repost"])
    assert values["conduct_repost_share"] == pytest.approx(3 / 5)
    assert values["conduct_reply_share"] == pytest.approx(1 / 5)
    assert values["conduct_same_kind_share"] == pytest.approx(1 / 4)


def test_what_posts_hold_is_counted_over_all_of_them() -> None:
    values = measured(
        0, 9, 20, 40,
        hashtags=[["a", "b"], ["a"], [], []], mentions=[["anna"], [], [], []],
        urls=[["https://a.example"], ["https://a.example", "https://b.example"], [], []],
    )  # fmt: skip
    assert values["conduct_hashtag_mean_count"] == pytest.approx(3 / 4)
    assert values["conduct_mention_mean_count"] == pytest.approx(1 / 4)
    assert values["conduct_link_share"] == pytest.approx(2 / 4)
    # Tags, names, links and words; tags, links and words; twice words alone.
    assert values["conduct_fields_entropy_bits"] == pytest.approx(1.5)


def test_a_short_gap_is_one_of_a_minute_at_most() -> None:
    assert measured(0, 0, 1, 3, 5)["conduct_short_gap_share"] == pytest.approx(2 / 4)


def test_gaps_are_described_by_their_median_and_their_deviation_over_the_mean() -> None:
    gaps = [120, 600, 60, 3_000]
    values = measured(0, 2, 12, 13, 63)
    assert values["conduct_gap_median_s"] == pytest.approx(360)
    assert values["conduct_gap_variation"] == pytest.approx(stdev(gaps) / mean(gaps))


def test_posts_of_one_minute_have_no_variation_of_gaps() -> None:
    values = measured(7, 7, 7, 7)
    assert values["conduct_gap_median_s"] == 0
    assert values["conduct_gap_variation"] is None


def test_two_posts_are_enough_for_all_but_the_variation_and_one_for_none() -> None:
    assert {name for name, value in measured(0, 5).items() if value is None} == {"conduct_gap_variation"}
    assert measured(0, 5, 9)["conduct_gap_variation"] is None
    assert measured(0, 5, 9, 30)["conduct_gap_variation"] is not None
    assert set(measured(0).values()) == {None}


def test_neither_the_hour_nor_the_day_nor_the_words_change_a_value() -> None:
    here = measured(0, 3, 90, text=["a b c", "d e f", "g h i"], lang=["en"] * 3)
    there = measured(
        *(13 * 60 + 3 * 1_440 + minute for minute in (0, 3, 90)),
        text=["un", "deux", "trois"],
        lang=["fr"] * 3,
    )
    assert here == there
    assert not any(math.isnan(value) for value in here.values() if value is not None)


def test_every_feature_of_the_module_is_in_the_catalogue() -> None:
    assert {name for name in vars(behaviour) if name.startswith("conduct_")} == set(NAMES)
