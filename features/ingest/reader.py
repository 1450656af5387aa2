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
from vigie.features.json_object import JsonObject, whole

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
        table: ``accounts``, ``posts`` or ``labels``; ``names`` of accounts, from a dataset.
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
        seen: Rows read per table.
        files: Files read.
        ignored: Columns that no table took, in order of their first sight.
        losses: Table and field to the cells that could not be read.
    """

    counts: dict[str, int] = field(default_factory=dict)
    parts: list[pl.DataFrame] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=lambda: dict.fromkeys(schema.TABLES, 0))
    files: list[Path] = field(default_factory=list)
    ignored: dict[str, None] = field(default_factory=dict)
    losses: dict[tuple[str, str], Loss] = field(default_factory=dict)

    @property
    def notes(self) -> list[str]:
        """Return the sentences with their counts."""
        told = [sentence.replace("{}", f"{count:,}") for sentence, count in self.counts.items()]
        return [*told, *(loss.told(*key) for key, loss in self.losses.items())]

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
        self.parts.append(pl.DataFrame([values], schema=REJECT_SCHEMA, orient="row"))

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
        self.parts.append(
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
        """Return an import of whole tables; a table not given is empty."""
        given = {"accounts": accounts, "posts": posts, "labels": labels}
        return Read((Part(table, rows) for table, rows in given.items() if rows is not None), self)


@dataclass
class Read:
    """One import: rows of the contract's tables as they come, and all that was not taken.

    The parts are read once: either by what writes a dataset, or by the tables here, which hold all of them.

    Attributes:
        parts: Rows, a chunk at a time.
        log: Set-aside rows, notes and counts, complete when the parts were read.
        newest_is_seen: Whether records of accounts without ``observed_at`` count as seen at the newest time of
            the import, since all was collected after it; else they are at fault.
    """

    parts: Iterable[Part]
    log: Log
    newest_is_seen: bool = False

    @cached_property
    def _tables(self) -> dict[str, pl.DataFrame]:
        held: dict[str, list[pl.DataFrame]] = {table: [] for table in schema.TABLES}
        newest = Newest()
        for part in self.parts:
            if part.table in held:
                newest.see(part)
                held[part.table].append(travelling(part.rows))
        empty = {table: travelling(schema.empty(table)) for table in schema.TABLES}
        tables = {table: pl.concat([empty[table], *rows]) for table, rows in held.items()}
        if self.newest_is_seen:
            tables["accounts"] = tables["accounts"].with_columns(newest.filled(self.log))
        return tables

    def table(self, name: str) -> pl.DataFrame:
        """Return ``accounts``, ``posts`` or ``labels``, the contract's columns."""
        return self._tables[name].select(schema.schema(name).names())

    def rows(self, name: str) -> pl.DataFrame:
        """Return a table with the columns of :data:`TRAVELLING`, null where the reader does not know them."""
        return self._tables[name]

    @property
    def accounts(self) -> pl.DataFrame:
        """Return the accounts."""
        return self.table("accounts")

    @property
    def posts(self) -> pl.DataFrame:
        """Return the posts."""
        return self.table("posts")

    @property
    def labels(self) -> pl.DataFrame:
        """Return the labels."""
        return self.table("labels")

    @property
    def rejects(self) -> pl.DataFrame:
        """Return the rows set aside (:data:`REJECT_SCHEMA`)."""
        self._tables  # noqa: B018
        return self.log.rejects()

    @property
    def notes(self) -> tuple[str, ...]:
        """Return sentences with counts: what was repaired, guessed or ignored."""
        self._tables  # noqa: B018
        return tuple(self.log.notes)

    @property
    def seen(self) -> dict[str, int]:
        """Return rows read per table, set-aside ones included."""
        self._tables  # noqa: B018
        return dict(self.log.seen)


@dataclass
class Newest:
    """The newest time of an import: all of it was collected after it.

    Attributes:
        time: That time, as microseconds since 1970, UTC; None: no time yet.
        unstated: Records of accounts that state no time of observation.
    """

    time: int | None = None
    unstated: int = 0

    def see(self, part: Part) -> None:
        """Take the times of a part."""
        if part.table == "labels":
            return
        names = [name for name in ("created_at", POST_AT) if name in part.rows.columns]
        time = part.rows.select(pl.max_horizontal(pl.col(names).max()).to_physical()).item()
        if time is not None:
            self.time = time if self.time is None else max(time, self.time)
        if part.table == "accounts":
            self.unstated += part.rows["observed_at"].null_count()

    @property
    def expression(self) -> pl.Expr:
        """Return the time as a value for tables; null where there is none."""
        return pl.lit(self.time, dtype=pl.Int64).cast(schema.TIME)

    def filled(self, log: Log) -> pl.Expr:
        """Return ``observed_at`` with the newest time where a record states none; a note tells how many."""
        if self.time is not None:
            shown = pl.select(self.expression.dt.strftime("%Y-%m-%d %H:%M")).item()
            log.note(
                "records of users without a collection time: {}; "
                f"observed at {shown}, the newest time in the files",
                self.unstated,
            )
        return pl.col("observed_at").fill_null(self.expression)


@dataclass(frozen=True)
class EachFile:
    """How a format is read file by file: what a file holds does not hang on the others.

    Attributes:
        patterns: Names of its files in folders and archives, such as ``*.jsonl``.
        parts: Reads one file.
        newest_is_seen: See :class:`Read`.
        check: Checks, before they are read, that files hold together what is needed.
    """

    patterns: tuple[str, ...]
    parts: Callable[[SourceFile, Options, Log], Iterator[Part]]
    newest_is_seen: bool = False
    check: Callable[[Sequence[SourceFile], Options], None] = lambda files, options: None

    def read(self, paths: Sequence[Path], options: Options) -> Read:
        """Return the import of files, and of what folders and archives hold."""
        files = expand(paths, self.patterns)
        self.check(files, options)
        return self.of(files, options)

    def of(self, files: Sequence[SourceFile], options: Options) -> Read:
        """Return the import of files."""
        log = Log()
        parts = (part for file in files for part in self.parts(file, options, log))
        return Read(parts, log, self.newest_is_seen)


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
    check: Callable[[Sequence[SourceFile], Options], None] = lambda files, options: None,
) -> Source:
    """Return a format whose files are read one by one (see :class:`EachFile`)."""
    each = EachFile(patterns, parts, newest_is_seen, check)
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
