"""Values of JSON as columns of the contract's types.

Work goes by column: what is of the right type already is taken as it is, only the rest is read value by value.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import polars as pl

from vigie.features import schema
from vigie.features.i18n import Language, Message, message
from vigie.features.ingest import counts, ids, timestamps, vocabulary
from vigie.features.schema import Field

_LARGEST = 2**63 - 1
# ASCII's own separator of units.
_UNIT = "\x1f"


class _UnreadableError(ValueError):
    """A value is not of the type of its field.

    Attributes:
        message: Says so; the name of the field is still to be filled in.
    """

    def __init__(self, message: Message) -> None:
        super().__init__()
        self.message = message


def as_column(
    item: Field, values: list[Any], language: Language
) -> tuple[pl.Series, list[tuple[int, Message]]]:
    """Return the values of one field as a column, and of each that cannot be read its position and why.

    A message of these leaves the name of the field to be filled in.
    """
    if item.dtype == schema.TIME:
        return _times(values, timestamps.seen if item.name == "observed_at" else timestamps.parse, language)
    faults: list[tuple[int, Message]] = []
    if item.dtype == schema.TEXTS:
        return _lists(values, faults), faults
    if item.dtype == schema.VECTOR:
        values = _each(values, _numbers, faults)
    read = _id if item.name in ids.NAMES else _READERS[item.dtype]
    if item.dtype == pl.Int64:
        # Of this type alone a column takes what is of another one: yes and no, as 1 and 0.
        kinds = set(map(type, values))
        if str in kinds:
            values = _counts(values)
        if not kinds <= {int, type(None)}:
            values = _each(values, read, faults)
    try:
        column = pl.Series(values, dtype=item.dtype)
    except (OverflowError, TypeError):  # of another type, or a number that 64 bits do not hold
        column = pl.Series(_each(values, read, faults), dtype=item.dtype)
    return column, faults


def _counts(values: list[Any]) -> list[Any]:
    """Return values with the texts that show a count as numbers."""
    texts = pl.Series([value if isinstance(value, str) else None for value in values], dtype=pl.String)
    numbers = pl.select(counts.read(pl.lit(texts))).to_series().to_list()
    return [value if number is None else number for value, number in zip(values, numbers, strict=True)]


def _lists(values: list[Any], faults: list[tuple[int, Message]]) -> pl.Series:
    """Return lists of texts as a column, through one text per list: a thousand times fewer objects."""
    if not set(map(type, values)) <= {list, type(None)}:
        values = _each(values, _texts, faults)
    try:
        joined = pl.Series(
            [None if value is None else _UNIT.join(value) for value in values], dtype=pl.String
        )
    except TypeError:  # an element is not a text
        values = _each(values, _texts, faults)
    else:
        text = pl.lit(joined)
        column = pl.select(
            pl.when(text == "").then(pl.lit([], schema.TEXTS)).otherwise(text.str.split(_UNIT))
        ).to_series()
        filled = list(filter(None, values))
        # A list of one empty text would be taken for one of none, and a separator inside a text would make two of it.
        if len(filled) == (joined != "").sum() and sum(map(len, filled)) == column.list.len().sum():
            return column
    return pl.Series(values, dtype=schema.TEXTS)


def _each(values: list[Any], read: Callable[[Any], Any], faults: list[tuple[int, Message]]) -> list[Any]:
    """Return every value read on its own; one that cannot be is null, and noted."""
    found = []
    for index, value in enumerate(values):
        try:
            found.append(None if value is None else read(value))
        except _UnreadableError as error:
            found.append(None)
            faults.append((index, error.message))
    return found


def _times(
    values: list[Any], parse: Callable[[pl.Expr], pl.Expr], language: Language
) -> tuple[pl.Series, list[tuple[int, Message]]]:
    """Return times as UTC; one without a zone is UTC, as in files (see :mod:`vigie.features.ingest.timestamps`)."""
    faults: list[tuple[int, Message]] = []
    try:
        text = pl.Series("text", values, dtype=pl.String)
    except (OverflowError, TypeError):  # not a text, or a number that 64 bits do not hold
        text = pl.Series("text", _each(values, _moment, faults), dtype=pl.String)
    time = timestamps.in_utc(text)
    if time.null_count() > text.null_count():
        rest = text.is_not_null() & time.is_null()
        slow = pl.DataFrame({"index": rest.arg_true(), "text": text.filter(rest)}).with_columns(
            time=parse(pl.col("text")),
            reason=timestamps.reason(pl.col("text"), language=language),
        )
        bad = slow.filter(pl.col("reason").is_not_null()).select("index", "reason")
        faults += [
            (index, message("refusals.time_unread", reason=reason)) for index, reason in bad.iter_rows()
        ]
        good = slow.filter(pl.col("reason").is_null())
        time = time.scatter(good["index"], good["time"])
    return time, faults


def _moment(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            raise _UnreadableError(message("refusals.not_time", seen=shown(value)))
        case int() | float():
            return str(value)
        case datetime():
            return value.isoformat()
        case _:
            raise _UnreadableError(message("refusals.not_time", seen=shown(value)))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise _UnreadableError(message("refusals.not_text", seen=shown(value)))


def _id(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < ids.LARGEST_EXACT:
        return str(int(value))
    raise _UnreadableError(message("refusals.not_id", seen=shown(value)))


def _integer(value: Any) -> int:
    if isinstance(value, bool):
        raise _UnreadableError(message("refusals.not_integer", seen=shown(value)))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int):
        raise _UnreadableError(message("refusals.not_count", seen=shown(value)))
    if abs(value) > _LARGEST:
        raise _UnreadableError(message("refusals.too_many", seen=shown(value)))
    return value


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else value
    if word in (0, 1, *vocabulary.TRUE_WORDS, *vocabulary.FALSE_WORDS):
        return word in (1, *vocabulary.TRUE_WORDS)
    raise _UnreadableError(message("refusals.not_flag", seen=shown(value)))


def _texts(value: Any) -> list[str]:
    if isinstance(value, list) and all(isinstance(element, str) for element in value):
        return value
    if isinstance(value, list):
        return [_id(element) for element in value if element is not None]
    raise _UnreadableError(message("refusals.not_texts", seen=shown(value)))


def _numbers(value: Any) -> list[float]:
    kinds = set(map(type, value)) if isinstance(value, list) else {object}
    if not kinds <= {float, int}:
        raise _UnreadableError(message("refusals.not_numbers"))
    try:
        return value if kinds <= {float} else [float(number) for number in value]
    except OverflowError as error:
        raise _UnreadableError(message("refusals.long_number")) from error


# Type to how one value of another type is read.
_READERS: dict[pl.DataType, Callable[[Any], Any]] = {
    pl.String(): _text,
    pl.Int64(): _integer,
    pl.Boolean(): _flag,
    schema.VECTOR: _numbers,
}


def shown(value: Any) -> str | Message:
    """Return a value as a message shows it: cut, and named by its JSON type where it is a structure."""
    match value:
        case dict():
            return message("refusals.shown.object")
        case list():
            return message("refusals.shown.list")
        case datetime() | date():
            return value.isoformat()
        case str():
            return json.dumps(value[:40], ensure_ascii=False)
        case int() if abs(value) > 10**40:
            return message("refusals.shown.number")
        case _:
            return json.dumps(value)
