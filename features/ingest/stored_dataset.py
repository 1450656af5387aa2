"""A dataset on disk: the tables of one import or of several, what was set aside, and a manifest that proves them.

::

    NAME/
    ├── accounts.parquet   posts.parquet   labels.parquet   (each only if it has rows)
    ├── names.parquet                                       (names that accounts had, with times)
    ├── rejects.parquet                                     (only if something was set aside)
    └── manifest.json      name, format, licence, source files and tables with digests, counts, notes

What is added later lies in files of its own, ``posts-0002.parquet`` and so on; ``superseded-0002.parquet`` says which
rows of earlier files newer ones replace. :mod:`vigie.features.ingest.dataset_writer` writes all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from vigie.features import schema
from vigie.features.ingest.latest import NAMES_SCHEMA
from vigie.features.ingest.reader import REJECT_SCHEMA
from vigie.features.json_object import JsonObject

MANIFEST = "manifest.json"
NAMES, REJECTS, SUPERSEDED = "names", "rejects", "superseded"
# Rows of earlier files that newer ones replace: table, file, position from 0.
SUPERSEDED_SCHEMA = pl.Schema({"table": pl.String(), "file": pl.String(), "position": pl.UInt32()})
# Where a row stands: the file of the dataset, the position in it from 0.
STORED_FILE, POSITION = "_stored_file", "_position"
_SCHEMAS = {
    **{table: schema.schema(table) for table in schema.TABLES},
    NAMES: NAMES_SCHEMA,
    REJECTS: REJECT_SCHEMA,
    SUPERSEDED: SUPERSEDED_SCHEMA,
}


@dataclass(frozen=True)
class Dataset:
    """A dataset that was checked on opening.

    Attributes:
        path: Its folder.
        manifest: What was noted when it was written.
    """

    path: Path
    manifest: JsonObject

    def accounts(self) -> pl.LazyFrame:
        """Return the accounts, lazily; empty where the dataset has none."""
        return self.rows("accounts")

    def posts(self) -> pl.LazyFrame:
        """Return the posts, lazily; empty where the dataset has none."""
        return self.rows("posts")

    def labels(self) -> pl.LazyFrame:
        """Return the labels, lazily; empty where the dataset has none."""
        return self.rows("labels")

    def names(self) -> pl.LazyFrame:
        """Return the names that accounts were seen under, with the times (:data:`NAMES_SCHEMA`)."""
        return self.rows(NAMES)

    def rejects(self) -> pl.LazyFrame:
        """Return the rows set aside, lazily."""
        return self.rows(REJECTS)

    def superseded(self) -> pl.DataFrame:
        """Return the places of rows that newer ones replace (:data:`SUPERSEDED_SCHEMA`)."""
        return pl.concat(
            [pl.DataFrame(schema=SUPERSEDED_SCHEMA), *map(pl.read_parquet, self.files(SUPERSEDED))]
        )

    def placed(self, table: str) -> pl.LazyFrame:
        """Return the rows of a table with :data:`STORED_FILE` and :data:`POSITION` of each."""
        held = _SCHEMAS[table]
        frames = [pl.LazyFrame(schema={**held, STORED_FILE: pl.String(), POSITION: pl.UInt32()})]
        superseded = self.superseded().filter(pl.col("table") == table)
        for file in self.files(table):
            rows = _of_contract(pl.scan_parquet(file), held)
            placed = rows.with_columns(pl.lit(file.name).alias(STORED_FILE), pl.row_index().alias(POSITION))
            frames.append(_current(placed, superseded, file))
        return pl.concat(frames)

    def portions(self, table: str, size: int) -> Iterator[pl.DataFrame]:
        """Yield the rows of a table in order, so many stored rows at a time: memory does not grow with the table.

        Args:
            table: Its name.
            size: Stored rows of a portion; it has fewer where newer rows replace some.
        """
        held = _SCHEMAS[table]
        superseded = self.superseded().filter(pl.col("table") == table)
        for file in self.files(table):
            scanned = pl.scan_parquet(file)
            for start in range(0, scanned.select(pl.len()).collect().item(), size):
                rows = _of_contract(scanned.slice(start, size), held)
                placed = rows.with_columns((pl.row_index() + start).cast(pl.UInt32).alias(POSITION))
                yield _current(placed, superseded, file).drop(POSITION).collect()

    def rows(self, table: str) -> pl.LazyFrame:
        """Return the rows of a table, lazily; none where the dataset has none."""
        return self.placed(table).drop(STORED_FILE, POSITION)

    def files(self, table: str) -> list[Path]:
        """Return the files that hold a table."""
        held = self.manifest["tables"].get(table, {"files": []})
        return [self.path / file["name"] for file in held["files"]]


def _of_contract(stored: pl.LazyFrame, held: pl.Schema) -> pl.LazyFrame:
    """Return stored rows with every column of their table: a dataset may be older than a field of the contract."""
    names = stored.collect_schema()
    return stored.select(
        pl.col(name) if name in names else pl.lit(None, dtype).alias(name) for name, dtype in held.items()
    )


def _current(placed: pl.LazyFrame, superseded: pl.DataFrame, file: Path) -> pl.LazyFrame:
    """Return the rows of a file that no newer ones replace."""
    replaced = superseded.filter(pl.col("file") == file.name).select(pl.col("position").alias(POSITION))
    if replaced.is_empty():
        return placed
    return placed.join(replaced.lazy(), on=POSITION, how="anti", maintain_order="left")


def digest(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
