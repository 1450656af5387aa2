"""Labels of one's own collection: a table with one account a row, and what it is.

::

    account_id,value
    1490012,inauthentic
    1490078,ordinary

``value`` says inauthentic or ordinary, or yes or no to "is it inauthentic?"; rows without one are accounts still to be judged.
``handle`` may stand for ``account_id``: in all rows, or where a spreadsheet has rounded the id. ``platform`` is needed where the
collection has several; of a ``target``, rows of another one are left out. Names of columns are those of the contract or their
aliases, whatever their case.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from vigie.errors import LabelError
from vigie.features import schema
from vigie.features.ingest import ids, vocabulary
from vigie.features.ingest.opening import SourceFile
from vigie.features.ingest.reader import LINE, Log
from vigie.features.ingest.readers.cells import no_value
from vigie.features.ingest.readers.raw import csv_chunks

TARGET = "inauthentic"
# Rows at fault that a message names.
_NAMED = 3
_SAID = {"account_id": "ids", "handle": "handles"}
_NO_LABEL = (
    "values that are no label; write inauthentic or ordinary, and leave the value empty where you cannot tell"
)
_ROUNDED = "ids that a spreadsheet has rounded; export them as text, or give the handle beside each"
_NOBODY = "labels of no account; give the account_id or the handle of each"
_NO_TARGET = f"targets that are none; write {TARGET}, and leave out labels of another target"
# Columns that are read, each by the name of the contract or an alias of it.
_NAMES: Mapping[str, tuple[str, ...]] = {
    **{
        field.name: (field.name, *field.aliases)
        for field in schema.TABLES["accounts"]
        if field.name in ("platform", "account_id", "handle")
    },
    "value": ("value", "label"),
    "target": ("target",),
}


def read(file: Path) -> pl.DataFrame:
    """Return the labels in a CSV file: ``line``, ``name`` (id or handle of the account, as in ``by``), ``by``, ``platform``, ``y``.

    Raises:
        EmptyInputError: The file holds nothing.
        MalformedInputError: It is no table.
        LabelError: The file is absent or no CSV, a column is missing, a row does not fit the header, a value or a target is none
            that is known, or a row names no account.
    """
    if file.is_dir():
        raise LabelError(f"{file} is a folder; name a CSV file with the columns account_id and value")
    if not file.is_file():
        raise LabelError(f"{file} is not there; name a CSV file with the columns account_id and value")
    if zipfile.is_zipfile(file):
        raise LabelError(f"{file.name} is a workbook or an archive; save the sheet as CSV")
    log = Log()
    rows = pl.concat(csv_chunks(SourceFile(file), log, "labels"), how="diagonal")
    _refuse_misfits(log.rejects(), file)
    rows = _of_the_contract(rows, file)
    filled = rows.with_columns(value=no_value(pl.col("value"))).filter(pl.col("value") != "")
    target = vocabulary.folded(pl.col("target"))
    _refuse(filled.filter(~target.is_in([*schema.TARGETS, ""])), "target", _NO_TARGET, file)
    of_target = filled.filter(target.is_in([TARGET, ""]))
    said = of_target.with_columns(y=vocabulary.label(pl.col("value")))
    _refuse(said.filter(pl.col("y").is_null()), "value", _NO_LABEL, file)
    return _named(said, file).select(
        pl.col(LINE).alias("line"), "name", "by", schema.platform(pl.col("platform").replace("", None)), "y"
    )


def _of_the_contract(rows: pl.DataFrame, file: Path) -> pl.DataFrame:
    """Return the columns that are read under the names of the contract, without spaces around their texts; empty where absent."""
    given = [name for name in rows.columns if not name.startswith("_")]
    folded: dict[str, str] = {}
    for name in given:
        folded.setdefault("_".join(name.lower().split()), name)
    found = {
        field: next((folded[name] for name in names if name in folded), None)
        for field, names in _NAMES.items()
    }
    if found["value"] is None or (found["account_id"] is None and found["handle"] is None):
        raise LabelError(
            f"{file.name} has the columns {', '.join(given)}; it needs value, and account_id or handle"
        )
    return rows.select(
        LINE,
        **{
            field: pl.lit("") if name is None else pl.col(name).str.strip_chars()
            for field, name in found.items()
        },
    )


def _named(rows: pl.DataFrame, file: Path) -> pl.DataFrame:
    """Return the rows with ``name`` and ``by``: the id, or the handle where there is no id or a spreadsheet has rounded it."""
    told = rows.with_columns(ids.of_texts(pl.col("account_id")))
    column = {"account_id": told["account_id"]}
    for where in (ids.rounded(column), ids.cut(column)):
        for rounded in where.values():
            _refuse(told.filter(rounded & (told["handle"] == "")), "account_id", _ROUNDED, file)
            told = told.with_columns(
                account_id=pl.when(rounded).then(pl.lit("")).otherwise(pl.col("account_id"))
            )
    has_id = pl.col("account_id") != ""
    named = told.with_columns(
        name=pl.when(has_id).then("account_id").otherwise("handle"),
        by=pl.when(has_id).then(pl.lit("account_id")).otherwise(pl.lit("handle")),
    )
    _refuse(named.filter(pl.col("name") == ""), "value", _NOBODY, file)
    return named


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
    known = pl.concat(
        [
            accounts.select("row", by=pl.lit("account_id"), key="account_id", found_on="platform"),
            accounts.select("row", by=pl.lit("handle"), key=_handle(pl.col("handle")), found_on="platform"),
        ]
    ).drop_nulls("key")
    by_handle = pl.col("by") == "handle"
    named = labels.with_columns(
        key=pl.when(by_handle).then(_handle(pl.col("name"))).otherwise(pl.col("name"))
    )
    met = named.join(known, on=["by", "key"]).filter(
        pl.col("platform").is_null() | (pl.col("platform") == pl.col("found_on"))
    )
    _refuse_ambiguous(met)
    if met.is_empty():
        by = named["by"][0]
        raise LabelError(
            f"none of the {named.height} labels names an account of the collection, whose {_SAID[by]} are such as "
            f"{', '.join(known.filter(by=by)['key'].head(_NAMED))}; give the ids or handles as they stand there"
        )
    once = met.group_by("row").agg(pl.col("y").first())
    labelled = accounts.join(once, on="row", how="inner", maintain_order="left")
    return labelled, named.join(met, on="line", how="anti").height


def _handle(name: pl.Expr) -> pl.Expr:
    return name.str.normalize("NFC").str.to_lowercase().str.strip_prefix("@")


def _refuse_misfits(rejects: pl.DataFrame, file: Path) -> None:
    """Refuse rows that are shorter or longer than the header: what their cells mean is not known."""
    if rejects.height:
        raise LabelError(f"{file.name}, line {rejects['line'][0]}: {rejects['reason'][0]}")


def _refuse(rows: pl.DataFrame, column: str, fault: str, file: Path) -> None:
    """Refuse rows at fault, if there are any, with their lines and what stands there."""
    if rows.height:
        lines = "; ".join(
            f"line {line}: {said[:40]!r}" for line, said in rows.head(_NAMED).select(LINE, column).rows()
        )
        raise LabelError(f"{file.name} has {fault} ({lines})")


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
