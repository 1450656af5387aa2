"""What a synthetic public can react to: posts of widely read accounts, pages, memes and hashtags.

Each is a feed: items on shelves (a platform, language and topic), born at known times, with Zipf popularity.
People pick by popularity among what is fresh on their shelf, so a few items are shared by hundreds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from vigie.training.synthetic import text
from vigie.training.synthetic.personas import LANGUAGES
from vigie.training.synthetic.text import Floats, Hashes, Integers

DAY, HOUR = 86_400, 3_600
PLATFORMS = ("x", "facebook")
TOPICS = 8
# Feeds begin before the corpus does: people react to what is some days old.
_LEAD_DAYS = 3
# How far behind the freshest item people look.
_BREADTH_S = 8 * HOUR
_AUTHORS = 30  # of a shelf
_SITES = 40  # of a language
_TAGS = 60  # of a language and topic
_LEAST_ITEMS = 20  # of a shelf


@dataclass(frozen=True)
class Feed:
    """Items that people react to, sorted by shelf and birth.

    Attributes:
        items: What is known of each item.
        shelf: Shelf of each item.
        born: Birth of each item, seconds since 1970.
        reach: Cumulative popularity up to and with each item.
    """

    items: pl.DataFrame
    shelf: Integers
    born: Integers
    reach: Floats

    def pick(self, rng: np.random.Generator, shelf: Integers, seen: Integers) -> Integers:
        """Return one item per choice, by popularity among those of the shelf that are fresh when it is made.

        Args:
            rng: Source of chance.
            shelf: Shelf of each choice.
            seen: When the chooser last looked, seconds since 1970; items born later are not picked.
        """
        first = int(self.born.min())
        span = int(self.born.max()) - first + 2
        key = self.shelf * span + (self.born - first)
        # The oldest item of each shelf is born first of all, so there is always one.
        until = np.clip(seen - first, 0, span - 1)
        high = np.searchsorted(key, shelf * span + until, side="right")
        low = np.searchsorted(key, shelf * span + np.maximum(until - _BREADTH_S, 0), side="left")
        low = np.minimum(low, high - 1)
        reach = np.concatenate([np.zeros(1), self.reach])
        wanted = reach[low] + rng.random(len(shelf)) * (reach[high] - reach[low])
        found: Integers = np.clip(np.searchsorted(self.reach, wanted, side="right"), low, high - 1)
        return found


@dataclass(frozen=True)
class FeedCatalogue:
    """Time and what there is to react to.

    Attributes:
        start: First second of the corpus, seconds since 1970.
        end: Last second.
        posts: Feed of posts of widely read accounts, shelves by :func:`shelf_of_posts`: ``target``,
            ``target_author``, ``handle``, ``prose``, ``url``.
        pages: Feed of pages, shelves by language and topic: ``url``, ``title``.
        memes: Feed of pictures with a text, shelves by language: ``prose``.
        meme_hashes: Perceptual hash of each meme, shape (memes, 32).
        tags: Hashtags, :data:`_TAGS` of each language and topic, most used first.
    """

    start: int
    end: int
    posts: Feed
    pages: Feed
    memes: Feed
    meme_hashes: Hashes
    tags: pl.Series

    @property
    def days(self) -> float:
        """Length in days."""
        return (self.end - self.start) / DAY

    def tagged(self, rng: np.random.Generator, language: Integers, topic: Integers) -> pl.Series:
        """Return one hashtag per choice, by Zipf's law within its language and topic."""
        rank = text.ranks(rng, len(language), _TAGS)
        return self.tags.gather((language * TOPICS + topic) * _TAGS + rank)


def shelf_of_posts(platform: Integers, language: Integers, topic: Integers) -> Integers:
    """Return the shelf of posts on a platform, in a language, about a topic."""
    return (platform * len(LANGUAGES) + language) * TOPICS + topic


def feed_catalogue(
    rng: np.random.Generator, *, start: int, end: int, items: int, languages: Floats
) -> FeedCatalogue:
    """Return a synthetic catalogue of feeds.

    Args:
        rng: Source of chance.
        start: First second of the corpus.
        end: Last second.
        items: Posts in the feed, about; pages and memes are a share of it.
        languages: Share of each language, which its shelves follow.
    """
    tongues = np.arange(len(LANGUAGES))
    topics = np.arange(TOPICS)
    interest = 1.0 / (topics + 1) ** 0.7
    by_topic = np.outer(languages, interest / interest.sum()).ravel()
    by_shelf = np.outer([0.75, 0.25], by_topic).ravel()

    posts, shelf, born, reach = _feed(rng, start, end, by_shelf, items)
    language = shelf // TOPICS % len(tongues)
    author = shelf * _AUTHORS + text.ranks(rng, len(shelf), _AUTHORS)
    posts = posts.with_columns(
        target=pl.format("public-{}", pl.int_range(pl.len())),
        target_author=pl.format("public-author-{}", pl.Series(author)),
        handle=pl.concat_str(text.stems(author), pl.lit("_"), pl.Series(author % 97).cast(pl.String)),
        prose=text.texts(rng, language, 6, 20),
    )
    pages, page_shelf, page_born, page_reach = _feed(rng, start, end, by_topic, items // 3)
    spoken = page_shelf // TOPICS
    site = spoken * _SITES + text.ranks(rng, len(spoken), _SITES)
    hosts = pl.Series([text.site(number) for number in range(_SITES * len(tongues))])
    pages = pages.with_columns(
        url=pl.concat_str(
            pl.lit("https://"), hosts.gather(site), pl.lit("/"), pl.int_range(pl.len()).cast(pl.String)
        ),
        title=text.texts(rng, spoken, 6, 14),
    )
    memes, meme_shelf, meme_born, meme_reach = _feed(rng, start, end, languages, items // 40)
    memes = memes.with_columns(prose=text.texts(rng, meme_shelf, 4, 16))
    linked = posts.with_columns(
        url=pl.when(pl.Series(rng.random(len(shelf)) < 0.2)).then(
            pages["url"].gather(rng.integers(0, pages.height, len(shelf)))
        )
    )
    names = text.stems(rng.permutation(len(tongues) * TOPICS * _TAGS))
    return FeedCatalogue(
        start=start, end=end,
        posts=Feed(linked, shelf, born, reach),
        pages=Feed(pages, page_shelf, page_born, page_reach),
        memes=Feed(memes, meme_shelf, meme_born, meme_reach),
        meme_hashes=text.pictures(rng, memes.height),
        tags=names,
    )  # fmt: skip


def _feed(
    rng: np.random.Generator, start: int, end: int, shares: Floats, count: int
) -> tuple[pl.DataFrame, Integers, Integers, Floats]:
    """Return a table with the birth of each item, its shelf, its birth and the cumulative popularity."""
    sizes = np.maximum((shares / shares.sum() * count).astype(np.int64), _LEAST_ITEMS)
    shelf = np.repeat(np.arange(len(sizes)), sizes)
    since = start - _LEAD_DAYS * DAY
    born = rng.integers(since, end, len(shelf))
    born[np.cumsum(sizes) - sizes] = since
    order = np.lexsort((born, shelf))
    # The size of the audience falls with a power of the rank: a Pareto law.
    popularity = np.minimum(rng.pareto(1.1, len(shelf)) + 0.1, 2_000.0)
    born = born[order]
    return pl.DataFrame({"born": born}), shelf, born, np.cumsum(popularity)
