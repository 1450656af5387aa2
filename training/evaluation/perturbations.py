"""Changes to accounts and posts, each alone, to see what a score rests on.

A change takes the accounts (contract columns, ``row``, ``source``, ``y``) and their posts (contract columns, ``row``
of the author) and returns both. It changes only what its name says; chance is decided by a seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import polars as pl

from vigie.features import text
from vigie.features.catalogue import CATALOGUE

Tables = tuple[pl.DataFrame, pl.DataFrame]
Change = Callable[[pl.DataFrame, pl.DataFrame], Tables]

# Microseconds, the unit of the contract's times.
_MINUTE, _DAY = 60_000_000, 86_400_000_000
_CONSONANTS, _VOWELS = tuple("bcdfghjklmnprstvz"), tuple("aeiou")


def truncated(most: int) -> Change:
    """Return a change that keeps the most recent posts of each account, so many at most."""

    def change(accounts: pl.DataFrame, posts: pl.DataFrame) -> Tables:
        newest = posts.sort("row", "created_at", "post_id", descending=[False, True, True])
        return accounts, newest.filter(pl.int_range(pl.len()).over("row") < most)

    return change


def jittered(minutes: int, seed: int) -> Change:
    """Return a change that moves each post by up to so many minutes, earlier or later.

    By whole minutes, as archives differ in resolution and that of this one must stay. A post that would come before
    the one it reacts to, or after its account was observed, goes the other way, or stays.
    """

    def change(accounts: pl.DataFrame, posts: pl.DataFrame) -> Tables:
        drawn = np.random.default_rng(seed).integers(-minutes, minutes, posts.height, endpoint=True)
        time, step = pl.col("created_at"), pl.duration(minutes=pl.lit(pl.Series(drawn)))

        def possible(moved: pl.Expr) -> pl.Expr:
            return (moved >= pl.coalesce("target_created_at", moved)) & (moved <= pl.col("observed_at"))

        return accounts, (
            posts.join(accounts.select("row", "observed_at"), on="row", how="left", maintain_order="left")
            .with_columns(
                pl.when(possible(time + step)).then(time + step)
                .when(possible(time - step)).then(time - step)
                .otherwise(time)
                .alias("created_at")
            )
            .select(posts.columns)
        )  # fmt: skip

    return change


def renamed(seed: int) -> Change:
    """Return a change that gives each account with a handle an invented one, of syllables and sometimes digits."""

    def change(accounts: pl.DataFrame, posts: pl.DataFrame) -> Tables:
        rng, size = np.random.default_rng(seed), accounts.height
        count = rng.integers(2, 5, size)
        syllables = [
            np.where(place < count, np.char.add(rng.choice(_CONSONANTS, size), rng.choice(_VOWELS, size)), "")
            for place in range(4)
        ]
        digits = np.where(rng.random(size) < 0.4, rng.integers(0, 10_000, size).astype(str), "")
        handle = pl.concat_str(pl.lit(pl.Series(part.tolist())) for part in (*syllables, digits))
        known = pl.col("handle").is_not_null() & (pl.col("handle") != "")
        return accounts.with_columns(handle=pl.when(known).then(handle).otherwise("handle")), posts

    return change


def stripped(accounts: pl.DataFrame, posts: pl.DataFrame) -> Tables:
    """Take links and hashtags out of every post, its text and its lists."""
    bare = pl.col("text").str.replace_all(f"{text.URL}|{text.HASHTAG}", "")
    return accounts, posts.with_columns(bare, pl.col("urls", "hashtags").list.head(0))


def camouflaged(share: float, seed: int, lenders: Tables | None = None) -> Change:
    """Return a change that hides positives among ordinary posts of their source, a share of all they then have.

    Each gets a stretch of consecutive posts of ordinary accounts. They are moved inside the time from its first to
    its last own post, by whole days where that is a day or more, so that hours and pauses stay.

    Args:
        share: Of the posts that a positive then has.
        seed: Of the choice of posts.
        lenders: Ordinary accounts to take them from, and their posts; None for those that are changed. Where accounts
            are compared with each other, a copy would stand beside its original, and both would look coordinated.
    """

    def change(accounts: pl.DataFrame, posts: pl.DataFrame) -> Tables:
        who, written = lenders or (accounts, posts)
        ordinary = (
            written.join(who.filter(~pl.col("y")).select("row", "source"), on="row", how="inner")
            .sort("source", "row", "created_at", "post_id")
            .with_columns(place=pl.int_range(pl.len()).over("source"))
        )
        hiding = (
            posts.join(accounts.filter("y").select("row", "source"), on="row", how="inner")
            .group_by("row", "source")
            .agg(count=pl.len(), first=pl.col("created_at").min(), last=pl.col("created_at").max())
            .join(ordinary.group_by("source").agg(size=pl.len().cast(pl.Int64)), on="source", how="inner")
            .sort("row")
        )
        start = pl.Series(np.random.default_rng(seed).random(hiding.height))
        more = (pl.col("count") * share / (1 - share)).round().cast(pl.Int64)
        taken = (
            hiding.select(
                pl.col("row").alias("hider"),
                "source",
                "first",
                "size",
                span=(pl.col("last") - pl.col("first")).dt.total_microseconds(),
                start=(start * hiding["size"]).cast(pl.Int64),
                number=pl.int_ranges(0, pl.min_horizontal(more, "size")),
            )
            .explode("number", empty_as_null=False)
            .with_columns(place=(pl.col("start") + pl.col("number")) % pl.col("size"))
            .join(ordinary, on=["source", "place"], how="inner", maintain_order="left")
        )
        late = _inside(pl.col("created_at"), pl.col("first"), pl.col("span")) - pl.col("created_at")
        borrowed = taken.with_columns(
            pl.col("created_at", "target_created_at") + late,
            row=pl.col("hider"),
            post_id=pl.format("camouflage-{}-{}", "hider", "number"),
        )
        return accounts, pl.concat([posts, borrowed.select(posts.columns)])

    return change


def _inside(time: pl.Expr, first: pl.Expr, span: pl.Expr) -> pl.Expr:
    """Return times wrapped into a span that starts at ``first``, by whole days, minutes if it is shorter."""
    unit = pl.when(span >= _DAY).then(_DAY).when(span >= _MINUTE).then(_MINUTE).otherwise(1)
    length = pl.max_horizontal(span // unit * unit, 1)
    return first + pl.duration(microseconds=(time - first).dt.total_microseconds() % length)


def observed_in_part(share: float, seed: int) -> Change:
    """Return a change that keeps a share of the positives, one at least, and the posts of those who stay."""

    def change(accounts: pl.DataFrame, posts: pl.DataFrame) -> Tables:
        positives = accounts.filter("y")["row"].sort()
        lost = positives.sample(
            positives.len() - max(1, round(share * positives.len())) if positives.len() else 0, seed=seed
        )
        gone = pl.col("row").is_in(lost.implode())
        return accounts.filter(~gone), posts.filter(~gone)

    return change


def without_group(rows: pl.DataFrame, group: str) -> pl.DataFrame:
    """Return a table of features with those of one group missing."""
    return without(
        rows, (name for name in rows.columns if name in CATALOGUE and CATALOGUE[name].group == group)
    )


def without(rows: pl.DataFrame, features: Iterable[str]) -> pl.DataFrame:
    """Return a table of features with some of them missing."""
    return rows.with_columns(pl.lit(None, pl.Float64).alias(name) for name in features)
