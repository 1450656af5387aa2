"""Comparison windows: which are measured, and the features of what accounts do together inside one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from vigie.features import schema
from vigie.features.catalogue import CATALOGUE
from vigie.features.coordination.comparison import MOST_WINDOWS, Limits, compare
from vigie.features.window import windows
from vigie.features.window.windows import LEAST_ACCOUNTS, LEAST_POSTS, WINDOW_FEATURES, WINDOW_S
from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.corpus import SyntheticCorpus, corpus

HOUR = 3_600
END = 1_700_000_000
# Evidence that no act of anybody else can take away: shares of posts, and accounts counted by pairs alone. How rare
# an object is, and how far from chance, depends on everybody.
KEPT = (
    "coordination_shared_share", "coordination_minute_company_share", "coordination_ten_minutes_company_share",
    "coordination_hour_company_share", "coordination_day_company_share", "coordination_text_shared_share",
    "coordination_repost_shared_share",
)  # fmt: skip
World = tuple[pl.DataFrame, pl.DataFrame]


def numbered(accounts: pl.DataFrame, posts: pl.DataFrame) -> World:
    """Return accounts and posts as features read them."""
    listed = accounts.with_row_index("row")
    keys = ["platform", "account_id"]
    return listed, posts.join(listed.select("row", *keys), on=keys, maintain_order="left").drop(keys)


@cache
def planted() -> SyntheticCorpus:
    """Return ninety people and two campaigns over six days."""
    campaigns = [Campaign("mutual_repost", accounts=12), Campaign("reply_seeding", accounts=12)]
    return corpus(organic=90, days=6, seed=5, campaigns=campaigns)


@cache
def world() -> World:
    made = planted()
    return numbered(made.accounts, made.posts)


@cache
def varied() -> World:
    """Return nine days of people and campaigns; in the first three the clock of some tells minutes, in the next days only."""
    campaigns = [Campaign("mutual_repost", accounts=12), Campaign("crisis_flood", accounts=30)]
    made = corpus(organic=80, days=9, seed=3, campaigns=campaigns)
    accounts, posts = numbered(made.accounts, made.posts)
    age = (pl.col("created_at").max() - pl.col("created_at")).dt.total_days()
    coarse = pl.when(age.is_between(6, 8) & (pl.col("row") % 2 == 0)).then(pl.lit("minute"))
    return accounts, posts.with_columns(
        time_resolution=pl.coalesce(pl.when(age.is_between(3, 5)).then(pl.lit("day")), coarse),
        # A picture and a meaning that several share, which only their own window may join.
        media_hashes=pl.when(pl.col("row") % 5 == 0).then(
            pl.concat_list(pl.format("f0e1d2c3b4a5968{}", pl.col("row") % 3))
        ),
        embedding=pl.when(pl.col("row") % 7 == 0).then(
            pl.concat_list(
                *((pl.col("row") % 2 == side).cast(pl.Float32) for side in (0, 1)),
            )
        ),
    )


@cache
def window() -> tuple[int, int]:
    _, posts = world()
    return windows.bounds(posts)[0]


def of_world(
    accounts: pl.DataFrame | None = None, posts: pl.DataFrame | None = None
) -> windows.ComparisonWindow:
    given, written = world()
    return windows.measure(
        given if accounts is None else accounts, written if posts is None else posts, *window()
    )


@cache
def found() -> windows.ComparisonWindow:
    return of_world()


def coordination(made: windows.ComparisonWindow) -> pl.DataFrame:
    return made.matrix.table.select("row", *WINDOW_FEATURES).sort("row")


def at(moments: Iterable[tuple[int, int]]) -> pl.DataFrame:
    """Return posts of accounts, so many seconds before the end of the last window."""
    rows = list(moments)
    times = [datetime.fromtimestamp(END - 1 - before, UTC) for _, before in rows]
    return pl.DataFrame(
        {"row": [row for row, _ in rows], "created_at": times},
        schema={"row": pl.UInt32, "created_at": schema.TIME},
    )


def crowd(place: int, accounts: int, posts: int = LEAST_POSTS) -> list[tuple[int, int]]:
    """Return posts of as many accounts in the window that lies so many windows back."""
    return [(row, place * WINDOW_S + 10 * turn + row) for row in range(accounts) for turn in range(posts)]


class TestBounds:
    def test_windows_go_back_from_the_last_post_and_touch(self) -> None:
        found = windows.bounds(at([(0, 0), *crowd(0, 30), *crowd(1, 30)]))
        assert found == [(END - WINDOW_S, END), (END - 2 * WINDOW_S, END - WINDOW_S)]

    @pytest.mark.parametrize(("before", "inside"), [(WINDOW_S - 1, True), (WINDOW_S, False)])
    def test_a_window_ends_before_the_next_begins(self, before: int, inside: bool) -> None:
        first = crowd(0, LEAST_ACCOUNTS - 1) + [(99, turn) for turn in range(LEAST_POSTS - 1)]
        assert bool(windows.bounds(at([(0, 0), *first, (99, before)]))) == inside

    def test_a_window_of_too_few_accounts_with_enough_posts_does_not_count(self) -> None:
        assert len(windows.bounds(at(crowd(0, LEAST_ACCOUNTS)))) == 1
        assert windows.bounds(at(crowd(0, LEAST_ACCOUNTS - 1))) == []
        assert windows.bounds(at(crowd(0, 5 * LEAST_ACCOUNTS, posts=LEAST_POSTS - 1))) == []

    def test_the_one_with_most_accounts_comes_first_then_the_latest(self) -> None:
        sizes = (25, 40, 25, 30)
        moments = [(0, 0)] + [moment for place, size in enumerate(sizes) for moment in crowd(place, size)]
        starts = [(END - end) // WINDOW_S for _, end in windows.bounds(at(moments))]
        assert starts == [1, 3, 0, 2]

    @pytest.mark.parametrize("times", [[], [None, None]])
    def test_posts_without_a_time_make_no_window(self, times: list[None]) -> None:
        posts = pl.DataFrame(
            {"row": [0] * len(times), "created_at": times},
            schema={"row": pl.UInt32, "created_at": schema.TIME},
        )
        assert windows.bounds(posts) == []


class TestCompute:
    def test_every_window_of_the_corpus_is_measured(self) -> None:
        accounts, posts = world()
        made = windows.compute(accounts, posts, Limits())
        assert [(one.start, one.end) for one in made.windows] == windows.bounds(posts)
        assert (len(made.windows), made.left_out) == (2, 0)
        assert_frame_equal(coordination(made.windows[0]), coordination(found()))

    def test_at_most_four_are_measured_those_with_most_accounts_and_the_others_counted(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        moments = [(0, 0)] + [
            moment for place in range(MOST_WINDOWS + 3) for moment in crowd(place, 30 + place)
        ]
        accounts = pl.DataFrame({"row": pl.arange(0, 100, eager=True, dtype=pl.UInt32)}).with_columns(
            observed_at=pl.from_epoch(pl.lit(END), "s").cast(schema.TIME)
        )
        monkeypatch.setattr(windows, "_measured", lambda _, __, spans, **___: spans)
        for limits, most in ((Limits(), MOST_WINDOWS), (Limits(windows=2), 2)):
            made = windows.compute(accounts, at(moments), limits)
            pairs: list[Any] = list(made.windows)
            places = [(END - end) // WINDOW_S for _, end in pairs]
            assert places == [6, 5, 4, 3][:most]
            assert made.left_out == MOST_WINDOWS + 3 - most

    @pytest.mark.parametrize("limits", [Limits(), Limits(meetings=300)])
    def test_windows_measured_together_are_as_each_measured_alone(
        self, limits: Limits, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        accounts, posts = varied()
        whole = compare(accounts, posts, limits)
        batches: list[int] = []
        original = windows._measured

        def counting(*given: Any, **named: Any) -> list[windows.ComparisonWindow]:
            made = original(*given, **named)
            batches.append(len(made))
            return made

        monkeypatch.setattr(windows, "_measured", counting)
        together = windows.compute(accounts, posts, limits, whole).windows
        assert batches == [3]
        for one in together:
            alone = windows.measure(accounts, posts, one.start, one.end, limits=limits, whole=whole)
            assert alone.network.pairs.height
            assert_frame_equal(one.network.pairs, alone.network.pairs)
            assert_frame_equal(one.network.events, alone.network.events)
            assert_frame_equal(one.groups, alone.groups)
            assert_frame_equal(one.matrix.table, alone.matrix.table, rel_tol=1e-9)
            assert_frame_equal(one.matrix.coverage, alone.matrix.coverage)
            assert_frame_equal(one.matrix.posts, alone.matrix.posts)
        assert any(one.groups.height and one.network.pairs.height > 100 for one in together)

    def test_windows_of_many_posts_are_measured_a_few_at_a_time(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        accounts, posts = varied()
        expected = windows.compute(accounts, posts, Limits()).windows
        monkeypatch.setattr(windows, "TOGETHER", expected[0].matrix.posts.height + 1)
        for one, two in zip(windows.compute(accounts, posts, Limits()).windows, expected, strict=True):
            assert_frame_equal(one.matrix.table, two.matrix.table)

    def test_a_window_that_holds_all_that_was_compared_compares_nothing_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        accounts, posts = world()
        start, end = window()
        inside = posts.filter(pl.col("created_at").dt.epoch("s").is_between(start, end, closed="left"))
        whole = compare(accounts, inside, Limits())
        expected = coordination(found())
        monkeypatch.setattr(windows, "detect_pairs", lambda *_, **__: pytest.fail("it was compared again"))
        (made,) = windows.compute(accounts, inside, Limits(), whole).windows
        assert made.network is whole.network
        assert_frame_equal(coordination(made), expected)

    def test_groups_of_a_window_follow_the_rates_of_the_collection_whatever_decided_for_the_whole(
        self,
    ) -> None:
        accounts, posts = world()
        start, end = window()
        inside = posts.filter(pl.col("created_at").dt.epoch("s").is_between(start, end, closed="left"))
        whole = compare(accounts, inside, Limits())
        network = whole.network
        # Rates of ordinary accounts that no pair is explained by: they decide on all that the collection explains.
        referred = replace(
            network, pairs=network.pairs.with_columns(p_reference=1e-9, p_reference_corrected=1e-9)
        )
        decided = replace(whole, network=referred, groups=whole.groups.clear())
        assert (referred.significant()["decided_by"] == "reference").any()
        (made,) = windows.compute(accounts, inside, Limits(), decided).windows
        assert made.network is referred
        assert_frame_equal(made.groups, found().groups)
        assert_frame_equal(coordination(made), coordination(found()))

    def test_a_corpus_too_small_to_compare_has_no_window(self) -> None:
        accounts, posts = world()
        few = posts.filter(pl.col("row") < LEAST_ACCOUNTS - 1)
        assert windows.compute(accounts, few, Limits()) == windows.MeasuredWindows([], 0)
        assert windows.compute(accounts, posts.head(0), Limits()) == windows.MeasuredWindows([], 0)

    def test_nothing_after_observed_at_is_read(self) -> None:
        accounts, posts = world()
        later = posts.with_columns(
            post_id=pl.format("later-{}", "post_id"), created_at=pl.col("created_at") + timedelta(days=30)
        )
        before, after = (
            windows.compute(accounts, given, Limits()).windows for given in (posts, pl.concat([posts, later]))
        )
        assert [(one.start, one.end) for one in after] == [(one.start, one.end) for one in before]
        for one, two in zip(before, after, strict=True):
            assert_frame_equal(two.matrix.table, one.matrix.table)

    def test_what_an_account_did_after_it_was_observed_is_company_to_nobody(self) -> None:
        accounts, posts = world()
        noon = datetime.fromtimestamp(sum(window()) // 2, UTC)
        early = pl.col("row") == 3
        seen = accounts.with_columns(observed_at=pl.when(early).then(pl.lit(noon, schema.TIME)).otherwise("observed_at"))  # fmt: skip
        cut = posts.filter(~(early & (pl.col("created_at") > noon)))
        assert_frame_equal(coordination(of_world(accounts=seen)), coordination(of_world(posts=cut)))


class TestMeasure:
    def test_accounts_and_posts_outside_the_window_do_not_count(self) -> None:
        accounts, posts = world()
        start, end = window()
        inside = posts.filter(pl.col("created_at").dt.epoch("s").is_between(start, end, closed="left"))
        assert inside.height < posts.height
        assert_frame_equal(of_world(posts=inside).matrix.table, found().matrix.table)
        idle = accounts.head(1).with_columns(row=pl.lit(9_999, pl.UInt32), account_id=pl.lit("idle"))
        assert_frame_equal(of_world(accounts=pl.concat([accounts, idle])).matrix.table, found().matrix.table)

    def test_it_holds_what_happens_between_accounts_and_the_posts_of_each_in_the_window(self) -> None:
        made = found().matrix
        assert made.table.columns == ["row", *WINDOW_FEATURES]
        assert made.coverage["row"].to_list() == made.table["row"].to_list()
        used = made.posts.group_by("row").len().sort("row")["len"].to_list()
        assert made.coverage.sort("row")["used"].to_list() == used

    def test_shuffled_posts_give_the_same_values(self) -> None:
        _, posts = world()
        shuffled = of_world(posts=posts.sample(fraction=1.0, shuffle=True, seed=2))
        assert_frame_equal(coordination(shuffled), coordination(found()))

    def test_the_order_of_the_accounts_does_not_matter(self) -> None:
        accounts, posts = world()
        turned = dict(zip(accounts["row"].to_list(), reversed(accounts["row"].to_list()), strict=True))
        swap = pl.col("row").replace_strict(turned, return_dtype=pl.UInt32)
        made = of_world(accounts=accounts.with_columns(swap).sort("row"), posts=posts.with_columns(swap))
        back = coordination(made).with_columns(swap).sort("row")
        assert_frame_equal(back, coordination(found()), rel_tol=1e-4)

    def test_a_post_given_twice_counts_once(self) -> None:
        _, posts = world()
        assert_frame_equal(coordination(of_world(posts=pl.concat([posts, posts.head(300)]))), coordination(found()))  # fmt: skip

    def test_reposts_of_ones_own_posts_are_no_company(self) -> None:
        accounts, posts = world()
        own = posts.join(accounts.select("row", "account_id"), on="row")
        aimed = own.with_columns(
            kind=pl.lit("repost"), target_post_id=pl.lit("elsewhere"), target_account_id=pl.col("account_id")
        )
        made = coordination(of_world(posts=aimed.drop("account_id")))
        assert made["coordination_shared_share"].drop_nulls().unique().to_list() == [0.0]

    def test_accounts_of_a_campaign_stand_out(self) -> None:
        keys = ["platform", "account_id"]
        truth = planted().labels.join(world()[0].select("row", *keys), on=keys)
        table = coordination(found()).join(truth.select("row", "value"), on="row")
        names = (
            "coordination_partners_count",
            "coordination_surprise_index",
            "coordination_ten_minutes_company_share",
        )
        for name in names:
            middle = {value: table.filter(pl.col("value") == value)[name].mean() for value in (True, False)}
            assert middle[True] > middle[False], name  # type: ignore[operator]  # numbers


def diary(length: int) -> list[str]:
    """Return as many texts of invented words, no two alike."""
    chance = np.random.default_rng(8)
    syllables = np.array(["ba", "ko", "mir", "tel", "sun", "dra", "vi", "pol", "ne", "gra", "fu", "lis"])
    return [" ".join("".join(word) for word in chance.choice(syllables, (9, 3))) for _ in range(length)]


class TestCopies:
    """A partner who repeats what an account did, a few seconds later."""

    @staticmethod
    def with_copy_of(row: int) -> World:
        accounts, posts = world()
        partner = accounts.filter(pl.col("row") == row).with_columns(
            row=pl.lit(9_999, pl.UInt32), account_id=pl.lit("copy"), handle=pl.lit("copy")
        )
        repeated = posts.filter(pl.col("row") == row).with_columns(
            row=pl.lit(9_999, pl.UInt32), post_id=pl.format("copy-{}", "post_id"),
            created_at=pl.min_horizontal(
                pl.col("created_at") + timedelta(seconds=20),
                pl.from_epoch(pl.lit(window()[1] - 1), "s").cast(schema.TIME),
            ),
        )  # fmt: skip
        return pl.concat([accounts, partner]), pl.concat([posts, repeated.select(posts.columns)])

    @pytest.mark.parametrize("place", range(0, 100, 9))
    def test_a_copy_never_lowers_what_is_shared(self, place: int) -> None:
        row = found().matrix.table["row"][place]
        before = coordination(found()).filter(pl.col("row") == row)
        after = coordination(of_world(*self.with_copy_of(row))).filter(pl.col("row") == row)
        for name in KEPT:
            one, two = before[name].item(), after[name].item()
            assert (one is None) == (two is None), name
            assert one is None or two >= one, name

    # The third closest schedule is counted in deviations, which the closest widens: so is how far it stands out.
    @pytest.mark.parametrize(
        "name",
        [
            name
            for name in WINDOW_FEATURES
            if CATALOGUE[name].monotone == 1
            and name not in ("coordination_schedule_third_index", "coordination_schedule_standing_index")
        ],
    )
    def test_a_copy_of_one_who_shared_nothing_lowers_no_feature_with_a_direction(self, name: str) -> None:
        before, after = self.loner()
        one, two = (made[name].item() for made in (before, after))
        assert (one is None) == (two is None)
        # A window of one account more makes any surprise a little less so.
        assert one is None or two >= one - np.log10(1 + 1 / found().matrix.table.height)

    @staticmethod
    @cache
    def loner() -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the features of an account whose words nobody else has, alone and with a copy of it."""
        accounts, posts = world()
        row = posts.group_by("row").len().sort("len", "row")["row"][-1]
        mine = pl.col("row") == row
        objects = ("target_post_id", "target_account_id", "hashtags", "mentions", "urls", "media_hashes")
        alone = posts.with_columns(
            kind=pl.when(mine).then(pl.lit("original")).otherwise("kind"),
            text=pl.when(mine).then(pl.Series(diary(posts.height))).otherwise("text"),
            **{name: pl.when(~mine).then(name) for name in objects},
        )
        copied = alone.filter(mine).with_columns(
            row=pl.lit(9_999, pl.UInt32),
            post_id=pl.format("copy-{}", "post_id"),
            created_at=pl.col("created_at") + timedelta(seconds=1),
        )
        partner = accounts.filter(mine).with_columns(row=pl.lit(9_999, pl.UInt32), account_id=pl.lit("copy"))
        before = coordination(of_world(posts=alone)).filter(mine)
        after = of_world(pl.concat([accounts, partner]), pl.concat([alone, copied]))
        return before, coordination(after).filter(mine)

    def test_the_loner_shared_nothing_before_and_everything_after(self) -> None:
        before, after = self.loner()
        name = "coordination_minute_company_share"
        assert (before[name].item(), after[name].item()) == (0.0, 1.0)
        assert after["coordination_partners_count"].item() == 1


@pytest.mark.parametrize("name", WINDOW_FEATURES)
class TestFeatures:
    def test_values_are_missing_or_finite_and_in_range(self, name: str) -> None:
        feature = CATALOGUE[name]
        values = found().matrix.table[name].drop_nulls().to_numpy()
        assert len(values)
        assert np.isfinite(values).all()
        assert (values >= feature.low).all()
        assert feature.high is None or (values <= feature.high).all()

    def test_values_differ_between_accounts(self, name: str) -> None:
        assert found().matrix.table[name].drop_nulls().n_unique() > 1

    def test_fewer_posts_than_needed_give_a_missing_value(self, name: str) -> None:
        least = CATALOGUE[name].needs_posts
        made = found().matrix
        few = made.coverage.filter(pl.col("used") < least)["row"].implode()
        assert made.table.filter(pl.col("row").is_in(few))[name].drop_nulls().is_empty()

    def test_the_posts_carry_the_flag_that_names_its_evidence(self, name: str) -> None:
        evidence = CATALOGUE[name].evidence
        assert not evidence or found().matrix.posts.schema[evidence] == pl.Boolean


def test_evidence_is_shown_where_another_account_was_near() -> None:
    posts = found().matrix.posts
    shown = posts.group_by("row").agg(pl.col("shows_shared_activity").mean()).sort("row")
    table = coordination(found()).select("row", "coordination_hour_company_share")
    both = shown.join(table, on="row").drop_nulls()
    assert both["shows_shared_activity"].to_list() == pytest.approx(
        both["coordination_hour_company_share"].to_list()
    )
