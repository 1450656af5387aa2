"""Groups keep layers apart, do not depend on the order of rows, and need three accounts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from vigie.features.coordination import communities

COLUMNS = {
    "trace": pl.String, "window": pl.Int64, "first": pl.Int64, "second": pl.Int64, "objects": pl.Int64,
    "days": pl.Int64, "authors": pl.Int64, "first_leads": pl.Int64, "second_leads": pl.Int64,
    "expected": pl.Float64, "p_class": pl.Float64, "expected_author": pl.Float64, "p_author": pl.Float64,
    "p_class_corrected": pl.Float64,
}  # fmt: skip


def clique(
    trace: str, members: Sequence[int], objects: int = 6, window: int = 60
) -> list[tuple[object, ...]]:
    return [
        (trace, window, a, b, objects, 3, 4, objects, 0, 0.1, 1e-9, 0.1, 1e-9, 1e-6)
        for a, b in combinations(sorted(members), 2)
    ]


def frame(*parts: list[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame([row for part in parts for row in part], schema=COLUMNS, orient="row")


def members(found: pl.DataFrame) -> list[list[int]]:
    return found.group_by("group", maintain_order=True).agg("account")["account"].to_list()


def test_two_groups_on_different_layers_are_found_and_kept_apart() -> None:
    found = communities.detect_groups(frame(clique("co_repost", range(10)), clique("co_url", range(10, 18))))
    assert sorted(members(found)) == [list(range(10)), list(range(10, 18))]
    assert (found["stability"] == 1.0).all()


def test_an_account_in_two_layers_bridges_nothing() -> None:
    found = communities.detect_groups(frame(clique("co_repost", range(10)), clique("co_url", range(9, 18))))
    apart = members(found)
    assert len(apart) == 2
    assert set(range(9)) <= set(apart[0])
    assert set(range(10, 18)) <= set(apart[1])


def test_a_group_seen_on_two_layers_is_one_group() -> None:
    found = communities.detect_groups(
        frame(clique("co_repost", range(10)), clique("text_duplicate", range(2, 10)))
    )
    assert members(found) == [list(range(10))]


def test_two_groups_joined_by_one_pair_stay_apart() -> None:
    bridge: list[tuple[object, ...]] = [("co_repost", 60, 3, 14, 2, 1, 1, 1, 1, 0.1, 1e-6, 0.1, 1e-6, 1e-3)]
    found = communities.detect_groups(
        frame(clique("co_repost", range(10)), clique("co_repost", range(10, 20)), bridge)
    )
    assert sorted(members(found)) == [list(range(10)), list(range(10, 20))]


def test_small_groups_joined_by_single_pairs_stay_apart_in_a_large_corpus() -> None:
    planted = [range(start, start + 6) for start in range(0, 3000, 6)]
    bridges: list[tuple[object, ...]] = [
        ("co_url", 60, cell[-1], cell[-1] + 1, 4, 1, 1, 1, 1, 0.1, 1e-6, 0.1, 1e-6, 1e-3)
        for cell in planted[:-1]
    ]
    found = communities.detect_groups(frame(*(clique("co_url", cell) for cell in planted), bridges))
    assert sorted(members(found)) == [list(cell) for cell in planted]


def test_a_ring_is_not_cut() -> None:
    ring = [clique("co_url", [start, (start + 1) % 20]) for start in range(20)]
    assert members(communities.detect_groups(frame(*ring, clique("co_repost", range(30, 60))))) == [
        list(range(30, 60)),
        list(range(20)),
    ]


def test_shuffled_rows_and_swapped_windows_give_the_same_groups() -> None:
    pairs = frame(
        clique("co_repost", range(12)),
        clique("co_repost", range(12), objects=9, window=600),
        clique("co_url", range(8, 20)),
        clique("text_duplicate", [1, 5, 13, 17, 19]),
    )
    first = communities.detect_groups(pairs)
    for seed in range(3):
        assert communities.detect_groups(pairs.sample(fraction=1, shuffle=True, seed=seed)).equals(first)


def test_the_strongest_group_is_number_zero() -> None:
    found = communities.detect_groups(
        frame(clique("co_url", range(5), objects=3), clique("co_url", range(5, 10), objects=9))
    )
    assert members(found) == [list(range(5, 10)), list(range(5))]


@pytest.mark.parametrize("pairs", [frame(), frame(clique("co_url", [4, 9]))])
def test_no_pair_or_two_accounts_only_make_no_group(pairs: pl.DataFrame) -> None:
    found = communities.detect_groups(pairs)
    assert found.is_empty()
    assert found.schema == communities.SCHEMA


def test_the_weight_of_a_pair_is_that_of_its_most_surprising_window() -> None:
    pairs = frame(
        clique("co_url", [1, 2], objects=3, window=60), clique("co_url", [1, 2], objects=8, window=600)
    )
    assert communities.edges(pairs)["window"].to_list() == [600]
    assert communities.edges(pairs)["weight"].to_list() == [1.0]


@pytest.mark.parametrize(("together", "groups"), [(15, []), (16, [[0, 1, 2]]), (20, [[0, 1, 2]])])
def test_accounts_that_share_a_home_in_sixteen_of_twenty_searches_are_a_group_and_in_fifteen_are_not(
    together: int, groups: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    homes = np.array([[0, 0, 0]] * together + [[0, 1, 2]] * (20 - together))
    monkeypatch.setattr(communities, "_homes", lambda *_: homes)
    found = communities.detect_groups(frame(clique("co_url", range(3))))
    assert members(found) == groups
    assert set(found["stability"]) == ({together / 20} if groups else set())


def test_accounts_joined_across_groups_or_outside_any_are_one_set_each() -> None:
    groups = pl.DataFrame({"group": [0, 0, 0, 1, 1, 1], "account": [0, 1, 2, 3, 4, 5]})
    pairs = frame(
        clique("co_url", [0, 1, 2]), clique("co_url", [3, 4, 5]), clique("co_url", [5, 7]), clique("co_url", [7, 8]),
        clique("co_repost", [20, 21]), clique("co_url", [20, 21]),
    )  # fmt: skip
    found = communities.outside_groups(pairs, groups)
    assert members(found) == [[5, 7, 8], [20, 21]]
    assert members(communities.outside_groups(frame(clique("co_url", [2, 3])), groups)) == [[2, 3]]
    for inside in (pairs.clear(), frame(clique("co_url", [0, 1, 2]))):
        assert communities.outside_groups(inside, groups).schema == found.schema
        assert communities.outside_groups(inside, groups).is_empty()
