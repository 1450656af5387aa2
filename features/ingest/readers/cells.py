"""From cells to values of the contract: numbers, flags, times, lists; and why a cell cannot be one.

A row with a cell that cannot be read is set aside whole, as a row that breaks a rule is: half a row would be
believed as if the other half had never been collected.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl

from vigie.features import schema as contract
from vigie.features.ingest import timestamps
from vigie.features.ingest.reader import FILE, LINE, Log, whole

# Texts that databases write for "no value".
_NULLS = ("NULL", "null", "None", "NaN", "nan", "\\N")
# Where an empty cell says that the field is empty, not that it is unknown.
_EMPTY_IS_KNOWN = {"accounts": ("description", "location", "url"), "posts": ("text",), "labels": ()}
# Published words: never read as "no value".
_VERBATIM = ("text", "display_name")

# Fields that hold lists.
LISTS = tuple(name for name, dtype in contract.schema("posts").items() if isinstance(dtype, pl.List))

_TRUE, _FALSE = ("true", "1", "1.0", "yes", "t", "y"), ("false", "0", "0.0", "no", "f", "n")
_INTEGER = r"^[+-]?\d+(?:\.0*)?$"
_ROUNDED = r"(?i)^\d(?:[.,]\d+)?e\+?\d+$"
_IDS = ("account_id", "post_id", "target_post_id", "target_account_id")


def shape(frame: pl.DataFrame, table: str, values: Mapping[str, pl.Expr], log: Log) -> pl.DataFrame:
    """Return a table of the contract, made of the columns of a file.

    Args:
        frame: Rows as read, with :data:`~vigie.features.ingest.reader.FILE` and ``LINE``.
        table: ``accounts``, ``posts`` or ``labels``.
        values: Contract field to expression on ``frame``. Texts are read as what the field holds.
        log: Takes the rows with a cell that cannot be read.
    """
    return placed(frame, table, values, log).drop(FILE, LINE)


def placed(
    frame: pl.DataFrame,
    table: str,
    values: Mapping[str, pl.Expr],
    log: Log,
    carried: Sequence[str] = (),
) -> pl.DataFrame:
    """Return what :func:`shape` does, with file and line of each row, and the columns to carry along as they are."""
    taken = frame.select(value.alias(name) for name, value in values.items())
    if taken.height != frame.height:  # only literals were given
        taken = frame.select(
            pl.lit(None).alias("_"), *(value.alias(name) for name, value in values.items())
        ).drop("_")
    types = contract.schema(table)
    read: list[pl.Expr] = []
    reasons: list[pl.Expr] = []
    for name, dtype in taken.schema.items():
        value, reason = _cell(name, dtype, types[name], table)
        read.append(value.alias(name))
        if reason is not None:
            reasons.append(reason.alias(name))
    faults = (
        taken.select(reasons)
        .with_row_index("index")
        .unpivot(index="index", variable_name="field", value_name="reason")
        .drop_nulls("reason")
        if reasons
        else pl.DataFrame(schema={"index": pl.UInt32, "field": pl.String, "reason": pl.String})
    )
    log.seen[table] += frame.height
    log.set_aside(frame, table, faults)
    good = (
        taken.select(read)
        .with_row_index("index")
        .join(faults.select("index").unique(), on="index", how="anti", maintain_order="left")
    )
    places = frame.select(FILE, LINE, *carried)[good["index"].to_list()]
    return pl.concat([contract.conform(good, table), places], how="horizontal")


def table(
    records: Sequence[Mapping[str, Any]],
    files: Sequence[str],
    lines: Sequence[int],
    lists: Collection[str] = LISTS,
) -> pl.DataFrame:
    """Return JSON records as a frame of texts and lists of texts, with file and line.

    Args:
        records: One mapping per row; a key that is absent is null.
        files: File of each record.
        lines: Line of each record.
        lists: Names that hold lists; a list elsewhere becomes its JSON text.
    """
    names = list(dict.fromkeys(name for record in records for name in record))
    columns = {
        name: [(_texts if name in lists else _plain)(record.get(name)) for record in records]
        for name in names
    }
    schema = {name: pl.List(pl.String) if name in lists else pl.String for name in names}
    where = {FILE: pl.Series(files, dtype=pl.String), LINE: pl.Series(lines, dtype=pl.Int64)}
    return pl.DataFrame(columns, schema=schema).with_columns(**where) if names else pl.DataFrame(where)


def present(frame: pl.DataFrame, columns: Mapping[str, str]) -> dict[str, pl.Expr]:
    """Return the expressions of those contract fields whose column the file has.

    Args:
        frame: Rows as read.
        columns: Contract field to column of the file.
    """
    return {name: pl.col(column) for name, column in columns.items() if column in frame.columns}


def same(table: str) -> dict[str, str]:
    """Return the mapping of a file whose columns already have the contract's names."""
    return {name: name for name in contract.schema(table)}


def no_value(text: pl.Expr) -> pl.Expr:
    """Return a text column with what databases write for "no value" as null."""
    return pl.when(text.str.strip_chars().is_in(_NULLS)).then(None).otherwise(text)


def listed(text: pl.Expr, separator: str | None = None) -> pl.Expr:
    """Return a bracketed list written as text (``[a, b]``, ``['a', 'b']``) as a list.

    Args:
        text: The column.
        separator: A character that no element holds, split on as well.
    """
    inside = text.str.strip_chars().str.strip_prefix("[").str.strip_suffix("]")
    marked = inside.str.replace_all(r"""['"]\s*,\s*['"]|,\s+""", "\u001f")
    if separator:
        marked = marked.str.replace_all(separator, "\u001f", literal=True)
    element = pl.element().str.strip_chars(" '\"")
    return pl.when(text.is_not_null()).then(
        marked.str.split("\u001f").list.eval(element.filter(element != ""))
    )


def _cell(
    name: str, found: pl.DataType, wanted: pl.DataType, table_name: str
) -> tuple[pl.Expr, pl.Expr | None]:
    """Return the value of a column, and why a cell is none (None: it always is)."""
    column = pl.col(name)
    if found == wanted and wanted != pl.String:
        return column, None
    if found == pl.Null:
        return column.cast(wanted), None
    if wanted == contract.VECTOR:
        # What is no number becomes null, which a rule of the contract refuses.
        numbers = (listed(column, ",") if found == pl.String else column).cast(wanted, strict=False)
        return pl.when(numbers.list.len() > 0).then(numbers), None
    if isinstance(wanted, pl.List):
        return (listed(column) if found == pl.String else column.cast(wanted)), None
    if isinstance(wanted, pl.Datetime) and isinstance(found, pl.Datetime):
        return (column.dt.replace_time_zone("UTC") if found.time_zone is None else column).cast(wanted), None
    if found.is_integer() and wanted == pl.Int64:
        return column.cast(wanted), None
    if found.is_nested():
        return pl.lit(None, dtype=wanted), pl.when(column.is_not_null()).then(
            pl.lit("holds a structure, not a value")
        )
    if found.is_float() and name in _IDS:  # ids with gaps, as data frames store them
        column = column.cast(pl.Int64, strict=False)
    text = column.cast(pl.String)
    known = (table_name == "posts" and name == "text") or name in _VERBATIM
    if not known:
        text = no_value(text)
    if name not in _EMPTY_IS_KNOWN[table_name]:
        text = pl.when(text.str.strip_chars() != "").then(text)
    if wanted == pl.Int64:
        return _integer(text), _why(
            text, _integer(text), "{} is not a whole number; leave the cell empty if unknown"
        )
    if wanted == pl.Boolean:
        return _flag(text), _why(
            text, _flag(text), "{} is neither true nor false; leave the cell empty if unknown"
        )
    if isinstance(wanted, pl.Datetime):
        return timestamps.parse(text), timestamps.reason(text)
    if name in _IDS:
        text = text.str.strip_chars()
        rounded = pl.when(text.str.contains(_ROUNDED)).then(
            pl.format(
                "{} was rounded by a spreadsheet and names no account or post; export the ids as text", text
            )
        )
        return text, rounded
    return text, None


def _integer(text: pl.Expr) -> pl.Expr:
    whole = pl.when(text.str.strip_chars().str.contains(_INTEGER)).then(text.str.strip_chars())
    return whole.str.replace(r"\.0*$", "").str.strip_prefix("+").cast(pl.Int64, strict=False)


def _flag(text: pl.Expr) -> pl.Expr:
    word = text.str.strip_chars().str.to_lowercase()
    return pl.when(word.is_in(_TRUE)).then(True).when(word.is_in(_FALSE)).then(False)


def _why(text: pl.Expr, value: pl.Expr, message: str) -> pl.Expr:
    return pl.when(text.is_not_null() & value.is_null()).then(pl.format(message, text.str.slice(0, 40)))


def _plain(value: Any) -> str | None:
    """Return a JSON value as the text that a cell would hold."""
    if value is None:
        return None
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return whole(json.dumps(value, ensure_ascii=False, default=str))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _texts(value: Any) -> list[str] | None:
    """Return a JSON list as texts; a value alone is a list of one."""
    if value is None:
        return None
    texts = (_plain(element) for element in (value if isinstance(value, list) else [value]))
    return [text for text in texts if text is not None]
