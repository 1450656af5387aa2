"""From cells to values of the contract."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from vigie.features.ingest.reader import FILE, LINE, Log
from vigie.features.ingest.readers import cells

NOW = datetime(2020, 1, 1, tzinfo=UTC)


def account(log: Log, **columns: Any) -> pl.DataFrame:
    frame = pl.DataFrame({"id": ["7"], **{name: [value] for name, value in columns.items()}})
    frame = frame.with_columns(pl.lit("f.csv").alias(FILE), pl.lit(2, dtype=pl.Int64).alias(LINE))
    values = {"platform": pl.lit("x"), "account_id": pl.col("id"), "observed_at": pl.lit(NOW)}
    return cells.shape(frame, "accounts", values | {name: pl.col(name) for name in columns}, log)


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("12.0", 12), (" 7 ", 7), ("-3", -3), ("", None), ("NULL", None)]
)
def test_whole_numbers_are_read(text: str, number: int | None) -> None:
    assert account(Log(), followers_count=text)["followers_count"].to_list() == [number]


@pytest.mark.parametrize("text", ["12k", "1.5", "many", "99999999999999999999"])
def test_a_count_that_is_no_number_sets_its_row_aside(text: str) -> None:
    log = Log()
    assert account(log, followers_count=text).is_empty()
    fault = log.rejects().row(0, named=True)
    assert (fault["file"], fault["line"], fault["field"]) == ("f.csv", 2, "followers_count")
    assert text in fault["reason"]
    assert text in fault["row"]


@pytest.mark.parametrize(
    ("text", "flag"), [("TRUE", True), ("1", True), ("False", False), ("0.0", False), ("", None)]
)
def test_flags_are_read(text: str, flag: bool | None) -> None:
    assert account(Log(), verified=text)["verified"].to_list() == [flag]


def test_a_flag_that_is_neither_sets_its_row_aside() -> None:
    log = Log()
    assert account(log, verified="perhaps").is_empty()
    assert log.rejects()["field"].to_list() == ["verified"]


def test_an_empty_description_is_known_to_be_empty_and_an_empty_language_is_unknown() -> None:
    row = account(Log(), description="", location="", url="", lang="").row(0, named=True)
    assert (row["description"], row["location"], row["url"], row["lang"]) == ("", "", "", None)


def test_null_texts_are_null_except_in_published_words() -> None:
    row = account(Log(), description="NULL", lang="NULL", display_name="NULL").row(0, named=True)
    assert (row["description"], row["lang"], row["display_name"]) == (None, None, "NULL")


def test_several_faults_of_a_row_are_told_together() -> None:
    log = Log()
    account(log, followers_count="many", created_at="2013-02-24 15:04 CEST")
    fault = log.rejects().row(0, named=True)
    assert set(fault["field"].split(", ")) == {"followers_count", "created_at"}
    assert "CEST" in fault["reason"]


@pytest.mark.parametrize("text", ["8.41E+17", "8,41E+17", "1e+18"])
def test_ids_that_a_spreadsheet_rounded_are_refused(text: str) -> None:
    log = Log()
    assert account(log, account_id=text).is_empty()
    assert "rounded by a spreadsheet" in log.rejects()["reason"][0]


@pytest.mark.parametrize(
    "text", ["héllo 🦉👩‍👩‍👧", "\u202eright to left\u202c مرحبا", "zero\u200bwidth\u200d", "’quotes“"]
)
def test_any_script_comes_through_unchanged(text: str) -> None:
    assert account(Log(), description=text, display_name=text).select("description", "display_name").row(
        0
    ) == (text, text)


def test_a_set_aside_row_is_cut() -> None:
    log = Log()
    account(log, description="x" * 10_000, followers_count="many")
    assert len(log.rejects()["row"][0]) == 2000


def test_a_structure_where_a_value_belongs_sets_its_row_aside() -> None:
    log = Log()
    assert account(log, lang={"a": 1}).is_empty()
    assert "structure" in log.rejects()["reason"][0]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[a, b]", ["a", "b"]),
        ("['a', 'b']", ["a", "b"]),
        ('["a","b"]', ["a", "b"]),
        ("[]", []),
        ("", []),
        ("[http://a.com/x,y, http://b.com]", ["http://a.com/x,y", "http://b.com"]),
    ],
)
def test_bracketed_lists_are_read(text: str, wanted: list[str]) -> None:
    assert pl.DataFrame({"a": [text]}).select(cells.listed(pl.col("a"))).item().to_list() == wanted


def test_surrogates_of_json_are_paired_and_lone_ones_replaced() -> None:
    frame = cells.table([{"a": "\ud83d\ude00", "urls": ["\ud83d"]}], ["f"], [1])
    assert frame["a"].to_list() == ["😀"]
    assert frame["urls"].to_list() == [["�"]]
