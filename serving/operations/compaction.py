"""Small batches of posts put together, so that reading an operation does not open thousands of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import polars as pl
from sqlalchemy import Connection, Row, delete, select, update

from vigie.features import schema
from vigie.serving.operations import records, tables
from vigie.serving.operations.store import Database

# Posts from which a batch is large enough to stay as it is.
LARGE = 20_000
# Small batches of a day that may lie beside each other, and how many are put together at once.
MANY, AT_ONCE = 16, 64
_FIELDS = [name for name in schema.schema("posts") if name not in (*records.POST, "recorded_at")]


def compact(database: Database) -> int:
    """Put the small batches of each day together; days stay apart, since posts are forgotten by the day they came.

    Args:
        database: Of the operation.

    Returns:
        Batches that are no longer there.

    Raises:
        StoreError: The database does not answer.
    """
    table = tables.segments
    with database.reading() as connection:
        small = connection.execute(
            select(table.c.id, table.c.received_at, table.c.rows)
            .where(table.c.rows < LARGE)
            .order_by(table.c.id)
        ).all()
    gone = 0
    for _, of_day in groupby(small, key=lambda row: row.received_at.date()):
        for some in _heaps(list(of_day)):
            with database.writing() as connection:
                gone += _joined(connection, some)
    return gone


def _heaps(several: Sequence[Row[Any, Any, Any]]) -> Iterator[list[int]]:
    """Yield the batches that are put together, by their ids: many, or as many as make a large one."""
    heap: list[int] = []
    rows = 0
    for each in several:
        heap.append(each.id)
        rows += each.rows
        if rows >= LARGE or len(heap) == AT_ONCE:
            yield heap
            heap, rows = [], 0
    if len(heap) >= MANY:
        yield heap


def _joined(connection: Connection, wanted: Sequence[int]) -> int:
    segments, posts = tables.segments, tables.posts
    stored = connection.execute(
        select(segments.c.id, segments.c.posts, segments.c.received_at)
        .where(segments.c.id.in_(wanted))
        .order_by(segments.c.id)
    ).all()
    if len(stored) < len(wanted):
        return 0  # another process has put them together meanwhile
    whole = _telling(pl.concat([records.from_parquet(row.posts) for row in stored]))
    first, *others = wanted
    received: datetime = max(row.received_at for row in stored)
    connection.execute(delete(segments).where(segments.c.id.in_(others)))
    connection.execute(
        update(segments)
        .where(segments.c.id == first)
        .values(rows=whole.height, posts=records.parquet(whole), received_at=received)
    )
    connection.execute(update(posts).where(posts.c.segment.in_(others)).values(segment=first))
    return len(others)


def _telling(posts: pl.DataFrame) -> pl.DataFrame:
    """Return records without those of which a newer one of the same post tells every field, in the order they came."""
    known = pl.sum_horizontal(
        pl.col(name).is_not_null().cast(pl.UInt64) * 2**place for place, name in enumerate(_FIELDS)
    )
    ordered = (
        posts.with_row_index("came")
        .with_columns(known=known)
        .sort("recorded_at", nulls_last=False, maintain_order=True)
    )
    newest = pl.col("came").last().over(records.POST)
    tells_more = (pl.col("known") & ~pl.col("known").last().over(records.POST)) != 0
    return ordered.filter((pl.col("came") == newest) | tells_more).sort("came").select(posts.columns)
