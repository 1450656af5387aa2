"""Neighbour features are those of the model that reads them, over the accounts that can be judged."""

from __future__ import annotations

from functools import cache

import polars as pl
from polars.testing import assert_frame_equal

from vigie.features.coordination.comparison import Limits
from vigie.features.pipeline import FeatureMatrix
from vigie.features.window import windows
from vigie.features.window.neighbours import NEIGHBOUR_FEATURES
from vigie.models.engine import Models
from vigie.models.neighbour_features import added, suspicion
from vigie.training.synthetic.corpus import corpus


@cache
def measured() -> FeatureMatrix:
    """Return the features of forty ordinary people in one window."""
    made = corpus(organic=40, campaigns=[], days=3, seed=4)
    accounts = made.accounts.with_row_index("row")
    keys = ["platform", "account_id"]
    posts = made.posts.join(accounts.select("row", *keys), on=keys).drop(keys)
    return windows.compute(accounts, posts, Limits()).windows[0].matrix


def test_suspicion_is_a_probability_that_falls_with_the_prevalence(models: Models) -> None:
    first = models.coordinated.conduct
    assert first is not None
    seen = measured().values(first.features)
    rare, common = (suspicion(first.booster, seen, prevalence) for prevalence in (0.001, 0.1))
    assert ((rare > 0) & (rare < common) & (common < 1)).all()


def test_neighbours_are_added_once_and_those_of_another_model_replaced(models: Models) -> None:
    once = added(models.coordinated, measured())
    assert set(NEIGHBOUR_FEATURES) <= set(once.table.columns)
    stale = once.table.with_columns(pl.lit(0.123).alias(name) for name in NEIGHBOUR_FEATURES)
    again = added(models.coordinated, FeatureMatrix(stale, once.coverage, once.posts))
    assert_frame_equal(again.table.select(once.table.columns), once.table)


def test_an_account_with_too_few_posts_is_compared_and_is_neighbour_to_nobody(models: Models) -> None:
    matrix = measured()
    row = matrix.table["row"][0]
    silent = matrix.coverage.with_columns(
        used=pl.when(pl.col("row") == row).then(pl.lit(0, matrix.coverage.schema["used"])).otherwise("used")
    )
    others = pl.col("row") != row
    without = FeatureMatrix(matrix.table.filter(others), matrix.coverage.filter(others), matrix.posts)
    found = added(models.coordinated, FeatureMatrix(matrix.table, silent, matrix.posts)).table
    assert found.filter(~others).select(NEIGHBOUR_FEATURES).null_count().sum_horizontal().item() == 0
    assert_frame_equal(
        found.filter(others).select(NEIGHBOUR_FEATURES),
        added(models.coordinated, without).table.select(NEIGHBOUR_FEATURES),
    )


def test_a_model_that_reads_no_neighbours_gets_none(models: Models) -> None:
    assert added(models.inauthentic, measured()) is measured()
