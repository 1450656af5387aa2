"""A list of accounts in a file or a dataset directory: the accounts that keep the contract, and why the others do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from vigie.errors import EmptyInputError, UnknownFormatError
from vigie.features import schema
from vigie.features.ingest import dataset, readers
from vigie.features.ingest.dataset import MANIFEST
from vigie.features.ingest.mapping import shipped
from vigie.features.ingest.opening import expand
from vigie.features.ingest.parsing import IgnoredField, from_tables, nearest
from vigie.features.ingest.reader import FILE, LINE, EachFile, Loss, Options
from vigie.features.ingest.readers import generic, recognising


@dataclass(frozen=True)
class RefusedRow:
    """A row that could not be read.

    Attributes:
        file: Name of its file; None: a table of a dataset directory.
        line: Line it begins on, or its position, from 1.
        reason: The field, what was seen, what to do.
    """

    file: str | None
    line: int | None
    reason: str


@dataclass(frozen=True)
class AccountList:
    """What was read.

    Attributes:
        accounts: ``row`` and the contract's columns, each account once.
        refused: Rows that could not be read, in order.
        lost: Field to the cells of it that could not be read, in rows that could.
        repeated: Rows whose account stood earlier already.
        ignored: Columns that are not of the contract.
        posts: Posts that stood beside the accounts, not looked at.
        handles_as_ids: Whether handles stand in for ids.
        blank_biographies: Whether a table of text holds no biography at all: it cannot tell an empty one from one that was
            not collected, so that all of them are unknown.
    """

    accounts: pl.DataFrame
    refused: list[RefusedRow]
    repeated: int
    ignored: list[IgnoredField]
    posts: int
    handles_as_ids: bool
    blank_biographies: bool
    lost: Mapping[str, Loss] = field(default_factory=dict)


def read(
    path: Path, now: datetime, *, mapping: Path | None = None, defaults: Mapping[str, str] | None = None
) -> AccountList:
    """Return the accounts of a list.

    Args:
        path: A CSV, JSON, JSON lines or Parquet file, or a dataset directory.
        now: Clock of whoever reads them (see :func:`vigie.features.ingest.validation.check`).
        mapping: TOML file that maps columns to the contract; None: that of the shipped ones which the file fits, else names
            and aliases of the contract.
        defaults: Contract field to text, for rows where the file says nothing.

    Raises:
        EmptyInputError: There is no account, good or bad.
        InputError: The file cannot be read, or lacks a required column.
        DatasetError: The dataset directory was changed.
    """
    if (path / MANIFEST).is_file():
        held = dataset.open(path)
        accounts, posts = held.accounts().collect(), held.posts().select(pl.len()).collect().item()
        places = pl.DataFrame(
            {FILE: None, LINE: range(1, accounts.height + 1)}, schema={FILE: pl.String, LINE: pl.Int64}
        )
        refused: list[RefusedRow] = []
        lost: dict[str, Loss] = {}
        ignored: tuple[str, ...] = ()
    else:
        reader = generic.EACH if mapping else _reader(path)
        given = reader.read([path], Options(mapping=mapping, defaults=defaults or {}, handles_as_ids=True))
        accounts, posts, places = (
            given.accounts,
            given.seen["posts"],
            given.rows("accounts").select(FILE, LINE),
        )
        own = given.rejects.filter(pl.col("table") == "accounts")
        refused = [RefusedRow(*row) for row in own.select("file", "line", _reason()).iter_rows()]
        ignored = tuple(given.log.ignored)
        lost = {name: loss for (table, name), loss in given.log.losses.items() if table == "accounts"}
    if accounts.is_empty() and not refused:
        raise EmptyInputError(f"{path} holds no account; give a list with one account per row")
    batch = from_tables(accounts, schema.empty("posts"), now)
    for index, faults in batch.refused.items():
        file, line = places.row(index)
        refused.append(RefusedRow(file, line, "; ".join(fault.detail for fault in faults)))
    ids = batch.accounts.select((pl.col("account_id") == pl.col("handle")).all()).item()
    blank = path.suffix.lower() == ".csv" and _is_blank(batch.accounts["description"])
    return AccountList(
        accounts=batch.accounts.with_columns(description=pl.lit(None, pl.String))
        if blank
        else batch.accounts,
        refused=sorted(refused, key=lambda row: (row.file or "", row.line or 0)),
        repeated=len(batch.repeated),
        ignored=[nearest(name) for name in ignored],
        posts=posts,
        handles_as_ids=bool(batch.accounts.height and ids),
        blank_biographies=blank,
        lost=lost,
    )


def _reader(path: Path) -> EachFile:
    """Return the reader of the shipped mapping that a list fits, else the one that goes by the names of the contract."""
    known = {name: readers.RECOGNISE[name] for name in ("generic", *shipped()) if name in readers.RECOGNISE}
    try:
        found = recognising.recognise(
            recognising.shown(expand([path], generic.PATTERNS)[0]), known, readers.SOURCES
        )
    except UnknownFormatError:
        return generic.EACH
    return found.source.each or generic.EACH


def _is_blank(biographies: pl.Series) -> bool:
    """Return whether biographies are known, and all of them empty."""
    known = biographies.drop_nulls()
    return bool(len(known)) and bool((known.str.strip_chars() == "").all())


def _reason() -> pl.Expr:
    """Return why a row was set aside, its fields before."""
    return pl.concat_str(pl.format("{}: ", "field").fill_null(""), "reason").alias("reason")
