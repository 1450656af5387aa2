"""Small batches of posts put together, so that reading an operation does not open thousands of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import polars as pl
from sqlalchemy import Connection, Row, delete, select, update

from vigie.serving.operations import records, tables
from vigie.serving.operations.store import Database

# Posts from which a batch is large enough to stay as it is.
LARGE = 20_000
# Small batches of a day that may lie beside each other, and how many are put together at once.
MANY, AT_ONCE = 16, 64


def compact(database: Database) -> int:
    """Put the small batches of each day together; days stay apart, since posts are forgotten by the day they came.

    Of a post that came several times, the last record alone is kept.

    Args:
        database: Of the operation.

    Returns:
        Batches that are no longer there.
    """
    table = tables.segments
    with database.reading() as connection:
        small = connection.execute(
            select(table.c.id, table.c.received_at).where(table.c.rows < LARGE).order_by(table.c.id)
        ).all()
    gone = 0
    for _, of_day in groupby(small, key=lambda row: row.received_at.date()):
        several = list(of_day)
        while len(several) >= MANY:
            some, several = several[:AT_ONCE], several[AT_ONCE:]
            with database.writing() as connection:
                gone += _joined(connection, some)
    return gone


def _joined(connection: Connection, some: Sequence[Row[Any, Any]]) -> int:
    segments, posts = tables.segments, tables.posts
    wanted = [row.id for row in some]
    stored = connection.execute(
        select(segments.c.id, segments.c.posts, segments.c.received_at)
        .where(segments.c.id.in_(wanted))
        .order_by(segments.c.id)
    ).all()
    if len(stored) < len(wanted):
        return 0  # another process has put them together meanwhile
    whole = pl.concat(
        [records.from_parquet(row.posts).with_columns(segment=pl.lit(row.id, pl.Int64)) for row in stored]
    )
    whole = whole.with_columns(records.keys(whole, records.POST).alias("key"))
    lies = pl.DataFrame(
        connection.execute(select(posts.c.key, posts.c.segment).where(posts.c.segment.in_(wanted))).all(),
        {"key": pl.Binary, "segment": pl.Int64},
        orient="row",
    )
    current = whole.join(lies, on=("key", "segment"), how="semi", maintain_order="left").unique(
        "key", keep="last", maintain_order=True
    )
    first, *others = wanted
    received: datetime = max(row.received_at for row in stored)
    connection.execute(delete(segments).where(segments.c.id.in_(others)))
    connection.execute(
        update(segments)
        .where(segments.c.id == first)
        .values(rows=current.height, posts=records.parquet(current), received_at=received)
    )
    connection.execute(update(posts).where(posts.c.segment.in_(others)).values(segment=first))
    return len(others)
