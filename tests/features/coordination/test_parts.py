"""Accounts of several collections, numbered one after the other."""

from __future__ import annotations

import numpy as np
import polars as pl

from vigie.features.coordination import null_models, pairs
from vigie.features.coordination.parts import ONE, Parts


def events(seed: int) -> pl.DataFrame:
    """Return acts of twenty accounts on things, of which some authors are known."""
    generator = np.random.default_rng(seed)
    table = pl.DataFrame(
        {
            "account": generator.integers(0, 20, 900),
            "object": [f"thing {number}" for number in generator.integers(0, 60, 900)],
            "time": generator.integers(0, 40_000, 900),
        }
    )
    return table.with_columns(
        post=pl.int_range(pl.len()),
        author=pl.when(pl.col("object").str.ends_with("1")).then(pl.col("object").str.len_chars() + 100),
        kind=pl.col("object").str.len_chars().cast(pl.Int64),
    )


def judged(table: pl.DataFrame, parts: Parts) -> pl.DataFrame:
    found = pairs.actions(table, parts)
    return null_models.compared(found, pairs.counted(found, 600), 600)


def test_accounts_are_of_the_part_that_their_number_tells() -> None:
    parts = Parts(3, 10)
    accounts = [0, 9, 10, 29]
    assert parts.of_accounts(np.array(accounts)).tolist() == [0, 0, 1, 2]
    assert pl.DataFrame({"row": accounts}).select(parts.of(pl.col("row"))).to_series().to_list() == [
        0,
        0,
        1,
        2,
    ]
    assert pl.select(ONE.of(pl.lit(2**32 - 1, pl.UInt32))).item() == 0


def test_collections_that_name_the_same_things_are_tested_as_each_alone() -> None:
    parts = Parts(3, 20)
    each = [events(seed) for seed in range(3)]
    stacked = pl.concat(
        table.with_columns(pl.col("account") + number * parts.width) for number, table in enumerate(each)
    )
    found = judged(stacked, parts)
    for number, table in enumerate(each):
        own = found.filter(parts.of(pl.col("first")) == number).with_columns(
            pl.col("first", "second") - number * parts.width
        )
        alone = judged(table, ONE)
        assert alone.height > 5
        assert own.equals(alone)


def test_a_cap_of_its_own_for_each_object_bounds_that_one_alone() -> None:
    crowd = [(account, thing, account) for thing in ("busy", "calm") for account in range(9)]
    rows = [(account, thing, time, place, None) for place, (account, thing, time) in enumerate(crowd)]
    schema = dict.fromkeys(("account", "object", "time", "post", "author"), pl.Int64) | {"object": pl.String}
    found = pairs.actions(pl.DataFrame(rows, schema=schema, orient="row"))
    assert pairs.crowded(found, 600, np.array([4, 100])).tolist() == [True] * 9 + [False] * 9
