"""Ids that a spreadsheet or a data frame has rounded: they name nobody, or somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import polars as pl

Texts = TypeVar("Texts", pl.Expr, pl.Series)
# Fields that hold ids.
NAMES = ("account_id", "post_id", "target_post_id", "target_account_id")
# Doubles hold no whole number beyond this exactly.
LARGEST_EXACT = 2**53
ROUNDED = "was rounded by a spreadsheet or a data frame and names no account or post; export the ids as text"
# Also more digits than a double holds, with decimals.
_SCIENTIFIC = r"(?i)^\d(?:[.,]\d+)?e\+?\d+$|^\d{16,}\.0+$"
_DECIMALS = r"^(\d{1,15})\.0+$"
_LONG = r"^\d{17,}$"
# By this mark a spreadsheet is told that digits are text.
_MARKED = r"^'(\d+)$"
# Of honest ids one in a thousand ends so; of rounded ones nearly all.
_ENDING = "000"
_SHARE, _LEAST = 0.9, 2


def scientific(text: Texts) -> Texts:
    """Return where an id is written as a rounded number, such as 8.41E+17; null where there is none."""
    return text.str.strip_chars().str.contains(_SCIENTIFIC)


def of_floats(number: pl.Expr) -> pl.Expr:
    """Return ids that were stored as floats, as text; one that the float cannot hold is written as rounded."""
    exact = number.cast(pl.Int64, strict=False).cast(pl.String)
    return pl.when(number.abs() < LARGEST_EXACT).then(exact).otherwise(number.cast(pl.String))


def of_texts(text: pl.Expr) -> pl.Expr:
    """Return ids without spaces around them, the decimals that data frames write behind and the mark of spreadsheets before.

    >>> pl.DataFrame({"a": [" 7 ", "7.0", "'7", "1.29E+18"]}).select(of_texts(pl.col("a"))).to_series().to_list()
    ['7', '7', '7', '1.29E+18']
    """
    return text.str.strip_chars().str.replace(_DECIMALS, "$1").str.replace(_MARKED, "$1")


def rounded(columns: Mapping[str, pl.Series]) -> dict[str, pl.Series]:
    """Return, for each column of ids, where one is written as a rounded number.

    Args:
        columns: Columns of ids as text.

    Returns:
        Of those columns in which one is, which rows.
    """
    # One query: one for each column costs a small request more than all that they ask.
    asked = pl.select(scientific(pl.lit(ids)).any().alias(name) for name, ids in columns.items())
    return {name: scientific(columns[name]).fill_null(False) for name in asked.columns if asked[name].item()}


def cut(columns: Mapping[str, pl.Series]) -> dict[str, pl.Series]:
    """Return, for each column of ids, where an id has lost its last digits.

    Ids of 17 digits or more that nearly all end in 000 were numbers of fewer exact digits once. One such id alone
    is nothing: one in a thousand ends so.

    Args:
        columns: Columns of ids as text.

    Returns:
        Of those columns in which ids were cut, which rows.
    """
    # One query, as of rounded ones.
    ending = pl.select(
        pl.sum_horizontal(pl.lit(0), *(pl.lit(ids).str.ends_with(_ENDING).sum() for ids in columns.values()))
    )
    if ending.item() < _LEAST:
        return {}
    long = {name: ids.filter(ids.str.contains(_LONG)) for name, ids in columns.items()}
    every = pl.concat([pl.Series(dtype=pl.String), *long.values()])
    together = _are_cut(every)
    return {
        name: _ends(ids).fill_null(False)
        for name, ids in columns.items()
        if len(long[name]) and (together or _are_cut(long[name]))
    }


def _are_cut(ids: pl.Series) -> bool:
    different = ids.unique()
    ending = int(different.str.ends_with(_ENDING).sum())
    return ending >= _LEAST and ending >= _SHARE * len(different)


def _ends(ids: pl.Series) -> pl.Series:
    return ids.str.contains(_LONG) & ids.str.ends_with(_ENDING)
