"""Strangers meet on what is viral and at live events, by the hundred and within seconds, without a plan."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from vigie.training.synthetic import population, viral_events
from vigie.training.synthetic.corpus import corpus
from vigie.training.synthetic.feeds import HOUR, FeedCatalogue


@pytest.fixture(scope="module")
def public(feeds: FeedCatalogue) -> pl.DataFrame:
    return population.people(np.random.default_rng(6), feeds, 1_500)


@pytest.fixture(scope="module")
def event(feeds: FeedCatalogue, public: pl.DataFrame) -> pl.DataFrame:
    """Return what the audience of one event of two hours does, which starts a day after the corpus."""
    start = feeds.start + 24 * HOUR
    return viral_events.event(np.random.default_rng(1), feeds, public, 3, start, 2 * HOUR)


def test_what_is_viral_is_reposted_on_one_platform_after_it_was_posted(
    feeds: FeedCatalogue, public: pl.DataFrame
) -> None:
    made = viral_events.viral(np.random.default_rng(2), feeds, public)
    assert made.schema == population.ACTS
    assert made["time"].is_between(feeds.start, feeds.end, closed="left").all()
    reposts = made.filter(kind="repost").join(public.select("who", "platform"), on="who")
    assert reposts["target"].n_unique() >= 3
    assert set(reposts["platform"]) == {0}
    assert (reposts["time"] > reposts["target_time"]).all()
    assert reposts.group_by("target").agg(pl.col("who").is_duplicated().any())["who"].any() is False


def test_links_and_pictures_and_hashtags_are_viral_too(feeds: FeedCatalogue, public: pl.DataFrame) -> None:
    made = viral_events.viral(np.random.default_rng(2), feeds, public).filter(kind="original")
    pages = made["url"].drop_nulls()
    assert pages.str.contains(r"^https://[a-z]+\.example(\.org)?/story-\d+$").all()
    assert pages.value_counts()["count"].max() > 50  # type: ignore[operator]  # an integer
    for column in ("url", "picture"):
        assert made[column].count() > 50
    first = made["hashtags"].list.first().drop_nulls().value_counts()
    assert first["count"].max() > 20  # type: ignore[operator]  # an integer


def test_the_busy_take_part_in_most(feeds: FeedCatalogue, public: pl.DataFrame) -> None:
    made = viral_events.viral(np.random.default_rng(2), feeds, public)
    rate = public.join(made.group_by("who").len(), on="who", how="left").with_columns(
        pl.col("len").fill_null(0), half=pl.col("rate") > pl.col("rate").median()
    )
    means = dict(rate.group_by("half").agg(pl.col("len").mean()).rows())
    assert means[True] > 1.5 * means[False]


def test_an_audience_reacts_mostly_within_a_minute_to_the_same_few_moments(
    feeds: FeedCatalogue, event: pl.DataFrame
) -> None:
    start = feeds.start + 24 * HOUR
    # Whoever is slow reacts some minutes after the last moment.
    assert event["time"].is_between(start, start + 2 * HOUR + 30 * 60).all()
    reposts = event.filter(kind="repost")
    delay = (reposts["time"] - reposts["target_time"]).to_numpy()
    assert delay.min() >= 3
    assert 10 < np.median(delay) < 60
    assert 3 <= reposts["target"].n_unique() <= 15
    assert reposts["target_author"].n_unique() == 1


def test_everybody_uses_the_first_hashtag_of_an_event(event: pl.DataFrame) -> None:
    tags = event.filter(kind="original")["hashtags"]
    assert tags.list.first().n_unique() == 1
    assert tags.explode().drop_nulls().n_unique() == 3
    assert tags.list.first().str.ends_with("live").all()


def test_an_event_gathers_an_eighth_of_the_public_at_most_in_one_language(
    public: pl.DataFrame, event: pl.DataFrame
) -> None:
    assert 0.03 * public.height < event["who"].n_unique() <= 0.12 * public.height
    assert event["language"].n_unique() == 1


@pytest.mark.parametrize("kind", ["viral", "live"])
def test_where_there_is_nobody_nothing_happens(feeds: FeedCatalogue, public: pl.DataFrame, kind: str) -> None:
    made = getattr(viral_events, kind)(np.random.default_rng(2), feeds, public.clear())
    assert made.is_empty()
    assert made.schema == population.ACTS


def test_something_is_viral_and_many_meet_within_a_minute() -> None:
    made = corpus(organic=1_500, days=7, seed=1)
    reposts = made.posts.filter(pl.col("kind") == "repost").group_by("target_post_id").agg(
        pl.col("account_id").n_unique().alias("accounts"),
        pl.col("created_at").dt.truncate("1m").value_counts().struct.field("count").max().alias("at_once"),
    )  # fmt: skip
    assert reposts["accounts"].max() > 150  # type: ignore[operator]  # an integer
    assert reposts["at_once"].max() >= 10  # type: ignore[operator]  # an integer
