"""Timing features: when an account acts.

Clocks are floored to the minute (see :mod:`vigie.features.preprocessing`), so archives of second and of minute
resolution give equal values; the two features that read seconds are missing where there are none.
Uniformity is measured by collision ratios, which do not depend on the number of posts.
"""

from __future__ import annotations

import polars as pl

from vigie.features.catalogue import feature
from vigie.features.entropy import corrected_bits

_TWENTY = 20


def _collision(column: str, bins: int) -> pl.Expr:
    """Return how many times more often than by chance two posts share a bin; 1 if uniform.

    The unbiased form of chi-square/n + 1: bins * sum c(c-1) / (n(n-1)).
    """
    counts = pl.col(column).drop_nulls().unique_counts().cast(pl.Float64)
    total = pl.col(column).count()
    return pl.when(total >= 2).then(bins * (counts * (counts - 1)).sum() / (total * (total - 1.0)))


@feature(unit="per day", needs_posts=_TWENTY, source="Kearney2020")
def rhythm_posts_per_active_day() -> pl.Expr:
    """Median number of posts on the days it posts."""
    return pl.col("day").drop_nulls().unique_counts().median()


@feature(unit="count", needs_posts=_TWENTY)
def rhythm_busiest_day_posts_count() -> pl.Expr:
    """Posts on the busiest day."""
    return pl.col("day").drop_nulls().unique_counts().max()


@feature(unit="share", needs_posts=_TWENTY)
def rhythm_active_day_share() -> pl.Expr:
    """Share of the days between first and last post with at least one."""
    span = (pl.col("day").max() - pl.col("day").min()).dt.total_days() + 1
    return pl.col("day").drop_nulls().n_unique() / span


@feature(unit="seconds", needs_posts=5, source="Varol2017")
def rhythm_gap_median_s() -> pl.Expr:
    """Median time between consecutive posts."""
    return pl.col("gap_s").median()


@feature(unit="seconds", needs_posts=_TWENTY, source="Varol2017")
def rhythm_gap_p10_s() -> pl.Expr:
    """Tenth percentile of the time between consecutive posts."""
    return pl.col("gap_s").quantile(0.1)


@feature(unit="seconds", needs_posts=_TWENTY, source="Varol2017")
def rhythm_gap_p90_s() -> pl.Expr:
    """Ninetieth percentile of the time between consecutive posts."""
    return pl.col("gap_s").quantile(0.9)


@feature(unit="ratio", needs_posts=_TWENTY, source="Varol2017")
def rhythm_gap_variation() -> pl.Expr:
    """Coefficient of variation of the gaps."""
    gap = pl.col("gap_s")
    return pl.when(gap.mean() > 0).then(gap.std() / gap.mean())


@feature(unit="index", low=-1.01, high=1.01, needs_posts=_TWENTY, source="KimJo2016")
def rhythm_burstiness() -> pl.Expr:
    """Burstiness of the gaps, corrected for their number."""
    gap = pl.col("gap_s")
    n = gap.count().cast(pl.Float64)
    r = gap.std(ddof=0) / gap.mean()
    above, below = (n + 1).sqrt(), (n - 1).sqrt()
    return pl.when(gap.mean() > 0).then((above * r - below) / ((above - 2) * r + below))


@feature(unit="index", low=-1.0001, high=1.0001, needs_posts=_TWENTY, source="GohBarabasi2008")
def rhythm_memory() -> pl.Expr:
    """Correlation of the logarithms of consecutive gaps."""
    return pl.corr((pl.col("gap_s") + 60).log(), (pl.col("previous_gap_s") + 60).log()).fill_nan(None)


@feature(unit="bits", high=8, needs_posts=_TWENTY, source="Miller1955")
def rhythm_hour_entropy_bits() -> pl.Expr:
    """Entropy of the hour of the day (the same in every time zone)."""
    return corrected_bits("hour")


@feature(
    unit="bits",
    high=8,
    needs_posts=_TWENTY,
    leak="L14: archives of a few days hold some weekdays only",
    source="Miller1955",
)
def rhythm_weekday_entropy_bits() -> pl.Expr:
    """Entropy of the day of the week."""
    return corrected_bits("weekday")


@feature(unit="hours", high=24, needs_posts=50)
def rhythm_quiet_hours() -> pl.Expr:
    """Longest run of hours of the day with under 1 % of the posts, around the clock."""
    busy = pl.col("hour").filter("hour_is_busy").cast(pl.Int32).unique().sort()
    return pl.max_horizontal(busy.diff().max(), busy.first() + 24 - busy.last()) - 1


@feature(
    unit="share",
    needs_posts=_TWENTY,
    leak="L14: archives of a few days hold some weekdays only",
    source="Chu2012",
)
def rhythm_weekend_share() -> pl.Expr:
    """Share of posts on Saturday and Sunday (UTC)."""
    return (pl.col("weekday") >= 6).mean()


@feature(unit="ratio", needs_posts=_TWENTY, source="ZhangPaxson2011")
def rhythm_minute_collision() -> pl.Expr:
    """How much more often than by chance two posts share the minute of the hour (schedulers)."""
    return _collision("minute", 60)


@feature(
    unit="ratio",
    needs_posts=_TWENTY,
    leak="L2: archives of minute resolution have no seconds",
    source="ZhangPaxson2011",
)
def rhythm_second_collision() -> pl.Expr:
    """How much more often than by chance two posts share the second of the minute (schedulers)."""
    return _collision("second", 60)


@feature(unit="share", needs_posts=5, evidence="shows_same_minute", monotone=1)
def rhythm_same_minute_share() -> pl.Expr:
    """Share of posts in the same minute as another post of the account."""
    return pl.col("shows_same_minute").filter(pl.col("resolution_s") <= 60).mean()


@feature(unit="share", needs_posts=5, evidence="shows_short_gap")
def rhythm_short_gap_share() -> pl.Expr:
    """Share of gaps of at most one minute."""
    return pl.col("shows_short_gap").mean()


@feature(unit="share", needs_posts=_TWENTY, evidence="shows_modal_gap", monotone=1, source="ZhangPaxson2011")
def rhythm_gap_repeat_share() -> pl.Expr:
    """Share of gaps longer than a minute that equal the most frequent one, to the minute."""
    longer = pl.col("gap_s") > 60
    return pl.when(longer.sum() >= 10).then(pl.col("shows_modal_gap").sum() / longer.sum())


@feature(
    unit="seconds",
    needs_posts=5,
    low=-1e12,
    evidence="shows_fast_reaction",
    leak="L2: few archives give the time of the target",
    source="Luceri2024",
)
def rhythm_reaction_median_s() -> pl.Expr:
    """Median time between a target post and its repost or reply."""
    return pl.col("delay_s").filter(pl.col("delay_s") >= 0).median()


@feature(
    unit="share",
    needs_posts=5,
    evidence="shows_fast_reaction",
    monotone=1,
    leak="L2: few archives give the time of the target",
    source="Luceri2024",
)
def rhythm_fast_reaction_share() -> pl.Expr:
    """Share of reposts and replies within 60 s of the target post."""
    return pl.col("shows_fast_reaction").mean()
