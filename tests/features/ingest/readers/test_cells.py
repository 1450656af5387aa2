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


def posts(log: Log, **columns: Any) -> pl.DataFrame:
    frame = pl.DataFrame({"id": ["1", "2"], **columns})
    frame = frame.with_columns(pl.lit("f.csv").alias(FILE), pl.lit(2, dtype=pl.Int64).alias(LINE))
    values = {
        "platform": pl.lit("x"),
        "post_id": pl.col("id"),
        "account_id": pl.lit("7"),
        "created_at": pl.lit(NOW),
    }
    return cells.shape(frame, "posts", values | {name: pl.col(name) for name in columns}, log)


def post(log: Log, **columns: Any) -> pl.DataFrame:
    return posts(log, **{name: [value, None] for name, value in columns.items()}).head(1)


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("12.0", 12), (" 7 ", 7), ("12k", 12_000), ("", None), ("NULL", None)]
)
def test_whole_numbers_are_read(text: str, number: int | None) -> None:
    assert account(Log(), followers_count=text)["followers_count"].to_list() == [number]


@pytest.mark.parametrize("text", ["-3", "1.5", "many", "99999999999999999999", "20000000000000"])
def test_a_count_that_is_none_costs_the_cell_and_is_told_with_its_place(text: str) -> None:
    log = Log()
    assert account(log, followers_count=text).select("account_id", "followers_count").rows() == [("7", None)]
    assert log.rejects().is_empty()
    (note,) = log.read().notes
    assert note.startswith(
        "accounts, followers_count: cells that cannot be read are missing: 1; the first: f.csv, line 2"
    )
    assert text in note


def test_what_the_contract_asks_for_sets_its_row_aside_where_it_cannot_be_read() -> None:
    log = Log()
    assert account(log, observed_at="soon", followers_count="many").is_empty()
    fault = log.rejects().row(0, named=True)
    assert (fault["file"], fault["line"]) == ("f.csv", 2)
    assert set(fault["field"].split(", ")) == {"followers_count", "observed_at"}
    assert "soon" in fault["reason"]
    assert "many" in fault["row"]
    assert log.read().notes == ()


def test_losses_of_several_pieces_of_a_file_are_one_note() -> None:
    log = Log()
    for text in ("many", "few"):
        account(log, followers_count=text)
    (note,) = log.read().notes
    assert "missing: 2; the first" in note
    assert "many" in note


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("TRUE", True),
        ("VRAI", True),
        ("1", True),
        ("False", False),
        ("0.0", False),
        ("", None),
        ("perhaps", None),
    ],
)
def test_flags_are_read(text: str, flag: bool | None) -> None:
    assert account(Log(), verified=text)["verified"].to_list() == [flag]


def test_an_empty_description_is_known_to_be_empty_and_an_empty_language_is_unknown() -> None:
    row = account(Log(), description="", location="", url="", lang="").row(0, named=True)
    assert (row["description"], row["location"], row["url"], row["lang"]) == ("", "", "", None)


@pytest.mark.parametrize("text", ["NULL", "NA", "<NA>", "#N/A", "N/A", "nan"])
def test_null_texts_are_null_except_in_published_words(text: str) -> None:
    row = account(Log(), description=text, lang=text, display_name=text, followers_count=text).row(
        0, named=True
    )
    assert [row[name] for name in ("description", "lang", "followers_count")] == [None] * 3
    assert row["display_name"] == text


@pytest.mark.parametrize("value", [" 7", "7.0", 7.0, 7])
def test_ids_lose_spaces_and_the_decimals_of_data_frames(value: object) -> None:
    assert account(Log(), account_id=value)["account_id"].to_list() == ["7"]


@pytest.mark.parametrize("text", ["8.41E+17", "8,41E+17", "1e+18", 1.2940304724278354e18])
def test_ids_that_a_spreadsheet_rounded_are_refused(text: object) -> None:
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
    account(log, description="x" * 10_000, observed_at="soon")
    assert len(log.rejects()["row"][0]) == 2000


def test_a_structure_where_a_value_belongs_is_none() -> None:
    log = Log()
    assert account(log, lang={"a": 1})["lang"].to_list() == [None]
    assert "structure" in log.read().notes[0]
    assert account(log, account_id={"a": 1}).is_empty()


def test_html_is_shown_as_read_and_gives_the_links_of_a_post_without_any() -> None:
    log = Log()
    html = '<p>to the <a href="https://i.example/tags/quay" class="mention hashtag">#quay</a> &amp; <a href="https://quay.example/7">7</a></p>'
    made = post(log, text=html)
    assert made.select("text", "urls").row(0) == ("to the #quay & 7", ["https://quay.example/7"])
    assert post(log, text="1 < 2 &amp; 3")["text"].to_list() == ["1 < 2 &amp; 3"]
    assert account(log, description=html)["description"].to_list() == ["to the #quay & 7"]


@pytest.mark.parametrize(
    ("word", "kind"),
    [("RT", "repost"), ("Quoted", "quote"), ("replied to", "reply"), ("photo", None), ("", None)],
)
def test_kinds_are_read_in_the_words_of_collectors(word: str, kind: str | None) -> None:
    log = Log()
    assert post(log, kind=word)["kind"].to_list() == [kind]
    assert len(log.read().notes) == (word == "photo")


def test_a_list_with_an_element_that_may_be_several_is_told() -> None:
    log = Log()
    assert post(log, urls="a.example,b.example")["urls"].to_list() == [["a.example,b.example"]]
    assert "state the separator" in log.read().notes[0]


def test_ids_that_nearly_all_end_in_zeros_cost_the_row_and_a_target_only_the_cell() -> None:
    log = Log()
    aims = ["1294030472427830000", "1294030472427840000"]
    assert posts(log, target_post_id=aims)["target_post_id"].to_list() == [None, None]
    assert "ends in 000" in log.read().notes[0]
    assert posts(log, post_id=aims).is_empty()
