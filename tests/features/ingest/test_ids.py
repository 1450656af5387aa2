"""Ids that lost digits."""

import polars as pl
import pytest

from vigie.features.ingest import ids

CUT = ["1294030472427830000", "1294030472427840000", "1294030472427850000"]
WHOLE = ["1294030472427835393", "1294030472427835394", "1294030472427836000"]


@pytest.mark.parametrize(
    ("text", "rounded"),
    [("8.41E+17", True), ("1e+18", True), ("1801000000000000011.0", True), ("7.0", False), ("7", False)],
)
def test_numbers_that_were_rounded_are_told(text: str, rounded: bool) -> None:
    assert pl.DataFrame({"a": [text]}).select(ids.scientific(pl.col("a"))).item() == rounded
    assert ids.scientific(pl.Series([text, None])).to_list() == [rounded, None]


def test_floats_are_ids_as_far_as_they_hold_them() -> None:
    made = pl.DataFrame({"a": [7.0, 2.0**53 - 1, 1.2940304724278354e18, None]}).select(
        text=ids.of_floats(pl.col("a"))
    )
    assert made["text"].to_list()[:2] == ["7", "9007199254740991"]
    assert made.select(ids.scientific(pl.col("text"))).to_series().to_list() == [False, False, True, None]


def test_columns_that_hold_a_rounded_id_are_named_with_its_rows() -> None:
    columns = {"account_id": pl.Series(["7", "8.41E+17", None]), "post_id": pl.Series(["7", "8", None])}
    rounded = ids.rounded(columns)
    assert {name: rows.to_list() for name, rows in rounded.items()} == {"account_id": [False, True, False]}


def test_where_there_are_no_ids_none_is_damaged() -> None:
    assert ids.rounded({}) == ids.cut({}) == {}


def test_ids_that_nearly_all_end_in_zeros_were_cut() -> None:
    cut = ids.cut({"account_id": pl.Series(CUT), "post_id": pl.Series(["1", "2", None])})
    assert {name: rows.to_list() for name, rows in cut.items()} == {"account_id": [True, True, True]}


def test_only_the_ids_that_end_so_are_told() -> None:
    many = [f"12940304724278{number:02}000" for number in range(20)]
    cut = ids.cut({"post_id": pl.Series([*many, WHOLE[0]])})["post_id"]
    assert (cut.sum(), cut[-1]) == (20, False)


def test_one_id_of_an_author_and_one_of_a_post_tell_it_together() -> None:
    assert set(ids.cut({"account_id": pl.Series(CUT[:1]), "post_id": pl.Series(CUT[1:2])})) == {
        "account_id",
        "post_id",
    }


@pytest.mark.parametrize("held", [WHOLE, CUT[:1] * 3, ["12000", "13000", "14000"], [None, None]])
def test_honest_ids_one_id_alone_and_short_ids_are_left(held: list[str | None]) -> None:
    assert ids.cut({"account_id": pl.Series(held, dtype=pl.String)}) == {}
