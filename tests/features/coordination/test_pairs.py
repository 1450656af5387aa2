"""Pairs are exactly those of a brute-force search, whatever the block, and bursts do not explode."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from vigie.features.coordination import pairs


def events(rows: Sequence[tuple[int, object, int]], author: int | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        [(account, str(thing), time, index, author) for index, (account, thing, time) in enumerate(rows)],
        schema={
            "account": pl.Int64,
            "object": pl.String,
            "time": pl.Int64,
            "post": pl.Int64,
            "author": pl.Int64,
        },
        orient="row",
    )


def random_events(seed: int) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    rows = zip(
        generator.integers(0, 12, 300),
        generator.integers(0, 25, 300),
        generator.integers(0, 3000, 300),
        strict=True,
    )
    return events([(int(a), int(o), int(t)) for a, o, t in rows])


def brute(frame: pl.DataFrame, window: int, cap: int) -> dict[tuple[int, int], int]:
    """Every pair of actions on every object, one by one."""
    earliest: dict[tuple[str, int], int] = {}
    for account, thing, time in frame.select("account", "object", "time").iter_rows():
        key = (thing, account)
        earliest[key] = min(time, earliest.get(key, time))
    found: dict[tuple[int, int], int] = {}
    for thing in {thing for thing, _ in earliest}:
        acted = [(time, account) for (other, account), time in earliest.items() if other == thing]
        calm = [(t, a) for t, a in acted if sum(abs(t - u) <= window for u, _ in acted) - 1 <= cap]
        for (t, a), (u, b) in combinations(calm, 2):
            if abs(t - u) <= window:
                found[min(a, b), max(a, b)] = found.get((min(a, b), max(a, b)), 0) + 1
    return {pair: count for pair, count in found.items() if count >= 2}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("window", "cap"), [(0, 200), (10, 200), (300, 200), (300, 4), (5000, 200)])
@pytest.mark.parametrize(("block", "held"), [(7, 1 << 24), (1_000_000, 100), (1_000_000, 1 << 24)])
def test_pairs_are_those_of_brute_force(
    seed: int, window: int, cap: int, block: int, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairs, "_BLOCK", block)
    monkeypatch.setattr(pairs, "_HELD", held)
    frame = random_events(seed)
    found = pairs.counted(pairs.actions(frame), window, cap)
    assert {(a, b): n for a, b, n in found.select("first", "second", "objects").iter_rows()} == brute(
        frame, window, cap
    )


@pytest.mark.parametrize("seed", range(3))
def test_what_is_told_of_a_pair_is_the_same_a_share_of_the_pairs_at_a_time(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = random_events(seed).with_columns(author=pl.col("object").cast(pl.Int64) % 5 + 100)
    found = pairs.actions(frame)
    whole = pairs.counted(found, 300)
    assert whole["authors"].n_unique() > 1
    monkeypatch.setattr(pairs, "_HELD", 20)
    assert pairs.counted(found, 300).equals(whole)


def test_marks_that_collide_do_not_change_the_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    found = pairs.actions(random_events(5))
    expected = pairs.counted(found, 300)
    monkeypatch.setattr(pairs, "_MARK_BITS", 1)
    assert pairs.counted(found, 300).equals(expected)


def test_only_known_authors_are_counted() -> None:
    frame = events([(1, "a", 0), (2, "a", 1), (1, "b", 0), (2, "b", 1), (1, "c", 0), (2, "c", 1)])
    known = frame.with_columns(author=pl.Series([9, 9, None, None, 9, 9], dtype=pl.Int64))
    assert pairs.counted(pairs.actions(known), 10)["authors"].to_list() == [1]
    assert pairs.counted(pairs.actions(frame), 10)["authors"].to_list() == [None]


def test_order_of_the_rows_does_not_matter() -> None:
    frame = random_events(3)
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=1)
    one, other = (pairs.counted(pairs.actions(f), 300) for f in (frame, shuffled))
    assert one.equals(other)


def test_days_and_who_leads_are_counted() -> None:
    day = 86_400
    rows = [
        (1, "a", 0),
        (2, "a", 5),
        (1, "b", day),
        (2, "b", day + 5),
        (1, "c", 3 * day + 5),
        (2, "c", 3 * day),
    ]
    found = pairs.counted(pairs.actions(events(rows)), 10).row(0, named=True)
    assert found == {
        "first": 1,
        "second": 2,
        "objects": 3,
        "days": 3,
        "authors": None,
        "first_leads": 2,
        "second_leads": 1,
    }


def test_reposting_one_object_twice_is_one_object() -> None:
    rows = [(1, "a", 0), (1, "a", 3), (2, "a", 1), (2, "a", 4)]
    assert pairs.counted(pairs.actions(events(rows)), 10).is_empty()


def test_self_reposts_are_left_out() -> None:
    rows = [(1, "a", 0), (2, "a", 1), (1, "b", 0), (2, "b", 1)]
    assert pairs.counted(pairs.actions(events(rows, author=1)), 10).is_empty()


def test_one_object_shared_by_everyone_at_once_gives_no_pair_and_is_named_a_burst() -> None:
    everyone = events(
        [(account, "viral", account % 7) for account in range(5_000)] + [(1, "calm", 0), (2, "calm", 1)]
    )
    found = pairs.actions(everyone)
    assert pairs.crowded(found, 60).sum() == 5_000
    assert pairs.counted(found, 60, least=1).select("first", "second").rows() == [(1, 2)]


def test_a_viral_object_still_tells_away_from_its_burst() -> None:
    viral = [(account, "viral", 0) for account in range(10, 500)] + [
        (1, "viral", 90_000),
        (2, "viral", 90_003),
    ]
    found = pairs.counted(pairs.actions(events([*viral, (1, "b", 0), (2, "b", 4)])), 60)
    assert found.select("first", "second", "objects").rows() == [(1, 2, 2)]


def test_everything_in_one_second_pairs_those_who_are_few_on_their_objects() -> None:
    crowd = [(account, f"crowd {account // 1_000}", 7) for account in range(20_000)]
    few = [(account, f"few {account // 3} {turn}", 7) for account in range(300) for turn in range(2)]
    found = pairs.counted(pairs.actions(events(crowd + few)), 60)
    assert found.height == 300
    assert found["objects"].unique().to_list() == [2]
    assert found["first_leads"].sum() == found["second_leads"].sum() == 0


def test_one_account_that_acts_on_everything_is_paired_like_any_other() -> None:
    tireless = [(0, str(thing), thing * 10) for thing in range(50_000)]
    others = [(1 + thing % 500, str(thing), thing * 10 + 1) for thing in range(0, 50_000, 50)]
    found = pairs.counted(pairs.actions(events(tireless + others)), 5)
    assert found["first"].unique().to_list() == [0]
    assert found["objects"].sum() == 1_000
    assert found["first_leads"].equals(found["objects"])


def test_around_an_action_are_those_on_its_object_within_the_window_on_either_side() -> None:
    found = pairs.actions(events([(1, "a", 0), (2, "a", 60), (3, "a", 121), (1, "b", 60), (2, "b", 60)]))
    assert pairs.around(found, 60).tolist() == [2, 2, 1, 2, 2]
    assert pairs.around(pairs.actions(events([])), 60).tolist() == []


def test_nothing_gives_nothing() -> None:
    assert pairs.counted(pairs.actions(events([])), 60).is_empty()
    assert pairs.counted(pairs.actions(events([(1, "a", 0)])), 60).is_empty()


def test_what_the_same_two_posts_share_is_one_act() -> None:
    both = [(account, thing, account, 10 * account) for account in (0, 1) for thing in (1, 2, 3)]
    later = [(account, thing, 5_000 + account, 10 * account + 1) for account in (0, 1) for thing in (4, 5)]
    table = pl.DataFrame(
        both + later, schema=["account", "object", "time", "post"], orient="row"
    ).with_columns(author=pl.lit(None, pl.Int64))
    assert pairs.counted(pairs.actions(table), 60)["objects"].to_list() == [2]
    assert pairs.counted(pairs.actions(table.filter(pl.col("object") < 4)), 60).is_empty()
