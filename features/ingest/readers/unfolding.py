"""Formats whose records nest posts in a way that no mapping can say: a function finds the posts and accounts of each.

What a function finds has the names of the contract and the values of the record; they are read from there on as the
cells of any other format are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import polars as pl

from vigie.features import schema
from vigie.features.ingest import timestamps
from vigie.features.ingest.forms import Form
from vigie.features.ingest.mapping import PROSE, Signature
from vigie.features.ingest.opening import SourceFile
from vigie.features.ingest.reader import MEDIA, POST_AT, Log, Options, Part, Source, file_by_file
from vigie.features.ingest.readers import cells, raw
from vigie.features.json_object import JsonObject

PATTERNS = ("*.json", "*.jsonl", "*.ndjson")
# Where 4CAT puts what Zeeschuimer writes around a record.
_AROUND = "__import_meta"
_LISTS = (*cells.LISTS, MEDIA)
# Takes a sentence with ``{}`` and the count for it.
Note = Callable[[str, int], None]


@dataclass(frozen=True)
class Found:
    """A post, its author, or both.

    Attributes:
        post: Fields of the contract, and :data:`~vigie.features.ingest.reader.MEDIA`; None: the record tells only of
            the account.
        account: Fields of the contract; ``observed_at`` may be absent. None: only the id of the author is known.
    """

    post: JsonObject | None = None
    account: JsonObject | None = None


def _values(file: SourceFile, log: Log) -> Iterator[list[raw.Record]]:
    return raw.json_chunks(file, log, "posts")


@dataclass(frozen=True)
class Unfolding:
    """A format of JSON records that a function unfolds.

    Attributes:
        name: Name on the command line.
        doc: One line: what files it takes.
        platform: Name of the platform.
        found: Gives what a record holds, notes what it holds that is no post; None: the record is of another format.
        recognise: How its files are known; one of them must hold.
        html: Whether texts are HTML.
        chunks: Gives the records of a file.
    """

    name: str
    doc: str
    platform: str
    found: Callable[[JsonObject, Note], Iterable[Found] | None]
    recognise: tuple[Signature, ...]
    html: bool = False
    chunks: Callable[[SourceFile, Log], Iterator[list[raw.Record]]] = _values

    @property
    def source(self) -> Source:
        """Return the format, to be registered."""
        return file_by_file(self.name, self.doc, PATTERNS, partial(_parts, how=self), newest_is_seen=True)


@dataclass
class _Rows:
    """Records of one table with their places."""

    records: list[JsonObject] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def add(self, record: JsonObject, place: raw.Record) -> None:
        self.records.append(record)
        self.files.append(place.file)
        self.lines.append(place.line)


def inner(record: Mapping[str, Any], *names: str) -> JsonObject:
    """Return the object at a path; an empty one where there is none.

    >>> inner({"a": {"b": {"c": 1}}}, "a", "b"), inner({"a": None}, "a", "b")
    ({'c': 1}, {})
    """
    value: Any = record
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[JsonObject]:
    """Return the objects of a list.

    >>> objects([{"a": 1}, "b", None]), objects(None)
    ([{'a': 1}], [])
    """
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def wrapped(record: JsonObject) -> JsonObject:
    """Return a record of Zeeschuimer as it writes it: 4CAT puts what is around it inside.

    >>> wrapped({"id": 1, "__import_meta": {"timestamp_collected": 7}})["timestamp_collected"]
    7
    """
    around = inner(record, _AROUND)
    return {**around, "data": record} if around else record


def _parts(file: SourceFile, options: Options, log: Log, how: Unfolding) -> Iterator[Part]:
    """Read a file."""
    for records in how.chunks(file, log):
        rows = {"posts": _Rows(), "accounts": _Rows()}
        for record in records:
            _unfold(record, how, rows, log)
        for table, held in rows.items():
            if held.records:
                yield Part(table, _shaped(table, held, how, log))


def _unfold(record: raw.Record, how: Unfolding, rows: Mapping[str, _Rows], log: Log) -> None:
    value = record.value
    found = how.found(value, log.note) if isinstance(value, dict) else None
    if found is None:
        shown = ", ".join(list(value)[:12]) if isinstance(value, dict) else type(value).__name__
        log.reject(
            record.file, record.line, "posts", None, f"no record of {how.name}: {shown}", str(value)[:2000]
        )
        return
    for one in found:
        if one.post is not None:
            rows["posts"].add(_flat("posts", one.post, record, log), record)
        if one.account is not None:
            account = _flat("accounts", one.account, record, log)
            rows["accounts"].add(account | {POST_AT: (one.post or {}).get("created_at")}, record)


def _flat(table: str, values: JsonObject, place: raw.Record, log: Log) -> JsonObject:
    """Return values without structures where the contract holds one value."""
    kept = dict(values)
    for name, value in values.items():
        if isinstance(value, dict) or (isinstance(value, list) and name not in _LISTS):
            log.lost(table, name, 1, f"{place.file}, line {place.line}: holds a structure, not a value")
            kept[name] = None
    return kept


def _shaped(table: str, held: _Rows, how: Unfolding, log: Log) -> pl.DataFrame:
    frame = cells.table(held.records, held.files, held.lines, _LISTS)
    values = {"platform": pl.lit(how.platform), **cells.present(frame, cells.same(table))}
    forms = {name: Form(html=how.html) for name in PROSE if name in schema.schema(table)}
    if table == "posts":
        return cells.placed(frame, table, values, log, [MEDIA] if MEDIA in frame.columns else [], forms=forms)
    values.setdefault("observed_at", pl.lit(None, pl.String))
    dated = frame.with_columns(timestamps.parse(pl.col(POST_AT)).alias(POST_AT))
    return cells.placed(dated, table, values, log, (POST_AT,), forms=forms)


def first_of(*values: Any) -> Any:
    """Return the first value that says something; None where none does.

    >>> first_of(None, "", 0), first_of("", None)
    (0, None)
    """
    return next((value for value in values if value is not None and value != ""), None)


def listed(values: Sequence[Any]) -> list[str]:
    """Return the texts of a list that say something, each once, in order.

    >>> listed(["a", None, "", "b", "a"])
    ['a', 'b']
    """
    return list(dict.fromkeys(str(value) for value in values if value not in (None, "")))
