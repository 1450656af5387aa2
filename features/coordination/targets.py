"""What a repost, reply or quote acts on, told apart where one id names several posts.

Ids of X name one post each. Messages of Telegram are numbered within their channel, statuses of Mastodon within their
instance: message 101 of two channels are two posts. That ids are such numbers, the posts show themselves: one id stands
beside two authors.
"""

from __future__ import annotations

import polars as pl

from vigie.features import on_disk

# Ids of so many characters are drawn from numbers that a whole platform shares.
_GLOBAL = 15
_BETWEEN = "\x1f"


def named(posts: pl.DataFrame, some: pl.DataFrame) -> pl.Series:
    """Return the name of the post that each post acts on; null where it acts on none, or it cannot be told on which.

    Args:
        posts: All posts: ``post_id``, ``target_post_id``, ``target_account_id``, and where they are known
            ``account_id`` and ``platform`` of the author.
        some: Those whose targets are wanted.
    """
    target = pl.col("target_post_id")
    platforms = posts["platform"].n_unique() if "platform" in posts.columns else 1
    where = pl.concat_str("platform", target, separator=_BETWEEN) if platforms > 1 else target
    local = _local(posts)
    if local.is_empty():
        return some.select(where.alias("target_post_id")).to_series()
    of_author = pl.concat_str(where, pl.col("target_account_id"), separator=_BETWEEN)
    return some.select(
        pl.when(target.is_in(local.implode())).then(of_author).otherwise(where).alias("target_post_id")
    ).to_series()


def own(posts: pl.DataFrame, some: pl.DataFrame) -> pl.Series:
    """Return which of some posts repost, answer or quote a post of their own author; arguments as :func:`named`.

    Whose post it is, the author of the target tells; where that is not known, its id alone, unless the id names
    several posts.
    """
    unnamed = pl.col("target_account_id").is_null() | is_global(pl.col("target_post_id"))
    asked = (
        some.lazy()
        .select("row", "post", "target_post_id", "target_account_id")
        .drop_nulls("target_post_id")
        .filter(unnamed & ~pl.col("target_post_id").is_in(_local(posts).implode()))
        .select("row", "post", "target_post_id")
        .collect(engine="in-memory")
    )
    written = posts.select("row", target_post_id="post_id")
    key = ["row", "target_post_id"]
    by_id = on_disk.by_keys(
        [asked, written], key, lambda asked, written: asked.join(written, on=key, how="semi").select("post")
    )["post"]
    known = pl.col("post").is_in(by_id.implode())
    if "account_id" in some.columns:
        known |= (pl.col("target_account_id") == pl.col("account_id")).fill_null(value=False)
    return some.select(known).to_series()


def is_global(name: pl.Expr) -> pl.Expr:
    """Return whether an id is so long that it names one post of the whole platform."""
    return name.str.len_bytes() >= _GLOBAL


def _local(posts: pl.DataFrame) -> pl.Series:
    """Return the ids that stand beside several authors."""
    aimed = on_disk.by_stretches(
        posts.select(id="target_post_id", author="target_account_id"),
        lambda some: some.filter(~is_global(pl.col("id"))).drop_nulls(),
    )
    if aimed.is_empty():
        return pl.Series("id", [], dtype=pl.String)
    known = "account_id" in posts.columns
    own = posts.select(id="post_id", author="account_id") if known else aimed.clear()
    return on_disk.by_keys([aimed, own], ["id"], _of_several)["id"]


def _of_several(aimed: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Return the ids of some posts aimed at that stand beside several authors.

    Args:
        aimed: ``id``, ``author``.
        own: The same of the posts that are there.
    """
    there = own.lazy().drop_nulls().join(aimed.lazy(), on="id", how="semi")
    return (
        pl.concat([aimed.lazy(), there])
        .group_by("id")
        .agg(pl.col("author").n_unique())
        .filter(pl.col("author") > 1)
        .select("id")
        .collect(engine="in-memory")
    )
