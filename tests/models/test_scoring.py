"""Scores: contributions add up, missing evidence does not raise them, and the floor abstains."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest

from vigie.features.pipeline import FeatureMatrix, compute
from vigie.models import bundle
from vigie.models.calibration import Calibration, probability
from vigie.models.scoring import Scores, contributions, score
from vigie.models.verdict import answers
from vigie.training.synthetic.accounts import generate


@cache
def batch() -> tuple[pl.DataFrame, pl.DataFrame]:
    made = generate(ordinary=40, inauthentic=40, seed=11)
    accounts = made.accounts.with_row_index("row")
    keys = ["platform", "account_id"]
    return accounts, made.posts.join(accounts.select("row", *keys), on=keys).drop(keys)


@cache
def model() -> bundle.Bundle:
    return bundle.load()


def scored(accounts: pl.DataFrame, posts: pl.DataFrame) -> tuple[FeatureMatrix, Scores]:
    matrix = compute(accounts, posts)
    return matrix, score(model(), matrix)


def test_contributions_and_base_add_up_to_the_log_odds() -> None:
    _, scores = scored(*batch())
    known = scores.status == "scored"
    assert known.sum() > 40
    total = scores.contributions.sum(axis=1) + scores.base
    assert total[known] == pytest.approx(scores.log_odds[known])


def test_contributions_are_those_of_lightgbm_where_nothing_is_missing() -> None:
    part = model().parts["profile"]
    seen = compute(*batch()).values(part.features)
    seen = np.nan_to_num(seen[:5], nan=1.0)
    added, base = contributions(part.booster, seen, np.ones_like(seen, dtype=bool))
    assert added.sum(axis=1) + base == pytest.approx(part.booster.predict(seen, raw_score=True))


def test_no_missing_feature_ever_adds_to_a_score() -> None:
    accounts, posts = batch()
    hidden = accounts.with_columns(
        pl.lit(None).cast(accounts.schema[name]).alias(name)
        for name in ("description", "location", "url", "listed_count", "likes_given_count", "display_name")
    )
    _, scores = scored(hidden, posts)
    assert (scores.contributions[np.isnan(scores.values)] <= 0).all()
    assert np.isnan(scores.values).any()


def test_fewer_posts_do_not_raise_the_mean_score_and_none_abstains_or_falls_back() -> None:
    accounts, posts = batch()
    whole = scored(accounts, posts)[1]
    few = posts.group_by("row", maintain_order=True).head(30)
    thin = scored(accounts, few)[1]
    both = (whole.status == "scored") & (thin.status == "scored") & whole.spoke["posts"] & thin.spoke["posts"]
    mean = [probability(scores.log_odds[both], 0.1).mean() for scores in (whole, thin)]
    assert mean[1] <= mean[0] + 0.01
    bare = scored(accounts, posts.head(0))[1]
    assert not bare.spoke["posts"].any()


def test_accounts_that_hardly_acted_are_not_judged() -> None:
    accounts, posts = batch()
    new = accounts.with_columns(posts_count=pl.lit(3, pl.Int64))
    few = posts.group_by("row", maintain_order=True).head(3)
    _, scores = scored(new, few)
    assert set(scores.status) == {"hardly_acted"}


def test_an_unknown_number_of_posts_does_not_lift_the_floor() -> None:
    accounts, posts = batch()
    new = accounts.with_columns(posts_count=pl.lit(None, pl.Int64))
    few = posts.group_by("row", maintain_order=True).head(3)
    _, scores = scored(new, few)
    assert set(scores.status) == {"too_little_known"}


def test_hiding_a_profile_field_does_not_raise_the_mean_score() -> None:
    accounts, posts = batch()
    whole = scored(accounts, posts)[1]
    for name in ("followers_count", "likes_given_count", "description", "listed_count"):
        hidden = accounts.with_columns(pl.lit(None).cast(accounts.schema[name]).alias(name))
        thin = scored(hidden, posts)[1]
        both = (whole.status == "scored") & (thin.status == "scored")
        means = [probability(scores.log_odds[both], 0.1).mean() for scores in (whole, thin)]
        assert means[1] <= means[0] + 0.02, name


def test_an_account_with_a_name_only_is_not_judged() -> None:
    accounts, posts = batch()
    names = ("row", "platform", "account_id", "handle", "display_name", "observed_at")
    bare = accounts.with_columns(
        pl.lit(None).cast(dtype).alias(name) for name, dtype in accounts.schema.items() if name not in names
    )
    _, scores = scored(bare, posts.head(0))
    assert set(scores.status) == {"too_little_known"}
    assert np.isnan(scores.log_odds).all()


def test_the_answer_of_one_account_alone_is_that_in_a_batch() -> None:
    accounts, posts = batch()
    matrix, scores = scored(accounts, posts)
    together = answers(model(), matrix, scores, top=5, language="en")
    for row in (0, 41, 79):
        alone, own = scored(accounts.filter(pl.col("row") == row), posts.filter(pl.col("row") == row))
        assert answers(model(), alone, own, top=5, language="en") == [together[row]]


def test_an_answer_has_the_shape_clients_count_on() -> None:
    matrix, scores = scored(*batch())
    for answer in answers(model(), matrix, scores, top=3, language="fr"):
        verdict = answer["inauthentic"]
        if verdict["status"] == "abstained":
            assert verdict["why"]
            continue
        low, high = verdict["interval"]
        assert 0 <= low <= verdict["probability"] <= high <= 1
        assert verdict["at_prevalence"][str(verdict["assumed_prevalence"])] == verdict["probability"]
        chances = [verdict["at_prevalence"][rate] for rate in ("0.1", "0.01", "0.001")]
        assert chances == sorted(chances, reverse=True)
        assert len(verdict["reasons"]) == 3
        for reason in verdict["reasons"]:
            assert {"group", "feature", "value", "percentile", "contribution", "sentence", "post_ids"} == set(
                reason
            )
            assert ("augmente" in reason["sentence"]) == (reason["contribution"] > 0)


def test_every_named_post_is_one_of_the_accounts_posts() -> None:
    accounts, posts = batch()
    matrix, scores = scored(accounts, posts)
    named = 0
    for row, answer in enumerate(answers(model(), matrix, scores, top=50, language="en")):
        own = set(posts.filter(pl.col("row") == row)["post_id"])
        for reason in answer["inauthentic"].get("reasons", []):
            assert set(reason["post_ids"]) <= own
            named += len(reason["post_ids"])
    assert named > 100


def test_a_request_for_no_reasons_gets_none() -> None:
    matrix, scores = scored(*batch())
    assert all(
        a["inauthentic"].get("reasons", []) == []
        for a in answers(model(), matrix, scores, top=0, language="en")
    )


def test_probability_at_a_prevalence_is_bayes_rule() -> None:
    odds = np.array([-2.0, 0.0, 3.0])
    ratio = np.exp(odds)
    assert probability(odds, 0.01) == pytest.approx(0.01 * ratio / (0.01 * ratio + 0.99))


def test_the_standard_error_of_a_calibration_is_that_of_its_line() -> None:
    line = Calibration(0.5, 0.1, (0.04, 0.01, 0.09))
    gradient = np.array([2.0, 1.0])
    expected = np.sqrt(gradient @ np.array([[0.04, 0.01], [0.01, 0.09]]) @ gradient)
    assert line.standard_error(np.array([2.0])) == pytest.approx([expected])
