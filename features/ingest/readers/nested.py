"""JSON records as columns, by paths such as ``user.id_str`` or ``entities.hashtags.text``.

Objects are gone through by their keys, lists element by element, so that a list on the way gives a list; a number
takes one element (``media.0.url``). A key that itself holds points goes before the path.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from vigie.features.ingest import lists
from vigie.features.ingest.reader import FILE, LINE
from vigie.features.ingest.readers import columns
from vigie.features.json_object import JsonObject

# Column beside another: where a value was wanted and the record holds an object or a list.
_STRUCTURE = "_structure."
# Name by which a record has the page around it.
_PAGE = "page"
# Records looked at for their keys, and how deep.
_LOOKED_AT, _DEPTH = 100, 6


def table(
    records: Sequence[JsonObject],
    files: Sequence[str],
    lines: Sequence[int],
    values: Collection[str],
    listed: Mapping[str, str],
) -> pl.DataFrame:
    """Return records as a frame of texts and lists of texts, with file and line.

    Args:
        records: One object per row; what is absent is null.
        files: File of each record.
        lines: Line of each record.
        values: Paths at which one value is wanted. An object or a list there is null, and :func:`structures` tells.
        listed: Paths at which a list is wanted, with the field that it fills; a value alone is a list of one.
    """
    made: dict[str, pl.Series] = {}
    for path in values:
        found = [at(record, path) for record in records]
        if {dict, list} & set(map(type, found)):
            structured = [isinstance(value, dict | list) for value in found]
            found = [None if odd else value for value, odd in zip(found, structured, strict=True)]
            made[_STRUCTURE + path] = pl.Series(structured, dtype=pl.Boolean)
        made[path] = columns.texts(found)
    for path, field in listed.items():
        made[path] = _lists([at(record, path) for record in records], field)
    where = {FILE: pl.Series(files, dtype=pl.String), LINE: pl.Series(lines, dtype=pl.Int64)}
    return pl.DataFrame({**made, **where})


def is_structure(frame: pl.DataFrame, path: str) -> pl.Expr:
    """Return whether the record holds an object or a list at a path at which a value was wanted."""
    name = _STRUCTURE + path
    return pl.col(name) if name in frame.columns else pl.lit(False)


def structures(frame: pl.DataFrame, path: str) -> pl.Expr | None:
    """Return why a column has no value where the record holds a structure; None where it holds none."""
    if _STRUCTURE + path not in frame.columns:
        return None
    return pl.when(pl.col(_STRUCTURE + path)).then(
        pl.lit(f"{path} holds an object or a list, not a value; name a path inside it, such as {path}.id")
    )


def at(record: JsonObject, path: str) -> Any:
    """Return what stands at a path; None where nothing does.

    >>> at({"media": [{"url": "a"}, {"url": "b"}]}, "media.url")
    ['a', 'b']
    >>> at({"media": [{"url": "a"}, {"url": "b"}]}, "media.1.url")
    'b'
    """
    if path in record:
        return record[path]
    return _inside(record, path.split(".")) if "." in path else None


def inside(page: JsonObject, path: str) -> list[JsonObject] | None:
    """Return the records that a page holds at a path, each with its page under ``page``; None where nothing is there.

    >>> inside({"id": 7, "items": [{"id": 1}]}, "items")[0]["page"]["id"]
    7
    """
    held = at(page, path)
    if held is None:
        return None
    found = held if isinstance(held, list) else [held]
    return [{_PAGE: page, **record} for record in found if isinstance(record, dict)]


def keys(records: Sequence[JsonObject], paths: Sequence[str] = ()) -> list[str]:
    """Return the keys of records, of the first ones the paths inside, and those of the given paths where any has a value."""
    found = dict.fromkeys(path for record in records[:_LOOKED_AT] for path in _paths(record, "", _DEPTH))
    found |= dict.fromkeys(key for record in records for key in record)
    rare = (path for path in paths if path not in found and any(at(one, path) is not None for one in records))
    return [*found, *rare]


def _paths(value: Any, before: str, depth: int) -> Iterator[str]:
    if isinstance(value, list):
        for element in value[:1]:
            yield from _paths(element, before, depth)
    if isinstance(value, dict) and depth:
        for key, inner in value.items():
            yield f"{before}{key}"
            yield from _paths(inner, f"{before}{key}.", depth - 1)


def _inside(value: Any, steps: Sequence[str]) -> Any:
    for index, step in enumerate(steps):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit():
            value = value[int(step)] if int(step) < len(value) else None
        elif isinstance(value, list):
            found = (_inside(element, steps[index:]) for element in value)
            return [
                one
                for each in found
                for one in (each if isinstance(each, list) else [each])
                if one is not None
            ]
        else:
            return None
    return value


def _lists(values: list[Any], field: str) -> pl.Series:
    """Return lists of texts; where a record holds a text instead, texts to be read as cells of a table are."""
    if field in lists.KEYS and any(isinstance(value, str) for value in values):
        return columns.texts(values)
    if field in lists.KEYS:
        values = [None if value is None else _elements(value, field) for value in values]
    return columns.lists(values)


def _elements(value: Any, field: str) -> list[Any]:
    return [text or "" for text in lists.of_elements(value if isinstance(value, list) else [value], field)]
