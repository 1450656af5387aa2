"""All that an operation has seen, as tables of the contract."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import Connection, Row, select

from vigie.features import schema
from vigie.features.ingest import latest as merging
from vigie.features.ingest.parsing import Batch
from vigie.features.ingest.reader import FIRST_VERSION, UNITED
from vigie.serving.operations import records, tables

# Keys looked up at once: databases bound the values of a query.
AT_ONCE = 10_000
_PROFILE = [tables.accounts.c[name] for name in ("key", *records.ACCOUNT, "last_observed_at", "profile")]


@dataclass(frozen=True)
class Corpus:
    """Accounts and posts of an operation at one of its states.

    Attributes:
        revision: Number of the state.
        accounts: Contract columns, ``row`` and ``key``, sorted by platform and id; profiles hold the newest value known of
            each field.
        posts: Contract columns (without platform and account_id) and ``row`` of the author; of each post its last record.
    """

    revision: int
    accounts: pl.DataFrame
    posts: pl.DataFrame

    def batch(self) -> Batch:
        """Return it as what is scored."""
        names = self.accounts.select(*records.ACCOUNT, "handle").rows()
        return Batch(self.accounts.height, self.accounts.drop("key"), self.posts, names)


def read(connection: Connection) -> Corpus:
    """Return all that an operation holds."""
    revision = int(connection.execute(select(tables.state.c.revision)).scalar_one())
    accounts = _profiles(connection.execute(select(*_PROFILE)).all())
    owned = _posts(connection).join(
        accounts.select("row", *records.ACCOUNT), on=records.ACCOUNT, maintain_order="left"
    )
    posts = owned.drop(records.ACCOUNT).sort("row", "created_at", "post_id", maintain_order=True)
    return Corpus(revision, accounts, posts.select("row", pl.exclude("row")))


def profiles(connection: Connection, keys: Collection[bytes]) -> pl.DataFrame:
    """Return some of the accounts, those that the operation holds, as :class:`Corpus` has all of them.

    Args:
        connection: Of the operation.
        keys: Of the accounts.
    """
    every, key = list(keys), tables.accounts.c.key
    return _profiles([
        row
        for start in range(0, len(every), AT_ONCE)
        for row in connection.execute(select(*_PROFILE).where(key.in_(every[start : start + AT_ONCE])))
    ])  # fmt: skip


def names(connection: Connection) -> pl.DataFrame:
    """Return the names that accounts were seen under: ``platform``, ``account_id``, ``handle``, each once."""
    versions, accounts = tables.versions, tables.accounts
    found = connection.execute(
        select(accounts.c.platform, accounts.c.account_id, versions.c.profile).join(
            accounts, accounts.c.key == versions.c.account
        )
    ).all()
    held = pl.DataFrame(
        found, {"platform": pl.String, "account_id": pl.String, "profile": pl.String}, orient="row"
    )
    handles = held.select("platform", "account_id", records.profile_columns(held["profile"])["handle"])
    return handles.drop_nulls("handle").unique(maintain_order=True)


def posts_of(connection: Connection, platform: str, account_id: str) -> pl.DataFrame:
    """Return the posts of one account, in the columns of the contract, the newest first.

    Args:
        connection: Of the operation.
        platform: Of the account.
        account_id: Its id there.
    """
    table = tables.posts
    own = table.c.account == records.account_key(platform, account_id)
    parts = connection.execute(
        select(table.c.segment).where(own).distinct().order_by(table.c.segment)
    ).scalars()
    own_rows = (pl.col("platform") == platform, pl.col("account_id") == account_id)
    held = [schema.empty("posts")]
    for part in parts:
        stored = connection.execute(
            select(tables.segments.c.posts).where(tables.segments.c.id == part)
        ).scalar_one()
        held.append(records.from_parquet(stored, *own_rows))
    return latest(pl.concat(held)).sort("created_at", "post_id", descending=True)


def _profiles(found: Sequence[Row[Any]]) -> pl.DataFrame:
    held = pl.DataFrame(
        found,
        {
            "key": pl.Binary,
            "platform": pl.String,
            "account_id": pl.String,
            "observed_at": schema.TIME,
            "profile": pl.String,
        },
        orient="row",
    )
    whole = held.drop("profile").hstack(records.profile_columns(held["profile"]))
    ordered = whole.select("key", *schema.schema("accounts")).sort(records.ACCOUNT)
    return ordered.with_row_index("row")


def _posts(connection: Connection) -> pl.DataFrame:
    stored = connection.execute(select(tables.segments.c.posts).order_by(tables.segments.c.id)).scalars()
    return latest(pl.concat([schema.empty("posts"), *(records.from_parquet(part) for part in stored)]))


def latest(posts: pl.DataFrame) -> pl.DataFrame:
    """Return the last record of each post; nothing is told of versions, as readers of files tell it."""
    versioned = posts.with_columns(
        pl.lit(None, pl.String).alias(FIRST_VERSION),
        pl.lit(False).alias(UNITED),
    )
    return merging.posts(versioned).select(posts.columns)
