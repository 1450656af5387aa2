"""Whether two platforms' clocks agree: times without their zone put accounts hours apart that act together.

Where accounts of two platforms act on the same things, the gaps between their acts heap up near nought. Where
they heap up at a whole number of quarters of an hour instead, one collector wrote local times.
"""

from __future__ import annotations

import polars as pl

from vigie.features.coordination.report import display_text
from vigie.features.i18n import Decimal, Message, message

QUARTER = 900
# Traces on which two platforms can meet: ids of posts are of one platform alone.
_TRACES = ("co_url", "media_duplicate", "text_duplicate", "hashtag_sequence")
# Acts of a platform on one object that are looked at, the earliest; bounds the pairs.
_MOST = 20
# Widest gap between zones, and how near to a multiple an act must lie, in seconds.
_WIDEST, _NEAR = 14 * 3_600, 60
# Acts at the gap, and times as many as at nought, from which the clocks are said to differ.
_LEAST, _TIMES = 20, 5


def gaps(events: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return the platforms whose clocks seem to differ.

    Args:
        events: ``trace``, ``account``, ``object``, ``time`` (seconds), as a network holds them.
        accounts: ``row`` and ``platform``.

    Returns:
        One row per pair of platforms: ``platform``, ``other``, ``seconds`` (what to add to the times of ``other``),
        ``acts`` (pairs of acts on one object within 60 s of that gap) and ``acts_at_nought``.
    """
    known = accounts.select(pl.col("row").cast(pl.Int64).alias("account"), "platform")
    key = ["trace", "object", "platform"]
    acts = (
        events.filter(pl.col("trace").is_in(_TRACES))
        .join(known, on="account", how="inner")
        .filter(pl.col("platform").n_unique().over("trace", "object") > 1)
        .sort(*key, "time")
        .filter(pl.int_range(pl.len()).over(key) < _MOST)
        .select(*key, "time")
    )
    pairs = acts.join(acts, on=["trace", "object"], suffix="_other").filter(
        pl.col("platform") < pl.col("platform_other")
    )
    gap = pl.col("time") - pl.col("time_other")
    multiple = ((gap + QUARTER // 2) // QUARTER) * QUARTER
    counted = (
        pairs.with_columns(seconds=multiple, off=(gap - multiple).abs())
        .filter((pl.col("off") <= _NEAR) & (pl.col("seconds").abs() <= _WIDEST))
        .group_by("platform", pl.col("platform_other").alias("other"), "seconds")
        .len("acts")
    )
    both = ["platform", "other"]
    nought = counted.filter(pl.col("seconds") == 0).select(*both, acts_at_nought="acts")
    return (
        counted.filter(pl.col("seconds") != 0)
        .sort(*both, "acts", "seconds", descending=[False, False, True, False])
        .unique(both, keep="first", maintain_order=True)
        .join(nought, on=both, how="left", maintain_order="left")
        .with_columns(pl.col("acts_at_nought").fill_null(0))
        .filter((pl.col("acts") >= _LEAST) & (pl.col("acts") >= _TIMES * pl.col("acts_at_nought")))
    )


def notes(events: pl.DataFrame, accounts: pl.DataFrame) -> list[Message]:
    """Return a sentence for each pair of platforms whose clocks seem to differ, with the mend."""
    # Most collections are of one platform, and acts are many.
    if accounts["platform"].n_unique() < 2:
        return []
    return [
        message(
            "coordination.clocks_differ",
            platform=display_text.platform(row["platform"]),
            other=display_text.platform(row["other"]),
            hours=Decimal(abs(row["seconds"]) / 3_600),
            sign="+" if row["seconds"] > 0 else "\N{MINUS SIGN}",
            acts=row["acts"],
            nought=row["acts_at_nought"],
            mend=f"{display_text.plain_name(row['other'])}={row['seconds'] / 3_600:g}",
        )
        for row in gaps(events, accounts).iter_rows(named=True)
    ]
