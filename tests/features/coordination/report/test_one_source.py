"""A crowd with one source is told from cells by what decides on its pairs."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features.coordination.report import one_source


def linked(*rows: tuple[int, str, int, int, str]) -> pl.DataFrame:
    schema = ["group", "trace", "first", "second", "decided_by"]
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_a_pair_is_referred_where_the_rates_of_the_collection_explain_all_its_traces() -> None:
    pairs = linked(
        (0, "text_duplicate", 1, 2, "reference"),
        (0, "media_duplicate", 1, 2, "collection"),
        (0, "text_duplicate", 1, 3, "reference"),
        (0, "media_duplicate", 1, 3, "reference"),
        (0, "text_duplicate", 2, 3, "reference"),
        (7, "co_repost", 8, 9, "collection"),
    )
    assert one_source.referred(pairs) == {0: pytest.approx(2 / 3), 7: 0.0}


def test_without_pairs_there_is_no_group() -> None:
    assert one_source.referred(linked((0, "co_url", 1, 2, "reference")).clear()) == {}
