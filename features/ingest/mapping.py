"""Mapping files: which column of a collector's file holds which field of the contract, and how it is written.

A mapping is TOML. A field's right side is a column, or a table that says more::

    doc = "minet: tweets as CSV."
    platform = "x"

    [recognise]                # columns (or keys of JSON) by which `vigie import auto` knows the format
    columns = ["retweeted_id", "collection_time"]

    [defaults]                 # for all rows where the file says nothing; any contract field
    observed_at = "newest"     # or a time: a day alone is the end of that day

    [posts]
    zone = "Europe/Paris"      # of times that state none
    post_id = "id"
    created_at = {column = "date", format = "%d/%m/%Y %H:%M"}
    hashtags = {column = "tags", separator = "|"}
    kind = {repost = "retweeted_id", quote = "quoted_id", reply = "to_tweetid"}
    text = {first = ["full_text", "text"]}
    media = {column = "files", separator = "|"}    # names of saved pictures, for --media

In JSON a column is a path such as ``user.id_str``; a list on the way gives a list. Where records stand in pages,
``records = "data.videos"`` says at which path, and ``page.…`` is a path in the page around a record.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from vigie.errors import ContractError, EmptyInputError, MalformedInputError, choices
from vigie.features import schema
from vigie.features.ingest.forms import PLAIN, Form
from vigie.features.schema import KINDS, TABLES

# Word for the observation time of records that state none: the newest time of the import.
NEWEST = "newest"
# Fields of a post that several columns may fill, one for each kind.
BY_KIND = ("kind", "target_post_id", "target_account_id", "target_created_at")
_KEYS = ("doc", "platform", "records", "recognise", "defaults", *TABLES)
_OPTIONS = ("column", "first", "separator", "values", "format", "zone", "html", "optional")
_OF_A_ROW = ("post", "object")
_RECOGNISE = ("columns", "keys", "none_of", "values")
# Texts that people write, and that some platforms give as HTML.
PROSE = ("text", "description")
_FOLDER = "mappings"


@dataclass(frozen=True)
class Cell:
    """Where a value stands and how it is written.

    Attributes:
        columns: Columns or JSON paths; the first that is filled counts.
        form: How its cells are written.
        optional: Whether a CSV or Parquet file may lack the columns.
    """

    columns: tuple[str, ...]
    form: Form = PLAIN
    optional: bool = False


@dataclass(frozen=True)
class ByKind:
    """One cell for each kind of post, the first in order going before the others.

    As ``kind`` it says: the kind of a post is that whose cell is filled.
    """

    cells: Mapping[str, Cell]


Right: TypeAlias = Cell | ByKind


@dataclass(frozen=True)
class TableMap:
    """A section of a mapping.

    Attributes:
        fields: Contract field to where its values stand.
        objects: Whether a post has a row for each object it shares, instead of one row.
        media: Where stands what the collector saved of a post: paths, addresses, keys of pictures and videos.
    """

    fields: Mapping[str, Right]
    objects: bool = False
    media: Cell | None = None

    def columns(self) -> list[str]:
        """Return every column it names, each once."""
        rights = [*self.fields.values(), *([self.media] if self.media else [])]
        return list(dict.fromkeys(column for one in rights for column in columns_of(one)))


@dataclass(frozen=True)
class Signature:
    """By what the files of a format are known; all of it must hold.

    Attributes:
        columns: Columns that a CSV or Parquet file of the format has.
        keys: Paths that the records of a JSON file of the format have.
        none_of: Columns or paths that it has not.
        values: Column or path to the texts of which it holds one.
    """

    columns: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """A mapping that was checked.

    Attributes:
        name: Name of the file without its ending.
        doc: What files it takes, in one line; empty where the mapping does not say.
        tables: Table to what fills it.
        defaults: Contract field to text, for rows where the file says nothing.
        observed_newest: Whether records without an observation time count as seen at the newest time of the import.
        recognise: How files of the format are known; None where the mapping does not say.
        records: Path at which a page of JSON holds its records; empty where each JSON value is a record.
        shipped: Whether it comes with the package. Collectors of other versions write some columns less: only those of
            required fields must be there.
    """

    name: str
    doc: str
    tables: Mapping[str, TableMap]
    defaults: Mapping[str, str]
    observed_newest: bool = False
    recognise: Signature | None = None
    records: str = ""
    shipped: bool = False


def columns_of(right: Right) -> Iterator[str]:
    """Yield the columns of a right side.

    >>> list(columns_of(ByKind({"repost": Cell(("a", "b")), "reply": Cell(("c",))})))
    ['a', 'b', 'c']
    """
    for cell in right.cells.values() if isinstance(right, ByKind) else (right,):
        yield from cell.columns


def is_optional(right: Right) -> bool:
    """Return whether a file may lack all columns of a right side."""
    cells = right.cells.values() if isinstance(right, ByKind) else (right,)
    return all(cell.optional for cell in cells)


def load(path: Path) -> Plan:
    """Return a mapping file, checked.

    Raises:
        EmptyInputError: The file does not exist, or maps no table.
        MalformedInputError: It is not TOML.
        ContractError: It holds a key, a field or an option that is not known or does not fit.
    """
    if not path.is_file():
        raise EmptyInputError(f"{path} does not exist; --mapping takes a TOML file")
    return parse(path.read_bytes(), path.name)


@cache
def shipped() -> Mapping[str, Plan]:
    """Return the mappings that come with the package, by name."""
    folder = resources.files("vigie.features.ingest") / _FOLDER
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda one: one.name
    )
    plans = (replace(parse(file.read_bytes(), file.name), shipped=True) for file in files)
    return {plan.name: plan for plan in plans}


def parse(content: bytes, file: str) -> Plan:
    """Return the mapping that bytes hold, checked; see :func:`load`.

    Args:
        content: TOML.
        file: Name of the file, for messages.
    """
    try:
        held = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MalformedInputError(f"{file} is not TOML: {error}") from error
    _known(held, _KEYS, file)
    tables = {table: _table(held, table, file) for table in TABLES if table in held}
    if not tables:
        raise EmptyInputError(f"{file} maps nothing; write [accounts], [posts] or [labels]")
    defaults = _defaults(held, file)
    platform = held.get("platform")
    if isinstance(platform, dict):
        cell = _right("platform", platform, f"{file}, platform", None)
        tables = {
            table: replace(section, fields={"platform": cell, **section.fields})
            for table, section in tables.items()
        }
    elif platform is not None:
        defaults["platform"] = str(platform)
    newest = defaults.get("observed_at") == NEWEST
    return Plan(
        name=file.removesuffix(".toml"),
        doc=_string(held.get("doc", ""), f"{file}, doc"),
        tables=tables,
        defaults={name: text for name, text in defaults.items() if not (newest and name == "observed_at")},
        observed_newest=newest,
        recognise=_signature(held, file),
        records=_string(held.get("records", ""), f"{file}, records"),
    )


def _known(keys: Collection[str], allowed: Sequence[str], where: str) -> None:
    for key in keys:
        if key not in allowed:
            raise ContractError(f"{where}: {key} is not known. {choices(key, allowed)}")


def _section(held: Mapping[str, Any], name: str, file: str) -> Mapping[str, Any]:
    section = held.get(name, {})
    if not isinstance(section, dict):
        raise ContractError(f"{file}: {name} is not a section; write [{name}]")
    return section


def _fields(keys: Collection[str], allowed: Sequence[str], where: str) -> None:
    for key in keys:
        if key not in allowed:
            raise ContractError(f"{where}: the contract has no field {key}. {choices(key, allowed)}")


def _defaults(held: Mapping[str, Any], file: str) -> dict[str, str]:
    section = _section(held, "defaults", file)
    every = sorted({name for table in TABLES for name in schema.schema(table)})
    _fields(section, every, f"{file}, [defaults]")
    return {key: _text(value) for key, value in section.items()}


def _table(held: Mapping[str, Any], table: str, file: str) -> TableMap:
    section = dict(_section(held, table, file))
    where = f"{file}, [{table}]"
    row = section.pop("row", "post")
    if row not in _OF_A_ROW or (row == "object" and table != "posts"):
        raise ContractError(
            f'{where}: row is {row!r}; write row = "object" in [posts] where a post has a row for each object, '
            "else leave it out"
        )
    zone = _zone(section.pop("zone", None), where)
    media = section.pop("media", None) if table == "posts" else None
    _fields(section, list(schema.schema(table)), where)
    if not section:
        raise ContractError(f'{where} is empty; write a line for each field, such as account_id = "user_id"')
    fields = {key: _right(key, value, f"{where}, {key}", zone, table) for key, value in section.items()}
    # Named and written as links are.
    saved = None if media is None else _cell("urls", media, f"{where}, media", None, table)
    return TableMap(fields, objects=row == "object", media=saved)


def _right(name: str, value: Any, where: str, zone: str | None, table: str = "posts") -> Right:
    """Return the right side of a field."""
    if isinstance(value, str):
        value = {"column": value}
    if not isinstance(value, dict):
        raise ContractError(f'{where} is {value!r}; write a column in quotation marks, or {{column = "…"}}')
    if value and set(value) <= set(KINDS):
        if table != "posts" or name not in BY_KIND:
            raise ContractError(
                f"{where}: one column for each kind is for {', '.join(BY_KIND)} of [posts]; name one column"
            )
        return ByKind(
            {kind: _cell(name, one, f"{where}, {kind}", zone, table) for kind, one in value.items()}
        )
    return _cell(name, value, where, zone, table)


def _cell(name: str, value: Any, where: str, zone: str | None, table: str) -> Cell:
    if isinstance(value, str):
        value = {"column": value}
    if not isinstance(value, dict):
        raise ContractError(f'{where} is {value!r}; write a column in quotation marks, or {{column = "…"}}')
    _known(value, _OPTIONS, where)
    if ("column" in value) == ("first" in value):
        raise ContractError(f'{where}: write column = "…" or first = ["…", "…"], one of the two')
    given = [value["column"]] if "column" in value else value["first"]
    columns = _strings(given, f"{where}, {'column' if 'column' in value else 'first'}")
    dtype = schema.schema(table)[name]
    fit = {
        "separator": (isinstance(dtype, pl.List), "for lists"),
        "format": (dtype == schema.TIME, "for times"),
        "zone": (dtype == schema.TIME, "for times"),
        "html": (name in PROSE, f"for {' and '.join(PROSE)}"),
        "values": (dtype in (pl.String(), pl.Boolean()), "for words and flags"),
    }
    for key, (fits, meant) in fit.items():
        if key in value and not fits:
            raise ContractError(f"{where}: {key} is {meant}, which {name} is not; leave it out")
    formats = value.get("format", [])
    form = Form(
        separator=_string(value["separator"], f"{where}, separator", filled=True)
        if "separator" in value
        else None,
        values=_values(name, value.get("values", {}), where, table),
        formats=_strings([formats] if isinstance(formats, str) else formats, f"{where}, format"),
        zone=(_zone(value.get("zone"), where) or zone) if dtype == schema.TIME else None,
        html=_flag(value.get("html", False), f"{where}, html"),
        words=table == "labels" and name == "value",
    )
    return Cell(columns, form, optional=_flag(value.get("optional", False), f"{where}, optional"))


def _values(name: str, given: Any, where: str, table: str) -> dict[str, str]:
    if not isinstance(given, dict) or any(isinstance(value, dict | list) for value in given.values()):
        raise ContractError(
            f'{where}: values is a table, word of the file = value; such as {{rt = "repost"}}'
        )
    found = {key.strip().lower(): _text(value) for key, value in given.items()}
    allowed = next(one.allowed for one in TABLES[table] if one.name == name)
    for value in found.values():
        if allowed and value not in allowed:
            raise ContractError(
                f"{where}, values: the contract has no {name} {value}. {choices(value, allowed)}"
            )
    return found


def _signature(held: Mapping[str, Any], file: str) -> Signature | None:
    if "recognise" not in held:
        return None
    section, where = _section(held, "recognise", file), f"{file}, [recognise]"
    _known(section, _RECOGNISE, where)
    values = section.get("values", {})
    if not isinstance(values, dict):
        raise ContractError(f'{where}, values: write {{column = ["word", …]}}')
    found = Signature(
        columns=_strings(section.get("columns", []), f"{where}, columns"),
        keys=_strings(section.get("keys", []), f"{where}, keys"),
        none_of=_strings(section.get("none_of", []), f"{where}, none_of"),
        values={
            key: _strings([one] if isinstance(one, str) else one, f"{where}, values, {key}")
            for key, one in values.items()
        },
    )
    if not (found.columns or found.keys):
        raise ContractError(f"{where} names no columns and no keys; write at least one of the two")
    return found


def _strings(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ContractError(f'{where} is {value!r}; write a list of texts, such as ["a", "b"]')
    return tuple(_string(one, where, filled=True) for one in value)


def _string(value: Any, where: str, *, filled: bool = False) -> str:
    if not isinstance(value, str) or (filled and not value):
        raise ContractError(f"{where} is {value!r}; write a text in quotation marks")
    return value


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise ContractError(f"{where} is {value!r}; write true or false")
    return value


def _zone(value: Any, where: str) -> str | None:
    if value is None:
        return None
    try:
        pl.Series([None], dtype=pl.Datetime).dt.replace_time_zone(_string(value, where, filled=True))
    except pl.exceptions.PolarsError as error:
        raise ContractError(
            f"{where}: zone is {value!r}, no name of the IANA time zones; write such as Europe/Paris or Pacific/Noumea"
        ) from error
    return str(value)


def _text(value: Any) -> str:
    """Return a TOML value as the text that a cell would hold."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)
