"""Rules that a row must keep to be believed, the same for files, requests and training.

A row that breaks one is set aside with the field, what was seen and what to do; the others go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import polars as pl

from vigie.features import schema
from vigie.features.i18n import Language, Message, message
from vigie.features.schema import TABLES

# No counter of any platform is higher; sums of larger ones would overflow.
HIGHEST_COUNT = 10**13
# Clocks of collectors differ a little; more than this is an error, not a skew.
_CLOCK_SKEW = timedelta(days=1)
# What a browser opens; anything else (javascript:, data:, a bare path) is no address of a post.
ADDRESS = r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]+\S*$"
# Names of platforms are counted and kept, whoever sends them.
LONGEST_PLATFORM = 64
# Where a sentence names a value that a column holds.
_SEEN = "{}"
# Column of the latest time at which anything can have been observed.
LATEST = "latest"
# What names an account or a post. Databases refuse some control characters, and keys are made with others.
_IDENTITY, _CONTROL = ("platform", "account_id", "post_id"), r"[\x00-\x1f\x7f]"
# No model of sentences in use gives longer vectors.
LONGEST_VECTOR = 4_096


@dataclass(frozen=True)
class Rule:
    """One thing that must not be.

    Attributes:
        field: The field at fault.
        broken: True where the rule is broken (null counts as kept).
        message: What is wrong and what to do; :data:`_SEEN` in it is filled with the value seen.
    """

    field: str
    broken: pl.Expr
    message: Message


# To make them costs a small request more than to ask them.
@cache
def rules(table: str) -> tuple[Rule, ...]:
    """Return the rules of a table, which are asked of its columns and of :data:`LATEST`.

    Args:
        table: ``accounts``, ``posts`` or ``labels``.
    """
    fields = TABLES[table]
    found: list[Rule] = []
    opened = schema.opened(pl.col("platform"))
    for field in fields:
        column = pl.col(field.name)
        if field.required:
            broken = (
                column.is_null()
                if field.dtype != pl.String
                else column.is_null() | (column.str.strip_chars() == "")
            )
            found.append(Rule(field.name, broken, message(f"refusals.missing.{table}.{field.name}")))
        if field.name == "platform":
            found.append(
                Rule(
                    field.name,
                    column.str.len_chars() > LONGEST_PLATFORM,
                    message("refusals.long_platform", seen=_SEEN, most=LONGEST_PLATFORM),
                )
            )
        if field.name in _IDENTITY:
            found.append(
                Rule(
                    field.name,
                    column.str.contains(_CONTROL),
                    message("refusals.control_character", field=field.name),
                )
            )
        if field.allowed:
            found.append(
                Rule(
                    field.name,
                    ~column.is_in(field.allowed),
                    message(
                        "refusals.allowed", field=field.name, seen=_SEEN, allowed=", ".join(field.allowed)
                    ),
                )
            )
        if field.dtype == pl.Int64:
            found.append(
                Rule(
                    field.name,
                    column < 0,
                    message("refusals.negative", field=field.name, seen=_SEEN),
                )
            )
        if field.dtype == pl.Int64:
            found.append(
                Rule(
                    field.name,
                    column > HIGHEST_COUNT,
                    message("refusals.too_many", field=field.name, seen=_SEEN),
                )
            )
        if field.dtype == schema.VECTOR:
            found.extend(
                Rule(field.name, broken, message(key, field=field.name, most=LONGEST_VECTOR))
                for broken, key in unfit(column)
            )
        if field.dtype == schema.TIME:
            found.append(
                Rule(
                    field.name,
                    column < opened,
                    message("refusals.before", field=field.name, seen=_SEEN),
                )
            )
            found.append(
                Rule(
                    field.name,
                    column > pl.col(LATEST),
                    message("refusals.future", field=field.name, seen=_SEEN),
                )
            )
    if table == "accounts":
        found.append(
            Rule(
                "created_at",
                pl.col("created_at") > pl.col("observed_at") + _CLOCK_SKEW,
                message("refusals.after_observation", seen=_SEEN),
            )
        )
    if table == "posts":
        found.append(
            Rule(
                "permalink",
                ~pl.col("permalink").str.contains(ADDRESS),
                message("refusals.address", seen=_SEEN),
            )
        )
    return tuple(found)


@cache
def _any_broken(table: str) -> tuple[pl.Expr, ...]:
    """Return, for each rule of a table, whether any row breaks it."""
    return tuple(rule.broken.any().alias(str(place)) for place, rule in enumerate(rules(table)))


def unfit(vector: pl.Expr) -> tuple[tuple[pl.Expr, str], ...]:
    """Return what makes a vector unfit to be compared with the others of its column, each with the key of its message."""
    length = vector.list.len()
    return (
        (
            (vector.list.drop_nulls().list.len() < length) | ~vector.list.sum().is_finite(),
            "refusals.vector.finite",
        ),
        (
            (length == 0) | ((vector.list.min() == 0) & (vector.list.max() == 0)),
            "refusals.vector.zero",
        ),
        (length > LONGEST_VECTOR, "refusals.vector.long"),
        (
            length != length.drop_nulls().mode().max(),
            "refusals.vector.length",
        ),
    )


def check(
    frame: pl.DataFrame, table: str, now: datetime, language: Language = "en"
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split a table into the rows that keep every rule and the faults of the others.

    Args:
        frame: Columns of the contract; more columns are kept.
        table: ``accounts``, ``posts`` or ``labels``.
        now: Clock of whoever receives the rows: nothing can have been observed after it. It never
            enters a feature.
        language: Language of the reasons.

    Returns:
        The good rows, and one row per fault: ``index`` (position in ``frame``), ``field``, ``reason``.
    """
    every = rules(table)
    clocked = frame.lazy().with_columns(pl.lit(now + _CLOCK_SKEW).alias(LATEST))
    broken = clocked.select(_any_broken(table)).collect(engine="in-memory").row(0)
    if not any(broken):
        return frame, _NO_FAULT
    indexed = clocked.with_row_index("index").collect(engine="in-memory")
    parts = [
        indexed.filter(rule.broken).select(
            "index", field=pl.lit(rule.field), reason=_reason(rule.field, rule.message.say(language))
        )
        for rule, is_broken in zip(every, broken, strict=True)
        if is_broken
    ]
    faults = pl.concat([_NO_FAULT, *parts]).unique(["index", "field"], keep="first", maintain_order=True)
    good = indexed.join(faults.select("index").unique(), on="index", how="anti", maintain_order="left")
    return good.drop("index", LATEST), faults.sort("index", maintain_order=True)


_NO_FAULT = pl.DataFrame(schema={"index": pl.UInt32, "field": pl.String, "reason": pl.String})


def _reason(field: str, said: str) -> pl.Expr:
    if _SEEN not in said:
        return pl.lit(said)
    return pl.format(said, pl.col(field).cast(pl.String).str.slice(0, 40))
