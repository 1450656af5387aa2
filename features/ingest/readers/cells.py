"""From cells to values of the contract: numbers, flags, times, lists; and why a cell cannot be one.

A cell that cannot be read costs that cell: its value is missing, and a note counts it with the first place. Where
the contract asks for the value, the row is set aside whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Any

import polars as pl

from vigie.features import schema as contract
from vigie.features.ingest import counts, ids, lists, markup, timestamps, validation, vocabulary
from vigie.features.ingest.forms import PLAIN, Form
from vigie.features.ingest.mapping import PROSE
from vigie.features.ingest.reader import FILE, LINE, Log
from vigie.features.ingest.readers import columns

# Texts that databases, spreadsheets, R and pandas write for "no value".
_NULLS = ("NULL", "null", "None", "NaN", "nan", "\\N", "NA", "<NA>", "#N/A", "N/A", "n/a")
# Where an empty cell says that the field is empty, not that it is unknown.
_EMPTY_IS_KNOWN = {"accounts": ("description", "location", "url"), "posts": ("text",), "labels": ()}
# Published words: never read as "no value".
_VERBATIM = ("text", "display_name")

# Times at which something was seen: a day alone is its end.
_SEEN = ("observed_at", "recorded_at")
# Fields that hold lists.
LISTS = tuple(name for name, dtype in contract.schema("posts").items() if isinstance(dtype, pl.List))
_NO_FAULT = pl.DataFrame(schema={"index": pl.UInt32, "field": pl.String, "reason": pl.String})
_FIELDS = {table: {field.name: field for field in fields} for table, fields in contract.TABLES.items()}


def shape(frame: pl.DataFrame, table: str, values: Mapping[str, pl.Expr], log: Log) -> pl.DataFrame:
    """Return a table of the contract, made of the columns of a file.

    Args:
        frame: Rows as read, with :data:`~vigie.features.ingest.reader.FILE` and ``LINE``.
        table: ``accounts``, ``posts`` or ``labels``.
        values: Contract field to expression on ``frame``. Texts are read as what the field holds.
        log: Takes the rows that are set aside, and counts the cells that cannot be read.
    """
    return placed(frame, table, values, log).drop(FILE, LINE)


def placed(
    frame: pl.DataFrame,
    table: str,
    values: Mapping[str, pl.Expr],
    log: Log,
    carried: Sequence[str] = (),
    forms: Mapping[str, Form] | None = None,
    faults: Mapping[str, pl.Expr] | None = None,
) -> pl.DataFrame:
    """Return what :func:`shape` does, with file and line of each row, and the columns to carry along as they are.

    Args:
        frame: See :func:`shape`.
        table: See :func:`shape`.
        values: See :func:`shape`.
        log: See :func:`shape`.
        carried: Columns of ``frame``.
        forms: Contract field to how its cells are written, where it is stated.
        faults: Contract field to expression on ``frame``: why a cell cannot be read, null where it can.
    """
    # Of literals alone there would be one row.
    taken = frame.select(LINE, *(value.alias(name) for name, value in values.items())).drop(LINE)
    taken = _without_html(taken, forms or {})
    read: list[pl.Expr] = []
    reasons: dict[str, pl.Expr] = {}
    for name, dtype in taken.schema.items():
        value, reason = _cell(name, dtype, table, (forms or {}).get(name, PLAIN))
        read.append(value.alias(name))
        if reason is not None:
            reasons[name] = reason
    rows = taken.select(read)
    found = [_none_read(taken, rows, name, reason) for name, reason in reasons.items()]
    found += [_stated(frame, name, reason) for name, reason in (faults or {}).items()]
    for name, cut in ids.cut({name: rows[name] for name in ids.NAMES if name in rows.columns}).items():
        reason = pl.when(cut).then(pl.format("{} ends in 000 as nearly all ids do: it " + ids.ROUNDED, name))
        found.append(_stated(rows, name, reason))
        rows = rows.with_columns(pl.when(~cut).then(name).alias(name))
    for name in lists.KEYS:
        if taken.schema.get(name) == pl.String:
            log.note(
                f"posts, {name}: lists with an element that holds a space, comma, semicolon or bar; if it is several, "
                "state the separator in a mapping: {}",
                int(lists.unclear(rows[name], name).sum()),
            )
    return _kept(frame, table, rows, pl.concat([_NO_FAULT, *found]), log, carried)


def _none_read(taken: pl.DataFrame, rows: pl.DataFrame, name: str, reason: pl.Expr) -> pl.DataFrame:
    """Return why cells that hold something have no value; most columns have none such, so the others alone are asked."""
    without = (taken[name].is_not_null() & rows[name].is_null()).arg_true()
    told = _stated(taken[without], name, reason)
    return told.with_columns(index=without.gather(told["index"]))


def _stated(frame: pl.DataFrame, name: str, reason: pl.Expr) -> pl.DataFrame:
    """Return the rows that have a reason: ``index``, ``field``, ``reason``."""
    told = frame.select(reason=reason.cast(pl.String)).with_row_index("index").drop_nulls("reason")
    return told.select("index", pl.lit(name).alias("field"), "reason")


def _kept(
    frame: pl.DataFrame, table: str, rows: pl.DataFrame, found: pl.DataFrame, log: Log, carried: Sequence[str]
) -> pl.DataFrame:
    """Return the rows that have what the contract asks for, with their places; tell of all others and of cells."""
    log.seen[table] += frame.height
    required = [field.name for field in _FIELDS[table].values() if field.required]
    aside = found.filter(pl.col("field").is_in(required)).select("index").unique()
    log.set_aside(frame, table, found.join(aside, on="index", how="semi", maintain_order="left"))
    lost = found.join(aside, on="index", how="anti", maintain_order="left")
    for (name,), cells in lost.group_by("field", maintain_order=True):
        first, reason = cells["index"][0], cells["reason"][0]
        log.lost(table, str(name), cells.height, f"{frame[FILE][first]}, line {frame[LINE][first]}: {reason}")
    good = rows.with_row_index("index").join(aside, on="index", how="anti", maintain_order="left")
    places = frame.select(FILE, LINE, *carried)[good["index"].to_list()]
    return pl.concat([contract.conform(good, table), places], how="horizontal")


def table(
    records: Sequence[Mapping[str, Any]],
    files: Sequence[str],
    lines: Sequence[int],
    held: Collection[str] = LISTS,
) -> pl.DataFrame:
    """Return JSON records as a frame of texts and lists of texts, with file and line.

    Args:
        records: One mapping per row; a key that is absent is null.
        files: File of each record.
        lines: Line of each record.
        held: Names that hold lists; a list elsewhere becomes its JSON text.
    """
    # Records of one kind have the same keys: each set of keys is looked at once.
    names = dict.fromkeys(chain.from_iterable(dict.fromkeys(map(tuple, records))))
    read = {
        name: (columns.lists if name in held else columns.texts)([record.get(name) for record in records])
        for name in names
    }
    where = {FILE: pl.Series(files, dtype=pl.String), LINE: pl.Series(lines, dtype=pl.Int64)}
    return pl.DataFrame({**read, **where})


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


def _without_html(taken: pl.DataFrame, forms: Mapping[str, Form]) -> pl.DataFrame:
    """Return texts that are HTML as they are shown; their links are those of the post where it states none."""
    for name in PROSE:
        if taken.schema.get(name) != pl.String:
            continue
        html = taken[name].is_not_null() if forms.get(name, PLAIN).html else markup.is_html(taken[name])
        if not html.any():
            continue
        shown = markup.read(taken.select(pl.when(html).then(name)).to_series())
        taken = taken.with_columns(pl.when(html).then(shown["text"]).otherwise(name).alias(name))
        if name == "text" and "urls" not in taken.columns:  # the links of its words are those of the post
            taken = taken.with_columns(urls=shown["links"])
    return taken


def _cell(name: str, found: pl.DataType, table: str, form: Form) -> tuple[pl.Expr, pl.Expr | None]:
    """Return the value of a column, and why a cell is none (None: it always is)."""
    column, wanted = pl.col(name), _FIELDS[table][name].dtype
    if found == wanted and wanted != pl.String:
        return column, None
    if found == pl.Null:
        return column.cast(wanted), None
    if wanted == contract.VECTOR:
        # What is no number becomes null, which a rule of the contract refuses.
        numbers = (lists.bracketed(column, ",") if found == pl.String else column).cast(wanted, strict=False)
        return pl.when(numbers.list.len() > 0).then(numbers), None
    if isinstance(wanted, pl.List):
        return list_of(column, found, name, form)
    if isinstance(wanted, pl.Datetime) and isinstance(found, pl.Datetime):
        return (column.dt.replace_time_zone("UTC") if found.time_zone is None else column).cast(wanted), None
    if found.is_nested():
        return pl.lit(None, dtype=wanted), pl.when(column.is_not_null()).then(
            pl.lit("holds a structure, not a value")
        )
    if wanted == pl.Int64 and found.is_numeric():
        # Numbers need no reading; those of a data frame may have decimals all zero.
        value = pl.when(column == column.floor()).then(column) if found.is_float() else column
        return _count(value.cast(pl.Int64, strict=False), column.cast(pl.String))
    text = ids.of_floats(column) if name in ids.NAMES and found.is_float() else column.cast(pl.String)
    known = (table == "posts" and name == "text") or name in _VERBATIM
    if not known:
        text = no_value(text)
    if name not in _EMPTY_IS_KNOWN[table]:
        text = pl.when(text.str.strip_chars() != "").then(text)
    return _value(text, name, table, form)


def _value(text: pl.Expr, name: str, table: str, form: Form) -> tuple[pl.Expr, pl.Expr | None]:
    """Return the value of cells of text, and why a cell is none."""
    field = _FIELDS[table][name]
    given = text
    if form.values:
        text = vocabulary.folded(text).replace_strict(form.values, default=text, return_dtype=pl.String)
    if field.dtype == pl.Int64:
        return _count(counts.read(text), text)
    if field.dtype == pl.Boolean:
        flag = (vocabulary.label if form.words else vocabulary.flag)(text)
        meant = "state what it means in the mapping (values), or leave the cell empty if unknown"
        return flag, _why(given, flag, "{} is neither true nor false; " + meant)
    if field.dtype == contract.TIME:
        read = timestamps.seen if name in _SEEN else timestamps.parse
        return read(text, form), timestamps.reason(text, form)
    if name in ids.NAMES:
        text = ids.of_texts(text)
        exact = pl.when(~ids.scientific(text)).then(text)
        return exact, _why(text, exact, "{} " + ids.ROUNDED)
    if field.allowed:
        value = vocabulary.kind(text) if name == "kind" else pl.when(text.is_in(field.allowed)).then(text)
        return (
            (
                value,
                _why(
                    given,
                    value,
                    f"{{}} is none of {', '.join(field.allowed)}; state what it means in the mapping (values)",
                ),
            )
            if not field.required
            else (text, None)
        )
    return text, None


def list_of(column: pl.Expr, found: pl.DataType, name: str, form: Form) -> tuple[pl.Expr, pl.Expr | None]:
    """Return the lists of a column, written as those of a field are, and why a cell is none (None: it always is)."""
    if found == pl.String:
        text = no_value(column)
        value = text.map_batches(
            lambda cells: lists.read(cells, name, form.separator), return_dtype=contract.TEXTS
        )
        empty = text.str.strip_chars() == ""
        return value, _why(pl.when(~empty).then(text), value, "{} is no list that can be read")
    if isinstance(found, pl.List) and isinstance(found.inner, pl.Struct):
        keys = [key for key in lists.KEYS[name] if key in {one.name for one in found.inner.fields}]
        if not keys:
            return pl.lit(None, contract.TEXTS), pl.when(column.is_not_null()).then(
                pl.lit(f"holds objects without {', '.join(lists.KEYS[name])}")
            )
        element = pl.coalesce(pl.element().struct.field(key).cast(pl.String) for key in keys)
        return column.list.eval(element.drop_nulls()), None
    return column.cast(contract.TEXTS), None


def _count(value: pl.Expr, text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return counts that can be, and why the others cannot."""
    fits = pl.when(value.is_between(0, validation.HIGHEST_COUNT)).then(value)
    return fits, _why(text, fits, "{} is no count; leave the cell empty if unknown")


def _why(text: pl.Expr, value: pl.Expr, message: str) -> pl.Expr:
    return pl.when(text.is_not_null() & value.is_null()).then(pl.format(message, text.str.slice(0, 40)))
