"""Hashtags that appear at once: most of the accounts that ever use one do so within the same minutes.

Whoever wants a hashtag among the trends has many accounts publish it in the same minutes, with words that do not matter, and lets it be.
A hashtag of an event is used before and after the moment that all write of; one that people invent spreads from some to others. A
single one proves little even so. What counts is that the same accounts do it again with another hashtag
(:mod:`vigie.features.coordination.burst_series`).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from vigie.features import on_disk, text
from vigie.features.coordination import one_object
from vigie.features.coordination.traces import MINUTE
from vigie.features.preprocessing import act

# Seconds within which accounts publish a hashtag, and share of the accounts that ever do so, more than.
WINDOW, MOSTLY = 10 * MINUTE, 0.5
# The trace that a hashtag is told as.
TRACE = "hashtag_sequence"


def detect(posts: pl.DataFrame, resolution: int) -> pl.DataFrame:
    """Return the hashtags that appeared at once, and the accounts that published them in these minutes.

    As with other contents (:func:`vigie.features.coordination.one_object.detect`), the minutes must hold more of its accounts than
    those before and after them make likely, together with what else people publish more than usual just then (Poisson, times the
    accounts it could have begun with and the hashtags looked at).

    Args:
        posts: Contract columns and ``row`` of the author; a post is named by its place.
        resolution: Seconds between two ticks of the clock; one coarser than the minutes carries no such test.

    Returns:
        The columns of :data:`vigie.features.coordination.one_object.SCHEMA`.
    """
    nothing = pl.DataFrame(schema=one_object.SCHEMA)
    if resolution > WINDOW:
        return nothing
    used = _used(posts)
    popular = on_disk.by_keys([used], ["object"], _popular).sort("object", "time", "account", "post")
    if popular.is_empty():
        return nothing
    content = popular["object"].rle_id().to_numpy().astype(np.int64)
    time = popular["time"].to_numpy()
    within, around = one_object.near(content, time, WINDOW)
    table = popular.with_columns(
        within=pl.Series(within),
        around=pl.Series(around),
        surge=pl.Series(one_object.surge(one_object.in_own_words(popular["post"], posts), time, WINDOW)),
        holders=pl.len().over("object").cast(pl.Int64),
        content=pl.Series(content),
    ).with_row_index("place")
    densest = (
        table.sort("within", "place", descending=[True, False])
        .unique("content", keep="first", maintain_order=True)
        .filter((pl.col("within") >= one_object.LEAST) & (pl.col("within") > MOSTLY * pl.col("holders")))
    )
    p = one_object.chance_beside(densest) * densest["holders"].to_numpy() * used["object"].n_unique()
    found = densest.with_columns(p=pl.Series(np.clip(p, np.finfo(float).tiny, 1.0)))
    return one_object.of_densest(table, found.filter(pl.col("p") < one_object.ALPHA))


def added_to(published: pl.DataFrame, hashtags: pl.DataFrame, series: pl.DataFrame) -> pl.DataFrame:
    """Return what was published with the hashtags of series, so that their posts are contents as well.

    Args:
        published: :attr:`vigie.features.coordination.detector.Network.published`.
        hashtags: What :func:`detect` returned.
        series: What :func:`vigie.features.coordination.burst_series.detect` returned.
    """
    told = hashtags.join(series, on="account", how="semi")
    if told.is_empty():
        return published
    named = told.with_columns(
        trace=pl.lit(TRACE),
        object=pl.col("object").str.strip_prefix(f"{TRACE} "),
        author=pl.lit(None, pl.Int64),
    )
    return pl.concat([published, named.select(published.columns)])


def _used(posts: pl.DataFrame) -> pl.DataFrame:
    """Return who used which hashtag as its own: ``trace``, ``object``, ``account``, ``post``, ``time``."""
    numbered = on_disk.beside(posts, pl.Series("post", np.arange(posts.height)))
    return on_disk.by_stretches(
        numbered,
        lambda some: (
            some.lazy()
            .select(
                pl.lit(TRACE).alias("trace"),
                pl.col("row").cast(pl.Int64).alias("account"),
                "post",
                pl.col("created_at").dt.epoch("s").alias("time"),
                text.listed(posts, "hashtags", text.HASHTAG).alias("object"),
                (act() != "repost").alias("own"),
            )
            .filter(pl.col("own") & pl.col("time").is_not_null())
            .drop("own")
            .explode("object", empty_as_null=False, keep_nulls=False)
            .with_columns(pl.col("object").str.strip_chars("#").str.to_lowercase())
            .collect(engine="in-memory")
        ),
    )


def _popular(used: pl.DataFrame) -> pl.DataFrame:
    """Return who used which hashtags first, of those that enough accounts use, and most around one moment."""
    # Any minutes that hold most of the accounts hold their median.
    close = (pl.col("time") - pl.col("time").median().over("object")).abs() <= WINDOW
    return (
        used.lazy()
        .filter((pl.col("account").n_unique() >= one_object.LEAST).over("object"))
        .sort("object", "time", "account", "post")
        .unique(["object", "account"], keep="first", maintain_order=True)
        .filter(close.mean().over("object") > MOSTLY)
        .collect(engine="in-memory")
    )
