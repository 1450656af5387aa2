"""Labels of one's own collection: a table with one account a row, and what it is.

::

    account_id,value
    1490012,inauthentic
    1490078,ordinary

``value`` says inauthentic or ordinary, or yes or no to "is it inauthentic?"; rows without one are accounts still to be judged.
``handle`` may stand for ``account_id``. ``platform`` is needed where the collection has several; of a ``target``, rows of
another one are left out.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from vigie.errors import LabelError
from vigie.features import schema
from vigie.features.ingest import vocabulary
from vigie.features.ingest.opening import SourceFile
from vigie.features.ingest.reader import LINE, Log
from vigie.features.ingest.readers.raw import csv_chunks

TARGET = "inauthentic"
# Rows at fault that a message names.
_NAMED = 3


def read(file: Path) -> pl.DataFrame:
    """Return the labels in a CSV file: ``line``, ``name`` (id or handle of the account, as in ``by``), ``by``, ``platform``, ``y``.

    Raises:
        EmptyInputError: The file is absent or holds nothing.
        MalformedInputError: It is no table.
        LabelError: A column is missing, or a value is none that is known.
    """
    if not file.is_file():
        raise LabelError(f"{file} is not there; name a CSV file with the columns account_id and value")
    rows = pl.concat(csv_chunks(SourceFile(file), Log(), "labels"), how="diagonal")
    by = next((name for name in ("account_id", "handle") if name in rows.columns), None)
    if by is None or "value" not in rows.columns:
        given = ", ".join(name for name in rows.columns if not name.startswith("_"))
        raise LabelError(f"{file} has the columns {given}; it needs value, and account_id or handle")
    if "target" in rows.columns:
        rows = rows.filter(vocabulary.folded(pl.col("target")).is_in([TARGET, ""]))
    rows = rows.filter(pl.col("value").str.strip_chars() != "")
    labels = rows.select(
        line=pl.col(LINE),
        name=pl.col(by).str.strip_chars(),
        by=pl.lit(by),
        platform=schema.platform(pl.col("platform"))
        if "platform" in rows.columns
        else pl.lit(None, pl.String),
        y=vocabulary.label(pl.col("value")),
        said=pl.col("value"),
    )
    _refuse_unknown(labels, file)
    return labels.drop("said")


def of_table(labels: pl.DataFrame) -> pl.DataFrame:
    """Return the labels of the contract's table in the shape of :func:`read`; a line is the place of a row, from 1."""
    return (
        labels.filter(pl.col("target") == TARGET)
        .with_row_index("line", offset=1)
        .select("line", name="account_id", by=pl.lit("account_id"), platform="platform", y="value")
    )


def attach(accounts: pl.DataFrame, labels: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return the accounts of a collection that are labelled, with ``y``, and how many labels name none of them.

    Args:
        accounts: Contract columns and ``row``.
        labels: As :func:`read` returns them.

    Raises:
        LabelError: There is no label, an account is labelled both ways, a label fits accounts of several platforms, or none fits
            any.
    """
    if labels.is_empty():
        raise LabelError(
            "no account is labelled: write inauthentic or ordinary as the value of each, and leave the value empty where you "
            "cannot tell"
        )
    by_handle = (labels["by"] == "handle").any()
    key = _handle(pl.col("handle")) if by_handle else pl.col("account_id")
    named = labels.with_columns(key=_handle(pl.col("name")) if by_handle else pl.col("name"))
    held = accounts.with_columns(key=key).filter(pl.col("key").is_not_null())
    met = named.join(held.select("key", "row", found_on="platform"), on="key").filter(
        pl.col("platform").is_null() | (pl.col("platform") == pl.col("found_on"))
    )
    _refuse_ambiguous(met)
    if met.is_empty():
        raise LabelError(
            f"none of the {named.height} labels names an account of the collection, whose ids are such as "
            f"{', '.join(held['key'].head(_NAMED))}; give the ids or handles as they stand there"
        )
    once = met.group_by("row").agg(pl.col("y").first())
    labelled = accounts.join(once, on="row", how="inner", maintain_order="left")
    return labelled, named.join(met, on="line", how="anti").height


def _handle(name: pl.Expr) -> pl.Expr:
    return name.str.to_lowercase().str.strip_prefix("@")


def _refuse_unknown(labels: pl.DataFrame, file: Path) -> None:
    unknown = labels.filter(pl.col("y").is_null())
    if unknown.height:
        lines = "; ".join(
            f"line {line}: {said[:40]!r}" for line, said in unknown.head(_NAMED).select("line", "said").rows()
        )
        raise LabelError(
            f"{file.name} has values that are no label ({lines}); write inauthentic or ordinary, and leave the value empty "
            "where you cannot tell"
        )


def _refuse_ambiguous(met: pl.DataFrame) -> None:
    several = met.filter(pl.col("row").n_unique().over("line") > 1)
    if several.height:
        raise LabelError(
            f"line {several['line'][0]} of the labels names accounts on {', '.join(several['found_on'].unique().sort())}; add a "
            "column platform"
        )
    both = met.filter(pl.col("y").n_unique().over("row") > 1).sort("row", "line")
    if both.height:
        lines = both.filter(pl.col("row") == both["row"][0])["line"]
        raise LabelError(
            f"one account is labelled inauthentic and ordinary, on lines {', '.join(map(str, lines))}; keep the label that is right"
        )
