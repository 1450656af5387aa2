"""What a score of coordination rests on, and what the p-value of a group adds."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from vigie.models.evidence_basis import (
    ACTIVITY,
    FEATURE,
    added_by_campaign,
    added_by_group,
    basis,
    log_bayes_factor,
)


@pytest.mark.parametrize("p", [0.2, 0.01, 1e-6])
def test_a_p_value_adds_the_bound_of_sellke_bayarri_and_berger(p: float) -> None:
    assert log_bayes_factor(np.array([-math.log10(p)]))[0] == pytest.approx(
        -math.log(-math.e * p * math.log(p))
    )


def test_no_group_no_surprise_and_chance_add_nothing() -> None:
    assert log_bayes_factor(np.array([np.nan, -3.0, 0.0, 0.4])).tolist() == [0.0] * 4


def test_more_surprise_never_adds_less_and_has_an_end() -> None:
    added = log_bayes_factor(np.linspace(-9, 30, 400))
    assert (np.diff(added) >= 0).all()
    assert added[-1] == log_bayes_factor(np.array([6.0]))[0] < 11


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({FEATURE: 4.0}, "group"),
        ({FEATURE: -1.0}, "nothing_shared"),
        ({"coordination_day_company_share": 0.1}, "shared_activity"),
        ({"coordination_minute_activity_index": 2.0}, "shared_activity"),
        ({"coordination_surprise_index": 1.5}, "shared_activity"),
        ({"coordination_surprise_index": 0.5}, "nothing_shared"),
        ({}, "nothing_shared"),
    ],
)
def test_a_score_rests_on_a_group_on_shared_activity_or_on_nothing_shared(
    values: dict[str, float], expected: str
) -> None:
    names = (
        FEATURE, "coordination_surprise_index", "coordination_minute_activity_index",
        "coordination_ten_minutes_activity_index", "coordination_day_company_share",
    )  # fmt: skip
    table = pl.DataFrame(
        {name: [values.get(name)] for name in names}, schema=dict.fromkeys(names, pl.Float64)
    )
    assert basis(table).tolist() == [expected]


def of_activity(values: list[float]) -> pl.DataFrame:
    """Return a window whose accounts are active in the same minutes as others with so much significance."""
    rows = len(values)
    return pl.DataFrame(
        {
            FEATURE: [None] * rows, "coordination_surprise_index": [None] * rows,
            "coordination_day_company_share": [0.0] * rows, ACTIVITY[0]: [None] * rows, ACTIVITY[1]: values,
        },
        schema_overrides={
            FEATURE: pl.Float64, "coordination_surprise_index": pl.Float64, ACTIVITY[0]: pl.Float64,
        },
    )  # fmt: skip


def test_activity_that_three_quarters_share_is_no_evidence_and_what_goes_beyond_it_is() -> None:
    # 31 of 41 are three quarters, 30 are not.
    found = basis(of_activity([2.0] * 30 + [3.5] + [0.0] * 10)).tolist()
    assert found == ["nothing_shared"] * 30 + ["shared_activity"] + ["nothing_shared"] * 10


def test_activity_that_fewer_than_three_quarters_share_is_evidence() -> None:
    found = basis(of_activity([2.0] * 30 + [0.0] * 11)).tolist()
    assert found == ["shared_activity"] * 30 + ["nothing_shared"] * 11


@pytest.mark.parametrize(("accounts", "rests_on"), [(19, "shared_activity"), (20, "nothing_shared")])
def test_among_fewer_than_twenty_accounts_nothing_counts_as_common(accounts: int, rests_on: str) -> None:
    assert basis(of_activity([2.0] * accounts)).tolist() == [rests_on] * accounts


def test_acts_on_the_objects_of_others_stay_evidence_though_all_have_them() -> None:
    table = of_activity([2.0] * 20).with_columns(coordination_day_company_share=pl.lit(0.5))
    assert basis(table).tolist() == ["shared_activity"] * 20


NOBODY = np.array([np.nan])


def proof(surprise: float) -> float:
    return float(log_bayes_factor(np.array([surprise]))[0])


class TestAdded:
    @pytest.mark.parametrize("log_odds", [-7.0, 2.0])
    def test_without_a_group_or_a_campaign_nothing_is_added(self, log_odds: float) -> None:
        value = np.array([log_odds])
        assert added_by_group(value, NOBODY, NOBODY).tolist() == [0.0]
        assert added_by_campaign(value, NOBODY, NOBODY).tolist() == [0.0]

    @pytest.mark.parametrize("log_odds", [-7.0, 0.0, 2.0])
    def test_a_group_of_the_collection_leaves_no_account_below_its_proof(self, log_odds: float) -> None:
        value = np.array([log_odds])
        reached = value + added_by_group(value, NOBODY, np.array([4.0]))
        assert reached[0] == pytest.approx(max(log_odds, 0.0) + proof(4.0))

    def test_a_group_of_the_window_alone_is_weighed_against_what_the_trees_say(self) -> None:
        assert added_by_group(np.array([-7.0]), np.array([4.0]), NOBODY)[0] == pytest.approx(proof(4.0))

    def test_of_two_groups_the_more_surprising_counts_and_they_are_not_added_up(self) -> None:
        for window, collection in ((2.0, 5.0), (5.0, 2.0)):
            added = added_by_group(np.array([1.0]), np.array([window]), np.array([collection]))
            assert added[0] == pytest.approx(proof(5.0))

    def test_a_campaign_adds_what_the_group_of_the_window_has_not(self) -> None:
        one = np.array([3.0])
        assert added_by_campaign(np.array([9.0]), one, np.array([5.0]))[0] == pytest.approx(
            proof(5.0) - proof(3.0)
        )
        assert added_by_campaign(np.array([9.0]), np.array([5.0]), one)[0] == 0.0

    @pytest.mark.parametrize("log_odds", [-9.0, -1.0, 8.0])
    def test_a_member_of_a_campaign_is_at_its_proof_at_least(self, log_odds: float) -> None:
        value = np.array([log_odds])
        for window in (NOBODY, np.array([3.0])):
            reached = value + added_by_campaign(value, window, np.array([5.0]))
            assert reached[0] >= proof(5.0) - 1e-9

    def test_who_is_not_scored_stays_so(self) -> None:
        silent = NOBODY + added_by_group(NOBODY, NOBODY, np.array([4.0]))
        assert np.isnan(silent).all()
