"""Tables as CSV that a spreadsheet opens with a double click, and that runs nothing in it.

UTF-8 with a mark, by which spreadsheets know it. In French, columns are separated by semicolons and decimals by commas, as
spreadsheets set to French expect. A text that a spreadsheet would take for a formula, or for a number of more digits than
it keeps, has an apostrophe in front.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from vigie.features.i18n import Language

# What opens a formula, also after spaces; full-width forms are folded by some.
_FORMULA = r"^\s*[=+\-@\t\r\n|＝＋－＠]"
# Digits of a number that spreadsheets keep.
_LONG_NUMBER = r"^\d{16,}$"


def written(table: pl.DataFrame, heads: Sequence[str], language: Language) -> bytes:
    """Return a table as CSV that a spreadsheet of the language opens.

    Args:
        table: Texts, numbers and times.
        heads: Name of each column, in order.
        language: Of the reader: decides separator and decimal sign.
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
    return text.encode("utf-8-sig")


def neutral(text: pl.Expr) -> pl.Expr:
    """Return texts that a spreadsheet shows as they are."""
    touched = text.str.contains(_FORMULA) | text.str.contains(_LONG_NUMBER)
    return pl.when(~touched).then(text).otherwise(pl.concat_str(pl.lit("'"), text))
