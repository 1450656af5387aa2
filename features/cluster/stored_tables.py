"""The accounts and posts of a folder as an engine reads them: local, on S3, on HDFS, wherever it can.

The folder is a dataset directory (:mod:`vigie.features.ingest.stored_dataset`), or holds ``accounts.parquet`` and
``posts.parquet``, each a file or a folder of files, as an engine writes them. Digests are not checked, as that would read
everything twice; the numbers of rows are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import polars as pl

from vigie.errors import DatasetCorruptError, DatasetNotFoundError
from vigie.features import schema
from vigie.features.ingest.latest import KEYS
from vigie.features.ingest.stored_dataset import MANIFEST, SUPERSEDED
from vigie.features.json_object import JsonObject

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

# Where a row stands: the number of its file, and a number that grows within the file.
FILE, POSITION = "_file", "_position"
_PLACE = (FILE, POSITION)


@dataclass(frozen=True)
class StoredTables:
    """Accounts and posts that an engine holds, with the place of each row (:data:`FILE`, :data:`POSITION`).

    Attributes:
        accounts: Columns of the contract that were stored.
        posts: The same.
        account_count: Rows of ``accounts``, those that newer ones replace included.
        post_count: Rows of ``posts``, likewise.
        replaced: Whether rows of later files replace those of earlier ones.
    """

    accounts: DataFrame
    posts: DataFrame
    account_count: int
    post_count: int
    replaced: bool

    def collected(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return all accounts and posts, with the columns of the contract, as a dataset on this machine holds them."""
        return (
            in_order(self.accounts.toArrow(), "accounts", replaced=self.replaced).drop(_PLACE),
            in_order(self.posts.toArrow(), "posts", replaced=self.replaced).drop(_PLACE),
        )


def opened(session: SparkSession, path: str) -> StoredTables:
    """Return the tables of a folder.

    Args:
        session: The engine.
        path: The folder; one without a scheme is local to the engine, and relative to here.

    Raises:
        DatasetNotFoundError: There are no accounts.
        DatasetCorruptError: A table has other rows than the manifest says.
        MissingColumnError: A column that the contract requires is absent.
        ClusterError: The engine cannot read there.
    """
    root = path.rstrip("/") if "://" in path else str(Path(path).absolute())
    manifest = _manifest(session, root)
    accounts, account_count = _table(session, root, "accounts", manifest)
    if account_count == 0:
        raise DatasetNotFoundError(
            f"the engine finds no accounts in {root}; name a folder made by vigie import, or one with accounts.parquet and "
            "posts.parquet, where every executor can read it"
        )
    posts, post_count = _table(session, root, "posts", manifest)
    replaced = manifest is not None and SUPERSEDED in manifest["tables"]
    return StoredTables(accounts, posts, account_count, post_count, replaced)


def in_order(table: pa.Table, name: str, *, replaced: bool) -> pl.DataFrame:
    """Return rows with the columns of the contract and their places, as they stand in their files.

    Args:
        table: Some rows of a table: all that share a key, where some may be replaced.
        name: ``accounts`` or ``posts``.
        replaced: Whether of rows with one key that of the last file alone counts.
    """
    read = pl.DataFrame(table)
    placed = schema.conform(read, name).with_columns(read.select(_PLACE)).sort(_PLACE)
    if replaced:
        return placed.unique(KEYS[name], keep="last", maintain_order=True)
    return placed


def _manifest(session: SparkSession, root: str) -> JsonObject | None:
    """Return the manifest of a folder, None where it has none."""
    from pyspark.errors import AnalysisException

    try:
        read = session.read.text(f"{root}/{MANIFEST}", wholetext=True).collect()
    except AnalysisException as error:
        if error.getCondition() != "PATH_NOT_FOUND":
            raise
        return None
    if not read:  # what Sail says of a path that is not there
        return None
    try:
        manifest: JsonObject = json.loads(read[0][0])
        manifest["tables"].items()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DatasetCorruptError(
            f"{root}/{MANIFEST} is no manifest of vigie; import the data again"
        ) from None
    return manifest


def _table(session: SparkSession, root: str, name: str, manifest: JsonObject | None) -> tuple[DataFrame, int]:
    """Return a table with the places of its rows, and how many it has."""
    if manifest is None:
        return _placed(session, name, [f"{root}/{name}.parquet"])
    held = manifest["tables"].get(name, {"files": []})["files"]
    table, count = _placed(session, name, [f"{root}/{PurePosixPath(file['name']).name}" for file in held])
    expected = sum(file["rows"] for file in held)
    if count != expected:
        raise DatasetCorruptError(
            f"{root} holds {count:,} rows of {name} where its manifest says {expected:,}; import the data again"
        )
    return table, count


def _placed(session: SparkSession, name: str, files: Sequence[str]) -> tuple[DataFrame, int]:
    """Return the rows of files with their places, and how many there are; a file that is not there holds none."""
    from pyspark.errors import AnalysisException
    from pyspark.sql import functions

    whole, count = None, 0
    for number, file in enumerate(files):
        try:
            read = session.read.parquet(file)
            rows = read.count()
        except AnalysisException as error:
            if error.getCondition() != "PATH_NOT_FOUND":
                raise
            continue
        if not rows:
            continue
        fields = {field.name: field.dtype for field in schema.TABLES[name]}
        kept = [column for column in read.columns if column in fields]
        # The error of an absent column names it, and is the same as for a table in memory.
        schema.conform(pl.DataFrame(schema={column: fields[column] for column in kept}), name)
        placed = read.select(
            *kept,
            functions.lit(number).cast("bigint").alias(FILE),
            functions.monotonically_increasing_id().alias(POSITION),
        )
        whole = placed if whole is None else whole.unionByName(placed, allowMissingColumns=True)
        count += rows
    return whole if whole is not None else _empty(session, name), count


def _empty(session: SparkSession, name: str) -> DataFrame:
    """Return a table without rows."""
    required = [field.name for field in schema.TABLES[name] if field.required]
    columns = ", ".join(f"{column} string" for column in required)
    return session.createDataFrame([], f"{columns}, {FILE} bigint, {POSITION} bigint")
