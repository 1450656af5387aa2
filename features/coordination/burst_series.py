"""Series of bursts: the same accounts publish one content within minutes, and later another.

Accounts with a life of their own copy little of what they post, so that no two share more than ordinary people do. Yet whoever
posts on a signal does so more than once. A content that ten accounts publish within ten minutes proves little: news spreads as
fast. That ten of these accounts do so again, at another time and with another content, beyond what ordinary collections and the
hour explain (:mod:`vigie.features.coordination.one_object`), was found in none of 18 real collections.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from vigie.features.coordination import one_object
from vigie.features.coordination.baselines import Baseline
from vigie.features.coordination.traces import MINUTE

# Seconds within which accounts publish a content, and between two contents at least.
WINDOW = 10 * MINUTE
# Contents that an account published in time with others, at least.
LEAST = 2
# Accounts that two contents have in common where these are of one series: as many as one content needs.
LEAST_COMMON = one_object.LEAST

SCHEMA = pl.Schema({"series": pl.Int64(), "account": pl.Int64(), "p": pl.Float64()})


def detect(
    published: pl.DataFrame,
    posts: pl.DataFrame,
    baseline: Baseline,
    platforms: tuple[str | None, ...],
    resolution: int,
    hashtags: pl.DataFrame,
) -> pl.DataFrame:
    """Return the accounts that published several contents, each within minutes of others of them.

    Two contents are of one series if :data:`LEAST_COMMON` accounts published both in time, and at two times. A text and a
    picture of one post are one content.

    Args:
        published: As in :func:`vigie.features.coordination.one_object.detect`.
        posts: As there.
        baseline: As there.
        platforms: As there.
        resolution: As there.
        hashtags: What :func:`vigie.features.coordination.hashtag_bursts.detect` returned.

    Returns:
        ``series`` (0 is the largest), ``account``, and ``p``, that of the :data:`LEAST`-th most surprising of its contents;
        sorted by series and account. An account is in one series at most.
    """
    contents = one_object.detect(published, posts, baseline, platforms, resolution, WINDOW)
    bursts = pl.concat([contents, hashtags])
    if bursts.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    acts = (
        bursts.unique("post", keep="first", maintain_order=True)
        .with_columns(start=pl.col("time").min().over("object"))
        .select("object", "account", "start", "p")
    )
    of_series = _series(acts)
    members = (
        acts.join(of_series, on="object")
        .sort("series", "account", "p", "object")
        .group_by("series", "account", maintain_order=True)
        .agg(pl.len(), pl.col("p").get(LEAST - 1, null_on_oob=True))
        .drop_nulls("p")
    )
    size = members.group_by("series").len("size")
    ranked = (
        members.join(size, on="series")
        .sort("size", "series", descending=[True, False])
        .unique("account", keep="first", maintain_order=True)
    )
    number = pl.col("series").rle_id().cast(pl.Int64)
    return ranked.with_columns(series=number).select(SCHEMA.names()).sort("series", "account")


def _series(acts: pl.DataFrame) -> pl.DataFrame:
    """Return the contents of each series: ``object``, ``series``.

    Args:
        acts: ``object``, ``account``, ``start`` (first second of the content's minutes).
    """
    several = acts.filter(pl.col("object").n_unique().over("account") >= LEAST)
    common = (
        several.join(several, on="account", suffix="_other")
        .filter(pl.col("start_other") - pl.col("start") > WINDOW)
        .group_by(one="object", other="object_other")
        .agg(pl.col("account").n_unique())
        .filter(pl.col("account") >= LEAST_COMMON)
    )
    objects = pl.concat([common["one"], common["other"]]).unique().sort()
    place = {name: number for number, name in enumerate(objects)}
    ends = [common[side].replace_strict(place, return_dtype=pl.Int64).to_numpy() for side in ("one", "other")]
    graph = coo_matrix((np.ones(common.height), (ends[0], ends[1])), (len(objects), len(objects)))
    series = connected_components(graph, directed=False)[1] if len(objects) else []
    return pl.DataFrame({"object": objects, "series": pl.Series(series, dtype=pl.Int64)})
