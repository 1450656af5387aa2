"""Matches as a file: one row, or one line of JSON, per account and match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import polars as pl
from pydantic import TypeAdapter

from vigie.errors import UnknownFormatError, choices
from vigie.features import whole_files
from vigie.models.known_match import KnownMatch
from vigie.serving.batch.columns import polars_type
from vigie.serving.json_encoding import encoded
from vigie.serving.note import spreadsheet

_SUFFIXES = (".jsonl", ".csv", ".parquet")
_NAMES = ("platform", "account_id", "handle")
_MATCH = TypeAdapter(KnownMatch)
_HINTS = get_type_hints(KnownMatch, include_extras=True)
SCHEMA = pl.Schema(
    {
        **dict.fromkeys(_NAMES, pl.String()),
        **{item.name: polars_type(_HINTS[item.name]) for item in fields(KnownMatch)},
    }
)


def check_suffix(out: Path) -> None:
    """Refuse a file that no writer knows.

    Raises:
        UnknownFormatError: By its suffix.
    """
    if out.suffix.lower() not in _SUFFIXES:
        raise UnknownFormatError(f"{out} ends in {out.suffix or 'nothing'}. {choices(out.suffix, _SUFFIXES)}")


def write(out: Path, accounts: pl.DataFrame, matches: Mapping[int, Sequence[KnownMatch]]) -> None:
    """Write the matches of accounts.

    Args:
        out: The file; its suffix says the format: .jsonl, .csv (post ids joined by spaces) or .parquet.
        accounts: ``row`` and the contract's columns.
        matches: By row of the account.

    Raises:
        UnknownFormatError: By its suffix.
        OSError: The file cannot be written.
    """
    check_suffix(out)
    rows = list(_rows(accounts, matches))
    with whole_files.new_file(out) as fresh:
        match out.suffix.lower():
            case ".jsonl":
                lines = (encoded(dict[str, Any], row) + b"\n" for row in rows)
                fresh.write_bytes(b"".join(lines))
            case ".parquet":
                pl.DataFrame(rows, schema=SCHEMA, orient="row").write_parquet(fresh)
            case _:
                flat = pl.DataFrame(rows, schema=SCHEMA, orient="row").with_columns(
                    pl.col("post_ids").list.join(" ")
                )
                fresh.write_bytes(spreadsheet.written(flat, flat.columns, "en"))


def _rows(accounts: pl.DataFrame, matches: Mapping[int, Sequence[KnownMatch]]) -> Iterator[dict[str, object]]:
    named = accounts.select("row", *_NAMES).filter(pl.col("row").is_in(list(matches)))
    for row, *names in named.iter_rows():
        for each in matches[row]:
            yield dict(zip(_NAMES, names, strict=True)) | _MATCH.dump_python(each)
