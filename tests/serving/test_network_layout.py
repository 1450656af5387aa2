"""Accounts have one place each, the same each time, and the pairs that are drawn are those of the clearest."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.serving import network_layout


def test_accounts_have_places_of_their_own_within_the_drawing(flood: Any) -> None:
    placed = network_layout.place(range(16), flood.compared)
    assert placed.rows.to_list() == list(range(16))
    assert len({tuple(place) for place in placed.where.tolist()}) == 16
    assert placed.where.min() >= 0
    assert (placed.where <= [network_layout.WIDTH, placed.height]).all()
    again = network_layout.place(range(16), flood.compared)
    assert placed.where.tolist() == again.where.tolist()


def test_pairs_say_what_joins_them(flood: Any) -> None:
    placed = network_layout.place(range(16), flood.compared)
    assert {trace for traces in placed.drawn["traces"] for trace in traces} >= {network_layout.CONTENTS}
    assert placed.drawn.select("first", "second").is_unique().all()
    assert placed.drawn.height <= placed.pairs


def test_accounts_that_nothing_joins_stand_apart(flood: Any) -> None:
    placed = network_layout.place([20, 30], flood.compared)
    assert (placed.pairs, placed.drawn.height) == (0, 0)
    assert placed.where[0].tolist() != placed.where[1].tolist()


def test_those_with_the_fewest_pairs_are_left_out(flood: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_layout, "MOST", 16)
    placed = network_layout.place([*range(16), 20, 30], flood.compared)
    assert placed.rows.to_list() == list(range(16))
    assert placed.left_out == 2


def test_accounts_are_counted_by_group_and_pairs_by_the_groups_that_they_join(flood: Any) -> None:
    everybody = range(flood.accounts.height)
    placed = network_layout.place(everybody, flood.compared, most=5)
    cells = dict(placed.cells.select("group", "accounts").iter_rows())
    sizes = flood.compared.groups["group"].value_counts()
    assert {group: count for group, count in cells.items() if group is not None} == dict(sizes.iter_rows())
    assert sum(cells.values()) == flood.accounts.height
    among = network_layout.pairs_among(pl.Series("account", everybody), flood.compared)
    group = {**dict.fromkeys(everybody), **dict(flood.compared.groups.select("account", "group").iter_rows())}
    across = [
        pair for pair in among.select("first", "second").iter_rows() if group[pair[0]] != group[pair[1]]
    ]
    assert placed.between["pairs"].sum() == len(across)
    assert (placed.between["first"] < placed.between["second"]).all()


def test_so_many_are_placed_as_are_asked_for(flood: Any) -> None:
    placed = network_layout.place(range(16), flood.compared, most=10)
    assert (len(placed.rows), placed.left_out) == (10, 6)


@pytest.mark.parametrize("size", [1, 2, 5, 6, 7, 2_001])
def test_a_part_of_any_size_fills_its_square_and_accounts_stand_apart(size: int) -> None:
    line = np.column_stack([np.arange(size - 1), np.arange(1, size)])
    where = network_layout._of_part(line, size)
    assert where.min() >= 0
    assert where.max() <= 1
    assert len({tuple(place) for place in where.round(9).tolist()}) == size
    assert (network_layout._of_part(line, size) == where).all()


# Two layouts at once end the process that makes them, so it is not the one of the tests.
_AT_ONCE = """
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from vigie.serving.network_layout import _laid_out

line = np.column_stack([np.arange(8), np.arange(1, 9)])
with ThreadPoolExecutor(6) as threads:
    made = list(threads.map(lambda _: _laid_out(line, 9)[0].tolist(), range(60)))
assert all(each == made[0] for each in made)
"""


def test_several_threads_lay_out_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", _AT_ONCE], check=False, timeout=120)  # noqa: S603
    assert done.returncode == 0
