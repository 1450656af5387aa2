"""Behaviour of an account inside one comparison window, from two posts on.

The groups timing, content and action sequence ask for 5 to 50 posts, which an account rarely has in 72 hours; these
features ask for two. No feature knows the hour, the day, the language or the words.
"""

from __future__ import annotations

import polars as pl

from vigie.features.catalogue import feature


@feature(unit="share", needs_posts=2, evidence="shows_repost")
def conduct_repost_share() -> pl.Expr:
    """Share of its posts in the window that are reposts."""
    return pl.col("is_repost").mean()


@feature(unit="share", needs_posts=2, evidence="shows_reply")
def conduct_reply_share() -> pl.Expr:
    """Share of its posts in the window that are replies."""
    return pl.col("is_reply").mean()


@feature(unit="share", needs_posts=2, evidence="shows_url")
def conduct_link_share() -> pl.Expr:
    """Share of its posts in the window with a link."""
    return (pl.col("url_count") > 0).mean()


@feature(unit="count", needs_posts=2, evidence="shows_hashtag")
def conduct_hashtag_mean_count() -> pl.Expr:
    """Mean number of hashtags of its posts in the window."""
    return pl.col("hashtag_count").mean()


@feature(unit="count", needs_posts=2, evidence="shows_mention")
def conduct_mention_mean_count() -> pl.Expr:
    """Mean number of accounts that its posts in the window name."""
    return pl.col("mention_count").mean()


@feature(unit="share", needs_posts=2, evidence="shows_short_gap")
def conduct_short_gap_share() -> pl.Expr:
    """Share of its posts in the window that follow the one before within a minute."""
    return (pl.col("gap_s") <= 60).mean()


@feature(unit="seconds", needs_posts=2)
def conduct_gap_median_s() -> pl.Expr:
    """Median time between its posts in the window."""
    return pl.col("gap_s").median()


@feature(unit="ratio", needs_posts=4)
def conduct_gap_variation() -> pl.Expr:
    """Standard deviation of the gaps in the window over their mean."""
    return pl.when(pl.col("gap_s").mean() > 0).then(pl.col("gap_s").std() / pl.col("gap_s").mean())


@feature(unit="share", needs_posts=2, evidence="shows_own")
def conduct_same_kind_share() -> pl.Expr:
    """Share of its posts in the window of the same kind (post, repost, reply, quote) as the one before."""
    return (pl.col("act") == pl.col("act").shift(1)).mean()


@feature(unit="bits", needs_posts=2, source="Nwala2023")
def conduct_fields_entropy_bits() -> pl.Expr:
    """Entropy of which fields its posts in the window hold."""
    return pl.col("fields").unique_counts().entropy(base=2)
