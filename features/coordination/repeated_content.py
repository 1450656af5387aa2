"""One content, published again and again: accounts that each tell many people the same.

Some campaigns answer hundreds of editors, or deputies, with one text: each account has one content, so no two share a second, and
they take hours over it. Many people publish one content, a petition's words or a meme, but once or twice each. So a content counts
where most of all accounts that published it did so three times or more. In 17 real collections that was one content, of 22
accounts of an operation.

Others tell it in words of their own each time, and what they repeat is a link or a quote. Who has a site of their own links to it in
every post. So a link or a quoted post counts where most of its accounts told three people or more of it, each by name or in answer.

A campaign may ask the same newsrooms about a new thing each time, with too few accounts on each to tell. So the things are looked at
together of which the same people were told.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.special import betainc

from vigie.features.coordination import one_object, published_contents

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Posts in which an account published a content, or people that it told of it, at least.
LEAST = 3
# Accounts that did so, at least: as many as one content needs within a minute.
LEAST_ACCOUNTS = one_object.LEAST
# Accounts of one of several things that are looked at together, of these those that told many people of it, and people whom
# accounts told of two things where these are looked at together, at least.
_LEAST_OF_EACH, _LEAST_OFTEN, _LEAST_COMMON = 3, 2, 3
# Share of the accounts of a content that do so by chance, at most: who passes it on does it more often than not once or twice.
_EVEN = 0.5
# Chance of one such content in the collection from which it counts.
ALPHA = one_object.ALPHA

SCHEMA = pl.Schema({"object": pl.String(), "account": pl.Int64(), "p": pl.Float64()})
NOTHING = pl.DataFrame(schema=SCHEMA)
POOLED = pl.Schema({"pool": pl.Int64(), **SCHEMA})
NO_POOL = pl.DataFrame(schema=POOLED)


def detect(contents: pl.DataFrame) -> pl.DataFrame:
    """Return the contents that most of their accounts published again and again, and these accounts.

    Of n accounts of a content k published it :data:`LEAST` times or more; under the null at most half of them do (sign test,
    times the contents looked at).

    Args:
        contents: What :func:`vigie.features.coordination.published_contents.contents` returned.

    Returns:
        ``object``, ``account`` (who published it so often), ``p``; contents of most accounts first.
    """
    held = (
        contents.lazy()
        .filter(pl.col("shared") & pl.col("trace").is_in(published_contents.OWN))
        .group_by("object", "account")
        .agg(often=pl.len() >= LEAST)
    )
    return _by_most(held)


def of_several(passed_on: pl.DataFrame) -> pl.DataFrame:
    """Return the acts on what so many accounts passed on that it is looked at: of most links and posts that is one account or two.

    Args:
        passed_on: What :func:`vigie.features.coordination.passed_on.acts` returned.
    """
    return passed_on.filter(pl.col("account").n_unique().over("trace", "object") >= _LEAST_OF_EACH)


def told_to_many(told: pl.DataFrame) -> pl.DataFrame:
    """Return the links and quoted posts of which most of their accounts told many people, and these accounts.

    The test is that of :func:`detect`.

    Args:
        told: What :func:`told` returned.

    Returns:
        What :func:`detect` returns.
    """
    return _by_most(told.lazy().select("object", "account", "often"))


def told_together(told: pl.DataFrame) -> pl.DataFrame:
    """Return links and quoted posts of which the same people were told, if most accounts told many, and these accounts.

    Things with three accounts or more are looked at of which two or more told :data:`LEAST` people. Two are of one pool where
    these accounts told three people of both. Each account of a pool counts once: whether it told many of most of its things there.
    That two did is why a thing is looked at, so two are left out for each: of the others at most half do under the null (sign
    test, times the pools).

    Args:
        told: What :func:`told` returned.

    Returns:
        ``pool``, ``object``, ``account`` (who told many people of it), ``p``; pools of most accounts first. Such as
        :func:`told_to_many` would find alone are among them.
    """
    often = pl.col("often").sum()
    likely = told.filter((pl.len() >= _LEAST_OF_EACH).over("object") & (often >= _LEAST_OFTEN).over("object"))
    if likely.is_empty():
        return NO_POOL
    of_pool = likely.join(_pools(likely.filter("often")), on="object")
    looked_at = _LEAST_OFTEN * pl.col("objects")
    each = (
        of_pool.group_by("pool", "account")
        .agg(pl.col("often").mean() > _EVEN)
        .group_by("pool")
        .agg(accounts=pl.len().cast(pl.Int64), count=pl.col("often").sum().cast(pl.Int64))
        .join(of_pool.group_by("pool").agg(objects=pl.col("object").n_unique().cast(pl.Int64)), on="pool")
        .with_columns((pl.col("accounts") - looked_at), often=(pl.col("count") - looked_at).clip(0))
        .filter(pl.col("accounts") > 0)
        .sort("count", "pool", descending=[True, False])
    )
    p = _sign_test(each["often"].to_numpy(), each["accounts"].to_numpy())
    found = each.with_columns(p=pl.Series(p)).filter(
        (pl.col("p") < ALPHA) & (pl.col("count") >= LEAST_ACCOUNTS)
    )
    return (
        of_pool.filter("often")
        .join(found.select("pool", "p", "count"), on="pool")
        .sort("count", "pool", "object", "account", descending=[True, False, False, False])
        .select(POOLED.names())
    )


def told(addressed: pl.DataFrame) -> pl.DataFrame:
    """Return who told whom of what.

    Args:
        addressed: What :func:`vigie.features.coordination.passed_on.addressed` returned.

    Returns:
        ``object`` (with its trace in front), ``account``, ``people`` (whom it told of it) and ``often`` (whether these are
        :data:`LEAST` or more), sorted by the first two.
    """
    return (
        addressed.lazy()
        .group_by(pl.concat_str("trace", pl.lit(" "), "object").alias("object"), "account")
        .agg(people=pl.col("addressee").drop_nulls().unique())
        .with_columns(often=pl.col("people").list.len() >= LEAST)
        .sort("object", "account")
        .collect(engine="in-memory")
    )


def _pools(told: pl.DataFrame) -> pl.DataFrame:
    """Return the objects that are looked at together: ``object``, ``pool``.

    Args:
        told: ``object`` and ``people``, sorted by the first.
    """
    people = told.select("object", "people").explode("people").unique()
    named = people.with_columns(
        place=pl.col("object").rank("dense").cast(pl.Int64) - 1,
        person=pl.col("people").rank("dense").cast(pl.Int64) - 1,
    )
    objects = named.select("object", "place").unique().sort("place")
    row, column = named["place"].to_numpy(), named["person"].to_numpy()
    held = coo_matrix((np.ones(len(row), np.int32), (row, column))).tocsr()
    _, pool = connected_components((held @ held.T) >= _LEAST_COMMON, directed=False)
    return objects.select("object", pool=pl.Series(pool, dtype=pl.Int64))


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
    p = _sign_test(each["often"].to_numpy(), each["accounts"].to_numpy())
    found = each.with_columns(p=pl.Series(p)).filter(
        (pl.col("often") >= LEAST_ACCOUNTS) & (pl.col("p") < ALPHA)
    )
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


def _sign_test(often: Ints, accounts: Ints) -> Floats:
    """Return the chance that so many of the accounts do it often, if half do, times the tests; at most 1."""
    # None did: the tail is 1, which the function of scipy does not give.
    tail = np.where(often > 0, betainc(np.maximum(often, 1), accounts - often + 1, _EVEN), 1.0)
    return np.asarray(np.maximum(np.minimum(tail * len(tail), 1.0), np.finfo(float).tiny))
