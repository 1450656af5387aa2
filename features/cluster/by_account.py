"""A function of accounts and posts applied to accounts wherever they lie, each with all of its posts.

Both tables travel to the place of their bucket as packets (:mod:`vigie.features.cluster.packets`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from vigie.features import schema
from vigie.features.cluster import packets
from vigie.features.cluster.packets import PACKET
from vigie.features.cluster.stored_tables import FILE, POSITION, StoredTables, in_order

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

Work: TypeAlias = Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]

# Posts and accounts of a bucket, about: enough that the work is more than what surrounds it, few enough to fit beside other
# buckets in one executor.
POSTS, ACCOUNTS = 25_000, 2_000
_BUCKET = "_bucket"
_PLACES = {FILE: pl.Int64(), POSITION: pl.Int64()}


def applied(tables: StoredTables, work: Work, made: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return what a function makes of every account, in the order of the accounts.

    Accounts fall into buckets by a hash of their id, and a function call gets one bucket whole: batches and partitions of
    an engine may hold parts of an account. One account with very many posts is a bucket of its own size: it fits where its
    posts fit in the memory of one executor.

    Args:
        tables: Accounts and posts.
        work: From the accounts and the posts of a bucket, columns of the contract, to one row per account in their order; it
            is sent to the executors.
        made: Columns that it returns: text, whole numbers and floating-point numbers.

    Raises:
        ClusterError: The engine failed, or an executor has other versions of vigie or Polars.
    """
    import pyarrow as pa
    from pyspark.sql.pandas.types import from_arrow_schema

    replaced, versions = tables.replaced, packets.VERSIONS
    arrow = pa.schema([(name, _arrow(dtype)) for name, dtype in {**made, **_PLACES}.items()])

    def of_bucket(held: pa.Table) -> pa.Table:
        packets.check(versions)
        accounts, posts = (
            in_order(_unpacked(held, name), name, replaced=replaced) for name in ("accounts", "posts")
        )
        if accounts.is_empty():
            return arrow.empty_table()
        done = work(accounts.drop(_PLACES), posts.drop(_PLACES))
        return done.with_columns(accounts.select(*_PLACES)).to_arrow().cast(arrow)

    buckets = max(1, -(-tables.post_count // POSTS), -(-tables.account_count // ACCOUNTS))
    every = _packed(tables.accounts, "accounts", buckets).unionAll(_packed(tables.posts, "posts", buckets))
    table = every.groupBy(_BUCKET).applyInArrow(of_bucket, from_arrow_schema(arrow)).toArrow()
    return pl.DataFrame(table).sort(*_PLACES).drop(_PLACES).cast(dict(made))  # type: ignore[arg-type]  # names to types


def _packed(table: DataFrame, name: str, buckets: int) -> DataFrame:
    """Return a table as packets, each of rows of one bucket: the bucket, the table's name and the packet."""
    from pyspark.sql import functions

    def sorted_out(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        for rows in packets.gathered(batches):
            for (bucket,), some in rows.partition_by(_BUCKET, as_dict=True, include_key=False).items():
                yield pa.RecordBatch.from_pylist(
                    [{_BUCKET: bucket, "name": name, PACKET: packets.packed(some)}]
                )

    # By the id alone: platforms may be spelt otherwise in one table than in the other.
    bucket = functions.pmod(functions.xxhash64("account_id"), functions.lit(buckets)).alias(_BUCKET)
    return table.select("*", bucket).mapInArrow(sorted_out, f"{_BUCKET} bigint, name string, {PACKET} binary")


def _unpacked(held: pa.Table, name: str) -> pl.DataFrame:
    """Return the rows of a table that some packets hold."""
    # A table that has no row here has no packet to tell its columns.
    read = [packets.unpacked(packet) for packet in pl.DataFrame(held).filter(pl.col("name") == name)[PACKET]]
    return pl.concat(read) if read else pl.DataFrame(schema={**schema.schema(name), **_PLACES})


def _arrow(dtype: pl.DataType) -> pa.DataType:
    """Return the type of Arrow that engines know a type by."""
    import pyarrow as pa

    return {pl.String(): pa.string(), pl.Int64(): pa.int64(), pl.Float64(): pa.float64()}[dtype]
