"""Rules that a row must keep to be believed, the same for files, requests and training.

A row that breaks one is set aside with the field, what was seen and what to do; the others go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from vigie.features import schema
from vigie.features.schema import TABLES

# No counter of any platform is higher; sums of larger ones would overflow.
HIGHEST_COUNT = 10**13
# Clocks of collectors differ a little; more than this is an error, not a skew.
_CLOCK_SKEW = timedelta(days=1)
# What a browser opens; anything else (javascript:, data:, a bare path) is no address of a post.
ADDRESS = r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]+\S*$"
# Names of platforms are counted and kept, whoever sends them.
LONGEST_PLATFORM = 64
# No model of sentences in use gives longer vectors.
LONGEST_VECTOR = 4_096


@dataclass(frozen=True)
class Rule:
    """One thing that must not be.

    Attributes:
        field: The field at fault.
        broken: True where the rule is broken (null counts as kept).
        message: What is wrong and what to do; ``{}`` is filled with the value seen.
    """

    field: str
    broken: pl.Expr
    message: str


def rules(table: str, now: datetime) -> tuple[Rule, ...]:
    """Return the rules of a table.

    Args:
        table: ``accounts``, ``posts`` or ``labels``.
        now: Clock of whoever receives the rows: nothing can have been observed after it. It never
            enters a feature.
    """
    fields = TABLES[table]
    found: list[Rule] = []
    for field in fields:
        column = pl.col(field.name)
        if field.required:
            broken = (
                column.is_null()
                if field.dtype != pl.String
                else column.is_null() | (column.str.strip_chars() == "")
            )
            found.append(
                Rule(field.name, broken, f"{field.name} is missing; {field.doc[0].lower()}{field.doc[1:]}")
            )
        if field.name == "platform":
            found.append(
                Rule(
                    field.name,
                    column.str.len_chars() > LONGEST_PLATFORM,
                    f"platform is {{}}…; the name of a platform has at most {LONGEST_PLATFORM} characters",
                )
            )
        if field.allowed:
            found.append(
                Rule(
                    field.name,
                    ~column.is_in(field.allowed),
                    f"{field.name} is {{}}; allowed: {', '.join(field.allowed)}",
                )
            )
        if field.dtype == pl.Int64:
            found.append(
                Rule(
                    field.name,
                    column < 0,
                    f"{field.name} is {{}}; a count cannot be negative, leave it null if unknown",
                )
            )
        if field.dtype == pl.Int64:
            found.append(
                Rule(
                    field.name,
                    column > HIGHEST_COUNT,
                    f"{field.name} is {{}}, more than any platform counts; leave it null if unknown",
                )
            )
        if field.dtype == schema.VECTOR:
            found.extend(
                Rule(field.name, broken, f"{field.name} {message}") for broken, message in unfit(column)
            )
        if field.dtype == schema.TIME:
            found.append(
                Rule(
                    field.name,
                    column < schema.opened(pl.col("platform")),
                    f"{field.name} is {{}}, before the platform opened; is it in another unit or zone?",
                )
            )
            found.append(
                Rule(
                    field.name,
                    column > now + _CLOCK_SKEW,
                    f"{field.name} is {{}}, in the future; is it in another unit or zone?",
                )
            )
    if table == "accounts":
        found.append(
            Rule(
                "created_at",
                pl.col("created_at") > pl.col("observed_at") + _CLOCK_SKEW,
                "created_at is {}, after observed_at; one of the two is wrong",
            )
        )
    if table == "posts":
        found.append(
            Rule(
                "permalink",
                ~pl.col("permalink").str.contains(ADDRESS),
                "permalink is {}; an address begins with https:// or http:// and holds no space, leave it null if unknown",
            )
        )
    return tuple(found)


def unfit(vector: pl.Expr) -> tuple[tuple[pl.Expr, str], ...]:
    """Return what makes a vector unfit to be compared with the others of its column, each with the words for it."""
    length = vector.list.len()
    return (
        (
            (vector.list.drop_nulls().list.len() < length) | ~vector.list.sum().is_finite(),
            "holds something that is no finite number; leave it null if unknown",
        ),
        (
            (length == 0) | ((vector.list.min() == 0) & (vector.list.max() == 0)),
            "is empty or all zero, which points nowhere; leave it null if unknown",
        ),
        (length > LONGEST_VECTOR, f"has more than {LONGEST_VECTOR:,} numbers"),
        (
            length != length.drop_nulls().mode().max(),
            "has another length than most; vectors of one model have one length",
        ),
    )


def check(frame: pl.DataFrame, table: str, now: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split a table into the rows that keep every rule and the faults of the others.

    Args:
        frame: Columns of the contract; more columns are kept.
        table: ``accounts``, ``posts`` or ``labels``.
        now: See :func:`rules`.

    Returns:
        The good rows, and one row per fault: ``index`` (position in ``frame``), ``field``, ``reason``.
    """
    every = rules(table, now)
    broken = frame.select(rule.broken.any().alias(str(place)) for place, rule in enumerate(every)).row(0)
    if not any(broken):
        return frame, _NO_FAULT
    indexed = frame.with_row_index("index")
    parts = [
        indexed.filter(rule.broken).select(
            "index", field=pl.lit(rule.field), reason=_reason(rule.field, rule.message)
        )
        for rule, is_broken in zip(every, broken, strict=True)
        if is_broken
    ]
    faults = pl.concat([_NO_FAULT, *parts]).unique(["index", "field"], keep="first", maintain_order=True)
    good = indexed.join(faults.select("index").unique(), on="index", how="anti", maintain_order="left")
    return good.drop("index"), faults.sort("index", maintain_order=True)


_NO_FAULT = pl.DataFrame(schema={"index": pl.UInt32, "field": pl.String, "reason": pl.String})


def _reason(field: str, message: str) -> pl.Expr:
    if "{}" not in message:
        return pl.lit(message)
    return pl.format(message, pl.col(field).cast(pl.String).str.slice(0, 40))
