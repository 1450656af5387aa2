"""What accounts pass on: links, reposted posts and quoted posts, and whom they tell of it.

To pass on what others made is ordinary, and a small audience passes on what hardly anybody else does: the readers of a site share
its pages. So nothing here founds a campaign by itself. It does beside something that readers are not: accounts created together
(:mod:`vigie.features.coordination.created_together`), or accounts that tell one thing to many people each
(:mod:`vigie.features.coordination.repeated_content`).
"""

from __future__ import annotations

from functools import partial

import numpy as np
import polars as pl
import polars.selectors as cs

from vigie.features import on_disk, text
from vigie.features.coordination import targets, traces
from vigie.features.preprocessing import act

# What is passed on. No pair is looked for on quotes.
KINDS = ("co_url", "co_repost", traces.QUOTE)
# What is read of a quote, where it is there.
_READ = ("post", "row", "created_at", "target_post_id", "target_account_id", "account_id", "platform")

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
        on_disk.by_stretches(held.select(SCHEMA.names()), partial(_of_trace, trace=trace))
        for held, trace in ((published, "co_url"), (events, "co_repost"))
    )
    return pl.concat([linked, reposted, _quotes(posts)])


def _of_trace(some: pl.DataFrame, trace: str) -> pl.DataFrame:
    return some.filter(pl.col("trace") == trace)


def addressed(passed_on: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
    """Return links and quotes with those whom the post names or answers; those that tell nobody have no addressee.

    Args:
        passed_on: What :func:`acts` returned.
        posts: As there.

    Returns:
        The columns of ``passed_on`` with ``addressee``, a row for each.
    """
    told = passed_on.filter(pl.col("trace") != "co_repost")
    is_told = np.zeros(posts.height, np.bool_)
    is_told[told["post"].to_numpy()] = True
    each = on_disk.by_stretches(on_disk.beside(_numbered(posts), pl.Series("told", is_told)), _addressees)
    return told.join(each, on="post", how="left", maintain_order="left")


def _addressees(posts: pl.DataFrame) -> pl.DataFrame:
    """Return those whom posts name or answer: ``post``, ``addressee``, each once.

    Args:
        posts: Contract columns, ``post``, and ``told`` (whether it is asked for).
    """
    mentioned = text.listed(posts, "mentions", text.MENTION).list.eval(
        pl.element().str.strip_chars("@").str.to_lowercase()
    )
    some = posts.lazy().filter("told")
    named = some.select("post", addressee=mentioned).explode(
        "addressee", empty_as_null=True, keep_nulls=False
    )
    answered = some.filter(act() == "reply").select("post", addressee="target_account_id")
    return pl.concat([named, answered]).drop_nulls().unique().collect(engine="in-memory")


def _numbered(posts: pl.DataFrame) -> pl.DataFrame:
    """Return posts with the place of each as ``post``."""
    return on_disk.beside(posts, pl.Series("post", np.arange(posts.height)))


def _quotes(posts: pl.DataFrame) -> pl.DataFrame:
    """Return the quotes of posts of others."""
    is_quote = (act() == "quote") & pl.all_horizontal(pl.col("target_post_id", "created_at").is_not_null())
    quotes = on_disk.by_stretches(
        _numbered(posts),
        lambda some: (
            some.lazy()
            .filter(is_quote)
            .select(cs.by_name(_READ, require_all=False))
            .collect(engine="in-memory")
        ),
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
