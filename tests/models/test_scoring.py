"""Scores: contributions add up, missing evidence does not raise them, and the floor abstains."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest

from vigie.features.pipeline import FeatureMatrix, compute
from vigie.models import bundle
from vigie.models.adaptation.head import Curves, Head
from vigie.models.calibration import probability
from vigie.models.scoring import Scores, contributions, score
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


def test_accounts_with_too_few_posts_are_not_judged() -> None:
    accounts, posts = batch()
    new = accounts.with_columns(posts_count=pl.lit(3, pl.Int64))
    few = posts.group_by("row", maintain_order=True).head(3)
    _, scores = scored(new, few)
    assert set(scores.status) == {"too_few_posts"}


@pytest.mark.parametrize(("needed", "judged"), [(True, False), (False, True)])
def test_an_unknown_number_of_posts_keeps_from_a_score_where_the_bundle_needs_it(
    needed: bool, judged: bool
) -> None:
    accounts, posts = batch()
    new = accounts.with_columns(posts_count=pl.lit(None, pl.Int64))
    few = posts.group_by("row", maintain_order=True).head(3)
    floors = model().index["floors"] | {"posts_count_needed": needed}
    asked = replace(model(), index=model().index | {"floors": floors})
    assert ("scored" in score(asked, compute(new, few)).status) is judged


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
    assert set(scores.status) == {"insufficient_data"}
    assert np.isnan(scores.log_odds).all()


def test_accounts_scored_a_few_at_a_time_have_the_scores_of_a_batch() -> None:
    matrix, whole = scored(*batch())
    parts = score(model(), matrix, at_once=7)
    assert parts.status.tolist() == whole.status.tolist()
    np.testing.assert_allclose(parts.log_odds, whole.log_odds)
    np.testing.assert_allclose(parts.contributions, whole.contributions)


def test_accounts_that_look_the_same_have_the_scores_of_one_alone() -> None:
    matrix, alone = scored(*batch())
    table, coverage = (pl.concat([each, each]) for each in (matrix.table, matrix.coverage))
    twice = FeatureMatrix(table, coverage, matrix.posts)
    both = score(model(), twice)
    for name in ("log_odds", "error", "values", "contributions", "base"):
        once = getattr(alone, name)
        np.testing.assert_array_equal(getattr(both, name), np.concatenate([once, once]))


def of(*contributions: list[float], status: list[str] | None = None) -> Scores:
    """Return scores of two features, ``a`` and ``b``, by account."""
    added = np.array(contributions)
    states = np.array(status or ["scored"] * len(added))
    log_odds = np.where(states == "scored", added.sum(axis=1) + 1.0, np.nan)
    return Scores(
        spoke={}, status=states, log_odds=log_odds, error=np.zeros(len(added)), features=("a", "b"),
        values=np.ones_like(added), contributions=added, base=np.ones(len(added)),
        tier=np.full(len(added), "profile"),
    )  # fmt: skip


def test_what_is_excluded_takes_no_contribution_below_zero_and_still_adds_up() -> None:
    less = of([0.5, 2.0], [1.5, -1.0], [-0.3, 0.2]).excluding({"a": 1.0})
    assert less.contributions.tolist() == [[0.0, 2.0], [0.5, -1.0], [-0.3, 0.2]]
    assert less.log_odds.tolist() == pytest.approx((less.contributions.sum(axis=1) + less.base).tolist())
    assert of([0.5, 2.0]).excluding({}).log_odds.tolist() == [3.5]


def test_what_is_raised_or_lowered_adds_up_and_leaves_abstentions_alone() -> None:
    scores = of([0.5, 2.0], [0.0, 0.0], status=["scored", "too_few_posts"])
    raised = scores.raised("c", np.array([4.0, 4.0]), np.array([0.7, 0.7]))
    assert raised.features == ("a", "b", "c")
    assert raised.contributions[:, 2].tolist() == [0.7, 0.0]
    assert raised.log_odds[0] == pytest.approx(4.2)
    lowered = raised.lowered(np.array([0.2, 0.2]))
    assert lowered.log_odds[0] == pytest.approx(lowered.contributions[0].sum() + lowered.base[0])
    assert np.isnan(lowered.log_odds[1])


def head(*features: str, slope: float = 0.8) -> Head:
    heights = tuple(np.array([-0.5, 0.5, 0.2]) for _ in features)
    knots = tuple(np.array([0.0, 0.5, 3.0]) for _ in features)
    own = Curves(slope, -0.4, heights)
    return Head(features, knots, own, (own, Curves(1.1 * slope, 0.0, heights)))


def test_the_additions_of_a_head_add_up_with_those_of_the_parts() -> None:
    matrix = compute(*batch())
    adapted = score(replace(model(), head=head("profile_listed_count", "content_url_share")), matrix)
    known = adapted.status == "scored"
    total = adapted.contributions.sum(axis=1) + adapted.base
    assert total[known] == pytest.approx(adapted.log_odds[known])
    parent = score(model(), matrix)
    moved = adapted.log_odds[known] - (0.8 * parent.log_odds[known] - 0.4)
    column = [adapted.features.index(name) for name in ("profile_listed_count", "content_url_share")]
    own = (adapted.contributions - 0.8 * parent.contributions)[np.ix_(known, column)]
    assert own.sum(axis=1) == pytest.approx(moved)
    assert (abs(moved) > 0.01).any()


def test_a_head_lifts_no_abstention_and_hears_no_part_that_is_silent() -> None:
    accounts, posts = batch()
    matrix = compute(accounts, posts.group_by("row").head(10))
    parent = score(model(), matrix)
    adapted = score(replace(model(), head=head("profile_listed_count", "content_url_share")), matrix)
    assert adapted.status.tolist() == parent.status.tolist()
    silent = ~parent.spoke["posts"]
    assert silent.all()
    column = adapted.features.index("content_url_share")
    assert not np.isnan(adapted.values[:, column]).all()
    assert (adapted.contributions[:, column] == 0).all()
    assert np.isnan(adapted.log_odds[adapted.status != "scored"]).all()
