"""What a score of coordination rests on, and what the p-value of a group adds."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from vigie.models.evidence_basis import ACTIVITY, FEATURE, basis, log_bayes_factor


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
        ({FEATURE: -1.0}, "behaviour"),
        ({"coordination_day_company_share": 0.1}, "shared_activity"),
        ({"coordination_minute_activity_index": 2.0}, "shared_activity"),
        ({"coordination_surprise_index": 1.5}, "shared_activity"),
        ({"coordination_surprise_index": 0.5}, "behaviour"),
        ({}, "behaviour"),
    ],
)
def test_a_score_rests_on_a_group_on_shared_activity_or_on_behaviour(
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
    assert found == ["behaviour"] * 30 + ["shared_activity"] + ["behaviour"] * 10


def test_activity_that_fewer_than_three_quarters_share_is_evidence() -> None:
    found = basis(of_activity([2.0] * 30 + [0.0] * 11)).tolist()
    assert found == ["shared_activity"] * 30 + ["behaviour"] * 11


@pytest.mark.parametrize(("accounts", "rests_on"), [(19, "shared_activity"), (20, "behaviour")])
def test_among_fewer_than_twenty_accounts_nothing_counts_as_common(accounts: int, rests_on: str) -> None:
    assert basis(of_activity([2.0] * accounts)).tolist() == [rests_on] * accounts


def test_acts_on_the_objects_of_others_stay_evidence_though_all_have_them() -> None:
    table = of_activity([2.0] * 20).with_columns(coordination_day_company_share=pl.lit(0.5))
    assert basis(table).tolist() == ["shared_activity"] * 20
