"""What a post does to another post, where columns tell it: a repost by the column that holds what it reposts.

A post whose kind is not stated and whose target is filled is no original: it is what the name of the filled column
says (``retweeted_id``, ``in_reply_to``), else its kind stays missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import reduce

import polars as pl

from vigie.features.ingest import ids, vocabulary
from vigie.features.ingest.mapping import BY_KIND, ByKind, Cell, Right
from vigie.features.ingest.reader import Log
from vigie.features.ingest.readers import cells, nested
from vigie.features.schema import KINDS

# What an id is not: cells of flags and of numbers that stand for none.
_NONE = ("", "0", "0.0", "-1", "false", "faux", "no", "non", "[]", "{}")
# Columns that hold ids; another one that tells a kind may be a flag.
_OF_IDS = re.compile(r"(?i)(id|id_str|ids|uri|cid|key)$")
_FLAGS = ("1", "1.0", "true", "vrai", "yes", "oui", "t", "y")
_ACTS = tuple(kind for kind in KINDS if kind != "original")


def values(fields: Mapping[str, Right], frame: pl.DataFrame, log: Log) -> dict[str, pl.Expr]:
    """Return the expressions of the kind of posts and of what they act on.

    Args:
        fields: Contract field to where its values stand.
        frame: The rows.
        log: Takes notes on kinds that the name of a column told.
    """
    given = {name: fields[name] for name in BY_KIND if name in fields}
    if not given:
        return {}
    read, text = _stated(given, frame)
    targets = {name: right for name, right in given.items() if name != "kind"}
    found = {
        name: _chosen(right.cells, read, frame) if isinstance(right, ByKind) else _held(right, frame)
        for name, right in targets.items()
    }
    stated = given.get("kind")
    if isinstance(stated, ByKind) and "target_post_id" not in targets:
        acts = {kind: cell for kind, cell in stated.cells.items() if kind in _ACTS}
        found["target_post_id"] = _chosen(acts, read, frame, ids_only=True)
    for name in ("target_post_id", "target_account_id"):
        aim = targets.get(name)
        if not isinstance(aim, Cell) or (told := vocabulary.kind_of_column(aim.columns[0])) is None:
            continue
        column = aim.columns[0]
        by_name = read.is_null() & _filled(aim, frame)
        log.note(
            f"posts whose kind the file does not state and whose column {column} is filled count as {told}: {{}}; "
            f'say so in the mapping: kind = {{{told} = "{column}"}}',
            frame.select(by_name.fill_null(False).sum()).item(),
        )
        read, text = (pl.when(by_name).then(pl.lit(told)).otherwise(one) for one in (read, text))
    return {**found, "kind": text}


def _stated(given: Mapping[str, Right], frame: pl.DataFrame) -> tuple[pl.Expr, pl.Expr]:
    """Return the kind of each post as the file states it, and the text from which it is read."""
    right = given.get("kind") or next(
        (given[name] for name in BY_KIND[1:3] if isinstance(given.get(name), ByKind)), None
    )
    if right is None:
        return pl.lit(None, pl.String), pl.lit(None, pl.String)
    if isinstance(right, Cell):
        text = _any(right, frame)
        words = vocabulary.folded(text).replace_strict(
            right.form.values, default=text, return_dtype=pl.String
        )
        return vocabulary.kind(words), text
    # Only where a column tells each kind does none of them tell an original.
    otherwise = "original" if set(_ACTS) <= set(right.cells) else None
    kind = reduce(
        lambda rest, one: pl.when(_filled(one[1], frame)).then(pl.lit(one[0])).otherwise(rest),
        reversed(list(right.cells.items())),
        pl.lit(otherwise, pl.String),
    )
    return kind, kind


def _chosen(
    by_kind: Mapping[str, Cell], kind: pl.Expr, frame: pl.DataFrame, *, ids_only: bool = False
) -> pl.Expr:
    """Return the value of the column of each post's kind; of a post of unknown kind that of the first filled."""
    held = {name: (_id_of if ids_only else _held)(cell, frame) for name, cell in by_kind.items()}
    own = [pl.when(kind == name).then(value) for name, value in held.items()]
    return pl.coalesce(
        pl.lit(None, pl.String), *own, *(pl.when(kind.is_null()).then(value) for value in held.values())
    )


def _id_of(cell: Cell, frame: pl.DataFrame) -> pl.Expr:
    """Return the ids of a column that tells a kind; what may be a flag is no id."""
    text = _held(cell, frame)
    if all(_OF_IDS.search(column) for column in cell.columns):
        return text
    return pl.when(~vocabulary.folded(text).is_in(_FLAGS)).then(text)


def _any(cell: Cell, frame: pl.DataFrame) -> pl.Expr:
    """Return the first filled of the columns of a cell, as text."""
    texts = [
        ids.of_floats(pl.col(column)) if frame.schema[column].is_float() else pl.col(column).cast(pl.String)
        for column in cell.columns
    ]
    return pl.coalesce(pl.when(cells.no_value(text).str.strip_chars() != "").then(text) for text in texts)


def _held(cell: Cell, frame: pl.DataFrame) -> pl.Expr:
    """Return the text of a cell that holds anything."""
    return pl.when(_filled(cell, frame)).then(_any(cell, frame))


def _filled(cell: Cell, frame: pl.DataFrame) -> pl.Expr:
    """Return whether a cell holds anything, be it an object whose parts are not read."""
    said = (~vocabulary.folded(_any(cell, frame)).is_in(_NONE)).fill_null(False)
    return said | pl.any_horizontal(nested.is_structure(frame, column) for column in cell.columns)
