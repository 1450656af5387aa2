"""One content, many accounts: the same text or picture published as their own by accounts within a minute.

A collection by keyword holds one post of most accounts, so the first hour of a flood gives no pair two contents. A content
needs no history: of the accounts that published it, so many did within a minute of each other, where those of ordinary
collections do so at some rate. The title of a page is none: many share a page at once.

What makes people post at one moment makes many of them write the same: wishes at midnight, a line of a debate. Yet then more of
them write in words of their own. So those who publish a content must also outnumber those who post more than usual just then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import betainc, gammainc

from vigie.features import on_disk
from vigie.features.coordination import published_contents
from vigie.features.coordination.baselines import Baseline
from vigie.features.coordination.traces import MINUTE
from vigie.features.preprocessing import act

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Contents that an account makes its own: hashtags in a row are too easily alike.
TRACES = ("media_duplicate", "text_duplicate")
# Accounts within a minute of each other, at least. Ten or more on one text fired on networks alone in 18 real collections.
LEAST = 10
# Chance of one such content in the collection from which it counts.
ALPHA = 1e-3
# Windows before, and after, the one looked at that tell how fast the content is passed on anyway, and how much people post.
_AROUND = 10

SCHEMA = pl.Schema(
    {
        "object": pl.String(), "account": pl.Int64(), "post": pl.Int64(), "time": pl.Int64(), "holders": pl.Int64(),
        "p": pl.Float64(),
    }
)  # fmt: skip


def detect(
    published: pl.DataFrame,
    posts: pl.DataFrame,
    baseline: Baseline,
    platforms: tuple[str | None, ...],
    resolution: int,
    window: int = MINUTE,
) -> pl.DataFrame:
    """Return the contents that too many accounts published within a minute, or another window, and those accounts.

    For each of k holders of a content, the others within a minute of it are Binomial(k - 1, r) under the reference rate r
    of the quickest hundredth of contents as popular, and no less than the span of the collection makes it; the p-value of the
    densest minute is that of its accounts, times the holders it could have begun with, times the contents looked at.

    A content that everybody passes on has a busiest minute too. So the minute must also hold more accounts than the ten
    minutes before and after it make likely, together with the posts in people's own words that the minute holds beyond what
    these make usual (Poisson).

    Args:
        published: ``trace``, ``account``, ``object``, ``time``, ``post``: acts of every account, one content or more.
        posts: The posts that these are of, by their place: ``created_at`` and ``kind``.
        baseline: Rates of ordinary accounts.
        platforms: Platforms of the accounts.
        resolution: Seconds between two ticks of the clock; one coarser than the window carries no such test.
        window: Seconds instead of a minute, and ten times as many before and after.

    Returns:
        ``object`` (with its trace in front), ``account``, ``post`` and ``time`` of the accounts in the densest minute,
        ``holders`` of the content in all, and ``p``; contents of most accounts first.
    """
    own = own_contents(published, LEAST) if resolution <= window else None
    first = pl.DataFrame() if own is None else own.first(LEAST)
    if own is None or first.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    times = published["time"].to_numpy()
    floor = min(1.0, 2 * window / max(int(times.max() - times.min()), 1))
    looked_at = own.acts.select("trace", "object").n_unique()
    in_words = in_own_words(own.acts["post"].filter(own.accounts > 1), posts)
    table = numbered(first, window).with_columns(
        surge=pl.Series(surge(in_words, first["time"].to_numpy(), window))
    )
    found = densest(table, LEAST)
    parts = []
    for (trace,), some in found.group_by("trace", maintain_order=True):
        grades = np.log2(some["holders"].to_numpy()).astype(np.int64)
        upper = baseline.of(str(trace), window, grades, platforms=platforms).upper
        others, close = some["holders"].to_numpy() - 1, some["within"].to_numpy() - 1
        # Tails of the two distributions as scipy.stats computes them; it takes 35 MB and half a second to import.
        tail = betainc(close, others - close + 1, np.clip(upper, floor, 1.0))
        p = np.minimum(np.maximum(tail, chance_beside(some)) * some["holders"].to_numpy() * looked_at, 1.0)
        parts.append(some.with_columns(p=pl.Series(np.maximum(p, np.finfo(float).tiny))))
    significant = pl.concat(parts).filter(pl.col("p") < ALPHA) if parts else found.with_columns(p=1.0).clear()
    return of_densest(table, significant)


@dataclass(frozen=True)
class OwnContents:
    """What accounts published as their own, titles of linked pages left out.

    Attributes:
        acts: ``trace``, ``account``, ``object``, ``time``, ``post``.
        accounts: By act, how many accounts published its content.
    """

    acts: pl.DataFrame
    accounts: pl.Series

    def first(self, least: int) -> pl.DataFrame:
        """Return the acts, the first of each account on each content that so many published, by content and time."""
        return (
            self.acts.filter(self.accounts >= least)
            .sort("trace", "object", "time", "account", "post")
            .unique(["trace", "object", "account"], keep="first", maintain_order=True)
        )


def own_contents(published: pl.DataFrame, least: int) -> OwnContents | None:
    """Return what accounts published as their own; None where no content has so many accounts, as in most collections."""
    contents = on_disk.where(published, published["trace"].is_in(TRACES))
    holders = contents.group_by("trace", "object").agg(pl.col("account").n_unique())["account"]
    # What follows looks at all posts.
    if not (holders >= least).any():
        return None
    is_title = published_contents.is_title(published)
    acts = on_disk.by_stretches(contents, lambda some: some.filter(~is_title))
    named = ["trace", "object"]
    return OwnContents(
        acts, on_disk.over(acts.select("account", *named), pl.col("account").n_unique(), named)
    )


def numbered(first: pl.DataFrame, window: int) -> pl.DataFrame:
    """Return first acts with ``place``, ``content`` (a number), its ``holders``, and ``within`` and ``around``, see :func:`near`.

    Args:
        first: What :meth:`OwnContents.first` returned, not empty.
        window: In seconds.
    """
    content = first.select(pl.struct("trace", "object").rle_id()).to_series().to_numpy().astype(np.int64)
    within, around = near(content, first["time"].to_numpy(), window)
    return first.with_columns(
        within=pl.Series(within),
        around=pl.Series(around),
        holders=pl.len().over("trace", "object").cast(pl.Int64),
        content=pl.Series(content),
    ).with_row_index("place")


def densest(table: pl.DataFrame, least: int) -> pl.DataFrame:
    """Return the first act of the densest window of each content that has so many accounts in it; table as :func:`numbered` gives it."""
    return (
        table.sort("within", "place", descending=[True, False])
        .unique("content", keep="first", maintain_order=True)
        .filter(pl.col("within") >= least)
    )


def near(content: Ints, time: Ints, window: int) -> tuple[Ints, Ints]:
    """Return how many accounts publish the content of each in the window that begins with it, and in ten more before and after.

    Args:
        content: Number of the content, ascending.
        time: When each account published it, ascending within a content.
        window: In seconds.
    """
    beyond = _AROUND * window
    key = content * (int(time.max()) + 2 * beyond + window) + time
    within = np.searchsorted(key, key + window, "right") - np.arange(len(key))
    around = np.searchsorted(key, key + window + beyond, "right") - np.searchsorted(key, key - beyond)
    return within, around


def chance_beside(densest: pl.DataFrame) -> Floats:
    """Return the chance that windows hold as many accounts, by those before and after them and what else is published just then.

    Args:
        densest: ``within``, ``around`` (:func:`near`) and ``surge`` (:func:`surge`).
    """
    usual = (densest["around"].to_numpy() - densest["within"].to_numpy() + 1) / (2 * _AROUND)
    return np.asarray(gammainc(densest["within"].to_numpy(), usual + densest["surge"].to_numpy()))


def of_densest(table: pl.DataFrame, significant: pl.DataFrame) -> pl.DataFrame:
    """Return what accounts published in the densest window of some contents, those of most accounts first.

    Args:
        table: Who published what: ``place`` (number of the row), ``content``, and the columns of :data:`SCHEMA` without ``p``.
        significant: First row of the densest window of each of these contents, with ``within`` and ``p``.

    Returns:
        The columns of :data:`SCHEMA`.
    """
    return (
        table.drop("within", "around", "surge", strict=False)
        .join(significant.select("content", "p", "within", start="place"), on="content")
        .filter(pl.col("place").is_between("start", pl.col("start") + pl.col("within") - 1))
        .sort("within", "content", "place", descending=[True, False, False])
        .select(pl.concat_str("trace", pl.lit(" "), "object").alias("object"), *SCHEMA.names()[1:])
    )


def in_own_words(copied: pl.Series, posts: pl.DataFrame) -> Ints:
    """Return the times of own posts that hold no content which another account published too, ascending, in seconds.

    Args:
        copied: The places of posts that hold one.
        posts: ``created_at`` and what tells the kind of a post.
    """
    is_copied = np.zeros(posts.height, np.bool_)
    is_copied[copied.to_numpy()] = True
    own = (act() != "repost") & ~pl.col("copied")
    time = pl.when(own).then(pl.col("created_at").dt.epoch("s"))
    times = on_disk.by_stretches(
        on_disk.beside(posts, pl.Series("copied", is_copied)),
        lambda some: some.select(time=time).drop_nulls(),
    )
    return times["time"].sort().to_numpy().astype(np.int64)


def surge(times: Ints, start: Ints, window: int) -> Floats:
    """Return by how many posts each window holds more than those before and after it; 0 where it holds no more.

    Args:
        times: When posts were published, ascending.
        start: First seconds of the windows.
        window: Their length in seconds.
    """
    beyond = _AROUND * window
    within = np.searchsorted(times, start + window, "right") - np.searchsorted(times, start)
    around = np.searchsorted(times, start + window + beyond, "right") - np.searchsorted(times, start - beyond)
    return np.maximum(within - (around - within) / (2 * _AROUND), 0.0)
