"""A bundle that no longer tells accounts apart as its training did is refused; one for any labels is not."""

from __future__ import annotations

from dataclasses import replace

import lightgbm
import numpy as np
import pytest

from vigie.errors import BundleRehearsalError
from vigie.features.json_object import JsonObject
from vigie.models import rehearsal
from vigie.models.bundle import Bundle, Part
from vigie.models.calibration import Calibration, Floats
from vigie.models.engine import Models

from .model_fuzz import FEATURES

PLATT = Calibration(0.7, 0.1, (0.0, 0.0, 0.0))


def trained(x: Floats, y: Floats) -> lightgbm.Booster:
    options = {
        "objective": "binary",
        "num_leaves": 4,
        "min_data_in_leaf": 5,
        "num_threads": 1,
        "verbosity": -1,
    }
    return lightgbm.train(options, lightgbm.Dataset(x, y, feature_name=list(FEATURES)), num_boost_round=10)


def rows() -> Floats:
    return np.random.default_rng(3).normal(size=(600, len(FEATURES)))


def bundle_of(
    booster: lightgbm.Booster, chosen: JsonObject | None, calibration: Calibration = PLATT
) -> Bundle:
    part = Part("pool", FEATURES, booster, (), calibration, np.full(4, 0.25), 0.0)
    index = {"name": "m", "version": "v", "weights": {"pool": 1.0}, "parts": {"pool": {"rehearsal": chosen}}}
    return Bundle(index, {"pool": part}, {}, {})


@pytest.fixture(scope="module")
def made() -> tuple[lightgbm.Booster, JsonObject]:
    x = rows()
    y = (x[:, 0] > 0.2).astype(float)
    booster = trained(x, y)
    chosen = rehearsal.choose(x, y > 0, booster, PLATT)
    assert chosen is not None
    return booster, chosen


def test_what_a_training_wrote_is_found_again(made: tuple[lightgbm.Booster, JsonObject]) -> None:
    booster, chosen = made
    low, high = chosen["log_odds"]
    assert high - low > 1
    rehearsal.check(bundle_of(booster, chosen))


def test_labels_of_which_no_single_feature_tells_make_a_rehearsal_too() -> None:
    x = rows()
    y = ((x[:, 0] > 0) ^ (x[:, 1] > 0)).astype(float)
    booster = trained(x, y)
    rehearsal.check(bundle_of(booster, rehearsal.choose(x, y > 0, booster, PLATT)))


def test_rows_of_few_known_values_make_no_rehearsal_and_no_value_of_theirs_leaves(
    made: tuple[lightgbm.Booster, JsonObject],
) -> None:
    x = rows()[:60]
    assert rehearsal.choose(x, x[:, 0] > 0.2, made[0], PLATT) is None


def test_another_model_under_the_same_index_is_refused(made: tuple[lightgbm.Booster, JsonObject]) -> None:
    x = rows()
    other = trained(x, (x[:, 1] > 0).astype(float))
    with pytest.raises(BundleRehearsalError, match="part pool gives its two accounts"):
        rehearsal.check(bundle_of(other, made[1]))


def test_a_model_that_ranks_the_flagged_account_below_is_refused(
    made: tuple[lightgbm.Booster, JsonObject],
) -> None:
    booster, chosen = made
    turned = {
        "ordinary": chosen["flagged"],
        "flagged": chosen["ordinary"],
        "log_odds": chosen["log_odds"][::-1],
    }
    with pytest.raises(BundleRehearsalError, match="does not rank the flagged"):
        rehearsal.check(bundle_of(booster, turned))


def test_a_model_without_rehearsal_passes_if_its_scores_differ_and_is_refused_if_they_do_not(
    made: tuple[lightgbm.Booster, JsonObject],
) -> None:
    booster, _ = made
    rehearsal.check(bundle_of(booster, None))
    x = rows()
    with pytest.raises(BundleRehearsalError, match="the same score"):
        rehearsal.check(bundle_of(trained(x, np.ones(len(x))), None))
    with pytest.raises(BundleRehearsalError, match="the same score"):
        rehearsal.check(bundle_of(booster, None, replace(PLATT, slope=0.0)))


def test_the_bundles_that_ship_pass(models: Models) -> None:
    for bundle in models.bundles.values():
        rehearsal.check(bundle)
