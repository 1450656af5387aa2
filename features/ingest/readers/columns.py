"""Values of JSON as columns of text, most of them without looking at each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from vigie.features.ingest import ids

# ASCII's own separator of units.
_UNIT = "\x1f"


def texts(values: Sequence[Any]) -> pl.Series:
    """Return values as the texts that cells of a table would hold; a structure as its JSON."""
    kinds = set(map(type, values))
    if kinds <= {str, type(None)}:
        return pl.Series(values, dtype=pl.String)
    if kinds <= {int, type(None)}:
        try:
            return pl.Series(values, dtype=pl.Int64).cast(pl.String)
        except (OverflowError, TypeError):  # more than 64 bits
            pass
    return pl.Series([plain(value) for value in values], dtype=pl.String)


def lists(values: Sequence[Any]) -> pl.Series:
    """Return lists as lists of texts; a value alone is a list of one."""
    if set(map(type, values)) <= {list, type(None)}:
        try:
            joined = pl.Series(
                [None if value is None else _UNIT.join(value) for value in values], dtype=pl.String
            )
        except TypeError:  # an element is not a text
            pass
        else:
            found = pl.select(
                pl.when(joined == "").then(pl.lit([], pl.List(pl.String))).otherwise(joined.str.split(_UNIT))
            ).to_series()
            # A separator inside a text, or a list of one empty text, would move texts between rows.
            sizes = pl.Series([None if value is None else len(value) for value in values], dtype=pl.UInt32)
            if found.list.len().equals(sizes, null_equal=True):
                return found
    return pl.Series([_listed(value) for value in values], dtype=pl.List(pl.String))


def plain(value: Any) -> str | None:
    """Return a JSON value as the text that a cell would hold."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, float):
        return _number(value)
    return str(value)


def _listed(value: Any) -> list[str] | None:
    if value is None:
        return None
    found = (plain(element) for element in (value if isinstance(value, list) else [value]))
    return [text for text in found if text is not None]


def _number(value: float) -> str:
    """Return a number that is not whole in JSON as a cell would hold it."""
    if not value.is_integer():
        shown = repr(value)
        # Three decimals would look like thousands.
        return f"{shown}0" if "." in shown and "e" not in shown else shown
    # Beyond what a double holds exactly the number is not the one that was meant: its exponent tells that.
    return str(int(value)) if abs(value) < ids.LARGEST_EXACT else f"{value:.15e}"
