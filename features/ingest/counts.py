"""Counts as files and pages show them: ``1310``, ``1,310``, ``1 310``, ``1.2K``, ``3 M``.

A comma or point before exactly three digits parts thousands, since a count has no decimals; before one or two
digits it is a decimal mark, which only zeros or a K, M or B behind it make a count.
"""

from __future__ import annotations

import polars as pl

_SPACES = r" \x{A0}\x{2009}\x{202F}'’"
_PLAIN = r"^[+-]?\d+(?:[.,]0{0,2})?$|^[+-]?\d{4,}[.,]0+$|^[+-]?0[.,]0+$"
_GROUPED = rf"^[+-]?[1-9]\d{{0,2}}(?:(?:,\d{{3}})+|(?:\.\d{{3}})+|(?:[{_SPACES}]\d{{3}})+)$|^[1-9]\d?(?:,\d\d)+,\d{{3}}$"
_SHORT = rf"^(\d+(?:[.,]\d{{1,2}})?)[{_SPACES}]?(k|m|mio|mn|b|bn|md)$"
_POWERS = {"k": 1e3, "m": 1e6, "mio": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9, "md": 1e9}
_SCIENTIFIC = r"^\d(?:[.,]\d+)?e\+?\d{1,2}$"
# 64 bits hold every count of so many digits.
_MOST_DIGITS = 18


def read(text: pl.Expr) -> pl.Expr:
    """Return the count that each text says; null where it says none, or could say several.

    >>> shown = pl.DataFrame({"a": ["1,310", "12 345", "1,2 k", "1.310K", "0.5"]})
    >>> shown.select(read(pl.col("a"))).to_series().to_list()
    [1310, 12345, 1200, None, None]
    """
    return text.map_batches(_read, return_dtype=pl.Int64)


def _read(texts: pl.Series) -> pl.Series:
    """Return the counts of texts; most are digits alone, which are read at once."""
    counts = pl.select(pl.when(texts.str.len_bytes() <= _MOST_DIGITS).then(texts)).to_series()
    counts = counts.cast(pl.Int64, strict=False)
    rest = counts.is_null() & texts.is_not_null()
    if not rest.any():
        return counts
    others = pl.DataFrame({"text": texts.filter(rest)}).select(_shown(pl.col("text"))).to_series()
    return counts.scatter(rest.arg_true(), others)


def _shown(text: pl.Expr) -> pl.Expr:
    """Return the counts of texts as people are shown them."""
    cell = text.str.strip_chars().str.to_lowercase()
    plain = pl.when(cell.str.contains(_PLAIN)).then(cell.str.replace(r"[.,]0*$", ""))
    grouped = pl.when(cell.str.contains(_GROUPED)).then(cell.str.replace_all(rf"[.,{_SPACES}]", ""))
    digits = pl.coalesce(plain, grouped).str.strip_prefix("+")
    short = cell.str.extract(_SHORT, 1).str.replace(",", ".").cast(pl.Float64) * cell.str.extract(
        _SHORT, 2
    ).replace_strict(_POWERS, default=None, return_dtype=pl.Float64)
    scientific = (
        pl.when(cell.str.contains(_SCIENTIFIC))
        .then(cell.str.replace(",", "."))
        .cast(pl.Float64, strict=False)
    )
    rounded = pl.coalesce(short, scientific)
    whole = pl.when((rounded.round() - rounded).abs() < 1e-6).then(rounded.round())
    return pl.coalesce(
        pl.when(digits.str.len_chars() <= _MOST_DIGITS).then(digits).cast(pl.Int64, strict=False),
        whole.cast(pl.Int64, strict=False),
    )
