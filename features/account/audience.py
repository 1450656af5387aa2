"""Audience features: who reads and reacts, from the counters of the posts as observed."""

from __future__ import annotations

import polars as pl

from vigie.features.catalogue import feature

_LEAK = "L2, L13: few archives give counters, and they freeze at suspension"
_OWN = pl.col("is_own")
_ENGAGEMENT = pl.col("engagement").filter(_OWN).cast(pl.Float64)


def _enough(expression: pl.Expr) -> pl.Expr:
    return pl.when(_ENGAGEMENT.count() >= 5).then(expression)


@feature(unit="count", needs_posts=5, leak=_LEAK)
def audience_engagement_median_count() -> pl.Expr:
    """Median likes, reposts and replies of its own posts."""
    return _enough(_ENGAGEMENT.median())


@feature(unit="ratio", needs_posts=5, leak=_LEAK)
def audience_engagement_per_follower() -> pl.Expr:
    """Mean reactions of own posts per follower."""
    return _enough(_ENGAGEMENT.mean() / (pl.col("followers_count").first() + 1))


@feature(unit="share", needs_posts=10, leak=_LEAK, source="Gini1912")
def audience_engagement_gini() -> pl.Expr:
    """Gini index of reactions over own posts."""
    ordered = _ENGAGEMENT.drop_nulls().sort()
    n = ordered.len()
    rank = pl.int_range(1, n + 1)
    return _enough(
        pl.when(ordered.sum() > 0).then(2 * (rank * ordered).sum() / (n * ordered.sum()) - (n + 1) / n)
    )


@feature(unit="share", needs_posts=5, evidence="shows_no_engagement", leak=_LEAK)
def audience_no_engagement_share() -> pl.Expr:
    """Share of own posts without any reaction."""
    return _enough((_ENGAGEMENT == 0).mean())


@feature(unit="ratio", needs_posts=5, leak=_LEAK)
def audience_repost_like_ratio() -> pl.Expr:
    """Median of (reposts + 1) / (likes + 1) of own posts: amplification without readers."""
    return _enough(((pl.col("repost_count") + 1) / (pl.col("like_count") + 1)).filter(_OWN).median())


@feature(unit="ratio", needs_posts=5, leak=_LEAK)
def audience_reply_like_ratio() -> pl.Expr:
    """Median of (replies + 1) / (likes + 1) of own posts."""
    return _enough(((pl.col("reply_count") + 1) / (pl.col("like_count") + 1)).filter(_OWN).median())


@feature(unit="ratio", needs_posts=5, leak=_LEAK)
def audience_views_per_follower() -> pl.Expr:
    """Mean views of own posts per follower."""
    views = pl.col("view_count").filter(_OWN)
    return pl.when(views.count() >= 5).then(views.mean() / (pl.col("followers_count").first() + 1))


@feature(unit="ratio", needs_posts=5, leak=_LEAK)
def audience_engagement_per_view() -> pl.Expr:
    """Reactions of own posts over their views."""
    viewed = _OWN & pl.col("view_count").is_not_null() & pl.col("engagement").is_not_null()
    views = pl.col("view_count").filter(viewed).sum()
    return pl.when((viewed.sum() >= 5) & (views > 0)).then(pl.col("engagement").filter(viewed).sum() / views)
