"""A spreadsheet opens the file, and runs nothing in it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from vigie.features.i18n import Language
from vigie.serving.note import spreadsheet


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("=1+1", "'=1+1"), ("+33", "'+33"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), (" =1", "' =1"), ("\t=1", "'\t=1"),
        ("＝1", "'＝1"), ("|calc", "'|calc"), ("1787654321098765432", "'1787654321098765432"), ("123", "123"),
        ("a=b", "a=b"), ("", ""), (None, None),
    ],
)  # fmt: skip
def test_what_would_be_a_formula_or_a_rounded_number_stays_text(
    given: str | None, written: str | None
) -> None:
    table = pl.DataFrame({"text": [given]}, schema={"text": pl.String})
    assert table.select(spreadsheet.neutral(pl.col("text"))).item() == written


@pytest.mark.parametrize(("language", "separator", "half"), [("en", ",", "0.500"), ("fr", ";", "0,500")])
def test_the_file_is_as_spreadsheets_of_the_language_expect(
    tmp_path: Path, language: Language, separator: str, half: str
) -> None:
    path = tmp_path / "a.csv"
    table = pl.DataFrame(
        {
            "text": ['é "x", y; z\nnext', "=1"], "number": [0.5, None], "negative": [-3, 4],
            "time": [datetime(2024, 5, 3, 14, 5, 9, tzinfo=UTC), None],
        }
    )  # fmt: skip
    path.write_bytes(spreadsheet.written(table, ["t", "n", "m", "when"], language))
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=separator))
    assert rows == [
        ["t", "n", "m", "when"], ['é "x", y; z\nnext', half, "-3", "2024-05-03 14:05:09"], ["'=1", "", "4", ""],
    ]  # fmt: skip
