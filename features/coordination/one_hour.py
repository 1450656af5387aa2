"""One text within an hour: the same sentences published as their own by more accounts than people are.

What ten accounts publish within a minute is tested against ordinary rates (:mod:`vigie.features.coordination.one_object`). A campaign
that takes an hour over it passes that test, and a collection of that hour alone holds nothing before and after to test it by. But
people seldom publish the same sentences as their own, without a share or a link. In 12 real collections of people (52,000 accounts of
topics, an event and a raid) at most 12 accounts did so within an hour; in the two of an operation, 18 and 15. So more than that
founds a campaign, of which nothing but its text is known. The bound was chosen by these collections: how often others reach it is not
known, beyond that none of twelve does (at most one in five, with 95 % confidence).

A text that goes round is copied by hundreds within an hour, who have other things to say. So most of the accounts must publish nothing
else in the collection, as in the first hour of a flood.

Slogans and pictures do not count: among three thousand people who post within an hour, twenty may cry the same words, or laugh at the
same picture.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features import on_disk, text
from vigie.features.coordination import one_object
from vigie.features.coordination.traces import HOUR
from vigie.features.similarity import text_forms

Ints = NDArray[np.int64]

# Accounts within an hour of each other, at least.
LEAST = 15
# Share of the posts of that hour, and of all accounts of the text, that they are at least: among many people more say the same. The
# latter is that of the accounts with no other post, too.
LEAST_SHARE, _MOSTLY = 0.005, 0.5
# Characters of a text without links, mentions and hashtags, at least: twice those of any copy.
LEAST_CHARACTERS = 2 * text_forms.LEAST_CHARACTERS
# No chance is known of one, so that it says the least that a campaign says.
P = 1.0

_NOTHING = pl.DataFrame(schema=one_object.SCHEMA)


def detect(published: pl.DataFrame, posts: pl.DataFrame, resolution: int) -> pl.DataFrame:
    """Return the texts that more accounts published within an hour than people do, and those accounts.

    Args:
        published: As in :func:`vigie.features.coordination.one_object.detect`.
        posts: The posts that these are of, by their place: ``row`` of the author, ``created_at`` and ``text``.
        resolution: Seconds between two ticks of the clock; one coarser than an hour tells nothing.

    Returns:
        What :func:`vigie.features.coordination.one_object.detect` does, with ``p`` always :data:`P`.
    """
    own = one_object.own_contents(published, LEAST) if resolution <= HOUR else None
    first = pl.DataFrame() if own is None else own.first(LEAST).filter(pl.col("trace") == "text_duplicate")
    if first.is_empty():
        return _NOTHING
    table = one_object.numbered(first, HOUR)
    crowded = one_object.densest(table, LEAST).filter(pl.col("within") >= _MOSTLY * pl.col("holders"))
    said = crowded.with_columns(text=posts["text"].gather(crowded["post"]))
    long = said.filter(text.prose(pl.col("text")).str.len_chars() >= LEAST_CHARACTERS).drop("text")
    if long.is_empty():
        return _NOTHING
    times, start = _times(posts), long["time"].to_numpy()
    at_the_time = np.searchsorted(times, start + HOUR, "right") - np.searchsorted(times, start)
    told = long.with_columns(p=P).filter(pl.col("within") >= LEAST_SHARE * pl.Series(at_the_time))
    return _of_nothing_else(one_object.of_densest(table, told), posts)


def _of_nothing_else(found: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    """Return the contents most accounts of which have no other post."""
    accounts = found["account"].unique()
    theirs = on_disk.by_stretches(
        posts,
        lambda some: some.select(account=pl.col("row").cast(pl.Int64)).filter(
            pl.col("account").is_in(accounts.implode())
        ),
    )
    each = found.join(
        theirs.group_by("account").len("posts"), on="account", how="left", maintain_order="left"
    )
    alone = (pl.col("posts") == 1).mean().over("object") >= _MOSTLY
    return each.filter(alone).drop("posts")


def _times(posts: pl.DataFrame) -> Ints:
    """Return when posts were published, ascending, in seconds."""
    found = on_disk.by_stretches(
        posts, lambda some: some.select(time=pl.col("created_at").dt.epoch("s")).drop_nulls()
    )
    return found["time"].sort().to_numpy().astype(np.int64)
