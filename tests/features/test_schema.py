"""The contract: tables take its columns in its order, missing ones are named, and platforms have one spelling."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from vigie.errors import MissingColumnError
from vigie.features import schema

TABLES = tuple(schema.TABLES)


def required(table: str) -> list[str]:
    return [field.name for field in schema.TABLES[table] if field.required]


@pytest.mark.parametrize("table", TABLES)
def test_fields_are_unlike_and_an_alias_names_one_field_only(table: str) -> None:
    fields = schema.TABLES[table]
    names = [field.name for field in fields] + [alias for field in fields for alias in field.aliases]
    assert len(names) == len(set(names))
    assert all(field.doc.endswith(".") or "…" in field.doc for field in fields)


@pytest.mark.parametrize("table", TABLES)
def test_an_empty_table_has_the_columns_of_the_contract(table: str) -> None:
    frame = schema.empty(table)
    assert frame.is_empty()
    assert frame.schema == schema.schema(table)
    assert frame.columns == [field.name for field in schema.TABLES[table]]


@pytest.mark.parametrize("table", TABLES)
def test_each_required_column_is_asked_for_and_no_other(table: str) -> None:
    needed = schema.empty(table).select(required(table))
    assert schema.conform(needed, table).schema == schema.schema(table)
    for name in required(table):
        with pytest.raises(
            MissingColumnError, match=rf"^the {table} table needs {name}; it has (?!.*\b{name}\b)"
        ):
            schema.conform(needed.drop(name), table)


def test_a_table_without_any_column_says_so() -> None:
    with pytest.raises(MissingColumnError, match="it has no column"):
        schema.conform(pl.DataFrame(), "labels")


def test_columns_are_cast_put_in_order_and_others_left_out() -> None:
    frame = pl.DataFrame(
        {
            "extra": [1],
            "followers_count": pl.Series([7], dtype=pl.Int32),
            "observed_at": pl.Series([datetime(2024, 1, 1, tzinfo=UTC)], dtype=pl.Datetime("ms", "UTC")),
            "account_id": ["1"],
            "platform": ["x"],
        }
    )
    conformed = schema.conform(frame, "accounts")
    assert conformed.schema == schema.schema("accounts")
    row = conformed.row(0, named=True)
    assert (row["followers_count"], row["observed_at"]) == (7, datetime(2024, 1, 1, tzinfo=UTC))
    assert row["handle"] is None


def test_a_value_that_a_cast_would_lose_is_refused() -> None:
    frame = schema.empty("accounts").select(required("accounts")).clear(1)
    with pytest.raises(pl.exceptions.InvalidOperationError):
        schema.conform(frame.with_columns(followers_count=pl.lit("many")), "accounts")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (" Twitter ", "x"),
        ("x.com", "x"),
        ("X", "x"),
        ("FB", "facebook"),
        ("insta", "instagram"),
        ("VK", "vk"),
    ],
)
def test_a_platform_has_one_spelling(name: str, expected: str) -> None:
    assert pl.select(schema.platform(pl.lit(name))).item() == expected


def test_a_platform_opened_before_its_first_post_and_an_unknown_one_before_all() -> None:
    opened = (
        pl.DataFrame({"name": ["x", "bluesky", "a new one"]})
        .select(schema.opened(pl.col("name")))
        .to_series()
    )
    assert opened.dtype == schema.TIME
    assert opened.dt.year().to_list() == [2006, 2022, 2003]
