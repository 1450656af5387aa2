"""Accounts are held against sources by a model that did not learn from them, and what is measured judges nobody by themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.training.conftest import Fitted

from vigie.models.bundle import Bundle
from vigie.models.scoring import score
from vigie.training.config import Config, Sets
from vigie.training.data.truncated_views import FULL
from vigie.training.fitting.known_accounts import (
    WHOLE,
    HeldAccounts,
    Source,
    added,
    exact_interval,
    held_accounts,
    known_accounts,
    realised,
    with_flagged,
)
from vigie.training.fitting.leave_source_out import as_matrix, bundle_of

SETS = Sets(level=0.05, bands={"elevated": 0.1, "high": 0.02})


@pytest.fixture(scope="module")
def model(fitted: Fitted, settings: Config) -> Bundle:
    return bundle_of(fitted.fits, settings)


@pytest.fixture(scope="module")
def sources(fitted: Fitted) -> list[Source]:
    full = fitted.rows.filter(pl.col("view") == FULL)
    parts = full.partition_by("source", as_dict=True, maintain_order=True)
    return [Source(str(name), as_matrix(rows), rows["y"].to_numpy()) for (name,), rows in parts.items()]


@pytest.fixture(scope="module")
def held(model: Bundle, sources: list[Source]) -> list[HeldAccounts]:
    return held_accounts(model, sources)


def test_accounts_of_a_source_have_the_scores_of_the_model_without_it(
    model: Bundle, sources: list[Source], held: list[HeldAccounts]
) -> None:
    whole = [each for each in held if each.shown == WHOLE]
    assert len(whole) == len(sources)
    for source, view in zip(sources, whole, strict=True):
        scores = score(model, source.matrix)
        known = scores.status == "scored"
        np.testing.assert_allclose(view.log_odds[known], scores.without()[source.name][known])
        assert not np.allclose(view.log_odds[known], scores.log_odds[known])


def test_a_group_keeps_counts_on_a_grid_that_never_makes_a_p_value_smaller(held: list[HeldAccounts]) -> None:
    (group,) = (each for each in held[0].groups(50) if not each.inauthentic and each.tier == "profile+posts")
    people = held[0].log_odds[~held[0].truth & (held[0].tier == "profile+posts")]
    assert group.size == len(people)
    ones = np.linspace(-5, 5, 101)
    exact = (1 + (people[None, :] >= ones[:, None]).sum(axis=1)) / (1 + len(people))
    assert (group.p_values(ones) >= exact - 1e-12).all()
    assert np.allclose(group.log_odds * 20, np.round(group.log_odds * 20))


def test_groups_too_small_for_the_level_are_left_out(held: list[HeldAccounts]) -> None:
    few = [each.where(np.arange(len(each.truth)) < 30) for each in held]
    assert not known_accounts(few, Sets(level=0.01, bands={})).groups


def test_held_out_accounts_are_flagged_as_the_model_without_their_source_says(
    model: Bundle, sources: list[Source], held: list[HeldAccounts]
) -> None:
    rows = pl.concat([source.matrix.table.select("row") for source in sources]).reverse()
    assert with_flagged(rows, model, sources) is rows
    known = replace(model, known=known_accounts(held, SETS))
    said = dict(with_flagged(rows, known, sources).iter_rows())
    assert list(said) == rows["row"].to_list()
    for source, view in zip(sources, (each for each in held if each.shown == WHOLE), strict=True):
        assert known.known is not None
        bands = known.known.reached(view.tier, view.log_odds, {})
        assert [said[row] for row in source.matrix.table["row"]] == (bands == "high").tolist()
    assert 0 < sum(said.values()) < len(said)


def test_people_that_did_not_calibrate_are_suspect_no_more_often_than_stated(
    held: list[HeldAccounts],
) -> None:
    table = realised(held, SETS).filter(~pl.col("inauthentic"), pl.col("accounts") >= 100)
    assert table.height
    for row in table.iter_rows(named=True):
        assert row["suspect_low"] <= SETS.level
        assert row["suspect_low"] <= row["suspect"] <= row["suspect_high"]
        assert row["high"] <= row["elevated"]
        kinds = row["only_ordinary"] + row["only_inauthentic"] + row["both"] + row["neither"]
        assert kinds == pytest.approx(1.0)


def test_what_is_measured_takes_other_sources_into_account(held: list[HeldAccounts]) -> None:
    strict = known_accounts(held, SETS).groups
    beside = [group for group in strict if group.source != held[0].source]
    mine = [each for each in held if each.source == held[0].source]
    alone, among = (realised(mine, SETS, others)["suspect"].sum() for others in ((), beside))
    assert among <= alone


def test_a_source_that_is_given_again_takes_the_place_of_what_was_there(held: list[HeldAccounts]) -> None:
    everybody = known_accounts(held, SETS)
    again = known_accounts([each for each in held if each.source == held[0].source], SETS)
    both = added(everybody, again)
    assert sorted(group.source for group in both.groups) == sorted(group.source for group in everybody.groups)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"), [(0, 300, 0.0, 0.01222), (3, 100, 0.00623, 0.08518), (5, 5, 0.47818, 1.0)]
)
def test_the_interval_is_the_exact_one(count: int, of: int, low: float, high: float) -> None:
    assert exact_interval(count, of) == pytest.approx((low, high), abs=1e-5)
