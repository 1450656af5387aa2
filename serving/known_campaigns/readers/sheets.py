"""Tables of text out of CSV files and Excel workbooks, of bounded size; macros, links and formulas are not looked at."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

import polars as pl

from vigie.errors import EmptyInputError, MalformedInputError, RequestTooLargeError, UnknownFormatError

# Bytes of one part of a workbook once it is unpacked, rows of a sheet and columns.
LARGEST_PART = 256_000_000
MOST_ROWS, MOST_COLUMNS = 500_000, 200
_SHEET = re.compile(r"^xl/worksheets/sheet\d+\.xml$")
_COLUMN = re.compile(r"^[A-Z]{1,3}")
_DELIMITERS = ",;\t|"


def is_sheet(name: str) -> bool:
    """Return whether a file is one that :func:`read` reads, by its name."""
    return name.lower().endswith((".csv", ".tsv", ".txt", ".xlsx"))


def read(name: str, content: bytes) -> list[pl.DataFrame]:
    """Return the tables of a file, the first row of each as names of columns, all cells as text.

    Args:
        name: Of the file; its ending says the format.
        content: Its bytes.

    Raises:
        UnknownFormatError: By its ending.
        EmptyInputError: There is no table.
        MalformedInputError: A workbook is broken.
        RequestTooLargeError: It is too large.
    """
    if not is_sheet(name):
        raise UnknownFormatError(f"{name} is no .csv, .tsv, .txt or .xlsx; save the table as one of them")
    rows = _workbook(name, content) if name.lower().endswith(".xlsx") else [_csv(content)]
    tables = [_table(name, each) for each in rows]
    found = [each for each in tables if each is not None]
    if not found:
        raise EmptyInputError(f"{name} holds no row; give a table with names of columns first")
    return found


def _table(name: str, rows: Iterator[list[str]]) -> pl.DataFrame | None:
    head = next((row for row in rows if any(cell.strip() for cell in row)), None)
    if head is None:
        return None
    width = len(head)
    names = [cell.strip() or f"column {place + 1}" for place, cell in enumerate(head)]
    if width > MOST_COLUMNS:
        raise RequestTooLargeError(f"{name} has {width} columns; at most {MOST_COLUMNS} are read")
    taken: list[list[str | None]] = []
    for row in rows:
        if len(taken) == MOST_ROWS:
            raise RequestTooLargeError(f"{name} has more than {MOST_ROWS:,} rows; give it in parts")
        cells = [cell.strip() or None for cell in (*row, *[""] * (width - len(row)))[:width]]
        if any(cells):
            taken.append(cells)
    unique = [f"{each} {place}" if each in names[:place] else each for place, each in enumerate(names)]
    return pl.DataFrame(taken, schema=dict.fromkeys(unique, pl.String), orient="row")


def _csv(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    head = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _workbook(name: str, content: bytes) -> list[Iterator[list[str]]]:
    try:
        book = zipfile.ZipFile(io.BytesIO(content))
        sheets = sorted(part for part in book.namelist() if _SHEET.match(part))
        words = (
            _words(_part(name, book, "xl/sharedStrings.xml"))
            if "xl/sharedStrings.xml" in book.namelist()
            else []
        )
        return [_cells(name, _part(name, book, sheet), words) for sheet in sheets]
    except (zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise MalformedInputError(f"{name} is no Excel workbook (.xlsx): {error}; save it as CSV") from None


def _part(name: str, book: zipfile.ZipFile, part: str) -> ElementTree.Element:
    """Return one part of a workbook; one that declares entities is refused, as no workbook does."""
    with book.open(part) as file:
        data = file.read(LARGEST_PART + 1)
    if len(data) > LARGEST_PART:
        raise RequestTooLargeError(
            f"{name}: {part} has more than {LARGEST_PART:,} bytes; save the sheet as CSV"
        )
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise MalformedInputError(f"{name}: {part} declares a document type, which no workbook does")
    return ElementTree.fromstring(data)  # noqa: S314  without entities


def _words(root: ElementTree.Element) -> list[str]:
    return ["".join(part.text or "" for part in item.iter() if _tag(part) == "t") for item in root]


def _cells(name: str, root: ElementTree.Element, words: list[str]) -> Iterator[list[str]]:
    for row in (each for each in root.iter() if _tag(each) == "row"):
        line: list[str] = []
        for cell in row:
            place = _place(cell.get("r", ""), len(line))
            if place >= MOST_COLUMNS:
                raise RequestTooLargeError(
                    f"{name} has more than {MOST_COLUMNS} columns; delete what is not needed"
                )
            line += [""] * (place - len(line))
            line.append(_value(cell, words))
        yield line


def _value(cell: ElementTree.Element, words: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return "".join(part.text or "" for part in cell.iter() if _tag(part) == "t")
    value = next((part.text or "" for part in cell if _tag(part) == "v"), "")
    if kind == "s":
        return words[int(value)] if value.isdigit() and int(value) < len(words) else ""
    return value


def _place(reference: str, otherwise: int) -> int:
    """Return the number of a column, from 0: that of ``B7`` is 1."""
    letters = _COLUMN.match(reference)
    if letters is None:
        return otherwise
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]
