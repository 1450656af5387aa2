"""Groups that meet on reposts of posts whose author is not known.

Fans who wait for one author repost it within minutes, all at the same moments. Where it is known who wrote the posts, that is told from
a campaign by the author null (:mod:`vigie.features.coordination.null_models`). Many collections hold only what was reposted, and not
whose it is: then nothing excludes that all of it is of one author.
"""

from __future__ import annotations

import polars as pl

from vigie.features.coordination.traces import ANY

# Traces of groups that may meet on reposts alone: all traces together hold these too.
TRACES = frozenset({"co_repost", ANY})
# Share of the acts on what several of a group act on that are reposts of unknown authors, more than.
MOSTLY = 0.5


def by_group(events: pl.DataFrame, groups: pl.DataFrame) -> dict[int, float]:
    """Return the share of the acts on what several of a group act on that are reposts of posts by unknown authors.

    Args:
        events: What accounts acted on: ``account``, ``trace``, ``object`` and ``author`` (null: unknown).
        groups: ``account`` and ``group``.

    Returns:
        By group; those whose accounts act on nothing in common are left out.
    """
    key = ("group", "trace", "object")
    return dict(
        events.lazy()
        .join(groups.lazy().select("account", "group"), on="account")
        .filter(pl.col("account").max().over(key) > pl.col("account").min().over(key))
        .group_by("group")
        .agg(((pl.col("trace") == "co_repost") & pl.col("author").is_null()).mean())
        .collect()
        .iter_rows()
    )
