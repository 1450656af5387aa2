"""The first meeting of a pair is the earliest time at which both had acted on the same thing, within its window."""

from __future__ import annotations

from typing import Any

import polars as pl

from vigie.serving import network_layout
from vigie.serving.first_meetings import first_meetings
from vigie.serving.network_layout import CONTENTS


def pairs_of(compared: Any) -> pl.DataFrame:
    placed = network_layout.place(range(16), compared)
    return placed.drawn.select(
        placed.rows.gather(placed.drawn[side]).alias(side) for side in ("first", "second")
    )


def test_each_drawn_pair_has_a_time_on_each_trace_that_joins_it(flood: Any) -> None:
    placed = network_layout.place(range(16), flood.compared)
    met = first_meetings(flood.compared, pairs_of(flood.compared))
    joined = {
        (placed.rows[first], placed.rows[second], trace)
        for first, second, traces in placed.drawn.iter_rows()
        for trace in traces
    }
    assert set(met.select("first", "second", "trace").iter_rows()) == joined


def test_a_content_joins_two_accounts_when_the_second_of_them_had_published_it(flood: Any) -> None:
    met = first_meetings(flood.compared, pairs_of(flood.compared)).filter(trace=CONTENTS)
    published = flood.compared.campaigns.contents.filter("shared")
    for first, second, _, time in met.iter_rows():
        own, other = (
            dict(published.filter(account=row).group_by("object").agg(pl.col("time").min()).iter_rows())
            for row in (first, second)
        )
        assert time == min(max(own[each], other[each]) for each in own.keys() & other.keys())


def test_accounts_that_nothing_joins_have_no_time(flood: Any) -> None:
    pair = pl.DataFrame({"first": [20], "second": [30]}, {"first": pl.Int64, "second": pl.Int64})
    assert first_meetings(flood.compared, pair).is_empty()
