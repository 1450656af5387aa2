"""Any CSV, JSON, JSON lines or Parquet file, with a mapping to the contract or its own names.

What a mapping can say is in :mod:`vigie.features.ingest.mapping`. A table takes every file that has all of its
columns, so accounts, posts and labels may stand in one file or in several. Without a mapping, columns go by the
contract's names and aliases.

A file is planned once, from its columns: :func:`planned` or :func:`recognised` say which tables it fills and how.
Its rows are then shaped in any number of pieces: :func:`shaped` needs no more than the rows given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import polars as pl

from vigie.errors import ContractError, UnknownFormatError, choices
from vigie.features import preprocessing, schema
from vigie.features.ingest import counts, mapping
from vigie.features.ingest.forms import PLAIN
from vigie.features.ingest.mapping import ByKind, Cell
from vigie.features.ingest.reader import FILE, LINE, Log, Options, Read
from vigie.features.ingest.readers import cells, kinds, nested, raw
from vigie.features.ingest.readers.file_plan import (
    LABEL_DEFAULTS,
    Filling,
    Seen,
    absent,
    met,
    planned,
    recognised,
    wanted,
)
from vigie.features.schema import TABLES

# How the rows of a file become a frame, once it is known what is wanted of them.
_Rows: TypeAlias = Callable[[Sequence[Filling]], pl.DataFrame]

_ENDINGS = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet")


def read(paths: Sequence[Path], options: Options) -> Read:
    """Read the files given.

    Raises:
        ContractError: The mapping names a field that the contract does not have, or a column says two things.
        MissingColumnError: No file has the columns that a table needs.
        UnknownFormatError: A file has an ending that is not read.
    """
    log = Log()
    plan = mapping.load(options.mapping) if options.mapping else None
    first = next(iter(plan.tables), "accounts") if plan else "accounts"
    opened = [_opened(path, first, log) for path in raw.expand(paths, [f"*{ending}" for ending in _ENDINGS])]
    seen = [one for one, _ in opened]
    parts = [
        planned(one, plan, options.defaults)
        if plan
        else recognised(one, options.defaults, options.handles_as_ids)
        for one in seen
    ]
    if plan:
        met(plan, seen, parts)
    tables: dict[str, list[pl.DataFrame]] = {
        table: [schema.empty(table).with_columns(pl.lit("").alias(FILE), pl.lit(0, pl.Int64).alias(LINE))]
        for table in TABLES
    }
    for (_, rows), own in zip(opened, parts, strict=True):
        frame = rows(own)
        for part in own:
            tables[part.table].append(shaped(frame, part, options.name, log))
    for one, own in zip(seen, parts, strict=True):
        for sentence in absent(one, own):
            log.note(sentence)
    whole = {table: pl.concat(parts) for table, parts in tables.items()}
    used = {column for own in parts for part in own for column in part.columns()}
    return replace(
        log.read(**{table: rows.drop(FILE, LINE) for table, rows in whole.items()}),
        places={table: rows.select(FILE, LINE) for table, rows in whole.items()},
        ignored=tuple(dict.fromkeys(name for one in seen for name in one.names() if name not in used)),
    )


def _opened(path: Path, table: str, log: Log) -> tuple[Seen, _Rows]:
    """Return what a file shows of itself, and how its rows become a frame of the columns that are wanted."""
    ending = path.suffix.lower()
    if ending in (".csv", ".tsv"):
        frame = raw.read_csv(path, log, table)
        return Seen(path.name, _shown(frame)), lambda parts: frame
    if ending == ".parquet":
        frame = raw.read_parquet(path, log)
        return Seen(path.name, _shown(frame)), lambda parts: frame
    if ending in (".json", ".jsonl", ".ndjson"):
        records = raw.read_json(path, log, table)
        whole = [record for record in records if isinstance(record.value, dict)]
        for record in records:
            if not isinstance(record.value, dict):
                log.reject(record.file, record.line, table, None, "not a JSON object", str(record.value))
        values = [record.value for record in whole]
        files, lines = [record.file for record in whole], [record.line for record in whole]
        seen = Seen(path.name, tuple(nested.keys(values)), is_json=True)
        return seen, lambda parts: nested.table(values, files, lines, *wanted(parts))
    raise UnknownFormatError(
        f"{path.name}: no reader for {ending or 'a file without ending'}. {choices(ending, _ENDINGS)}"
    )


def shaped(frame: pl.DataFrame, part: Filling, source: str | None, log: Log) -> pl.DataFrame:
    """Return rows of a file as rows of a table of the contract, with their file and line.

    Args:
        frame: Rows as read; columns of text, of lists of texts or of the types of a Parquet file.
        part: What the file gives to the table.
        source: Name of the data set, for labels that state none; None: the name of the file.
        log: Takes the rows set aside, the cells lost and the notes.

    Raises:
        ContractError: Two columns both say what a field is, and differ.
    """
    _same(frame, part)
    fields = schema.schema(part.table)
    values = {name: _text(frame, right) for name, right in part.fields.items() if isinstance(right, Cell)}
    forms = {
        name: next(iter(right.cells.values())).form if isinstance(right, ByKind) else right.form
        for name, right in part.fields.items()
    }
    if part.table == "posts":
        values |= kinds.values(part.fields, frame, log)
    fallback = dict(part.defaults)
    if part.table == "labels":
        fallback = LABEL_DEFAULTS | {"source": source or Path(_file(frame)).stem} | fallback
    for name, text in fallback.items():
        if name not in fields or (name in cells.LISTS and name in values):
            continue
        said = cells.no_value(values[name].cast(pl.String)) if name in values else pl.lit(None, pl.String)
        values[name] = pl.when(said.str.strip_chars() != "").then(said).otherwise(pl.lit(text))
    if "platform" in values:
        words = forms.get("platform", PLAIN).values
        values["platform"] = schema.platform(values["platform"].cast(pl.String)).replace(words)
    if part.table == "accounts":  # planned without only where the newest time of the import stands in for it
        values.setdefault("observed_at", pl.lit(None, schema.TIME))
    if "handle" in values:
        values["handle"] = values["handle"].cast(pl.String).str.strip_chars().str.strip_prefix("@")
        if part.fields.get("account_id") == part.fields["handle"]:
            values["account_id"] = values["handle"]
    faults = {
        name: pl.when(values[name].is_null()).then(reason)
        for name, right in part.fields.items()
        if name not in cells.LISTS
        for column in mapping.columns_of(right)
        if (reason := nested.structures(frame, column)) is not None
    }
    made = cells.placed(frame, part.table, values, log, forms=forms, faults=faults)
    if part.table != "posts":
        return made
    log.note(
        "posts that act on another in a way that is not stated: {}; they count neither as originals nor as reposts",
        made.select(preprocessing.act().is_null().sum()).item(),
    )
    return united(made) if part.unites else made


def united(posts: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each post, with the lists of all its rows and the rest of the first one.

    Some files have a row for each link, hashtag or picture of a post.
    """
    lists = [name for name, dtype in schema.schema("posts").items() if dtype == schema.TEXTS]
    key = ("platform", "account_id", "post_id")
    # Rows that do not name their post are not of one post.
    nameless = (
        pl.when(pl.any_horizontal(pl.col(key).is_null())).then(pl.int_range(pl.len())).alias("_nameless")
    )
    of_post = pl.all().exclude(*key, *lists).first()
    joined = posts.group_by(*key, nameless, maintain_order=True).agg(
        *(_union(name) for name in lists), of_post
    )
    return joined.select(posts.columns)


def _union(name: str) -> pl.Expr:
    """Return the elements of several lists, each once; null where none of the lists is known."""
    elements = pl.col(name).explode(keep_nulls=False, empty_as_null=False).unique(maintain_order=True)
    return pl.when(pl.col(name).is_not_null().any()).then(elements.implode()).alias(name)


def _same(frame: pl.DataFrame, part: Filling) -> None:
    """Refuse columns that both say what a field is and differ."""
    for name, columns in part.rivals.items():
        number = schema.schema(part.table)[name] == pl.Int64
        texts = [pl.col(column).cast(pl.String).str.strip_chars() for column in columns]
        said = [counts.read(text) if number else pl.when(text != "").then(text) for text in texts]
        for column, text in zip(columns[1:], said[1:], strict=True):
            differing = frame.filter((said[0] != text).fill_null(False))
            if differing.height:
                raise ContractError(
                    f"{_file(frame)}: {columns[0]} and {column} are both names of {name}, and differ (line "
                    f'{differing[LINE][0]}); say with --mapping which it is: [{part.table}] {name} = "{column}"'
                )


def _text(frame: pl.DataFrame, cell: Cell) -> pl.Expr:
    """Return the first filled of the columns of a cell."""
    columns = [pl.col(column) for column in cell.columns]
    if len(columns) == 1:
        return columns[0]
    if any(frame.schema[column].is_nested() for column in cell.columns):
        return pl.coalesce(columns)
    texts = [column.cast(pl.String) for column in columns]
    return pl.coalesce(pl.when(cells.no_value(text).str.strip_chars() != "").then(text) for text in texts)


def _shown(frame: pl.DataFrame) -> tuple[str, ...]:
    return tuple(name for name in frame.columns if name not in (FILE, LINE))


def _file(frame: pl.DataFrame) -> str:
    return str(frame[FILE].first()) if frame.height else "the file"
