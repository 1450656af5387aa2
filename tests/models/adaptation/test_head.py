"""A head is linear, starts from its parent, and adds nothing for what is missing."""

from __future__ import annotations

import json

import numpy as np
import pytest

from vigie.models.adaptation.head import Head, Line, Scale

SCALE = Scale(np.array([0.0, 1.0]), np.array([1.0, 0.5]))
HEAD = Head(
    ("profile_listed_count", "profile_has_banner"),
    SCALE,
    Line(1.2, -0.3, np.array([0.5, -0.25])),
    (Line(1.0, 0.0, np.array([0.4, -0.25])), Line(1.4, -0.6, np.array([0.6, -0.25]))),
)


def test_a_value_is_logged_and_counts_at_most_three_deviations() -> None:
    seen = SCALE.standardised(np.array([[np.expm1(1.0), np.expm1(1.5)], [1e9, -1e9]]))
    np.testing.assert_allclose(seen, [[1.0, 1.0], [3.0, -3.0]])


def test_a_missing_value_counts_nothing() -> None:
    assert SCALE.standardised(np.array([[np.nan, np.nan]])).tolist() == [[0.0, 0.0]]


def test_a_line_after_a_line_is_one_line() -> None:
    parent, seen = np.array([-1.0, 2.0]), np.array([[1.0, 0.0], [0.5, -2.0]])
    np.testing.assert_allclose(
        HEAD.line.then(0.5, 1.0).log_odds(parent, seen), 0.5 * HEAD.line.log_odds(parent, seen) + 1.0
    )


def test_the_error_is_the_jackknife_over_the_members() -> None:
    parent, seen = np.array([1.0, -2.0]), np.array([[1.0, 0.0], [0.5, -2.0]])
    first, second = (member.log_odds(parent, seen) for member in HEAD.members)
    # Two members lie half their difference from their mean.
    np.testing.assert_allclose(HEAD.standard_error(parent, seen), abs(first - second) / 2)


def test_a_head_is_the_same_after_json() -> None:
    again = Head.from_json(json.loads(json.dumps(HEAD.to_json())))
    parent, seen = np.array([0.7]), np.array([[0.3, 0.9]])
    assert again.features == HEAD.features
    assert again.line.log_odds(parent, seen) == pytest.approx(HEAD.line.log_odds(parent, seen), abs=0)
    np.testing.assert_array_equal(again.standard_error(parent, seen), HEAD.standard_error(parent, seen))
