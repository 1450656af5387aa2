"""Packets bring tables as they were, and go to executors of the same version only."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.features.cluster import packets


def test_a_table_arrives_as_it_was() -> None:
    table = pl.DataFrame(
        {"a": [1, None], "b": [["x"], []], "c": [[1, 2], [3, 4]]},
        schema={"a": pl.Int8, "b": pl.List(pl.String), "c": pl.Array(pl.UInt32, 2)},
    )
    sent = packets.sent([(3, packets.packed(table)), (1, packets.packed(table.clear()))])
    places, tables = zip(*packets.received(sent.to_batches()), strict=True)
    assert places == (3, 1)
    assert tables[0].equals(table)
    assert tables[1].schema == table.schema


def test_a_packet_holds_its_own_rows_and_nothing_of_the_table_that_they_were_cut_from() -> None:
    whole = pl.DataFrame({"urls": [[f"https://example.org/page/{number}"] for number in range(20_000)]})
    some = whole.with_columns(part=pl.int_range(pl.len()) % 100).partition_by("part", include_key=False)[0]
    alone = pl.DataFrame({"urls": some["urls"].to_list()})
    assert len(packets.packed(some)) < 1.1 * len(packets.packed(alone))


def test_small_batches_are_worked_on_together() -> None:
    table = pl.DataFrame({"a": range(10)})
    batches = table.to_arrow().to_batches(max_chunksize=3)
    assert len(batches) > 1
    assert [each.height for each in packets.gathered(batches)] == [10]


def test_an_executor_of_another_version_refuses_the_work() -> None:
    with pytest.raises(RuntimeError, match=r"where vigie 0.0.1 and polars 0.1 is asked for"):
        packets.check("vigie 0.0.1 and polars 0.1")
