"""What every reader gives back, and where it writes down what it could not use."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from vigie.features import schema
from vigie.features.json_object import JsonObject

# Columns that travel with every row from the file to the set-aside table.
FILE, LINE = "_file", "_line"
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
class Read:
    """One import: three tables of the contract, and all that was not taken.

    Attributes:
        accounts: Contract table.
        posts: Contract table.
        labels: Contract table.
        rejects: Rows set aside: ``file``, ``line``, ``table``, ``field``, ``reason``, ``row`` (its text, cut
            at :data:`ROW_CHARS` characters).
        notes: Sentences with counts: what was repaired, guessed or ignored.
        seen: Rows read per table, set-aside ones included.
        files: Files read.
        places: Table to :data:`FILE` and :data:`LINE` of each of its rows, from the generic reader; else empty.
        ignored: Columns that no table took, from the generic reader.
    """

    accounts: pl.DataFrame
    posts: pl.DataFrame
    labels: pl.DataFrame
    rejects: pl.DataFrame
    notes: tuple[str, ...]
    seen: dict[str, int]
    files: tuple[Path, ...] = ()
    places: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    def table(self, name: str) -> pl.DataFrame:
        """Return ``accounts``, ``posts`` or ``labels``."""
        return {"accounts": self.accounts, "posts": self.posts, "labels": self.labels}[name]


@dataclass
class Log:
    """Set-aside rows and notes, gathered while files are read.

    Attributes:
        notes: Sentences with counts.
        parts: Set-aside rows so far.
        seen: Rows read per table.
        files: Files read.
    """

    notes: list[str] = field(default_factory=list)
    parts: list[pl.DataFrame] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=lambda: dict.fromkeys(schema.TABLES, 0))
    files: list[Path] = field(default_factory=list)

    def note(self, sentence: str, count: int = 1) -> None:
        """Write a sentence down; nothing where ``count`` is 0. ``{}`` is filled with the count."""
        if count:
            self.notes.append(sentence.replace("{}", f"{count:,}"))

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
            notes=tuple(self.notes),
            seen=dict(self.seen),
            files=tuple(self.files),
        )


@dataclass(frozen=True)
class Source:
    """A format that can be imported.

    Attributes:
        name: Name on the command line.
        doc: One line: what files it takes.
        read: The reader; paths are files, or folders whose files it knows by name.
    """

    name: str
    doc: str
    read: Callable[[Sequence[Path], Options], Read]


def whole(text: str) -> str:
    r"""Return a text whose surrogates (from ``"\ud83d\ude00"`` in JSON) are paired, lone ones replaced.

    >>> whole("\ud83d\ude00") == "\U0001f600"
    True
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def written(row: JsonObject) -> str:
    """Return a row as one line of JSON, cut, without the columns that only travel with it."""
    shown = {key: value for key, value in row.items() if not key.startswith("_")}
    return json.dumps(shown, ensure_ascii=False, default=str)[:ROW_CHARS]
