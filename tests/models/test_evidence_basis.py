"""What a score of coordination rests on, and what the p-value of a group adds."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from vigie.models.evidence_basis import FEATURE, basis, log_bayes_factor


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
def test_a_score_rests_on_a_group_on_company_or_on_conduct(values: dict[str, float], expected: str) -> None:
    names = (
        FEATURE, "coordination_surprise_index", "coordination_minute_activity_index",
        "coordination_ten_minutes_activity_index", "coordination_day_company_share",
    )  # fmt: skip
    table = pl.DataFrame(
        {name: [values.get(name)] for name in names}, schema=dict.fromkeys(names, pl.Float64)
    )
    assert basis(table).tolist() == [expected]
