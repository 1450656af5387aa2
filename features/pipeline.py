"""The one way from accounts and posts to numbers: training, service, command line and cluster call this.

A batch holds whole accounts (all posts of each); one account alone gives the same row as in a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

# Importing the families fills the catalogue, in this order.
# isort: off
import vigie.features.account.audience
import vigie.features.account.content
import vigie.features.account.name
import vigie.features.account.profile
import vigie.features.account.timing
import vigie.features.account.action_sequence  # noqa: F401

# isort: on
from vigie.features.catalogue import CATALOGUE
from vigie.features.preprocessing import prepare, select

ACCOUNT_FEATURES: tuple[str, ...] = tuple(f.name for f in CATALOGUE.values() if f.table == "accounts")
POST_FEATURES: tuple[str, ...] = tuple(f.name for f in CATALOGUE.values() if f.table == "posts")
FEATURES: tuple[str, ...] = tuple(f.name for f in CATALOGUE.values() if f.table in ("accounts", "posts"))
# What models may read: the leak register keeps the others from them.
MODEL_FEATURES: tuple[str, ...] = tuple(name for name in FEATURES if not CATALOGUE[name].leak)


@dataclass(frozen=True)
class FeatureMatrix:
    """Features of a batch of accounts.

    Attributes:
        table: ``row`` and one Float64 column per feature, null where missing, in the order of the accounts.
        coverage: ``row`` and the counts of :func:`vigie.features.preprocessing.select`, zero without posts.
        posts: What the features read of the posts, kept so that reasons can name the posts that show them.
    """

    table: pl.DataFrame
    coverage: pl.DataFrame
    posts: pl.DataFrame

    def of(self, rows: pl.Series) -> FeatureMatrix:
        """Return the features of some of the accounts, by their ``row``, in the order they have here."""
        keep = pl.col("row").is_in(rows.implode())
        return FeatureMatrix(self.table.filter(keep), self.coverage.filter(keep), self.posts.filter(keep))

    def for_reasons(self) -> FeatureMatrix:
        """Return the same features with what reasons read of the posts: a tenth of their memory."""
        flags = {item.evidence for item in CATALOGUE.values() if item.evidence}
        read = [name for name in self.posts.columns if name in ("row", "post_id") or name in flags]
        return replace(self, posts=self.posts[read])

    def values(self, names: tuple[str, ...] | list[str]) -> NDArray[np.float64]:
        """Return the features ``names`` as an array of shape (accounts, names), NaN where missing."""
        if not names:
            return np.empty((self.table.height, 0))
        return self.table[list(names)].to_numpy()


def compute(accounts: pl.DataFrame, posts: pl.DataFrame, names: Sequence[str] = FEATURES) -> FeatureMatrix:
    """Return features of every account, as of its ``observed_at``.

    Args:
        accounts: Contract columns plus ``row`` (UInt32, unique).
        posts: Contract columns (without platform and account_id) plus ``row`` of the author.
        names: Features, in order.

    Returns:
        One row per account, in the order given. Values are rounded to 12 significant digits, so that the
        order in which a machine adds numbers cannot move an account across a split.
    """
    of_accounts, of_posts, read = _asked(names)
    kept, counts = select(accounts, posts)
    owned = kept.join(accounts[["row", "followers_count"]], on="row", how="left", maintain_order="left")
    seen = prepare(owned, read)
    from_posts = seen.group_by("row", maintain_order=True).agg(of_posts)
    # Lazy: what several features are cut from is then found once.
    table = (
        accounts.lazy()
        .select("row", *of_accounts)
        .join(from_posts.lazy(), on="row", how="left", maintain_order="left")
        .collect(engine="in-memory")
    )
    return FeatureMatrix(rounded(table[["row", *names]]), coverage(accounts, counts), seen)


def _asked(names: Sequence[str]) -> tuple[list[pl.Expr], list[pl.Expr], list[str]]:
    """Return the expressions of features of accounts and of posts, and the columns of posts that these and their reasons read."""
    wanted = [CATALOGUE[name] for name in names]
    of_posts = [item.expression for item in wanted if item.table == "posts"]
    read = {name for expression in of_posts for name in expression.meta.root_names()}
    read |= {item.evidence for item in wanted if item.evidence}
    return (
        [item.expression for item in wanted if item.table == "accounts"],
        of_posts,
        ["row", "post_id", *sorted(read - {"row", "post_id"})],
    )


def rounded(table: pl.DataFrame) -> pl.DataFrame:
    """Return features with 12 significant digits, null where they are no number.

    Args:
        table: ``row``, and one Float64 column per feature.
    """
    # All values as one column: an expression for each feature costs a small request a tenth of its time.
    value = pl.col("value").fill_nan(None).round_sig_figs(12)
    # Nought has no sign.
    every = table.unpivot(index="row").select(pl.when(value != 0).then(value).otherwise(value.abs()))
    values = every.to_series()
    return table[["row"]].hstack(
        [
            values.slice(place * table.height, table.height).alias(name)
            for place, name in enumerate(table.columns[1:])
        ]
    )


def coverage(accounts: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """Return per account, in order, how many posts were read and why others were not: zero without posts.

    Args:
        accounts: ``row``.
        counts: What :func:`vigie.features.preprocessing.select` returned beside the posts.
    """
    return (
        accounts[["row"]]
        .join(counts, on="row", how="left", maintain_order="left")
        .with_columns(pl.exclude("row").fill_null(0))
    )
