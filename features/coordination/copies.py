"""Copies: whether the contents that two accounts share are more than chance gives.

A flood of a few posts per account meets at no moment twice, yet its accounts share several of its contents. Two accounts
with n and m own posts share s of them where chance gives Poisson(λ·n·m); λ is the chance that two posts of two ordinary
accounts are copies of each other. It is that of the reference, raised to what the collection itself shows, up to a cap: a
campaign that is most of a collection must not set the rate it is judged by.

Tests are as many as there are pairs of accounts, so what was not compared makes no pair more surprising.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from scipy.special import gammainc

from vigie.features import on_disk
from vigie.features.coordination import shared_contents
from vigie.features.coordination.null_models import false_discovery_share
from vigie.features.coordination.shared_contents import SharedContents

# Share of the posts of the less active of the two that their common contents are.
LEAST_SHARE = 0.25
# Accounts on a content beyond which further ones do not count for λ.
POPULAR = 20
# Chance that two posts of two ordinary accounts are copies: what is taken at least, that of ten real collections together, and at
# most. With four times the least no group more or less is found in 16 real collections, and small floods are missed.
LAMBDA, MOST_LAMBDA = 2.5e-5, 3e-4
# Share of false pairs among those called significant.
ALPHA = 0.01

# Members of no group.
NO_PART = pl.DataFrame(schema={"account": pl.Int64, "part": pl.Int64})


@dataclass(frozen=True)
class Copies:
    """Pairs of accounts that share contents, and the chance they were tested with.

    Attributes:
        pairs: ``first``, ``second`` (rows, first < second), ``objects`` (distinct contents shared), ``posts_first``,
            ``posts_second``, ``expected``, ``p``, ``p_corrected``; pairs with
            :data:`vigie.features.coordination.shared_contents.LEAST` contents at least.
        rate: λ.
        tests: Pairs of accounts that could share contents.
        bounded: Contents whose holders were compared with those next to them in time only.
        following: How many of those after it, and of those before it, each was compared with.
        likely: ``account``, ``part``: groups that the rate of ordinary collections alone would give.
    """

    pairs: pl.DataFrame
    rate: float
    tests: float
    bounded: int
    following: int
    likely: pl.DataFrame

    def significant(self) -> pl.DataFrame:
        """Return the pairs that chance does not explain."""
        fewer = pl.min_horizontal("posts_first", "posts_second")
        return self.pairs.filter((pl.col("p_corrected") < ALPHA) & (pl.col("objects") >= LEAST_SHARE * fewer))


def at_rate(sharing: SharedContents, rate: float, likely: pl.DataFrame = NO_PART) -> Copies:
    """Return the pairs that share contents, tested with one λ.

    Args:
        sharing: What :func:`vigie.features.coordination.shared_contents.pairs` returned.
        rate: λ.
        likely: ``account``, ``part``: groups that the rate of ordinary collections alone would give.
    """
    tests = sharing.accounts * (sharing.accounts - 1) / 2
    expected = rate * sharing.posts_first.astype(float) * sharing.posts_second
    p = np.maximum(gammainc(sharing.objects, expected), np.finfo(float).tiny)
    table = pl.DataFrame(
        {
            "first": sharing.first, "second": sharing.second, "objects": sharing.objects,
            "posts_first": sharing.posts_first, "posts_second": sharing.posts_second,
            "expected": expected, "p": p, "p_corrected": false_discovery_share(p, tests),
        },
        schema=_NONE.schema,
    )  # fmt: skip
    return Copies(table.sort("first", "second"), rate, tests, sharing.bounded, sharing.following, likely)


def rate_of(published: pl.DataFrame, rate: float) -> float:
    """Return λ of some accounts, within the bounds of the reference.

    Args:
        published: What :func:`vigie.features.coordination.published_contents.contents` returned, of these accounts.
        rate: λ among ordinary accounts, from a baseline; at least :data:`LAMBDA` is taken, whatever it says.
    """
    copied, possible = counted(published)
    return float(np.clip(copied / possible if possible else 0.0, max(rate, LAMBDA), max(rate, MOST_LAMBDA)))


def counted(published: pl.DataFrame, popular: int | None = POPULAR) -> tuple[float, float]:
    """Return how many pairs of posts of two accounts are copies of each other, and how many pairs there are.

    Args:
        published: What :func:`vigie.features.coordination.published_contents.contents` returned.
        popular: A content of more accounts counts as one of so many: a few viral contents, or those of a flood, tell little
            of how often two people copy each other. None: each counts in full.
    """
    holders, posts = (
        on_disk.by_keys([table.select(key)], [key], partial(_times, key=key))["count"].to_numpy()
        for table, key in ((shared_contents.holders(published), "object"), (published, "account"))
    )
    if popular is not None:
        holders = np.minimum(holders, popular)
    return float((holders * (holders - 1) / 2).sum()), float((posts.sum() ** 2 - (posts**2).sum()) / 2)


def _times(table: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return how often each key stands in a table, as ``count``."""
    return table.group_by(key).agg(count=pl.len().cast(pl.Float64))


_NONE = pl.DataFrame(
    schema={
        **dict.fromkeys(("first", "second", "objects", "posts_first", "posts_second"), pl.Int64),
        **dict.fromkeys(("expected", "p", "p_corrected"), pl.Float64),
    }
)
