"""Planted pairs are found, organic ones are not, and fans are explained by the author they wait for."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import poisson

from vigie.features.coordination import null_models, pairs

WINDOW = 60
WEEK = 7 * 86_400


def organic(
    generator: np.random.Generator, accounts: int = 3_000, actions: int = 40_000
) -> dict[str, np.ndarray]:
    """Heavy-tailed accounts and objects, each object living for hours after its birth."""
    objects = 6_000
    popularity = 1 / np.arange(1, objects + 1) ** 0.9
    thing = generator.choice(objects, actions, p=popularity / popularity.sum())
    birth = generator.integers(0, WEEK, objects)
    return {
        "account": (generator.pareto(1.2, actions) * 50).astype(np.int64) % accounts,
        "object": thing,
        "time": birth[thing] + generator.exponential(20_000, actions).astype(np.int64),
    }


def frame(parts: list[dict[str, np.ndarray]], author: np.ndarray | None = None) -> pl.DataFrame:
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    table = pl.DataFrame(joined).with_row_index("post").with_columns(pl.col("post").cast(pl.Int64))
    known = pl.lit(None, pl.Int64) if author is None else pl.Series(author)
    return table.with_columns(author=known)


def significant(table: pl.DataFrame) -> pl.DataFrame:
    found = pairs.actions(table)
    tested = null_models.compared(found, pairs.counted(found, WINDOW), WINDOW)
    return tested.filter(pl.col("p_class_corrected") < 0.01)


@pytest.mark.parametrize("seed", range(4))
def test_an_organic_corpus_has_no_significant_pair(seed: int) -> None:
    assert significant(frame([organic(np.random.default_rng(seed))])).is_empty()


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_group_is_found_whole_and_alone_with_viral_objects_present(seed: int) -> None:
    generator = np.random.default_rng(seed)
    members = generator.choice(3_000, 20, replace=False)
    planted: dict[str, list[int]] = {"account": [], "object": [], "time": []}
    for operation in range(30):
        # Half of the operations ride objects that are viral already.
        thing = operation if operation < 15 else 10_000 + operation
        start = int(generator.integers(0, WEEK))
        for member in generator.choice(members, 14, replace=False):
            planted["account"].append(int(member))
            planted["object"].append(thing)
            planted["time"].append(start + int(generator.integers(0, WINDOW)))
    table = frame([organic(generator), {name: np.array(values) for name, values in planted.items()}])
    found = significant(table)
    group = set(members.tolist())
    inside = found.filter(pl.col("first").is_in(group) & pl.col("second").is_in(group)).height
    assert inside / found.height >= 0.99
    assert inside / (20 * 19 / 2) >= 0.9


def test_fans_of_one_idol_are_explained_by_the_idol() -> None:
    generator = np.random.default_rng(7)
    base = organic(generator)
    posts, fans = np.arange(40), np.arange(200, 300)
    took_part = generator.random((len(fans), len(posts))) < 0.6
    fan, post = np.nonzero(took_part)
    idol = {
        "account": fans[fan],
        "object": 20_000 + posts[post],
        "time": generator.integers(0, WEEK, len(posts))[post]
        + generator.exponential(60, len(post)).astype(np.int64),
    }
    author = np.concatenate([5_000 + base["object"] % 900, np.full(len(post), 9_999)])
    table = frame([base, idol], author)
    found = pairs.actions(table)
    tested = null_models.compared(found, pairs.counted(found, WINDOW), WINDOW)
    adored = tested.filter(pl.col("first").is_in(fans.tolist()) & pl.col("second").is_in(fans.tolist()))
    tests = 3_000 * 2_999 / 2
    assert (adored["p_author"].to_numpy() * tests < 0.01).mean() < 0.05
    assert adored["authors"].to_numpy().max() <= 3
    assert (adored["expected_author"] >= adored["expected"]).all()


def test_p_values_are_poisson_tails() -> None:
    found = pairs.actions(frame([organic(np.random.default_rng(1))]))
    tested = null_models.compared(found, pairs.counted(found, 600), 600).head(500)
    tail = poisson.sf(tested["objects"].to_numpy() - 1, tested["expected"].to_numpy())
    assert tested["p_class"].to_numpy() == pytest.approx(tail, rel=1e-9, abs=1e-300)


def test_expected_counts_are_sums_over_shared_objects() -> None:
    found = pairs.actions(frame([organic(np.random.default_rng(2), accounts=200, actions=5_000)]))
    tested = null_models.compared(found, pairs.counted(found, 600), 600)
    by_class, _ = null_models.rates(found, 600, tested.filter(pl.col("p_class") < 1e-3))
    acted = {a: set(found.object[found.account == a].tolist()) for a in set(found.account.tolist())}
    for first, second, expected in tested.select("first", "second", "expected").head(20).iter_rows():
        assert expected == pytest.approx(sum(by_class[o] for o in acted[first] & acted[second]))


def test_rates_are_meetings_over_pairs_that_could_meet_accounts_in_strange_pairs_left_out() -> None:
    found = pairs.actions(frame([organic(np.random.default_rng(6), accounts=150, actions=4_000)]))
    strange = pairs.counted(found, 600).filter(pl.col("objects") >= 3)
    suspects = {*strange["first"], *strange["second"]}
    assert suspects
    met, could = np.zeros(found.objects), np.zeros(found.objects)
    for thing in range(found.objects):
        acted = np.flatnonzero(found.object == thing)
        for place, one in enumerate(acted):
            for other in acted[place + 1 :]:
                if not {int(found.account[one]), int(found.account[other])} & suspects:
                    could[thing] += 1
                    met[thing] += abs(found.time[one] - found.time[other]) <= 600
    by_class, _ = null_models.rates(found, 600, strange)
    size = np.bincount(found.object)
    # Several classes prove a rate; that of the smallest is found by hand.
    two = np.flatnonzero((size >= 2) & (size < 4))
    rate = met[two] / np.maximum(could[two], 1)
    kept = two[np.argsort(rate, kind="stable")][: int(np.ceil(len(two) * 0.95))]
    assert could[kept].sum() >= 200
    assert by_class[two] == pytest.approx((met[kept].sum() + 1) / (could[kept].sum() + 1))


def test_an_object_that_plain_accounts_rush_to_has_a_higher_rate_than_its_class() -> None:
    generator = np.random.default_rng(4)
    people = np.arange(100, 140)
    rush = {
        "account": people,
        "object": np.full(40, 99_999),
        "time": 400_000 + generator.integers(0, 120, 40),
    }
    calm = [
        {"account": people, "object": np.full(40, 90_000 + n), "time": generator.integers(0, 1_000_000, 40)}
        for n in range(30)
    ]
    found = pairs.actions(frame([organic(generator), *calm, rush]))
    by_class, _ = null_models.rates(found, 60, pairs.counted(found, 60).head(0))
    size = np.bincount(found.object)
    assert np.sort(by_class[size == 40])[-1] > 0.4
    assert np.sort(by_class[size == 40])[-2] < 0.01


def test_no_pair_gives_an_empty_table_with_the_columns() -> None:
    found = pairs.actions(frame([organic(np.random.default_rng(0))]).head(0))
    assert "p_author" in null_models.compared(found, pairs.counted(found, 60), 60).columns


def burst_of_copies(generator: np.random.Generator, members: int, ordinary: int) -> pl.DataFrame:
    """Accounts that publish four contents within half a minute of each other, and others that do so at any time."""
    starts = generator.integers(0, WEEK, 8)
    parts = []
    for first, count, spread in ((0, members, 30), (members, ordinary, 0)):
        thing = np.concatenate(
            [np.empty(0, np.int64), *(generator.choice(8, 4, replace=False) for _ in range(count))]
        )
        time = (
            starts[thing] + generator.integers(0, 30, len(thing))
            if spread
            else generator.integers(0, WEEK, len(thing))
        )
        parts.append(
            {"account": np.repeat(np.arange(first, first + count), 4), "object": thing, "time": time}
        )
    return frame(parts)


@pytest.mark.parametrize("ordinary", [0, 20, 200])
def test_a_flood_is_judged_by_ordinary_rates_whoever_outnumbers_whom(ordinary: int) -> None:
    found = pairs.actions(burst_of_copies(np.random.default_rng(3), 200, ordinary))
    counted = pairs.counted(found, WINDOW)
    reference = np.full(found.objects, 0.01)
    judged = null_models.referred(found, counted, WINDOW, reference, WEEK)
    sure = judged.pairs.filter(pl.col("p_reference_corrected") < 0.01)
    members = set(sure["first"]) | set(sure["second"])
    assert len(members & set(range(200))) > 150
    assert not members - set(range(200))
    assert judged.ratio > 10
    assert judged.left_out == pytest.approx(len(members) / (200 + ordinary), abs=0.1)


def test_no_rate_is_below_what_the_span_of_the_collection_allows() -> None:
    generator = np.random.default_rng(4)
    hour = frame(
        [
            {
                "account": np.repeat(np.arange(60), 6), "object": np.tile(np.arange(6), 60),
                "time": generator.integers(0, 3_600, 360),
            }
        ]
    )  # fmt: skip
    found = pairs.actions(hour)
    counted = pairs.counted(found, 600)
    reference = np.full(found.objects, 1e-4)
    by_span, without = (null_models.referred(found, counted, 600, reference, span) for span in (3_600, WEEK))
    assert (without.pairs["p_reference_corrected"] < 0.01).any()
    assert not (by_span.pairs["p_reference_corrected"] < 0.01).any()


def test_no_pair_is_referred_to_nothing() -> None:
    found = pairs.actions(frame([organic(np.random.default_rng(1), actions=10)]))
    none = pairs.counted(found, WINDOW)
    judged = null_models.referred(found, none, WINDOW, np.full(found.objects, 0.01), WEEK)
    assert judged.pairs.is_empty()
    assert "p_reference" in judged.pairs.columns
    assert judged.left_out == 0


def test_a_class_takes_the_rate_of_the_nearest_of_its_kind_that_proves_one() -> None:
    kind = np.array([0, 0, 0, 0, 0, 1, 1, 2])
    grade = np.array([1, 2, 3, 5, 6, 1, 2, 4])
    rate = np.array([0.1, 0.9, 0.3, 0.9, 0.2, 0.9, 0.8, 0.9])
    proven = np.array([True, False, True, False, True, False, True, False])
    near = null_models._nearest(kind, grade, rate, proven)
    assert near.tolist()[:-1] == [0.1, 0.3, 0.3, 0.2, 0.2, 0.8, 0.8]
    assert np.isnan(near[-1])
    assert np.isnan(null_models._nearest(kind, grade, rate, np.zeros(8, np.bool_))).all()
