"""People pick what is fresh and popular on their shelf, so a few items reach many."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from vigie.training.synthetic import population
from vigie.training.synthetic.feeds import (
    DAY,
    HOUR,
    PLATFORMS,
    TOPICS,
    Feed,
    FeedCatalogue,
    feed_catalogue,
    shelf_of_posts,
)
from vigie.training.synthetic.personas import LANGUAGES


def shelves(*born: list[int]) -> Feed:
    """Return a feed of items born at these hours, one list per shelf, all equally popular."""
    hours = [hour for shelf in born for hour in shelf]
    shelf = np.repeat(np.arange(len(born)), [len(each) for each in born])
    times = np.array(hours, np.int64) * HOUR
    return Feed(pl.DataFrame({"born": times}), shelf, times, np.cumsum(np.ones(len(hours))))


def picked(feed: Feed, shelf: int, seen_s: int) -> set[int]:
    """Return every item that is picked from a shelf by somebody who last looked at that second."""
    rng = np.random.default_rng(0)
    return set(feed.pick(rng, np.full(200, shelf), np.full(200, seen_s)).tolist())


@pytest.mark.parametrize(
    ("seen_s", "items"),
    [
        (0, {0}),
        (7 * HOUR, {0, 1}),
        (9 * HOUR, {1, 2}),
        (9 * HOUR + 1, {2}),
        (100 * HOUR, {3}),
        (-5, {0}),
    ],
)
def test_what_is_picked_was_born_in_the_eight_hours_before_or_is_the_latest(
    seen_s: int, items: set[int]
) -> None:
    assert picked(shelves([0, 1, 9, 20], [0, 1, 9, 20]), 0, seen_s) == items


def test_an_item_of_another_shelf_is_never_picked() -> None:
    feed = shelves([0, 2], [0, 3], [0, 4])
    assert [picked(feed, shelf, 5 * HOUR) for shelf in range(3)] == [{0, 1}, {2, 3}, {4, 5}]


def test_items_are_picked_by_their_popularity() -> None:
    feed = Feed(
        pl.DataFrame({"born": [0, 0]}), np.zeros(2, np.int64), np.zeros(2, np.int64), np.array([9.0, 10.0])
    )
    found = feed.pick(np.random.default_rng(1), np.zeros(5_000, np.int64), np.zeros(5_000, np.int64))
    assert (found == 0).mean() == pytest.approx(0.9, abs=0.02)


def test_a_few_posts_reach_many(feeds: FeedCatalogue) -> None:
    shelf = int(np.bincount(feeds.posts.shelf).argmax())
    seen = np.full(2_000, feeds.end)
    _, times = np.unique(
        feeds.posts.pick(np.random.default_rng(2), np.full(2_000, shelf), seen), return_counts=True
    )
    assert times.max() > 5 * np.median(times)


def test_posts_pages_and_memes_are_born_from_three_days_before_the_corpus_to_its_end(
    feeds: FeedCatalogue,
) -> None:
    for feed in (feeds.posts, feeds.pages, feeds.memes):
        assert feed.born.min() == feeds.start - 3 * DAY
        assert feed.born.max() < feeds.end
        oldest = pl.DataFrame({"shelf": feed.shelf, "born": feed.born}).group_by("shelf").min()
        assert set(oldest["born"]) == {feeds.start - 3 * DAY}, "every shelf has an item for whoever looks"
    assert feeds.days == 6


def test_every_platform_language_and_topic_has_a_shelf_of_its_own_with_posts(feeds: FeedCatalogue) -> None:
    places = np.array(list(product(range(len(PLATFORMS)), range(len(LANGUAGES)), range(TOPICS))))
    assert sorted(shelf_of_posts(*places.T)) == list(range(len(places)))
    assert set(feeds.posts.shelf) == set(range(len(places)))


def test_hashtags_are_of_their_language_and_topic(feeds: FeedCatalogue) -> None:
    rng = np.random.default_rng(5)
    one, other = (set(feeds.tagged(rng, np.full(300, 0), np.full(300, topic))) for topic in (0, 1))
    foreign = set(feeds.tagged(rng, np.full(300, 1), np.full(300, 0)))
    assert len(one) > 20
    assert one.isdisjoint(other)
    assert one.isdisjoint(foreign)


def test_same_chance_gives_the_same_catalogue_and_other_chance_another(feeds: FeedCatalogue) -> None:
    def again(seed: int) -> FeedCatalogue:
        return feed_catalogue(
            np.random.default_rng(seed), start=feeds.start, end=feeds.end, items=4_000, languages=population.LANGUAGE_SHARES
        )  # fmt: skip

    assert_frame_equal(again(3).posts.items, feeds.posts.items)
    assert not again(4).posts.items.equals(feeds.posts.items)
