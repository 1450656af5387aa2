"""Tables as CSV that a spreadsheet opens with a double click, and that runs nothing in it.

UTF-8 with a mark, by which spreadsheets know it. In French, columns are separated by semicolons and decimals by commas, as
spreadsheets set to French expect. A text that a spreadsheet would take for a formula, or for a number of more digits than
it keeps, has an apostrophe in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from vigie.features import whole_files
from vigie.features.i18n import Language

# What opens a formula, also after spaces; full-width forms are folded by some.
_FORMULA = r"^\s*[=+\-@\t\r\n|＝＋－＠]"
# Digits of a number that spreadsheets keep.
_LONG_NUMBER = r"^\d{16,}$"


def write(path: Path, table: pl.DataFrame, heads: Sequence[str], language: Language) -> None:
    """Write a table.

    Args:
        path: The file.
        table: Texts, numbers and times.
        heads: Name of each column, in order.
        language: Of the reader: decides separator and decimal sign.

    Raises:
        OSError: The file cannot be written.
    """
    renamed = table.with_columns(
        neutral(pl.col(name)) if dtype == pl.String else pl.col(name) for name, dtype in table.schema.items()
    ).rename(dict(zip(table.columns, heads, strict=True)))
    text = renamed.write_csv(
        separator=";" if language == "fr" else ",",
        decimal_comma=language == "fr",
        datetime_format="%Y-%m-%d %H:%M:%S",
        float_precision=3,
    )
    with whole_files.new_file(path) as fresh:
        fresh.write_text(text, encoding="utf-8-sig", newline="")


def neutral(text: pl.Expr) -> pl.Expr:
    """Return texts that a spreadsheet shows as they are."""
    touched = text.str.contains(_FORMULA) | text.str.contains(_LONG_NUMBER)
    return pl.when(~touched).then(text).otherwise(pl.concat_str(pl.lit("'"), text))
