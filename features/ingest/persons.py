"""One person under several ids: told by id, by handle, or by posts of one minute with the same words."""

from __future__ import annotations

import polars as pl

from vigie.features import text

# Posts with the same minute and words that make two accounts one person.
_SAME_POSTS = 3


def once(accounts: pl.DataFrame, posts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the first account of each person; say why each other one goes.

    Args:
        accounts: ``row``, ``source``, ``y``, ``platform``, ``account_id`` and ``handle``.
        posts: ``row``, ``created_at`` and ``text``.

    Returns:
        The accounts kept, and ``source``, ``reason`` and ``len`` of those that go.
    """
    handle = pl.col("handle").str.to_lowercase()
    has_handle = handle.is_not_null() & (handle != "")
    first_by_id = pl.col("y").first().over("platform", "account_id")
    first_by_handle = pl.col("y").first().over("platform", handle)
    marked = accounts.with_columns(
        another_set_says_otherwise=(pl.col("y") != first_by_id)
        | (has_handle & (pl.col("y") != first_by_handle)),
        same_id=~pl.struct("platform", "account_id").is_first_distinct(),
        same_handle=has_handle & ~pl.struct("platform", handle).is_first_distinct(),
        same_posts=pl.col("row").is_in(_same_posts(accounts, posts)),
    )
    reasons = ("another_set_says_otherwise", "same_id", "same_handle", "same_posts")
    marked = marked.with_columns(reason=pl.coalesce(pl.when(name).then(pl.lit(name)) for name in reasons))
    removed = (
        marked.filter(pl.col("reason").is_not_null())
        .group_by("source", "reason")
        .len()
        .sort("source", "reason")
    )
    return marked.filter(pl.col("reason").is_null()).drop(*reasons, "reason"), removed


def _same_posts(accounts: pl.DataFrame, posts: pl.DataFrame) -> list[int]:
    """Return rows of accounts that share posts, minute and words, with an account of an earlier row.

    Only words that one account alone of each source wrote in that minute count: what many people write
    at once (reposts, slogans) tells nobody apart.
    """
    keyed = (
        posts.select(
            "row",
            key=pl.struct(
                pl.col("created_at").dt.truncate("1m"),
                # Archives cut and clean texts differently; the first words survive.
                text.letters(pl.col("text").str.replace(r"^RT @\w+:?\s*", "")).str.slice(0, 30),
            ).hash(seed=3),
            size=text.letters(pl.col("text")).str.len_chars(),
        )
        .filter(pl.col("size") >= 30)
        .select("row", "key")
        .unique()
    )
    keyed = keyed.join(accounts.select("row", "source"), on="row")
    alone = keyed.filter(pl.len().over("source", "key") == 1)
    shared = alone.filter(pl.len().over("key") > 1)
    pairs = shared.join(shared, on="key", suffix="_earlier").filter(pl.col("row_earlier") < pl.col("row"))
    counted = pairs.group_by("row", "row_earlier").len().filter(pl.col("len") >= _SAME_POSTS)
    return counted["row"].unique().sort().to_list()
