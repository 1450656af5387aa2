"""A call is answered by a share of a group, with a delay, and by each cell at a time of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.coordinated_actions import (
    ActorGroup,
    Turnout,
    by,
    calls,
    named,
    turnout,
)
from vigie.training.synthetic.corpus import corpus
from vigie.training.synthetic.feeds import HOUR

Group = Callable[..., ActorGroup]


def answered(actors: ActorGroup, *, share: float = 0.5, median_s: float = 60, cells: float = 1.0) -> Turnout:
    """Return who answers sixty calls, a thousand hours apart."""
    called = np.arange(60) * 1_000 * HOUR
    rng = np.random.default_rng(5)
    return turnout(rng, actors, called, share=share, median_s=median_s, spread=1.0, cells=cells)


def since(came: Turnout) -> np.ndarray:
    """Return the seconds from each call to each act."""
    return came.time - came.call * 1_000 * HOUR


def test_calls_are_sorted_and_between_start_and_end(group: Group) -> None:
    actors = group(3, days=2)
    made = calls(np.random.default_rng(1), actors, 500)
    assert len(made) == 500
    assert (np.diff(made) >= 0).all()
    assert made[0] >= actors.start
    assert made[-1] < actors.end
    assert calls(np.random.default_rng(1), group(3, days=0), 2).tolist() == [actors.start] * 2


@pytest.mark.parametrize("share", [0.2, 0.8])
def test_that_share_answers_in_the_mean_and_accounts_differ_in_zeal(group: Group, share: float) -> None:
    actors = group(300)
    came = answered(actors, share=share)
    zeal = np.bincount(came.member, minlength=len(actors)) / 60
    assert zeal.mean() == pytest.approx(share, abs=0.03)
    # Chance alone gives a deviation of 0.05.
    assert zeal.std() > 0.1
    assert len({*zip(came.member.tolist(), came.call.tolist(), strict=True)}) == len(came)


def test_acts_come_after_their_call_half_of_them_within_the_median(group: Group) -> None:
    delay = since(answered(group(200), median_s=45))
    assert delay.min() >= 1
    assert np.median(delay) == pytest.approx(46, rel=0.05)


def test_a_cell_acts_together_and_up_to_ten_hours_after_the_call(group: Group) -> None:
    actors = group(80, cells=4)
    came = answered(actors, share=0.9, median_s=30)
    late = pl.DataFrame({"call": came.call, "cell": actors.cell[came.member], "late": since(came)})
    median = late.group_by("call", "cell").agg(pl.col("late").median())["late"]
    assert median.max() < 10 * HOUR + 300  # type: ignore[operator]  # numbers
    assert median.max() > 9 * HOUR  # type: ignore[operator]  # numbers
    apart = late.group_by("call").agg(pl.col("late").std())["late"].median()
    within = late.group_by("call", "cell").agg(pl.col("late").std())["late"].median()
    assert within < apart / 20  # type: ignore[operator]  # numbers


def test_only_a_share_of_the_cells_answers_a_call(group: Group) -> None:
    actors = group(100, cells=10)
    came = answered(actors, share=0.9, cells=0.3)
    active = {*zip(actors.cell[came.member].tolist(), came.call.tolist(), strict=True)}
    assert len(active) / (10 * 60) == pytest.approx(0.3, abs=0.05)


def test_acts_that_are_left_out_take_their_time_and_call_with_them() -> None:
    came = Turnout(np.array([0, 1, 2]), np.array([5, 6, 7]), np.array([50, 60, 70]))
    kept = came.where(np.array([True, False, True]))
    assert (kept.member.tolist(), kept.call.tolist(), kept.time.tolist()) == ([0, 2], [5, 7], [50, 70])
    assert len(kept) == 2


def test_an_act_is_by_its_member_in_the_language_of_the_group_on_a_thing_of_its_call(group: Group) -> None:
    actors = group(3)
    came = Turnout(np.array([2, 0, 2]), np.array([4, 4, 9]), np.array([50, 60, 70]))
    columns = by(np.random.default_rng(1), actors, came)
    assert columns["who"].to_list() == [1_002, 1_000, 1_002]
    assert columns["time"].to_list() == [50, 60, 70]
    assert set(columns["language"]) == {actors.language}
    assert named("crowd", came).to_list() == ["crowd-4", "crowd-4", "crowd-9"]


def test_cells_act_on_the_same_things_at_other_times() -> None:
    planted = Campaign("one_author_boost", accounts=40, cell=5, camouflage=0.0)
    made = corpus(organic=150, days=6, seed=5, campaigns=[planted])
    acts = made.acts.join(made.groups.select("account_id", "cell"), on="account_id")
    assert made.groups.group_by("cell").len()["len"].to_list() == [5] * 8
    spread = pl.col("time").max() - pl.col("time").min()
    by_cell = acts.group_by("object", "cell").agg(spread)["time"].median()
    assert by_cell < acts.group_by("object").agg(spread)["time"].median() / 10  # type: ignore[operator]  # numbers
