"""A falsification run: the same posts at the same times, dealt out anew, must show nobody who acts in concert.

Within each platform the authors of the posts are permuted, and their times too, each by chance of its own. Every account keeps
its number of posts, every hour its number of posts, and every content its number of copies. What is lost is who acted with
whom, and when. Whatever is found in the result is found for another reason: because contents are popular, hours busy or
accounts prolific.

The posts of a flood remain copies of each other whoever publishes them, and are copied more often than ordinary people copy.
Rates of ordinary collections would therefore call everybody a copier. So a shuffled collection is compared by rates
measured on itself, as an ordinary collection is by those of ordinary collections.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from vigie.errors import BaselineError
from vigie.features.coordination import baselines, copies, published_contents, traces
from vigie.features.coordination.baselines import Baseline

# How a shuffled collection was gathered, for the baseline measured on it: of no account here.
_WAY = "hashtag"


def shuffled(posts: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """Return posts whose authors and whose times are permuted within each platform.

    Args:
        posts: Contract columns, ``platform``, and ``row`` and ``account_id`` of the author.
        seed: Same posts and seed, same result.
    """
    rng = np.random.default_rng(seed)
    parts = []
    for (_,), part in posts.sort("platform", "row", "created_at", "post_id").group_by(
        "platform", maintain_order=True
    ):
        authors = part.select("row", "account_id")[rng.permutation(part.height)]
        times = part.select("created_at", "time_resolution")[rng.permutation(part.height)]
        parts.append(part.with_columns(*authors, *times))
    return pl.concat([posts.clear(), *parts])


def own_rates(posts: pl.DataFrame) -> Baseline:
    """Return the rates of a shuffled collection; those that ship stand in where it has too few accounts to measure any.

    Args:
        posts: What :func:`shuffled` returned.
    """
    ordinary = baselines.shipped()
    measured = []
    for (platform,), part in posts.group_by("platform", maintain_order=True):
        try:
            measured.append(baselines.measure(str(platform), _WAY, part.drop("platform")))
        except BaselineError:  # too few accounts
            continue
    if not measured:
        return ordinary
    own = baselines.merge(measured)
    # Every content counts in full: here even the most popular ones are dealt out by chance.
    prepared = traces.read(posts.drop("platform"))
    contents = published_contents.contents(published_contents.published(prepared.posts), prepared.texts)
    copied, possible = copies.counted(contents, popular=None)
    proven = own.rates.filter(
        pl.col("possible").sum().over("trace", "window", "grade") >= baselines.LEAST_PAIRS
    )
    unproven = ordinary.rates.join(proven, on=["trace", "window"], how="anti", maintain_order="left")
    return Baseline(
        own.sources.head(1).with_columns(copies=pl.lit(copied), pairs=pl.lit(possible)),
        pl.concat([proven, unproven.with_columns(platform=pl.lit(own.platforms[0]))]),
    )
