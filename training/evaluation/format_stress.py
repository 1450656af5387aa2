"""Posts as collectors cut them: what a score makes of the same acts in a poorer file.

Some collectors clean texts to their content words, keep no texts or no links, keep times to the minute, or do not keep what a
post reposts, answers or quotes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl


def content_words(posts: pl.DataFrame) -> pl.DataFrame:
    """Return posts whose texts are words of four letters or more in small letters, without links and mentions."""
    bare = pl.col("text").str.replace_all(r"https?://\S+|@\w+|^RT\b", " ").str.to_lowercase()
    words = bare.str.extract_all(r"[\p{L}\p{M}\d]{4,}").list.join(" ")
    return posts.with_columns(text=words)


def without_text(posts: pl.DataFrame) -> pl.DataFrame:
    """Return posts without texts."""
    return posts.with_columns(text=pl.lit(None, pl.String))


def without_links(posts: pl.DataFrame) -> pl.DataFrame:
    """Return posts without links."""
    return posts.with_columns(
        text=pl.col("text").str.replace_all(r"https?://\S+", "").str.strip_chars(),
        urls=pl.lit([], pl.List(pl.String)),
    )


def in_minutes(posts: pl.DataFrame) -> pl.DataFrame:
    """Return posts with times cut to the minute, which they say; coarser ones stay what they are."""
    coarse = pl.col("time_resolution") == "day"
    times = (
        pl.when(coarse).then(name).otherwise(pl.col(name).dt.truncate("1m")).alias(name)
        for name in ("created_at", "target_created_at")
    )
    said = pl.when(coarse).then("time_resolution").otherwise(pl.lit("minute"))
    return posts.with_columns(*times, time_resolution=said)


def without_targets(posts: pl.DataFrame) -> pl.DataFrame:
    """Return posts that do not say what they repost, answer or quote."""
    return posts.with_columns(
        pl.lit(None, posts.schema[name]).alias(name)
        for name in ("target_post_id", "target_account_id", "target_created_at")
    )


FORMATS: Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "text": content_words,
    "no-text": without_text,
    "links": without_links,
    "minutes": in_minutes,
    "targets": without_targets,
}
