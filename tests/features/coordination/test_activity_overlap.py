"""Sharing minutes beyond one's hours: pairs against an oracle in plain Python, and schedules that are alike."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy.stats import poisson

from vigie.features.coordination import activity_overlap

HOUR, DAY = 3_600, 86_400
START = 1_700_006_400  # midnight
# Bins shared, days, expected and p.
Row = tuple[int, int, float, float]


def posts(times: Mapping[int, Iterable[int]]) -> pl.DataFrame:
    """Return posts of accounts at seconds after the start."""
    rows = [(account, START + int(time)) for account, own in times.items() for time in own]
    return pl.DataFrame(rows, schema={"account": pl.Int64, "time": pl.Int64}, orient="row")


def crowd(seed: int, accounts: int, number: int, hours: Sequence[int] = range(24)) -> dict[int, list[int]]:
    """Return posts at random within some hours of the day, over three days."""
    chance = np.random.default_rng(seed)
    return {
        account: list(
            chance.integers(0, 3, number) * DAY
            + chance.choice(hours, number) * HOUR
            + chance.integers(0, HOUR, number)
        )
        for account in range(accounts)
    }


def oracle(
    frame: pl.DataFrame, fine: int, coarse: int, least_p: float, cap: int
) -> dict[tuple[int, int], Row]:
    """Return bins shared, days, expected and p of each pair that is kept, one by one."""
    bins: dict[int, set[int]] = defaultdict(set)
    written = Counter(frame["account"].to_list())
    for account, time in frame.iter_rows():
        if written[account] >= activity_overlap.LEAST_POSTS:
            bins[account].add(time // fine)
    crowded = {
        place for place, count in Counter(b for own in bins.values() for b in own).items() if count > cap + 1
    }
    full = Counter(place * fine // coarse for place in crowded)
    calm = {account: own - crowded for account, own in bins.items()}
    rates = {account: Counter(place * fine // coarse for place in own) for account, own in calm.items()}
    found = {}
    for one, two in combinations(sorted(calm), 2):
        shared = calm[one] & calm[two]
        expected = sum(rates[one][s] * rates[two][s] / (coarse / fine - full[s]) for s in rates[one])
        p = float(poisson.sf(len(shared) - 1, expected))
        if len(shared) >= activity_overlap.LEAST_BINS and p < least_p:
            found[one, two] = (len(shared), len({place * fine // DAY for place in shared}), expected, p)
    return found


class TestPairs:
    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize(("fine", "coarse"), activity_overlap.BINS)
    @pytest.mark.parametrize("cap", [200, 4])
    @pytest.mark.parametrize("block", [1, 500, 4_000_000])
    def test_pairs_are_those_of_the_oracle_whatever_the_block(
        self, seed: int, fine: int, coarse: int, cap: int, block: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(activity_overlap, "_BLOCK", block)
        times = crowd(seed, accounts=14, number=60)
        times |= {14: list(np.array(times[3]) + 20), 15: times[5][:40] + times[6][:20], 16: times[0][:7]}
        found = activity_overlap.pairs(posts(times), fine, coarse, least_p=0.3, cap=cap)
        expected = oracle(posts(times), fine, coarse, 0.3, cap)
        assert found.select("first", "second").rows() == list(expected)
        assert found.select("objects", "days").rows() == [row[:2] for row in expected.values()]
        for place, name in ((2, "expected"), (3, "p")):
            assert found[name].to_numpy() == pytest.approx([row[place] for row in expected.values()])
        tests = 16 * 15 / 2
        assert found["p_corrected"].to_numpy() == pytest.approx([min(1, row[3] * tests) for row in expected.values()])  # fmt: skip

    def test_the_oracle_sees_pairs_under_both_caps(self) -> None:
        times = crowd(0, accounts=14, number=60)
        times |= {14: list(np.array(times[3]) + 20)}
        assert (3, 14) in oracle(posts(times), 60, HOUR, 0.3, 200)
        assert len(oracle(posts(times), 1_800, 12 * HOUR, 0.3, 4)) != len(
            oracle(posts(times), 1_800, 12 * HOUR, 0.3, 200)
        )

    @pytest.mark.parametrize(("fine", "coarse"), activity_overlap.BINS)
    def test_a_daily_shift_in_common_gives_no_surprising_pair(self, fine: int, coarse: int) -> None:
        # Half of them work in the morning and half in the evening. A rate holds over a stretch, so these shifts
        # begin and end with one: of a stretch half at work it explains a part only.
        morning = crowd(1, accounts=30, number=40, hours=range(12))
        evening = crowd(2, accounts=30, number=40, hours=range(12, 24))
        both = morning | {account + 30: own for account, own in evening.items()}
        found = activity_overlap.pairs(posts(both), fine, coarse, least_p=1.0)
        assert (found["p_corrected"] > 0.05).all()

    @pytest.mark.parametrize(("fine", "coarse"), activity_overlap.BINS)
    def test_two_accounts_of_one_scheduler_are_surprising(self, fine: int, coarse: int) -> None:
        times = crowd(3, accounts=30, number=30)
        times |= {30: [time // 60 * 60 for time in times[0]], 31: [time // 60 * 60 + 40 for time in times[0]]}
        del times[0]
        found = activity_overlap.pairs(posts(times), fine, coarse)
        best = found.sort("p").row(0, named=True)
        assert (best["first"], best["second"]) == (30, 31)
        assert best["p_corrected"] < 1e-3

    def test_a_bin_of_more_accounts_than_the_cap_and_one_tells_nothing(self) -> None:
        goals = {account: [HOUR * turn for turn in range(10)] for account in range(5)}
        assert activity_overlap.pairs(posts(goals), 60, HOUR, least_p=1.0, cap=4).height == 10
        assert activity_overlap.pairs(posts(goals), 60, HOUR, least_p=1.0, cap=3).is_empty()

    def test_accounts_with_few_posts_are_not_compared(self) -> None:
        seven, eight = (
            {account: range(0, HOUR * count, HOUR) for account in range(2)}
            for count in (activity_overlap.LEAST_POSTS - 1, activity_overlap.LEAST_POSTS)
        )
        assert activity_overlap.pairs(posts(seven), 60, HOUR).equals(activity_overlap.NONE)
        assert activity_overlap.pairs(posts(eight), 60, HOUR).height == 1

    def test_posts_in_one_bin_count_once(self) -> None:
        hasty = {account: list(range(50)) for account in range(2)}
        assert activity_overlap.pairs(posts(hasty), 60, HOUR, least_p=1.0).is_empty()

    @pytest.mark.parametrize("times", [{}, {1: range(0, DAY, HOUR)}])
    def test_nobody_and_one_account_give_no_pair(self, times: dict[int, range]) -> None:
        assert activity_overlap.pairs(posts(times), 60, HOUR).equals(activity_overlap.NONE)

    def test_the_schema_is_the_same_with_and_without_pairs(self) -> None:
        twins = {account: range(0, DAY, HOUR) for account in range(2)}
        assert activity_overlap.pairs(posts(twins), 60, HOUR).schema == activity_overlap.NONE.schema


class TestLikeness:
    LEAST = 5

    @pytest.fixture
    def schedules(self) -> dict[int, list[int]]:
        """Return thirty people who post when they like, twins 30 and 31, and 32 in hours of nobody else."""
        times = crowd(4, accounts=30, number=20, hours=range(20))
        times |= {31: [time + 60 for time in times[0]], 32: [22 * HOUR + 30 * place for place in range(20)]}
        times[30] = times.pop(0)
        return times

    def test_twins_come_out_closest(self, schedules: dict[int, list[int]]) -> None:
        found = activity_overlap.schedule_similarity(posts(schedules), self.LEAST)
        assert set(found.sort("closest")["account"].tail(2)) == {30, 31}
        assert found["closest"].is_finite().all()
        assert (found["closest"] >= found["third"]).all()

    def test_a_twin_is_no_third(self, schedules: dict[int, list[int]]) -> None:
        found = (
            activity_overlap.schedule_similarity(posts(schedules), self.LEAST)
            .filter(pl.col("account") == 30)
            .row(0)
        )
        _, closest, third = found
        assert closest > 2 * third

    def test_an_account_of_nobodys_hours_is_close_to_nobody(self, schedules: dict[int, list[int]]) -> None:
        found = activity_overlap.schedule_similarity(posts(schedules), self.LEAST)
        assert found.filter(pl.col("account") == 32).row(0) == (32, 0.0, 0.0)

    def test_it_is_the_cosine_of_schedules_in_deviations_from_its_mean(
        self, schedules: dict[int, list[int]]
    ) -> None:
        accounts = sorted(schedules)
        counts = [
            Counter((START + t) // activity_overlap.SCHEDULE_BIN for t in schedules[a]) for a in accounts
        ]
        rarity = Counter(place for own in counts for place in own)
        vectors = np.array(
            [[np.log1p(own[b]) * np.log(len(accounts) / rarity[b]) for b in sorted(rarity)] for own in counts]
        )
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        expected = []
        for place, row in enumerate(vectors @ vectors.T):
            others = np.sort(np.delete(row, place))
            spread = max(float(others.std()), 1e-6)
            expected.append([(others[-rank] - others.mean()) / spread for rank in (1, 3)])
        found = activity_overlap.schedule_similarity(posts(schedules), self.LEAST)
        assert found["account"].to_list() == accounts
        assert found.select("closest", "third").to_numpy() == pytest.approx(np.array(expected), rel=1e-4, abs=1e-4)  # fmt: skip

    @pytest.mark.parametrize("cells", [1, 100])
    def test_blocks_change_nothing(
        self, schedules: dict[int, list[int]], cells: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = activity_overlap.schedule_similarity(posts(schedules), self.LEAST)
        monkeypatch.setattr(activity_overlap, "_CELLS", cells)
        assert_frame_equal(
            activity_overlap.schedule_similarity(posts(schedules), self.LEAST), whole, rel_tol=1e-4
        )

    def test_everybody_at_the_same_hours_is_close_to_nobody(self) -> None:
        same = {account: range(0, DAY, HOUR) for account in range(6)}
        found = activity_overlap.schedule_similarity(posts(same), self.LEAST)
        assert found["closest"].to_list() == [0.0] * 6

    def test_fewer_than_four_accounts_have_no_similarity(self) -> None:
        three = posts(crowd(5, accounts=3, number=20) | {3: range(4)})
        found = activity_overlap.schedule_similarity(three, self.LEAST)
        assert found["account"].to_list() == [0, 1, 2]
        assert found.select("closest", "third").null_count().row(0) == (3, 3)
        four = posts(crowd(5, accounts=4, number=20))
        assert activity_overlap.schedule_similarity(four, self.LEAST).null_count().row(0) == (0, 0, 0)

    def test_no_posts_give_no_rows(self) -> None:
        assert activity_overlap.schedule_similarity(posts({}), self.LEAST).is_empty()


def test_pairs_looked_at_a_few_at_a_time_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = posts(crowd(5, 12, 200))
    whole = activity_overlap.pairs(frame, 600, 14_400, least_p=0.9)
    monkeypatch.setattr(activity_overlap, "_TOGETHER", 3)
    assert whole.height > 10
    assert activity_overlap.pairs(frame, 600, 14_400, least_p=0.9).equals(whole)
