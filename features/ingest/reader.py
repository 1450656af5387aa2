"""What every reader gives back, and where it writes down what it could not use."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl

from vigie.features import schema
from vigie.features.ingest.opening import SourceFile, expand
from vigie.features.json_object import JsonObject
from vigie.features.json_object import whole as whole

# Columns that travel with every row from the file to the set-aside table.
FILE, LINE = "_file", "_line"
# Columns that travel with rows of accounts or posts until a dataset is written, and serve to tell which of several
# records is the newest and which pictures are whose. None of them is part of the contract.
# Time of the newest post known of an account: of records observed at one moment, that with the newest post counts.
POST_AT = "_post_at"
# Id of the first version of a post that was edited.
FIRST_VERSION = "_first_version"
# What a record says of its pictures: paths, addresses, keys.
MEDIA = "_media"
# Whether lists of several rows of one post are to be united: one row per object that it shares.
UNITED = "_united"
TRAVELLING: Mapping[str, pl.DataType] = {
    FILE: pl.String(),
    LINE: pl.Int64(),
    POST_AT: schema.TIME,
    FIRST_VERSION: pl.String(),
    MEDIA: schema.TEXTS,
    UNITED: pl.Boolean(),
}
# Text of a set-aside row that is kept: enough to find it, not a copy of the file.
ROW_CHARS = 2000

REJECT_SCHEMA = pl.Schema(
    {
        "file": pl.String(),
        "line": pl.Int64(),
        "table": pl.String(),
        "field": pl.String(),
        "reason": pl.String(),
        "row": pl.String(),
    }
)


@dataclass(frozen=True)
class Options:
    """What a user may tell a reader.

    Attributes:
        name: Name of the data set: the ``source`` of its labels. None: the reader's own name for it.
        mapping: TOML file that maps columns to the contract, for the generic reader.
        defaults: Contract field to text, for rows where the file says nothing, for the generic reader; a mapping
            that names the field goes before.
        handles_as_ids: Whether handles stand in for the ids of accounts where a file has none, for the generic reader.
    """

    name: str | None = None
    mapping: Path | None = None
    defaults: Mapping[str, str] = field(default_factory=dict)
    handles_as_ids: bool = False


@dataclass(frozen=True)
class Part:
    """Rows of one chunk of a file.

    Attributes:
        table: ``accounts``, ``posts`` or ``labels``.
        rows: Columns of the contract, and those of :data:`TRAVELLING` that the reader knows.
    """

    table: str
    rows: pl.DataFrame


@dataclass(frozen=True)
class Loss:
    """Cells of a field that could not be read.

    Attributes:
        count: How many.
        first: File, line and reason of the first of them.
    """

    count: int
    first: str

    def told(self, table: str, name: str) -> str:
        """Return the sentence that tells of it."""
        return (
            f"{table}, {name}: cells that cannot be read are missing: {self.count:,}; the first: {self.first}"
        )


@dataclass
class Log:
    """Set-aside rows and notes, gathered while files are read.

    Attributes:
        counts: Sentence to how often it holds; ``{}`` in it stands for the count.
        parts: Set-aside rows so far.
        aside: How many they are.
        seen: Rows read per table.
        files: Files read.
        ignored: Columns that no table took, in order of their first sight.
    """

    counts: dict[str, int] = field(default_factory=dict)
    parts: list[pl.DataFrame] = field(default_factory=list)
    aside: int = 0
    seen: dict[str, int] = field(default_factory=lambda: dict.fromkeys(schema.TABLES, 0))
    files: list[Path] = field(default_factory=list)
    losses: dict[tuple[str, str], Loss] = field(default_factory=dict)

    def note(self, sentence: str, count: int = 1) -> None:
        """Write a sentence down; nothing where ``count`` is 0. Counts of one sentence add up."""
        if count:
            self.counts[sentence] = self.counts.get(sentence, 0) + count

    def reject(
        self, file: str, line: int | None, table: str, name: str | None, reason: str, row: str
    ) -> None:
        """Set one row aside; it counts as read."""
        self.seen[table] += 1
        values = [file, line, table, name, whole(reason), whole(row[:ROW_CHARS])]
        self._add(pl.DataFrame([values], schema=REJECT_SCHEMA, orient="row"))

    def set_aside(self, rows: pl.DataFrame, table: str, faults: pl.DataFrame) -> None:
        """Set rows of a frame aside.

        Args:
            rows: The frame they are in, with :data:`FILE` and :data:`LINE`.
            table: Table they would have gone to.
            faults: ``index`` (position in ``rows``), ``field``, ``reason``; several per row are joined.
        """
        if faults.is_empty():
            return
        joined = (
            faults.sort("index", maintain_order=True)
            .group_by("index", maintain_order=True)
            .agg(pl.col("field").unique(maintain_order=True).str.join(", "), pl.col("reason").str.join("; "))
        )
        taken = rows[joined["index"].to_list()]
        self._add(
            pl.DataFrame(
                {
                    "file": taken[FILE],
                    "line": taken[LINE],
                    "table": pl.Series([table] * taken.height, dtype=pl.String),
                    "field": joined["field"],
                    "reason": joined["reason"],
                    "row": pl.Series([written(row) for row in taken.iter_rows(named=True)], dtype=pl.String),
                },
                schema_overrides=REJECT_SCHEMA,
            )
        )

    def lost(self, table: str, name: str, count: int, first: str) -> None:
        """Count cells of a field that could not be read and are missing.

        Args:
            table: ``accounts``, ``posts`` or ``labels``.
            name: The field.
            count: How many.
            first: File, line and reason of the first of them.
        """
        before = self.losses.get((table, name), Loss(0, first))
        self.losses[table, name] = Loss(before.count + count, before.first)

    def rejects(self) -> pl.DataFrame:
        """Return every set-aside row."""
        return pl.concat([pl.DataFrame(schema=REJECT_SCHEMA), *self.parts])

    def read(
        self,
        accounts: pl.DataFrame | None = None,
        posts: pl.DataFrame | None = None,
        labels: pl.DataFrame | None = None,
    ) -> Read:
        """Return the finished import; a table not given is empty."""
        return Read(
            accounts=schema.empty("accounts") if accounts is None else accounts,
            posts=schema.empty("posts") if posts is None else posts,
            labels=schema.empty("labels") if labels is None else labels,
            rejects=self.rejects(),
            notes=(*self.notes, *(loss.told(*key) for key, loss in self.losses.items())),
            seen=dict(self.seen),
            files=tuple(self.files),
        )


@dataclass(frozen=True)
class Source:
    """A format that can be imported.

    Attributes:
        name: Name on the command line.
        doc: One line: what files it takes.
        read: The reader; paths are files, or folders and archives whose files it knows by name.
        each: How one file is read; None: its files are read together.
    """

    name: str
    doc: str
    read: Callable[[Sequence[Path], Options], Read]
    each: EachFile | None = None


def file_by_file(
    name: str,
    doc: str,
    patterns: tuple[str, ...],
    parts: Callable[[SourceFile, Options, Log], Iterator[Part]],
    *,
    newest_is_seen: bool = False,
) -> Source:
    """Return a format whose files are read one by one (see :class:`EachFile`)."""
    each = EachFile(patterns, parts, newest_is_seen)
    return Source(name, doc, each.read, each)


def travelling(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows of a table with every column of :data:`TRAVELLING`, unknown ones null, in one order."""
    return rows.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in TRAVELLING.items() if name not in rows.columns
    ).select(*(name for name in rows.columns if name not in TRAVELLING), *TRAVELLING)


def written(row: JsonObject) -> str:
    """Return a row as one line of JSON, cut, without the columns that only travel with it."""
    shown = {key: value for key, value in row.items() if not key.startswith("_")}
    return json.dumps(shown, ensure_ascii=False, default=str)[:ROW_CHARS]
