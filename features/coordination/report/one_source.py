"""Groups that act together as whoever takes the same things from one source does.

A party, an agency or a viral post gives a crowd the same texts and pictures, and the crowd publishes them within the hour. In
ordinary collections people hardly ever copy each other that fast, so the rates of these explain no pair of the crowd. But no two of
its accounts are closer to each other than to the rest of it: by the rates of the collection itself each pair meets as often as
others do who publish the same things. Cells of a campaign are closer to each other than that.
"""

from __future__ import annotations

import polars as pl

# Share of the pairs of a group beyond which only the rates of ordinary collections do not explain it.
MOSTLY = 0.5


def referred(linked: pl.DataFrame) -> dict[int, float]:
    """Return the share of the pairs of each group that only the rates of ordinary collections do not explain.

    Args:
        linked: ``group``, ``trace``, ``first``, ``second`` and ``decided_by`` of the pairs, one row per pair and trace; see
            :meth:`vigie.features.coordination.detector.Network.significant`.
    """
    each = (
        linked.lazy()
        .group_by("group", "first", "second")
        .agg(referred=(pl.col("decided_by") == "reference").all())
        .group_by("group")
        .agg(pl.col("referred").mean())
        .collect()
    )
    return dict(each.iter_rows())
