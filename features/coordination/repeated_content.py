"""One content, published again and again: accounts that each tell many people the same.

Some campaigns answer hundreds of editors, or deputies, with one text: each account has one content, so no two share a second, and
they take hours over it. Many people publish one content, a petition's words or a meme, but once or twice each. So a content counts
where most of all accounts that published it did so three times or more. In 17 real collections that was one content, of 22
accounts of an operation.

Others tell it in words of their own each time, and what they repeat is a link or a quote. Who has a site of their own links to it in
every post. So a link or a quoted post counts where most of its accounts told three people or more of it, each by name or in answer.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.special import betainc

from vigie.features.coordination import copies, one_object

# Posts in which an account published a content, or people that it told of it, at least.
LEAST = 3
# Accounts that did so, at least: as many as one content needs within a minute.
LEAST_ACCOUNTS = one_object.LEAST
# Share of the accounts of a content that do so by chance, at most: who passes it on does it more often than not once or twice.
_EVEN = 0.5
# Chance of one such content in the collection from which it counts.
ALPHA = one_object.ALPHA

SCHEMA = pl.Schema({"object": pl.String(), "account": pl.Int64(), "p": pl.Float64()})
NOTHING = pl.DataFrame(schema=SCHEMA)


def detect(contents: pl.DataFrame) -> pl.DataFrame:
    """Return the contents that most of their accounts published again and again, and these accounts.

    Of n accounts of a content k published it :data:`LEAST` times or more; under the null at most half of them do (sign test,
    times the contents looked at).

    Args:
        contents: What :func:`vigie.features.coordination.copies.contents` returned.

    Returns:
        ``object``, ``account`` (who published it so often), ``p``; contents of most accounts first.
    """
    held = (
        contents.lazy()
        .filter(pl.col("shared") & pl.col("trace").is_in(copies.OWN))
        .group_by("object", "account")
        .agg(often=pl.len() >= LEAST)
    )
    return _by_most(held)


def of_several(passed_on: pl.DataFrame) -> pl.DataFrame:
    """Return the acts on what so many accounts passed on that it is looked at: of most links and posts that is one account or two.

    Args:
        passed_on: What :func:`vigie.features.coordination.passed_on.acts` returned.
    """
    return passed_on.filter(pl.col("account").n_unique().over("trace", "object") >= LEAST_ACCOUNTS)


def told_to_many(addressed: pl.DataFrame) -> pl.DataFrame:
    """Return the links and quoted posts of which most of their accounts told many people, and these accounts.

    The test is that of :func:`detect`.

    Args:
        addressed: What :func:`vigie.features.coordination.passed_on.addressed` returned.

    Returns:
        What :func:`detect` returns.
    """
    held = (
        addressed.lazy()
        .group_by("trace", "object", "account")
        .agg(often=pl.col("addressee").drop_nulls().n_unique() >= LEAST)
        .select(pl.concat_str("trace", pl.lit(" "), "object").alias("object"), "account", "often")
    )
    return _by_most(held)


def _by_most(held: pl.LazyFrame) -> pl.DataFrame:
    """Return the objects that most of their accounts held often.

    Args:
        held: ``object``, ``account``, ``often``, one row for each of both.
    """
    each = (
        held.group_by("object")
        .agg(accounts=pl.len().cast(pl.Int64), often=pl.col("often").sum().cast(pl.Int64))
        .filter(pl.col("accounts") >= LEAST_ACCOUNTS)
        .sort("object")
        .collect(engine="in-memory")
    )
    often, accounts = each["often"].to_numpy(), each["accounts"].to_numpy()
    # None did: the tail is 1, which the function of scipy does not give.
    tail = np.where(often > 0, betainc(np.maximum(often, 1), accounts - often + 1, _EVEN), 1.0)
    p = pl.Series("p", np.maximum(np.minimum(tail * each.height, 1.0), np.finfo(float).tiny))
    found = each.with_columns(p).filter((pl.col("often") >= LEAST_ACCOUNTS) & (pl.col("p") < ALPHA))
    if found.is_empty():
        return NOTHING
    return (
        found.lazy()
        .select("object", "p", count="often")
        .join(held.filter("often").select("object", "account"), on="object")
        .sort("count", "object", "account", descending=[True, False, False])
        .select(SCHEMA.names())
        .collect(engine="in-memory")
    )
