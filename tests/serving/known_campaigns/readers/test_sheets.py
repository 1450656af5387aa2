"""Tables of text come out of CSV files and workbooks, and what a hostile file holds is refused."""

from __future__ import annotations

import io
import zipfile

import pytest
from tests.serving.known_campaigns.readers.conftest import Workbook

from vigie.errors import EmptyInputError, MalformedInputError, RequestTooLargeError, UnknownFormatError
from vigie.serving.known_campaigns.readers import sheets


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,é\n".encode("utf-8-sig"), "a;b\r\n1;é\r\n".encode("cp1252"), "\na\tb\n1\té\n\n".encode(),
    ],
)  # fmt: skip
def test_tables_of_any_separator_and_encoding_are_read(content: bytes) -> None:
    (table,) = sheets.read("t.csv", content.lstrip(b"\n"))
    assert table.rows(named=True) == [{"a": "1", "b": "é"}]


def test_a_workbook_is_read_with_its_gaps(workbook: Workbook) -> None:
    (table,) = sheets.read("t.xlsx", workbook([["id", "", "name"], ["007", "", "Ann & Bo"], ["", 5, ""]]))
    assert table.columns == ["id", "column 2", "name"]
    assert table.rows() == [("007", None, "Ann & Bo"), (None, "5", None)]


def book(part: str, text: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(part, text)
    return content.getvalue()


def test_a_workbook_that_declares_entities_is_refused() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]><worksheet>&b;</worksheet>'
    with pytest.raises(MalformedInputError, match="document type"):
        sheets.read("t.xlsx", book("xl/worksheets/sheet1.xml", bomb))


def test_a_part_that_unpacks_to_more_than_is_held_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "LARGEST_PART", 1_000)
    with pytest.raises(RequestTooLargeError, match="1,000 bytes"):
        sheets.read("t.xlsx", book("xl/worksheets/sheet1.xml", " " * 2_000))


def test_a_sheet_of_too_many_rows_or_columns_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    with pytest.raises(RequestTooLargeError, match="more than 2 rows"):
        sheets.read("t.csv", b"a\n1\n2\n3\n")
    with pytest.raises(RequestTooLargeError, match="300 columns"):
        sheets.read("t.csv", ",".join(map(str, range(300))).encode())
    far = '<worksheet><row><c r="ZZZ1"><v>1</v></c></row></worksheet>'
    with pytest.raises(RequestTooLargeError, match="columns"):
        sheets.read("t.xlsx", book("xl/worksheets/sheet1.xml", far))


@pytest.mark.parametrize("content", [b"no zip", book("xl/worksheets/sheet1.xml", "<a>")])
def test_a_broken_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(MalformedInputError, match="no Excel workbook"):
        sheets.read("t.xlsx", content)


def test_an_empty_file_and_another_format_are_refused() -> None:
    with pytest.raises(EmptyInputError):
        sheets.read("t.csv", b"\n\n")
    with pytest.raises(UnknownFormatError, match="save the table"):
        sheets.read("t.ods", b"")
    assert not sheets.is_sheet("report.pdf")
