"""What accounts pass on: links, reposted posts and quoted posts, and whom they tell of it.

To pass on what others made is ordinary, and a small audience passes on what hardly anybody else does: the readers of a site share
its pages. So nothing here founds a campaign by itself. It does beside something that readers are not: accounts created together
(:mod:`vigie.features.coordination.created_together`), or accounts that tell one thing to many people each
(:mod:`vigie.features.coordination.repeated_content`).
"""

from __future__ import annotations

import polars as pl

from vigie.features import text
from vigie.features.coordination import targets, traces
from vigie.features.preprocessing import act

# What is passed on. No pair is looked for on quotes.
KINDS = ("co_url", "co_repost", traces.QUOTE)

SCHEMA = pl.Schema(
    {
        "trace": pl.String(),
        "account": pl.Int64(),
        "object": pl.String(),
        "time": pl.Int64(),
        "post": pl.Int64(),
    }
)


def acts(posts: pl.DataFrame, published: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Return what accounts passed on.

    Args:
        posts: Contract columns and ``row`` of the author.
        published: ``trace``, ``account``, ``object``, ``time``, ``post``: acts of every account on what can be copied.
        events: The same of the accounts that are compared on a trace.

    Returns:
        ``trace`` (of :data:`KINDS`), ``account``, ``object``, ``time`` (seconds since 1970), ``post`` (place in ``posts``).
    """
    linked, reposted = (
        held.filter(pl.col("trace") == trace).select(SCHEMA.names())
        for held, trace in ((published, "co_url"), (events, "co_repost"))
    )
    return pl.concat([linked, reposted, _quotes(posts)])


def addressed(passed_on: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    """Return links and quotes with those whom the post names or answers; those that tell nobody have no addressee.

    Args:
        passed_on: What :func:`acts` returned.
        posts: As there.

    Returns:
        The columns of ``passed_on`` with ``addressee``, a row for each.
    """
    told = passed_on.filter(pl.col("trace") != "co_repost")
    some = posts.with_row_index("post").filter(pl.col("post").is_in(told["post"].unique().implode()))
    mentioned = text.listed(some, "mentions", text.MENTION).list.eval(
        pl.element().str.strip_chars("@").str.to_lowercase()
    )
    post = pl.col("post").cast(pl.Int64)
    named = some.select(post, addressee=mentioned).explode("addressee", empty_as_null=True, keep_nulls=False)
    answered = some.filter(act() == "reply").select(post, addressee="target_account_id")
    each = pl.concat([named, answered]).drop_nulls().unique()
    return told.join(each, on="post", how="left", maintain_order="left")


def _quotes(posts: pl.DataFrame) -> pl.DataFrame:
    """Return the quotes of posts of others."""
    quotes = (
        posts.with_row_index("post")
        .with_columns(pl.col("post").cast(pl.Int64))
        .filter((act() == "quote") & pl.all_horizontal(pl.col("target_post_id", "created_at").is_not_null()))
    )
    own = targets.own(posts, quotes)
    return (
        quotes.select(
            pl.lit(traces.QUOTE).alias("trace"),
            pl.col("row").cast(pl.Int64).alias("account"),
            pl.lit(targets.named(posts, quotes)).alias("object"),
            pl.col("created_at").dt.epoch("s").cast(pl.Int64).alias("time"),
            "post",
        )
        .filter(~own)
        .drop_nulls("object")
        if quotes.height
        else pl.DataFrame(schema=SCHEMA)
    )
