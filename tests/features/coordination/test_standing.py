"""How far an account stands out from its window, by hand on windows of a few accounts."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, log2

import numpy as np
import polars as pl
import pytest

from vigie.features.coordination import standing as subject
from vigie.features.coordination.parts import ONE, Parts
from vigie.features.coordination.standing import (
    Closeness,
    above_usual,
    addends,
    closest_partners,
    joint_standing,
    partner_standing,
    shared_at_paces,
    standard_score,
    weight,
)

MINUTE, HOUR, DAY = 60, 3_600, 86_400
SIZE = 64.0
Act = tuple[int, str, int, int]


def acts(*done: Act) -> pl.DataFrame:
    """Return acts: account, object, time, post."""
    columns = {"account": pl.Int64, "object": pl.String, "time": pl.Int64, "post": pl.Int64}
    return pl.DataFrame(done, schema=columns, orient="row").with_columns(author=pl.lit(None, pl.Int64))


def closest(*done: Act, parts: Parts = ONE, size: float = SIZE) -> dict[int, dict[str, float | None]]:
    found = closest_partners(shared_at_paces(acts(*done), np.full(parts.count, size), parts))
    return {row["account"]: row for row in found.iter_rows(named=True)}


# 1 and 2 repost one thing within half a minute, and another within half an hour.
PAIR: tuple[Act, ...] = (
    (1, "a", 0, 10), (2, "a", 30, 20),
    (1, "b", 5 * HOUR, 11), (2, "b", 5 * HOUR + 1_800, 21),
)  # fmt: skip


class TestClosestPartners:
    def test_a_pace_counts_what_was_done_within_it(self) -> None:
        found = closest(*PAIR)[1]
        once = log2(SIZE / 2)
        assert found["closest_60"] == pytest.approx(once)
        assert found["closest_3600"] == pytest.approx(2 * once)
        assert found["closest_86400"] == pytest.approx(2 * once)
        assert found["third_86400"] is None

    def test_a_viral_object_is_rare_where_few_acted_on_it_just_then(self) -> None:
        crowd = [(100 + number, "a", 2 * DAY + number, 100 + number) for number in range(30)]
        found = closest(*PAIR, *crowd)
        assert found[1]["closest_60"] == pytest.approx(log2(SIZE / 2))
        assert found[100]["closest_60"] == pytest.approx(log2(SIZE / 30))

    def test_the_third_is_the_third_closest(self) -> None:
        others = [(3, "b", 5 * HOUR + 900, 31), (4, "b", 5 * HOUR + 960, 41)]
        found = closest(*PAIR, *others)[1]
        shared = log2(SIZE / 4)
        assert found["closest_3600"] == pytest.approx(log2(SIZE / 2) + shared)
        assert found["third_3600"] == pytest.approx(shared)

    def test_what_the_same_two_posts_share_is_one_thing(self) -> None:
        mentions = [(who, name, at, post) for name in "xyz" for who, at, post in ((1, 0, 10), (2, 30, 20))]
        assert closest(*mentions)[1]["closest_60"] == pytest.approx(log2(SIZE / 2))

    def test_a_crowd_at_one_time_brings_nobody_closer(self) -> None:
        crowd = [(number, "a", number % 50, number) for number in range(100)]
        assert closest(*crowd) == {}

    def test_nothing_crosses_from_one_window_to_another(self) -> None:
        parts = Parts(2, 10)
        found = closest((1, "a", 0, 1), (11, "a", 5, 2), (2, "a", 9, 3), parts=parts)
        assert found[1]["closest_60"] == pytest.approx(log2(SIZE / 2))
        assert 11 not in found

    def test_shares_of_the_pairs_change_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = closest(*PAIR, (3, "a", 15, 30), (4, "b", 5 * HOUR, 40))
        monkeypatch.setattr(subject, "_HELD", 1)
        assert closest(*PAIR, (3, "a", 15, 30), (4, "b", 5 * HOUR, 40)) == whole

    def test_accounts_that_share_nothing_give_no_row(self) -> None:
        assert closest((1, "a", 0, 1), (2, "b", 0, 2)) == {}


def window(
    bits: Sequence[float | None], *, compared: list[bool] | None = None, part: int = 0
) -> pl.DataFrame:
    return pl.DataFrame(
        {"bits": list(bits), "compared": compared or [True] * len(bits), "part": [part] * len(bits)},
        schema_overrides={"bits": pl.Float64},
    ).with_columns(weight=pl.col("compared").cast(pl.Float64))


def told(
    closest: Sequence[float | None], texts: Sequence[float], posts_enough: Sequence[bool]
) -> list[float]:
    """Return the weights of accounts by what each shares with its closest partner and in texts."""
    none = pl.lit(None, pl.Float64)
    table = pl.DataFrame(
        {"closest_3600": list(closest), "own_text_bits": list(texts), "compared": list(posts_enough)},
        schema_overrides={"closest_3600": pl.Float64},
    ).with_columns(closest_60=none, closest_86400=none, part=0)
    return table.select(weight()).to_series().to_list()


class TestWeight:
    def test_who_shares_nothing_does_not_count_beside_fifty_that_share(self) -> None:
        found = told([7.0] * 30 + [None] * 100, [0.0] * 30 + [7.0] * 20 + [0.0] * 80, [True] * 130)
        assert found == [1.0] * 50 + [0.0] * 80

    def test_fewer_that_share_are_filled_up_with_equal_parts_of_the_others(self) -> None:
        found = told([7.0] * 20 + [None] * 60, [0.0] * 80, [True] * 80)
        assert found == pytest.approx([1.0] * 20 + [0.5] * 60)
        assert told([7.0] + [None] * 9, [0.0] * 10, [True] * 10) == [1.0] * 10

    def test_who_posts_little_does_not_count(self) -> None:
        assert told([7.0] * 60 + [7.0, None], [0.0] * 62, [True] * 60 + [False] * 2)[60:] == [0.0, 0.0]


def flooded(shared: Sequence[float], silent: int, *, weights: float = 0.0) -> pl.DataFrame:
    """Return accounts that share something, and others that share nothing, each of which counts so much."""
    bits = [*shared, *[0.0] * silent]
    return window(bits).with_columns(weight=pl.Series([1.0] * len(shared) + [weights] * silent))


class TestAboveUsual:
    def test_the_median_account_stands_at_nought_and_more_stands_above(self) -> None:
        found = window([0, 2, 8]).select(above_usual(pl.col("bits"))).to_series()
        assert found.to_list() == pytest.approx([log(6 / 8), 0, log(14 / 8)])

    def test_accounts_that_post_little_do_not_set_the_median(self) -> None:
        table = window([0, 0, 0, 4], compared=[False, False, False, True])
        assert table.select(above_usual(pl.col("bits")).last()).item() == 0

    def test_each_window_has_a_median_of_its_own(self) -> None:
        table = pl.concat([window([1, 1, 1]), window([9, 9, 9], part=1)])
        assert table.select(above_usual(pl.col("bits"))).to_series().to_list() == [0] * 6

    def test_accounts_that_share_nothing_do_not_set_the_usual_down(self) -> None:
        bits = [4.0, 5.0, 6.0]
        (alone,) = window([*bits, 0.0, 0.0]).select(above_usual(pl.col("bits")).slice(2, 1)).to_series()
        (found,) = flooded(bits, 61).select(above_usual(pl.col("bits")).slice(2, 1)).to_series()
        # Five is what two accounts of 64 share, and the median of those that share something.
        assert found == pytest.approx(log(12 / 11))
        assert alone == pytest.approx(log(12 / 10))

    def test_accounts_that_count_in_part_are_as_many_noughts(self) -> None:
        found = flooded([2.0, 4.0, 6.0, 8.0], 60, weights=1 / 15)
        assert found.select(above_usual(pl.col("bits")).first()).item() == pytest.approx(log(8 / 7))

    def test_those_who_share_much_raise_the_usual_to_one_thing_of_two_alone(self) -> None:
        found = flooded([30.0] * 20, 44).select(above_usual(pl.col("bits")).first()).item()
        assert found == pytest.approx(log(36 / 11))
        # Where most accounts share more, as at a live event, that is usual.
        assert flooded([30.0] * 40, 24).select(above_usual(pl.col("bits")).first()).item() == 0


class TestStandardScore:
    def test_accounts_that_do_not_count_change_nothing(self) -> None:
        alone = window([1.0, 2.0, 6.0]).select(standard_score(pl.col("bits"))).to_series()
        found = flooded([1.0, 2.0, 6.0], 400).select(standard_score(pl.col("bits"))).to_series()
        assert found.head(3).to_list() == pytest.approx(alone.to_list())

    def test_it_counts_deviations_and_ends_at_its_bounds(self) -> None:
        found = window([0.0] * 99 + [50.0]).select(standard_score(pl.col("bits"))).to_series()
        assert found[99] == 3.0
        assert -1 < found[0] < 0
        assert window([0.0] * 9 + [-90.0]).select(standard_score(pl.col("bits")).last()).item() == -2.0

    def test_a_small_difference_among_equals_says_little(self) -> None:
        found = window([0.0] * 99 + [0.1]).select(standard_score(pl.col("bits")).last()).item()
        assert 0 < found < 0.1

    def test_what_is_missing_stays_missing(self) -> None:
        assert window([None, 1.0, 2.0]).select(standard_score(pl.col("bits")).first()).item() is None


class TestPartnerStanding:
    @staticmethod
    def standing(resolution: int, **bits: float) -> float | None:
        """Return the standing of an account beside two that share nothing."""
        names = [f"{rank}_{pace}" for pace in subject.PACES for rank in ("closest", "third")]
        columns = {name: [bits.get(name), None, None] for name in names}
        table = pl.DataFrame(columns, schema=dict.fromkeys(names, pl.Float64)).with_columns(
            part=0, compared=True, weight=1.0, resolution=resolution
        )
        found: float | None = table.select(partner_standing().first()).item()
        return found

    def test_the_pace_that_says_most_counts(self) -> None:
        assert self.standing(1, closest_60=6, third_86400=18) == pytest.approx(log(24 / 6))

    def test_a_pace_finer_than_the_clock_says_nothing(self) -> None:
        assert self.standing(HOUR, closest_60=18, closest_3600=6) == pytest.approx(log(2))
        assert self.standing(2 * DAY, closest_60=18) is None


class TestJointStanding:
    @staticmethod
    def known(
        standings: Sequence[Sequence[float | None]],
        *,
        schedule: Sequence[float | None] | None = None,
        resolution: int = 1,
        part: Sequence[int] | None = None,
        posts: Sequence[int] | None = None,
    ) -> pl.DataFrame:
        """Return accounts 0, 1 … with the standings of each, in the order of those that are added up."""
        columns = dict(zip(subject.ADDED, zip(*standings, strict=True), strict=True))
        return pl.DataFrame(columns, schema=dict.fromkeys(subject.ADDED, pl.Float64)).with_columns(
            account=pl.int_range(pl.len(), dtype=pl.Int64),
            part=pl.Series(part or [0] * len(standings)),
            posts=pl.Series(posts or [5] * len(standings)),
            compared=True,
            weight=1.0,
            resolution=pl.lit(resolution, pl.Int64),
            schedule_standing=pl.Series(schedule or [None] * len(standings), dtype=pl.Float64),
        )

    @staticmethod
    def close(*pairs: tuple[int, int, float], by_chance: float = 6.0, finest: int = MINUTE) -> Closeness:
        schema = {"first": pl.Int64, "second": pl.Int64, "value": pl.Float64}
        return Closeness(pl.DataFrame(pairs, schema=schema, orient="row"), by_chance, finest)

    @staticmethod
    def joint(known: pl.DataFrame, *close: Closeness) -> list[float]:
        return joint_standing(known, close)["joint_standing"].to_list()

    NOTHING: tuple[float | None, ...] = (0.0, None, -1.0, None)

    def test_standings_add_up_and_what_is_missing_or_below_adds_nothing(self) -> None:
        known = self.known([(1.0, 0.5, -2.0, 0.25), (None, 2.0, None, None), self.NOTHING])
        assert self.joint(known) == pytest.approx([1.75, 2.0, 0.0])

    def test_an_account_stands_out_more_beside_a_partner_that_does(self) -> None:
        alone = self.known([(1.0, 0, 0, 0), (3.0, 0, 0, 0), self.NOTHING, self.NOTHING, self.NOTHING])
        beside_one_that_does = self.joint(alone, self.close((0, 1, 6.0)))
        beside_one_that_does_not = self.joint(alone, self.close((0, 2, 6.0)))
        # Half of what ties two whose window has nothing in common is beyond chance; half of it counts twice.
        assert beside_one_that_does[:2] == pytest.approx([1.0 + 2 * 0.5 * 3.0 / 2, 3.0 + 2 * 0.5 * 1.0 / 2])
        assert beside_one_that_does_not[0] == 1.0
        # Who stands out in nothing has a partner that stands out, and no more.
        assert beside_one_that_does_not[2] == pytest.approx(2 * 0.5 * 1.0 / 2)

    def test_two_partners_say_more_than_one_and_a_third_no_more(self) -> None:
        known = self.known([(2.0, 0, 0, 0)] * 5 + [self.NOTHING] * 6)
        ties = [(0, other, 6.0) for other in range(1, 4)]
        one, two, three = (self.joint(known, self.close(*ties[:many]))[0] for many in (1, 2, 3))
        assert one < two == pytest.approx(three)

    def test_partners_count_the_more_where_others_stand_out_beside_them_and_nobody_backs_itself(self) -> None:
        known = self.known([(2.0, 0, 0, 0)] * 4 + [self.NOTHING] * 6)
        pair = self.joint(known, self.close((0, 1, 6.0)))
        chain = self.joint(known, self.close((0, 1, 6.0), (1, 2, 6.0)))
        assert pair[:2] == pytest.approx([2.0 + 2 * 0.5 * 2.0 / 2] * 2)
        # Of 1, 0 sees what it does with 2: half of half of 2.
        assert chain[0] == pytest.approx(2.0 + 2 * 0.5 * (2.0 + 0.5 * 2.0 / 2) / 2)
        assert chain[0] == chain[2] < chain[1] == pytest.approx(2.0 + 2 * 0.5 * (2.0 + 2.0) / 2)

    def test_the_strongest_respect_counts_once(self) -> None:
        known = self.known([(1.0, 0, 0, 0)] * 2 + [self.NOTHING] * 3)
        strong, weak = self.close((0, 1, 18.0)), self.close((0, 1, 6.0))
        assert self.joint(known, weak, strong) == self.joint(known, strong)

    def test_what_the_median_account_has_in_common_ties_less(self) -> None:
        known = self.known([(1.0, 0, 0, 0)] * 4)
        rare = self.joint(known, self.close((0, 1, 6.0)))[0]
        usual = self.joint(known, self.close((0, 1, 6.0), (2, 3, 6.0)))[0]
        assert usual < rare

    def test_accounts_that_share_nothing_make_no_tie_stronger(self) -> None:
        ties = self.close((0, 1, 5.0), (2, 3, 5.0))
        known = self.known([(1.0, 0, 0, 0)] * 4 + [self.NOTHING] * 60)
        counted = known.with_columns(weight=(pl.col("account") < 4).cast(pl.Float64))
        assert self.joint(known, ties)[0] == pytest.approx(1.0 + 2 * 5 / 11 / 2)
        assert self.joint(counted, ties)[0] == pytest.approx(1.0 + 2 * 5 / 16 / 2)

    def test_each_window_has_a_median_of_its_own(self) -> None:
        one = [(1.0, 0.0, 0.0, 0.0)] * 4
        known = self.known([*one, *one], part=[0] * 4 + [1] * 4)
        found = self.joint(known, self.close((0, 1, 6.0), (4, 5, 6.0), (6, 7, 6.0)))
        assert found[0] == self.joint(self.known(one), self.close((0, 1, 6.0)))[0]
        assert found[4] == self.joint(self.known(one), self.close((0, 1, 6.0), (2, 3, 6.0)))[0]

    def test_a_respect_finer_than_the_clock_ties_nobody(self) -> None:
        known = self.known([(1.0, 0, 0, 0)] * 3, resolution=HOUR)
        assert self.joint(known, self.close((0, 1, 6.0))) == [1.0, 1.0, 1.0]
        assert self.joint(known, self.close((0, 1, 6.0), finest=HOUR))[0] > 1.0

    def test_hours_of_work_weigh_other_evidence_and_are_none_alone(self) -> None:
        standings = [self.NOTHING, (1.0, 0, 0, 0), (4.0, 0, 0, 0)]
        found = self.joint(self.known(standings, schedule=[3.0, 3.0, 1.0]))
        assert found == pytest.approx([0.0, 1.5, 5.0])
        assert self.joint(self.known(standings, schedule=[-2.0, -2.0, None])) == pytest.approx(
            [0.0, 1.0, 4.0]
        )

    def test_part_of_what_posting_more_brings_in_the_window_is_taken_off(self) -> None:
        # Standings grow with the logarithm of the posts; account 0 has what those that post a hundred times as much have.
        posts = [5] * 10 + [500] * 10
        standings = [(4.0, 0, 0, 0)] + [(2.0, 0, 0, 0)] * 9 + [(4.0, 0, 0, 0)] * 10
        few, usual, *_, much = self.joint(self.known(standings, posts=posts))
        assert few == pytest.approx(4.5)
        assert (usual, much) == pytest.approx((2.5, 3.5))

    def test_a_campaign_does_not_explain_itself(self) -> None:
        # The fifth that posts most also stands out most: without it posting more brings nothing.
        standings = [(1.0, 0, 0, 0)] * 16 + [(6.0, 0, 0, 0)] * 4
        posts = [5, 10, 20, 40] * 4 + [80] * 4
        assert self.joint(self.known(standings, posts=posts))[16:] == pytest.approx([6.0] * 4)

    def test_posting_less_is_no_merit_where_those_who_post_more_share_less(self) -> None:
        standings = [(2.0, 0, 0, 0)] * 10 + [(1.0, 0, 0, 0)] * 10
        found = self.joint(self.known(standings, posts=[5] * 10 + [500] * 10))
        assert found == pytest.approx([2.0] * 10 + [1.0] * 10)


def test_the_joint_standing_is_the_sum_of_what_is_told_of_it() -> None:
    generator = np.random.default_rng(3)
    standings, posts = generator.normal(0.5, 1, (40, 4)), generator.integers(2, 90, 40)
    schedule, every = generator.normal(0, 2, 40), np.ones(40, np.bool_)
    known = pl.DataFrame(standings, schema=list(subject.ADDED)).with_columns(
        account=pl.int_range(pl.len(), dtype=pl.Int64), part=0, posts=pl.Series(posts), compared=True, weight=1.0,
        resolution=pl.lit(1, pl.Int64), schedule_standing=pl.Series(schedule),
    )  # fmt: skip
    joint = joint_standing(known, [TestJointStanding.close((0, 1, 30.0), (1, 2, 9.0))])[
        "joint_standing"
    ].to_numpy()
    parts = addends(standings, schedule, joint, posts, every)
    assert parts.sum(axis=1) == pytest.approx(joint)
    assert (parts >= 0).all()
    # Only those three have partners.
    assert (parts[:3, -1] > 0.1).all()
    assert parts[3:, -1] == pytest.approx(0, abs=1e-9)
    assert (parts[:, -2] <= np.maximum(schedule, 0) + 1e-9).all()
