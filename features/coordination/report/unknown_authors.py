"""Groups that meet on reposts of posts whose author is not known.

Fans who wait for one author repost it within minutes, all at the same moments. Where it is known who wrote the posts, that is told from
a campaign by the author null (:mod:`vigie.features.coordination.null_models`). Many collections hold only what was reposted, and not
whose it is: then nothing excludes that all of it is of one author.

Whoever meets by reposts alone again and again, on more days than a release or a final lasts, does more than that: archives without
authors hold operations that did so for months.
"""

from __future__ import annotations

import polars as pl

from vigie.features.coordination.traces import ANY

_REPOSTS = "co_repost"
# Days on which two of a group meet by reposts alone, at most, where they may wait for an author.
_MOST_DAYS = 3
# Share of the acts on what several of a group act on that are reposts of unknown authors, more than.
MOSTLY = 0.5


def may_wait(layers: frozenset[str], days: int) -> bool:
    """Return whether reposts may be all by which a group meets, for no longer than fans of one author do.

    Args:
        layers: Its traces; all together count only where there are no others.
        days: Most days on which two of its accounts met.
    """
    return layers == {ANY} or (layers == {_REPOSTS} and days <= _MOST_DAYS)


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
        .agg(((pl.col("trace") == _REPOSTS) & pl.col("author").is_null()).mean())
        .collect()
        .iter_rows()
    )
