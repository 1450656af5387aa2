"""What the joint standing adds to a score, shared out over what it joins."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest

from vigie.features.pipeline import FeatureMatrix
from vigie.models.joint_standing import JOINT, PARTS, shared_out, told_by
from vigie.models.scoring import Scores

PARTNER, TEXT, TEN_MINUTES, HALF_HOUR, SCHEDULE = PARTS


def window(*accounts: Mapping[str, float | None]) -> FeatureMatrix:
    """Return accounts of one window that post alike, 0 where nothing is said of a standing."""
    names = (*PARTS, JOINT)
    table = pl.DataFrame([{name: one.get(name, 0.0) for name in names} for one in accounts])
    counted = pl.DataFrame({"used": [5] * len(accounts)})
    return FeatureMatrix(table.cast(pl.Float64), counted, pl.DataFrame())


def scores(*features: str, added: list[list[float]]) -> Scores:
    contributions = np.array(added)
    rows = len(contributions)
    return Scores(
        spoke={}, status=np.full(rows, "scored"), log_odds=contributions.sum(axis=1), error=np.zeros(rows),
        features=features, values=np.ones_like(contributions), contributions=contributions, base=np.zeros(rows),
        tier=np.full(rows, "pool"),
    )  # fmt: skip


def shares(found: Scores, account: int = 0) -> dict[str, float]:
    """Return what each feature adds for an account, those that add nothing left out."""
    added = zip(found.features, found.contributions[account].tolist(), strict=True)
    return {name: value for name, value in added if value}


def test_each_standing_has_a_share_as_large_as_it_is_and_partners_have_the_rest() -> None:
    found = shared_out(
        scores(JOINT, added=[[4.0]]), window({PARTNER: 1.0, TEXT: 2.0, TEN_MINUTES: -1.0, JOINT: 8.0})
    )
    assert shares(found) == pytest.approx({PARTNER: 0.5, TEXT: 1.0, JOINT: 2.5})


def test_hours_have_the_share_of_what_they_are_worth() -> None:
    # Hours worth 1, and hours worth more than half of all else.
    matrix = window({PARTNER: 3.0, SCHEDULE: 1.0, JOINT: 4.0}, {HALF_HOUR: 2.0, SCHEDULE: 3.0, JOINT: 3.0})
    found = shared_out(scores(JOINT, added=[[4.0], [3.0]]), matrix)
    assert shares(found, 0) == pytest.approx({PARTNER: 3.0, SCHEDULE: 1.0})
    assert shares(found, 1) == pytest.approx({HALF_HOUR: 2.0, SCHEDULE: 1.0})


def test_shares_add_up_and_no_score_changes() -> None:
    before = scores(JOINT, added=[[2.0], [0.7]])
    found = shared_out(before, window({TEXT: 0.4, JOINT: 0.9}, {PARTNER: 1.1, TEXT: 0.3, JOINT: 1.4}))
    assert found.contributions.sum(axis=1) == pytest.approx(before.log_odds)
    assert found.log_odds.tolist() == before.log_odds.tolist()
    assert found.values[:, found.features.index(TEXT)].tolist() == [0.4, 0.3]


def test_what_lowers_a_score_is_shared_out_alike_over_what_it_does_not_stand_out_in() -> None:
    # Nothing; all but texts and hours; everything, though little.
    little = dict.fromkeys(PARTS, 0.1)
    matrix = window({}, {TEXT: 0.1, SCHEDULE: 0.2, JOINT: 0.15}, little | {JOINT: 1.0})
    found = shared_out(scores(JOINT, added=[[-1.2]] * 3), matrix)
    assert shares(found, 0) == pytest.approx(dict.fromkeys((*PARTS, JOINT), -0.2))
    assert shares(found, 1) == pytest.approx(dict.fromkeys((PARTNER, TEN_MINUTES, HALF_HOUR, JOINT), -0.3))
    assert shares(found, 2) == pytest.approx({JOINT: -1.2})
    assert found.contributions.sum(axis=1) == pytest.approx(-1.2)


def test_what_stands_out_in_nothing_raises_by_the_joint_standing_alone() -> None:
    assert shares(shared_out(scores(JOINT, added=[[0.5]]), window({}))) == {JOINT: 0.5}
    missing = dict.fromkeys((*PARTS, JOINT))
    assert shares(shared_out(scores(JOINT, added=[[0.0]]), window(missing))) == {}


def test_rounding_is_no_reason() -> None:
    # Partners stand out: nothing of what lowers the score is theirs.
    found = shared_out(scores(JOINT, added=[[-0.1]]), window({JOINT: 0.3}))
    assert found.contributions[0, found.features.index(JOINT)] == 0


def test_a_standing_that_the_model_reads_too_has_both() -> None:
    found = shared_out(scores(TEXT, JOINT, added=[[1.0, 2.0]]), window({TEXT: 2.0, JOINT: 2.0}))
    assert shares(found) == pytest.approx({TEXT: 3.0})
    assert found.features == told_by((TEXT, JOINT))


def test_scores_of_other_models_stay_as_they_are() -> None:
    other = scores(TEXT, added=[[1.0]])
    assert shared_out(other, window({TEXT: 1.0})) is other
