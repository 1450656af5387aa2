"""Conduct of an account inside one pool: what it did in those hours, with two posts or more.

The families rhythm, content and sequence ask for 5 to 50 posts, which an account rarely has in 72 hours; these
ask for two. None knows the hour, the day, the language or the words.
"""

from __future__ import annotations

import polars as pl

from vigie.features.catalogue import feature


@feature(
    unit="share",
    needs_posts=2,
    evidence="shows_repost",
    english="In those hours {value} of its posts were reposts",
    french="Dans ces heures, part de ses messages qui sont des republications : {value}",
)
def conduct_repost_share() -> pl.Expr:
    """Share of its posts in the window that are reposts."""
    return pl.col("is_repost").mean()


@feature(
    unit="share",
    needs_posts=2,
    evidence="shows_reply",
    english="In those hours {value} of its posts were replies",
    french="Dans ces heures, part de ses messages qui sont des réponses : {value}",
)
def conduct_reply_share() -> pl.Expr:
    """Share of its posts in the window that are replies."""
    return pl.col("is_reply").mean()


@feature(
    unit="share",
    needs_posts=2,
    evidence="shows_url",
    english="In those hours {value} of its posts held a link",
    french="Dans ces heures, part de ses messages avec un lien : {value}",
)
def conduct_link_share() -> pl.Expr:
    """Share of its posts in the window with a link."""
    return (pl.col("url_count") > 0).mean()


@feature(
    unit="count",
    needs_posts=2,
    evidence="shows_hashtag",
    english="In those hours its posts held {value} hashtags on average",
    french="Dans ces heures, hashtags par message en moyenne : {value}",
)
def conduct_hashtag_mean_count() -> pl.Expr:
    """Mean number of hashtags of its posts in the window."""
    return pl.col("hashtag_count").mean()


@feature(
    unit="count",
    needs_posts=2,
    evidence="shows_mention",
    english="In those hours its posts named {value} accounts on average",
    french="Dans ces heures, comptes mentionnés par message en moyenne : {value}",
)
def conduct_mention_mean_count() -> pl.Expr:
    """Mean number of accounts that its posts in the window name."""
    return pl.col("mention_count").mean()


@feature(
    unit="share",
    needs_posts=2,
    evidence="shows_short_gap",
    english="In those hours {value} of its posts followed the one before within a minute",
    french="Dans ces heures, part de ses messages qui suivent le précédent en moins d’une minute : {value}",
)
def conduct_short_gap_share() -> pl.Expr:
    """Share of its posts in the window that follow the one before within a minute."""
    return (pl.col("gap_s") <= 60).mean()


@feature(
    unit="seconds",
    needs_posts=2,
    english="In those hours its posts were {value} apart, as a median",
    french="Dans ces heures, écart médian entre ses messages : {value}",
)
def conduct_gap_median_s() -> pl.Expr:
    """Median time between its posts in the window."""
    return pl.col("gap_s").median()


@feature(
    unit="ratio",
    needs_posts=4,
    english="In those hours the gaps between its posts varied by {value} times their mean",
    french="Dans ces heures, variation des écarts entre ses messages, rapportée à leur moyenne : {value}",
)
def conduct_gap_variation() -> pl.Expr:
    """Standard deviation of the gaps in the window over their mean."""
    return pl.when(pl.col("gap_s").mean() > 0).then(pl.col("gap_s").std() / pl.col("gap_s").mean())


@feature(
    unit="share",
    needs_posts=2,
    evidence="shows_own",
    english="In those hours {value} of its posts were of the same kind as the one before",
    french="Dans ces heures, part de ses messages du même genre que le précédent : {value}",
)
def conduct_same_kind_share() -> pl.Expr:
    """Share of its posts in the window of the same kind (post, repost, reply, quote) as the one before."""
    return (pl.col("act") == pl.col("act").shift(1)).mean()


@feature(
    unit="bits",
    needs_posts=2,
    english="In those hours what its posts held (links, hashtags, mentions, words) varied by {value}",
    french="Dans ces heures, diversité de ce que contiennent ses messages (liens, hashtags, mentions, mots) : {value}",
)
def conduct_fields_entropy_bits() -> pl.Expr:
    """Entropy of which fields its posts in the window hold."""
    return pl.col("fields").unique_counts().entropy(base=2)
