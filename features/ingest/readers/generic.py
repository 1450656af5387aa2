"""Any CSV, JSON, JSON lines or Parquet file, with a mapping to the contract or its own names.

A mapping is a TOML file, contract field to column of the file::

    platform = "facebook"

    [defaults]                 # for all rows where the file says nothing; any contract field
    observed_at = "2021-06-01"

    [accounts]
    account_id = "profile_id"
    followers_count = "num_followers"

    [labels]
    account_id = "profile_id"
    value = "is_fake"

A table takes every file that has all of its columns, so accounts, posts and labels may stand in one file or
in several. Without a mapping, columns go by the contract's names and aliases.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from vigie.errors import (
    ContractError,
    EmptyInputError,
    MalformedInputError,
    MissingColumnError,
    UnknownFormatError,
    choices,
)
from vigie.features import schema
from vigie.features.ingest.opening import SourceFile, expand
from vigie.features.ingest.reader import FILE, LINE, Log, Options, Read
from vigie.features.ingest.readers import cells, raw
from vigie.features.schema import TABLES

# A file, the table it fills, contract field to column.
_Part: TypeAlias = tuple[pl.DataFrame, str, dict[str, str]]

_ENDINGS = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet")
_KEYS = ("platform", "defaults", *TABLES)
# What an unmapped label file need not say.
_LABEL_DEFAULTS = {"target": "inauthentic", "strength": "weak"}


@dataclass(frozen=True)
class Plan:
    """A mapping file that was checked.

    Attributes:
        tables: Table to contract field to column.
        defaults: Contract field to text, for rows where the file says nothing.
    """

    tables: dict[str, dict[str, str]]
    defaults: dict[str, str]


def read(paths: Sequence[Path], options: Options) -> Read:
    """Read the files given.

    Raises:
        ContractError: The mapping names a field that the contract does not have.
        MissingColumnError: No file has the columns that a table needs.
        UnknownFormatError: A file has an ending that is not read.
    """
    log = Log()
    plan = load(options.mapping) if options.mapping else None
    first = next(iter(plan.tables), "accounts") if plan else "accounts"
    lists = _lists(plan)
    frames = [
        _frame(path, first, lists, log) for path in expand(paths, [f"*{ending}" for ending in _ENDINGS])
    ]
    defaults = {**options.defaults, **(plan.defaults if plan else {})}
    tables: dict[str, list[pl.DataFrame]] = {
        table: [schema.empty(table).with_columns(pl.lit("").alias(FILE), pl.lit(0, pl.Int64).alias(LINE))]
        for table in TABLES
    }
    used = {FILE, LINE}
    for frame, table, columns in (
        _planned(frames, plan, defaults) if plan else _recognised(frames, defaults, options.handles_as_ids)
    ):
        used.update(columns.values())
        tables[table].append(_shaped(frame, table, columns, defaults, options.name, log))
    whole = {table: pl.concat(parts) for table, parts in tables.items()}
    seen = dict.fromkeys(name for frame in frames for name in frame.columns)
    log.ignored = {name: None for name in seen if name not in used}
    return log.read(**whole)


def load(path: Path) -> Plan:
    """Return a mapping file, checked.

    Raises:
        EmptyInputError: The file does not exist, or maps no table.
        MalformedInputError: It is not TOML.
        ContractError: It holds a key or a field that is not known.
    """
    if not path.is_file():
        raise EmptyInputError(f"{path} does not exist; --mapping takes a TOML file")
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MalformedInputError(f"{path.name} is not TOML: {error}") from error
    for key in held:
        if key not in _KEYS:
            raise ContractError(f"{path.name}: {key} is not known. {choices(key, _KEYS)}")
    tables = {
        table: _section(held, table, path, list(schema.schema(table))) for table in TABLES if table in held
    }
    if not tables:
        raise EmptyInputError(f"{path.name} maps nothing; write [accounts], [posts] or [labels]")
    every = {name for table in TABLES for name in schema.schema(table)}
    defaults = _section(held, "defaults", path, sorted(every))
    if "platform" in held:
        defaults["platform"] = str(held["platform"])
    return Plan(tables, defaults)


def _section(held: Mapping[str, Any], name: str, path: Path, allowed: Sequence[str]) -> dict[str, str]:
    section = held.get(name, {})
    if not isinstance(section, dict):
        raise ContractError(f"{path.name}: {name} is not a section; write [{name}]")
    for key in section:
        if key not in allowed:
            raise ContractError(
                f"{path.name}, [{name}]: the contract has no field {key}. {choices(key, allowed)}"
            )
    return {key: _text(value) for key, value in section.items()}


def _text(value: Any) -> str:
    """Return a TOML value as the text that a cell would hold."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _lists(plan: Plan | None) -> set[str]:
    """Return the columns that may hold lists."""
    if plan:
        return {column for name, column in plan.tables.get("posts", {}).items() if name in cells.LISTS}
    return {
        name
        for field in TABLES["posts"]
        if field.name in cells.LISTS
        for name in (field.name, *field.aliases)
    }


def _frame(path: SourceFile, table: str, lists: Collection[str], log: Log) -> pl.DataFrame:
    """Return any file as a frame with its name and lines."""
    ending = path.suffix.lower()
    if ending in (".csv", ".tsv"):
        return raw.read_csv(path, log, table)
    if ending in (".json", ".jsonl", ".ndjson"):
        records = raw.read_json(path, log, table)
        whole = [record for record in records if isinstance(record.value, dict)]
        for record in records:
            if not isinstance(record.value, dict):
                log.reject(record.file, record.line, table, None, "not a JSON object", str(record.value))
        return cells.table(
            [one.value for one in whole], [one.file for one in whole], [one.line for one in whole], lists
        )
    if ending == ".parquet":
        return raw.read_parquet(path, log)
    raise UnknownFormatError(
        f"{path.name}: no reader for {ending or 'a file without ending'}. {choices(ending, _ENDINGS)}"
    )


def _planned(frames: Sequence[pl.DataFrame], plan: Plan, defaults: Mapping[str, str]) -> list[_Part]:
    """Return each file with the tables of the mapping whose columns it has.

    Raises:
        MissingColumnError: A table finds its columns in no file, or lacks a required field.
    """
    parts: list[_Part] = []
    for table, columns in plan.tables.items():
        fitting = [frame for frame in frames if set(columns.values()) <= set(frame.columns)]
        if not fitting:
            seen = _shown(frames[0])
            absent = {name: column for name, column in columns.items() if column not in seen}
            listed = ", ".join(f"{column} (for {name})" for name, column in absent.items())
            raise MissingColumnError(
                f"[{table}] maps {listed or 'columns of several files'}, which no file has. "
                f"{_file(frames[0])} has {', '.join(seen)}.{_hints(table, list(absent))}"
            )
        _complete(table, [*columns, *defaults], fitting[0])
        parts.extend((frame, table, columns) for frame in fitting)
    return parts


def _recognised(
    frames: Sequence[pl.DataFrame], defaults: Mapping[str, str], handles_as_ids: bool
) -> list[_Part]:
    """Return each file with the tables that its column names fit.

    Raises:
        MissingColumnError: A file lacks a required field.
    """
    parts: list[_Part] = []
    for frame in frames:
        seen = _shown(frame)
        posts, labels, accounts = (_named(seen, table) for table in ("posts", "labels", "accounts"))
        if {"post_id", "account_id", "created_at"} <= set(posts):
            chosen = {"posts": posts}
        else:
            chosen = {"labels": labels} if "value" in labels else {}
            if not chosen or len(accounts) > len({"platform", "account_id"}):
                chosen["accounts"] = accounts
        if handles_as_ids and "accounts" in chosen and "account_id" not in accounts and "handle" in accounts:
            accounts["account_id"] = accounts["handle"]
        for table, columns in chosen.items():
            _complete(table, [*columns, *defaults], frame)
            parts.append((frame, table, columns))
    return parts


def _named(seen: Sequence[str], table: str) -> dict[str, str]:
    """Return contract field to column, by name and then by alias; a column serves one field."""
    found = {field.name: field.name for field in TABLES[table] if field.name in seen}
    for field in TABLES[table]:
        free = [alias for alias in field.aliases if alias in seen and alias not in found.values()]
        if field.name not in found and free:
            found[field.name] = free[0]
    return found


def _complete(table: str, given: Sequence[str], frame: pl.DataFrame) -> None:
    stated = {*given, *(("source", *_LABEL_DEFAULTS) if table == "labels" else ())}
    missing = [field.name for field in TABLES[table] if field.required and field.name not in stated]
    if missing:
        raise MissingColumnError(
            f"the {table} table needs {', '.join(missing)}; {_file(frame)} has {', '.join(_shown(frame))}."
            f"{_hints(table, missing)} Map the columns with --mapping, or write a value for all rows under "
            "[defaults]"
        )


def _hints(table: str, names: Sequence[str]) -> str:
    """Return how collectors also call fields."""
    known = [(field.name, field.aliases) for field in TABLES[table] if field.name in names and field.aliases]
    return "".join(f" Collectors also call {name} {', '.join(aliases)}." for name, aliases in known)


def _shaped(
    frame: pl.DataFrame,
    table: str,
    columns: Mapping[str, str],
    defaults: Mapping[str, str],
    source: str | None,
    log: Log,
) -> pl.DataFrame:
    fallback = dict(defaults)
    if table == "labels":
        fallback = _LABEL_DEFAULTS | {"source": source or Path(_file(frame)).stem} | fallback
    fields = schema.schema(table)
    for name, column in columns.items():
        if frame.schema[column].is_nested() and name not in cells.LISTS:
            raise MalformedInputError(f"{_file(frame)}: {column} holds structures, not values of {name}")
    values = {name: pl.col(column) for name, column in columns.items()}
    for name, text in fallback.items():
        if name not in fields or (name in cells.LISTS and name in values):
            continue
        said = values[name].cast(pl.String) if name in values else pl.lit(None, dtype=pl.String)
        values[name] = pl.when(said.str.strip_chars() != "").then(said).otherwise(pl.lit(text))
    values["platform"] = schema.platform(values["platform"].cast(pl.String))
    if "handle" in values:
        values["handle"] = values["handle"].cast(pl.String).str.strip_chars().str.strip_prefix("@")
        if columns.get("account_id") == columns.get("handle"):
            values["account_id"] = values["handle"]
    return cells.placed(frame, table, values, log)


def _shown(frame: pl.DataFrame) -> list[str]:
    return [name for name in frame.columns if name not in (FILE, LINE)]


def _file(frame: pl.DataFrame) -> str:
    return str(frame[FILE].first()) if frame.height else "the file"
