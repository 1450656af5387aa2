"""Lists as cells hold them: JSON, brackets, or elements with something between them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from vigie.features.json_object import literal
from vigie.features.schema import TEXTS

# Keys of an object that is an element, by field, the first that is filled counts.
KEYS: Mapping[str, tuple[str, ...]] = {
    "urls": ("expanded_url", "unwound_url", "expanded", "url", "href", "uri"),
    "hashtags": ("tag", "text", "name", "title"),
    "mentions": ("username", "screen_name", "acct", "handle", "name", "id_str", "id"),
    "media_hashes": ("hash", "phash", "pdq"),
}
_UNIT = "\x1f"
# Between elements of a list without brackets. A link may hold commas, so only the next link ends it.
_BETWEEN = r"[|;,\s]+"
_BETWEEN_LINKS = r"\s+|[|;,]\s*(https?://)"
# What stands before an element but is no part of it.
_SIGNS = {"hashtags": "#", "mentions": "@"}


def read(cells: pl.Series, field: str, separator: str | None = None) -> pl.Series:
    """Return cells as lists of texts; null where a cell is empty or is no list that can be read.

    Args:
        cells: Texts.
        field: Field of a post: says which keys of objects are read, and what an element can hold.
        separator: What stands between the elements; None: seen from the cell. A JSON list is read all the same.
    """
    text = pl.col("text")
    bare = text.str.strip_chars()
    opened = bare.str.contains(r"^[\[{]").fill_null(False)
    # Broken JSON of objects is no list of words.
    bare_object = pl.col("bare").str.contains(r"^\[?\s*\{.*:")
    frame = cells.to_frame("text").with_columns(is_json=opened, bare=bare)
    plain = frame.select(
        pl.when(~pl.col("is_json") & (pl.col("bare") != "")).then(_split(pl.col("bare"), field, separator))
    )
    found = plain.to_series()
    if frame["is_json"].any():
        different = frame.filter("is_json")["bare"].unique()
        parsed = pl.DataFrame(
            {"bare": different, "parsed": [_parsed(one, field) for one in different]},
            schema={"bare": pl.String, "parsed": TEXTS},
        ).with_columns(pl.col("parsed").fill_null(bracketed(pl.when(~bare_object).then("bare"), separator)))
        joined = frame.join(parsed, on="bare", how="left", maintain_order="left")["parsed"]
        found = joined.zip_with(frame["is_json"], found)
    return _clean(found, field).alias(cells.name)


def bracketed(text: pl.Expr, separator: str | None = None) -> pl.Expr:
    """Return a list written in brackets (``[a, b]``, ``['a', 'b']``, ``{a,b}``) as a list.

    Args:
        text: The column.
        separator: A character that no element holds, split on as well.

    >>> pl.DataFrame({"a": ["['a', 'b']"]}).select(bracketed(pl.col("a"))).item().to_list()
    ['a', 'b']
    """
    bare = text.str.strip_chars()
    braced = bare.str.starts_with("{")
    inside = bare.str.replace(r"^[\[{]", "").str.replace(r"[\]}]$", "")
    marked = inside.str.replace_all(r"""['"]\s*,\s*['"]|,\s+""", _UNIT)
    if separator:
        marked = marked.str.replace_all(separator, _UNIT, literal=True)
    marked = pl.when(braced).then(marked.str.replace_all(",", _UNIT, literal=True)).otherwise(marked)
    element = pl.element().str.strip_chars(" '\"")
    return pl.when(text.is_not_null()).then(marked.str.split(_UNIT).list.eval(element.filter(element != "")))


def of_elements(elements: list[Any], field: str) -> list[str]:
    """Return the elements of a JSON list as texts, of objects what the field reads; those that say nothing go.

    >>> of_elements([{"tag": "quay", "start": 5}, "crane", None], "hashtags")
    ['quay', 'crane']
    """
    return [text for element in elements if (text := _element(element, field))]


def unclear(lists: pl.Series, field: str) -> pl.Series:
    """Return which lists have an element that holds a usual separator, and so may be several."""
    inside = r"[|;,]" if field == "urls" else r"[|;,\s]"
    return lists.list.join(_UNIT).str.contains(inside).fill_null(False)


def _split(text: pl.Expr, field: str, separator: str | None) -> pl.Expr:
    if separator is not None:
        return text.str.split(separator)
    if field == "urls":
        return text.str.replace_all(_BETWEEN_LINKS, _UNIT + "${1}").str.split(_UNIT)
    return text.str.replace_all(_BETWEEN, _UNIT).str.split(_UNIT)


def _parsed(text: str, field: str) -> list[str] | None:
    """Return JSON, or what Python writes for a list, as a list; None where it is neither."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = literal(text)
    if not isinstance(value, list | dict):
        return None
    return of_elements(value if isinstance(value, list) else [value], field)


def _element(element: Any, field: str) -> str | None:
    if isinstance(element, dict):
        return next((str(element[key]) for key in KEYS.get(field, ()) if element.get(key)), None)
    if element is None or isinstance(element, list):
        return None
    return str(element)


def _clean(lists: pl.Series, field: str) -> pl.Series:
    element = pl.element().str.strip_chars()
    if sign := _SIGNS.get(field):
        element = element.str.strip_prefix(sign)
    return lists.list.eval(element.filter(element != ""))
