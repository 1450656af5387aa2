"""A head adds curves to its parent, nothing for what is missing, and no more beyond the collection than at its end."""

from __future__ import annotations

import json

import numpy as np
import pytest

from vigie.models.adaptation.head import Curves, Head

KNOTS = (np.array([0.0, 1.0, 2.0]), np.array([0.0, np.log(2.0)]))


def curves(slope: float, intercept: float, listed: list[float], banner: list[float]) -> Curves:
    return Curves(slope, intercept, (np.array(listed), np.array(banner)))


HEAD = Head(
    ("profile_listed_count", "profile_has_banner"),
    KNOTS,
    curves(1.2, -0.3, [-1.0, 1.0, 0.5], [0.25, -0.25]),
    (curves(1.0, 0.0, [-0.8, 0.8, 0.5], [0.2, -0.2]), curves(1.4, -0.6, [-1.2, 1.2, 0.5], [0.3, -0.3])),
)
PARENT, VALUES = np.array([1.0, -2.0]), np.array([[1.0, 0.0], [30.0, np.nan]])


def test_a_curve_is_read_between_its_knots_on_the_logged_value() -> None:
    added = HEAD.curves.additions(KNOTS, np.array([[np.expm1(0.5), 0.0], [np.expm1(1.5), 1.0]]))
    np.testing.assert_allclose(added, [[0.0, 0.25], [0.75, -0.25]])


def test_beyond_the_last_account_of_the_collection_a_curve_is_level() -> None:
    added = HEAD.curves.additions(KNOTS, np.array([[-5.0, -1.0], [1e9, 7.0]]))
    assert added.tolist() == [[-1.0, 0.25], [0.5, -0.25]]


def test_a_missing_value_adds_nothing() -> None:
    assert HEAD.curves.additions(KNOTS, np.array([[np.nan, np.nan]])).tolist() == [[0.0, 0.0]]


def test_log_odds_are_those_of_the_parent_times_the_slope_and_all_that_is_added() -> None:
    added = HEAD.curves.additions(KNOTS, VALUES)
    np.testing.assert_allclose(HEAD.log_odds(PARENT, VALUES), 1.2 * PARENT - 0.3 + added.sum(axis=1))


def test_the_error_is_the_jackknife_over_the_members() -> None:
    first, second = (member.log_odds(PARENT, member.additions(KNOTS, VALUES)) for member in HEAD.members)
    # Two members lie half their difference from their mean.
    np.testing.assert_allclose(HEAD.standard_error(PARENT, VALUES), abs(first - second) / 2)


def test_a_head_is_the_same_after_json() -> None:
    again = Head.from_json(json.loads(json.dumps(HEAD.to_json())))
    assert again.features == HEAD.features
    assert again.log_odds(PARENT, VALUES) == pytest.approx(HEAD.log_odds(PARENT, VALUES), abs=0)
    np.testing.assert_array_equal(again.standard_error(PARENT, VALUES), HEAD.standard_error(PARENT, VALUES))
