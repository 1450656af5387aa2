"""The estimators keep the rules of scikit-learn and give the features of vigie."""

from __future__ import annotations

import runpy
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

import vigie
from vigie.estimators import AccountClassifier, AccountFeatures
from vigie.features.pipeline import FEATURES
from vigie.training.synthetic.accounts import generate


@pytest.fixture(scope="module")
def accounts() -> pl.DataFrame:
    world = generate(ordinary=30, inauthentic=30, seed=12, posts_per_account=25)
    keys = ["platform", "account_id"]
    posts = world.posts.group_by(keys, maintain_order=True).agg(posts=pl.struct(pl.exclude(keys)))
    return world.accounts.join(posts, on=keys, how="left", maintain_order="left")


def test_the_classifier_passes_the_checks_of_scikit_learn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of checks that do not apply, and of pandas inside them
        done: list[dict[str, Any]] = check_estimator(AccountClassifier(), on_fail=None)
    assert [each["check_name"] for each in done if each["status"] == "failed"] == []
    assert sum(each["status"] == "passed" for each in done) > 40


def test_the_transformer_passes_the_checks_that_need_no_matrix() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        done: list[dict[str, Any]] = check_estimator(AccountFeatures(), on_fail=None)
    assert [each["check_name"] for each in done if each["status"] == "failed"] == []


def test_features_are_those_of_the_package(accounts: pl.DataFrame) -> None:
    made = AccountFeatures().fit_transform(accounts)
    expected = vigie.features_of(accounts).select(*FEATURES).fill_null(float("nan")).to_numpy()
    np.testing.assert_array_equal(made, expected)
    np.testing.assert_array_equal(AccountFeatures().fit_transform(accounts.to_pandas()), expected)


def test_columns_have_names_and_the_log_odds_come_last(accounts: pl.DataFrame) -> None:
    table = AccountFeatures(log_odds=True).set_output(transform="polars").fit_transform(accounts)
    assert table.columns == [*FEATURES, "log_odds"]
    scored = vigie.score(accounts, targets=["inauthentic"], top_reasons=0)["probability"].to_numpy()
    chance = 1 / (1 + np.exp(-table["log_odds"].to_numpy()))
    np.testing.assert_allclose(chance, np.clip(scored, 1e-6, 1 - 1e-6))


def test_a_pipeline_learns_from_a_table_of_accounts(accounts: pl.DataFrame) -> None:
    length = accounts["handle"].str.len_chars().to_numpy()
    truth = length > np.median(length)
    model = make_pipeline(AccountFeatures(), AccountClassifier())
    with_pandas = accounts.to_pandas()
    assert cross_val_score(clone(model), with_pandas, truth, cv=3, scoring="roc_auc").mean() > 0.8


def test_a_missing_value_counts_nothing_and_probabilities_follow_the_prevalence() -> None:
    random = np.random.default_rng(1)
    x = np.exp(random.normal(size=(80, 3)))
    y = np.where(x[:, 0] > 1, "fake", "ordinary")
    model = AccountClassifier().fit(x, y)
    assert model.classes_.tolist() == ["fake", "ordinary"]
    assert model.decision_function(np.full((1, 3), np.nan))[0] == pytest.approx(model.line_.intercept)
    rare = AccountClassifier(prevalence=0.01).fit(x, y)
    assert (rare.predict_proba(x)[:, 1] < model.predict_proba(x)[:, 1]).all()
    assert (rare.predict(x) == model.predict(x)).all()


@pytest.mark.parametrize("prevalence", [0, 1, 2, -0.1])
def test_a_prevalence_that_is_no_share_is_refused(prevalence: float) -> None:
    with pytest.raises(ValueError, match="prevalence is a share between 0 and 1"):
        AccountClassifier(prevalence).fit([[0.0], [1.0]], [0, 1])


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(Path(__file__).parents[1] / "examples" / "notebook.py"), run_name="__main__")
    assert "AUC on accounts that it did not see" in capsys.readouterr().out
