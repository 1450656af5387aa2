"""From bytes to rows, safely: nothing is evaluated, unpickled or fetched, and no row is lost in silence."""

from __future__ import annotations

import ast
import codecs
import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from vigie.errors import EmptyInputError, MalformedInputError, MissingColumnError
from vigie.features.ingest.reader import FILE, LINE, ROW_CHARS, Log

# A cell longer than this is a broken quote that swallowed the file.
_CELL_CHARS = 10_000_000

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class Record:
    """One JSON value and where it stands.

    Attributes:
        file: Name of the file.
        line: Line it begins on, or its position in the array, from 1.
        value: What it holds.
    """

    file: str
    line: int
    value: Any


def decode(path: Path, log: Log) -> str:
    """Return the text of a file: UTF-8 with or without mark, UTF-16 or UTF-32 by mark.

    Bytes that are none of these are replaced by U+FFFD, NUL bytes are removed; both are counted in notes.

    Raises:
        EmptyInputError: The file holds nothing, or only white space.
    """
    log.files.append(path)
    data = path.read_bytes()
    encoding = "utf-8"
    for mark, name in _BOMS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], name
            break
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
        rows = sum("\N{REPLACEMENT CHARACTER}" in line for line in text.split("\n"))
        log.note(f"{path.name}: bytes that are not {encoding.upper()} replaced; rows: {{}}", rows)
    nul = text.count("\0")
    if nul:
        text = text.replace("\0", "")
        log.note(f"{path.name}: NUL bytes removed: {{}}", nul)
    if not text.strip():
        raise EmptyInputError(f"{path.name} is empty; give the file the collector wrote")
    return text


def read_csv(path: Path, log: Log, table: str, required: Sequence[str] = ()) -> pl.DataFrame:
    """Return a CSV file with every column as text, plus its name and the line each row begins on.

    Args:
        path: The file; comma, semicolon or tab separated, with a header.
        log: Takes rows that are shorter or longer than the header.
        table: Table the rows go to, for the set-aside rows.
        required: Columns that must be there.

    Raises:
        EmptyInputError: The file holds nothing.
        MalformedInputError: The quotes of the file do not close.
        MissingColumnError: A required column is absent.
    """
    text = decode(path, log)
    csv.field_size_limit(_CELL_CHARS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        header = [name.strip() for name in next(reader)]
        _need(header, required, path)
        begins = reader.line_num + 1
        for row in reader:
            if len(row) == len(header):
                rows.append(row)
                lines.append(begins)
            elif row:
                log.reject(
                    path.name,
                    begins,
                    table,
                    None,
                    f"{len(row)} cells where the header has {len(header)}",
                    ",".join(row),
                )
            begins = reader.line_num + 1
    except csv.Error as error:
        raise MalformedInputError(
            f"{path.name}, line {reader.line_num}: {error}; is a quotation mark left open?"
        ) from error
    names = _unique(header)
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return frame.with_columns(pl.Series(LINE, lines, dtype=pl.Int64), pl.lit(path.name).alias(FILE))


def read_parquet(path: Path, log: Log, required: Sequence[str] = ()) -> pl.DataFrame:
    """Return a Parquet file, plus its name and the position of each row, from 1.

    Raises:
        EmptyInputError: The file holds nothing.
        MalformedInputError: The bytes are not Parquet.
        MissingColumnError: A required column is absent.
    """
    log.files.append(path)
    if path.stat().st_size == 0:
        raise EmptyInputError(f"{path.name} is empty; give the file the collector wrote")
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise MalformedInputError(f"{path.name} is not a Parquet file, or was cut short: {error}") from error
    _need(frame.columns, required, path)
    return frame.with_columns(
        (pl.int_range(1, pl.len() + 1, dtype=pl.Int64)).alias(LINE), pl.lit(path.name).alias(FILE)
    )


def read_json(path: Path, log: Log, table: str) -> list[Record]:
    """Return the JSON values of a file: one value, an array (its elements), lines, or values in a row.

    A last value that was cut short is set aside and the rest goes on; so is a broken line between good ones.

    Raises:
        EmptyInputError: The file holds nothing.
        MalformedInputError: Not one value of the file is JSON.
    """
    text, before = decode(path, log), len(log.parts)
    records = list(
        _array(text, path.name, log, table)
        if text.lstrip()[0] == "["
        else _values(text, path.name, log, table)
    )
    if not records and len(log.parts) > before:
        raise MalformedInputError(f"{path.name} holds no JSON value that is whole; was it cut short?")
    return records


def literal(text: str) -> Any:
    """Return a Python or JSON literal, never evaluated; None where the text is neither.

    >>> literal("{u'id': 7, 'retweeted': False}")
    {'id': 7, 'retweeted': False}
    >>> literal("__import__('os').getcwd()") is None
    True
    """
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        pass
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def expand(paths: Sequence[Path], patterns: Sequence[str]) -> list[Path]:
    """Return the files given, and in the folders given those whose names match.

    Raises:
        EmptyInputError: A path does not exist, or a folder holds no file that matches.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted({file for pattern in patterns for file in path.glob(pattern) if file.is_file()})
            if not inside:
                raise EmptyInputError(f"{path} holds no file named like {', '.join(patterns)}")
            found.extend(inside)
        elif path.is_file():
            found.append(path)
        else:
            raise EmptyInputError(f"{path} does not exist")
    return found


def _array(text: str, file: str, log: Log, table: str) -> Iterator[Record]:
    """Yield the elements of an array one by one, so that a cut last one costs no other."""
    decoder = json.JSONDecoder()
    position, index = text.index("[") + 1, 0
    while True:
        position = _skip(text, position, " \t\r\n,")
        if position >= len(text):
            log.note(f"{file}: the array does not end; the file was cut short")
            return
        if text[position] == "]":
            return
        index += 1
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            log.reject(
                file,
                index,
                table,
                None,
                f"not JSON from here on: {error}",
                text[position : position + ROW_CHARS],
            )
            return
        yield Record(file, index, value)


def _values(text: str, file: str, log: Log, table: str) -> Iterator[Record]:
    """Yield values that follow one another, on lines of their own or not."""
    decoder = json.JSONDecoder()
    position, line, counted = 0, 1, 0
    while True:
        position = _skip(text, position, " \t\r\n,")
        if position >= len(text):
            return
        line, counted = line + text.count("\n", counted, position), position
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            log.reject(file, line, table, None, f"not JSON: {error}", text[position:end])
            position = end
            continue
        yield Record(file, line, value)


def _skip(text: str, position: int, characters: str) -> int:
    while position < len(text) and text[position] in characters:
        position += 1
    return position


def _delimiter(text: str) -> str:
    """Return the separator that the header holds most of."""
    header = text.lstrip("\r\n").split("\n", 1)[0]
    return max(",;\t", key=header.count)


def _need(columns: Sequence[str], required: Sequence[str], path: Path) -> None:
    missing = [name for name in required if name not in columns]
    if missing:
        raise MissingColumnError(
            f"{path.name} has no column {', '.join(missing)}; it has {', '.join(columns)}. "
            "Is it another format? `vigie import generic` takes any columns with a mapping file"
        )


def _unique(header: Sequence[str]) -> list[str]:
    """Return column names with empty and repeated ones numbered."""
    names: list[str] = []
    for index, name in enumerate(header, 1):
        shown = name or f"column_{index}"
        names.append(f"{shown}_{index}" if shown in names else shown)
    return names
