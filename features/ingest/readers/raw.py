"""From bytes to rows, safely: nothing is evaluated, unpickled or fetched, and no row is lost in silence.

Files of any size: rows come in chunks, and a chunk is all that is held.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import TextIOBase
from pathlib import Path
from typing import Any

import polars as pl
import pydantic_core

from vigie.errors import EmptyInputError, MalformedInputError, MissingColumnError
from vigie.features import json_object
from vigie.features.ingest.opening import SourceFile, text
from vigie.features.ingest.reader import FILE, LINE, ROW_CHARS, Log

# A cell longer than this is a broken quote that swallowed the file.
_CELL_CHARS = 10_000_000
# A line longer than this, or a header of more columns, is no table: what it takes to hold has no bound.
_LINE_CHARS = 20_000_000
_MOST_COLUMNS = 10_000
# Rows of a table, and characters of JSON, that make a chunk.
CHUNK_ROWS = 50_000
CHUNK_CHARS = 24_000_000
# A JSON value longer than this is not waited for.
_LONGEST_VALUE = 400_000_000
# How near to the end of what was read an error must be to come from the cut.
_NEAR = 64
_WHITE = " \t\r\n"


@dataclass(frozen=True, slots=True)
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


def csv_chunks(
    file: SourceFile, log: Log, table: str, required: Sequence[str] = ()
) -> Iterator[pl.DataFrame]:
    """Yield a CSV file with every column as text, plus its name and the line each row begins on.

    At least one frame comes, without rows where the file has none.

    Args:
        file: The file; comma, semicolon or tab separated, with a header, or told by a first line ``sep=;``.
        log: Takes rows that are shorter or longer than the header.
        table: Table the rows go to, for the set-aside rows.
        required: Columns that must be there.

    Raises:
        EmptyInputError: The file holds nothing.
        MalformedInputError: The quotes of the file do not close, or a line or the header is too long for a table.
        MissingColumnError: A required column is absent.
    """
    log.files.append(file.path)
    csv.field_size_limit(_CELL_CHARS)
    with text(file, log.note) as stream:
        lines = _without_nul(_bounded(stream, file), file, log)
        first, skipped = _header(lines, file)
        separator = _separator(first)
        if first.lower().startswith("sep="):
            first, more = _header(lines, file)
            skipped += more
        reader = csv.reader(_chained(first, lines), delimiter=separator, strict=False)
        try:
            header = next(reader)
            if len(header) > _MOST_COLUMNS:
                raise MalformedInputError(
                    f"{file.name} has {len(header):,} columns, more than {_MOST_COLUMNS:,}; is it a table?"
                )
            names = [name.strip() for name in header]
            _need(names, required, file)
            unique = _unique(names)
            rows: list[list[str]] = []
            places: list[int] = []
            begins, sent = reader.line_num + skipped, False
            for row in reader:
                if len(row) == len(names):
                    rows.append(row)
                    places.append(begins)
                elif row:
                    log.reject(
                        file.name,
                        begins,
                        table,
                        None,
                        _misfit(len(row), len(names), begins, reader.line_num + skipped - 1),
                        ",".join(row),
                    )
                begins = reader.line_num + skipped
                if len(rows) == CHUNK_ROWS:
                    yield _frame(rows, places, unique, file)
                    rows, places, sent = [], [], True
        except csv.Error as error:
            raise MalformedInputError(
                f"{file.name}, line {reader.line_num + skipped - 1}: {error}; is a quotation mark left open?"
            ) from error
        if rows or not sent:
            yield _frame(rows, places, unique, file)


def parquet_chunks(file: SourceFile, log: Log, required: Sequence[str] = ()) -> Iterator[pl.DataFrame]:
    """Yield a Parquet file, plus its name and the position of each row, from 1.

    Raises:
        EmptyInputError: The file holds nothing.
        MalformedInputError: The bytes are not Parquet.
        MissingColumnError: A required column is absent.
    """
    log.files.append(file.path)
    if file.path.stat().st_size == 0:
        raise EmptyInputError(f"{file.name} is empty; give the file the collector wrote")
    try:
        scanned = pl.scan_parquet(_plain_bytes(file))
        _need(scanned.collect_schema().names(), required, file)
        rows = scanned.select(pl.len()).collect().item()
        for start in range(0, max(rows, 1), CHUNK_ROWS):
            yield (
                scanned.slice(start, CHUNK_ROWS)
                .collect()
                .with_columns(
                    pl.int_range(start + 1, start + 1 + pl.len(), dtype=pl.Int64).alias(LINE),
                    pl.lit(file.name).alias(FILE),
                )
            )
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise MalformedInputError(f"{file.name} is not a Parquet file, or was cut short: {error}") from error


def json_chunks(file: SourceFile, log: Log, table: str) -> Iterator[list[Record]]:
    """Yield the JSON values of a file: one value, an array (its elements), lines, or values in a row.

    A last value that was cut short is set aside and the rest goes on; so is a broken line between good ones.

    Raises:
        EmptyInputError: The file holds nothing.
        MalformedInputError: Not one value of the file is JSON.
    """
    log.files.append(file.path)
    some, before = False, len(log.parts)
    with text(file, log.note) as stream:
        window = _Window(_without_nul(iter(lambda: stream.read(CHUNK_CHARS), ""), file, log))
        window.skip(_WHITE)
        if window.ended:
            raise EmptyInputError(f"{file.name} is empty; give the file the collector wrote")
        if window.text[window.position] == "[":
            found = _array(window, file.name, log, table)
        elif window.holds_line():
            found = _lines(window, file.name, log, table)
        else:
            found = _values(window, file.name, log, table)
        chunk: list[Record] = []
        chars = 0
        for record, length in found:
            chunk.append(record)
            chars += length
            if chars > CHUNK_CHARS:
                yield chunk
                some, chunk, chars = True, [], 0
        if chunk:
            some = True
            yield chunk
    if not some and len(log.parts) > before:
        raise MalformedInputError(f"{file.name} holds no JSON value that is whole; was it cut short?")


def json_pieces(
    file: SourceFile, log: Log, table: str, lists: Collection[str], inside: Collection[str]
) -> Iterator[list[Record]]:
    """Yield the objects of a file of JSON in pieces: of a list in them one element at a time.

    A piece is an object as well, with that element alone in the list, and with what stands before the list. It has the
    line of the element. So an export that is one object of any size is read as a file of lines is.

    Args:
        file: The file.
        log: Takes what is not JSON.
        table: Table the elements go to, for the set-aside rows.
        lists: Keys of the lists.
        inside: Keys of objects, and of lists of objects, in which such lists may stand.

    Raises:
        EmptyInputError: The file holds nothing.
    """
    log.files.append(file.path)
    with text(file, log.note) as stream:
        window = _Window(_without_nul(iter(lambda: stream.read(CHUNK_CHARS), ""), file, log))
        window.skip(_WHITE)
        if window.ended:
            raise EmptyInputError(f"{file.name} is empty; give the file the collector wrote")
        chunk: list[Record] = []
        begins = window.used
        try:
            for line, piece in _pieces(window, lists, inside):
                chunk.append(Record(file.name, line, piece))
                if window.used - begins > CHUNK_CHARS:
                    yield chunk
                    chunk, begins = [], window.used
        except ValueError as error:
            seen = window.text[window.position : window.position + ROW_CHARS]
            log.reject(file.name, window.line, table, None, f"not JSON from here on: {error}", seen)
        if chunk:
            yield chunk


def read_csv(file: SourceFile, log: Log, table: str, required: Sequence[str] = ()) -> pl.DataFrame:
    """Return all chunks of :func:`csv_chunks` as one frame."""
    return pl.concat(csv_chunks(file, log, table, required))


def read_parquet(file: SourceFile, log: Log, required: Sequence[str] = ()) -> pl.DataFrame:
    """Return all chunks of :func:`parquet_chunks` as one frame."""
    return pl.concat(parquet_chunks(file, log, required))


def read_json(file: SourceFile, log: Log, table: str) -> list[Record]:
    """Return all records of :func:`json_chunks`."""
    return [record for chunk in json_chunks(file, log, table) for record in chunk]


def read_text(file: SourceFile, log: Log) -> str:
    """Return the whole text of a file.

    Raises:
        EmptyInputError: The file holds nothing.
    """
    log.files.append(file.path)
    with text(file, log.note) as stream:
        return stream.read()


class _Window:
    """A part of a text that slides over a source of any size."""

    def __init__(self, blocks: Iterator[str], line: int = 1) -> None:
        self._blocks = blocks
        self._line, self._counted, self._dropped = line, 0, 0
        self.text, self.position, self._closed = "", 0, False

    @property
    def ended(self) -> bool:
        """Return whether all of the source was read and used."""
        return self.position >= len(self.text) and not self.more()

    @property
    def line(self) -> int:
        """Return the line of the position."""
        self._line += self.text.count("\n", self._counted, self.position)
        self._counted = self.position
        return self._line

    @property
    def used(self) -> int:
        """Return how many characters of the source were used."""
        return self._dropped + self.position

    def more(self) -> bool:
        """Read on, what was used dropped; return whether there was more."""
        block = "" if self._closed else next(self._blocks, "")
        self._line, self._closed = self.line, not block
        self._dropped += self.position
        self.text, self.position, self._counted = self.text[self.position :] + block, 0, 0
        return bool(block)

    def skip(self, characters: str) -> None:
        """Go on behind characters that mean nothing."""
        while not self.ended:
            held, position = self.text, self.position
            while position < len(held) and held[position] in characters:
                position += 1
            self.position = position
            if position < len(held):
                return

    def holds_line(self) -> bool:
        """Return whether a value stands on the first line alone."""
        end = self.text.find("\n", self.position)
        while end < 0 and len(self.text) < _LONGEST_VALUE and self.more():
            end = self.text.find("\n", self.position)
        line = self.text[self.position : end if end >= 0 else len(self.text)]
        return _line(line) is not _BROKEN

    def value(self) -> Any:
        """Return the value at the position, and go on behind it.

        Raises:
            ValueError: There is none.
        """
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.position)
            except json.JSONDecodeError as error:
                cut = error.pos > len(self.text) - _NEAR or error.msg.startswith("Unterminated")
                if cut and len(self.text) < _LONGEST_VALUE and self.more():
                    continue
                raise
            except RecursionError as error:
                raise ValueError("nested too deep") from error
            # A number may go on behind the end of what was read.
            if end == len(self.text) and not isinstance(value, dict | list) and self.more():
                continue
            halved = json_object.HALF_CHARACTER.search(self.text, self.position, end)
            self.position = end
            return json_object.repaired(value) if halved else value


_DECODER = json.JSONDecoder()
_BROKEN = object()


def _line(line: str) -> Any:
    """Return the value of a line; :data:`_BROKEN` where it holds none, or several."""
    try:
        return pydantic_core.from_json(line, cache_strings="keys")
    except ValueError:
        pass
    try:
        # Half an emoji, cut by a collector, is legal JSON.
        return json_object.repaired(json.loads(line))
    except (ValueError, RecursionError):
        return _BROKEN


def _lines(window: _Window, file: str, log: Log, table: str) -> Iterator[tuple[Record, int]]:
    """Yield the value of each line; a line that holds several gives them all."""
    number, rest = window.line - 1, ""
    while True:
        lines = (rest + window.text[window.position :]).split("\n")
        window.position = len(window.text)
        rest = lines.pop()
        ended = not window.more()
        if ended and rest:
            lines.append(rest)
        for line in lines:
            number += 1
            bare = line.strip(" \t\r,")
            if not bare:
                continue
            value = _line(bare)
            if value is not _BROKEN:
                yield Record(file, number, value), len(line)
                continue
            yield from _values(_Window(iter([line]), number), file, log, table)
        if ended:
            return


def _array(window: _Window, file: str, log: Log, table: str) -> Iterator[tuple[Record, int]]:
    """Yield the elements of an array one by one, so that a cut last one costs no other."""
    window.position += 1
    index = 0
    while True:
        window.skip(_WHITE + ",")
        if window.ended:
            log.note(f"{file}: the array does not end; the file was cut short")
            return
        if window.text[window.position] == "]":
            return
        index += 1
        begins = window.used
        try:
            value = window.value()
        except ValueError as error:
            seen = window.text[window.position : window.position + ROW_CHARS]
            log.reject(file, index, table, None, f"not JSON from here on: {error}", seen)
            return
        yield Record(file, index, value), window.used - begins


def _values(window: _Window, file: str, log: Log, table: str) -> Iterator[tuple[Record, int]]:
    """Yield values that follow one another, on lines of their own or not."""
    while True:
        window.skip(_WHITE + ",")
        if window.ended:
            return
        line, begins = window.line, window.used
        try:
            value = window.value()
        except ValueError as error:
            end = window.text.find("\n", window.position)
            end = len(window.text) if end < 0 else end
            seen = window.text[window.position : min(end, window.position + ROW_CHARS)]
            log.reject(file, line, table, None, f"not JSON: {error}", seen)
            window.position = end
            continue
        yield Record(file, line, value), window.used - begins


def _pieces(window: _Window, lists: Collection[str], inside: Collection[str]) -> Iterator[tuple[int, Any]]:
    """Yield the line and the pieces of the values that follow one another.

    Raises:
        ValueError: One is not JSON, or was cut short.
    """
    while True:
        window.skip(_WHITE + ",")
        if window.ended:
            return
        yield from _pieces_of_one(window, lists, inside)


def _pieces_of_one(
    window: _Window, lists: Collection[str], inside: Collection[str]
) -> Iterator[tuple[int, Any]]:
    line = window.line
    if window.text[window.position] != "{":
        yield line, window.value()
        return
    window.position += 1
    held: dict[str, Any] = {}
    whole = True
    while (opening := _next(window)) != "}":
        key = window.value()
        opening = _next(window, ":")
        if key in lists and opening == "[":
            whole = False
            for at, element in _elements(window, lambda: [(window.line, window.value())]):
                yield at, {**held, key: [element]}
        elif key in inside and opening in "[{":
            whole = False
            pieces = partial(_pieces_of_one, window, lists, inside)
            for at, piece in _elements(window, pieces) if opening == "[" else pieces():
                yield at, {**held, key: [piece] if opening == "[" else piece}
        else:
            held[key] = window.value()
    window.position += 1
    if whole:
        yield line, held


def _elements(window: _Window, element: Callable[[], Iterable[tuple[int, Any]]]) -> Iterator[tuple[int, Any]]:
    """Yield what each element of the array at the position gives, and go on behind it."""
    window.position += 1
    while _next(window) != "]":
        yield from element()
    window.position += 1


def _next(window: _Window, between: str = ",") -> str:
    """Return the next character that means something.

    Raises:
        ValueError: There is none.
    """
    window.skip(_WHITE + between)
    if window.ended:
        raise ValueError("the file was cut short")
    return window.text[window.position]


def _frame(
    rows: Sequence[Sequence[str]], lines: Sequence[int], names: Sequence[str], file: SourceFile
) -> pl.DataFrame:
    """Return rows of cells as columns of text, with file and line."""
    cells = zip(*rows, strict=True) if rows else ([] for _ in names)
    columns = [pl.Series(name, values, dtype=pl.String) for name, values in zip(names, cells, strict=True)]
    return pl.DataFrame(columns).with_columns(
        pl.Series(LINE, lines, dtype=pl.Int64), pl.lit(file.name).alias(FILE)
    )


def _bounded(stream: TextIOBase, file: SourceFile) -> Iterator[str]:
    """Yield the lines of a table.

    Raises:
        MalformedInputError: A line is longer than :data:`_LINE_CHARS`.
    """
    for number, line in enumerate(iter(partial(stream.readline, _LINE_CHARS), ""), 1):
        if len(line) == _LINE_CHARS:
            raise MalformedInputError(
                f"{file.name}, line {number} is longer than {_LINE_CHARS:,} characters; is it a table?"
            )
        yield line


def _misfit(cells: int, wanted: int, begins: int, ends: int) -> str:
    """Return what is wrong with a row of another length than the header; one of many lines swallowed others."""
    said = f"{cells} cells where the header has {wanted}"
    return f"{said}, on lines {begins} to {ends}; is a quotation mark left open?" if ends > begins else said


def _without_nul(blocks: Iterator[str], file: SourceFile, log: Log) -> Iterator[str]:
    """Yield texts without NUL bytes, which databases and disks leave behind."""
    for block in blocks:
        if "\0" in block:
            log.note(f"{file.name}: NUL bytes removed: {{}}", block.count("\0"))
            block = block.replace("\0", "")
        yield block


def _header(lines: Iterator[str], file: SourceFile) -> tuple[str, int]:
    """Return the first line that holds something, and how many lines were taken.

    Raises:
        EmptyInputError: There is none.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            return line, number
    raise EmptyInputError(f"{file.name} is empty; give the file the collector wrote")


def _chained(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _separator(header: str) -> str:
    """Return the separator that a header holds most of, or that spreadsheets state as ``sep=;``."""
    stated = header.strip()[len("sep=") :]
    if header.lower().startswith("sep=") and len(stated) == 1:
        return stated
    return max(",;\t", key=header.count)


def _plain_bytes(file: SourceFile) -> Path | bytes:
    """Return what a scanner of Parquet takes: the file itself, or the bytes that were compressed around it."""
    with file.open() as data:
        head = data.read(4)
        return file.path if file.member is None and head == b"PAR1" else head + data.read()


def _need(columns: Sequence[str], required: Sequence[str], file: SourceFile) -> None:
    missing = [name for name in required if name not in columns]
    if missing:
        raise MissingColumnError(
            f"{file.name} has no column {', '.join(missing)}; it has {', '.join(columns)}. "
            "Is it another format? `vigie import generic` takes any columns with a mapping file"
        )


def _unique(header: Sequence[str]) -> list[str]:
    """Return column names with empty and repeated ones numbered."""
    names: list[str] = []
    for index, name in enumerate(header, 1):
        shown = name or f"column_{index}"
        names.append(f"{shown}_{index}" if shown in names else shown)
    return names
