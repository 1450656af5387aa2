"""Figures of judged accounts, against scikit-learn and plain counting."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from vigie.models import metrics
from vigie.models.calibration import probability
from vigie.training.config import parse
from vigie.training.evaluation import held_out

N = 400
SETTINGS = parse({"parts": {}, "bootstrap_draws": 200})


def _groups(accounts: pl.DataFrame) -> list[held_out.HeldOutGroup]:
    return held_out.groups(accounts, SETTINGS)


def _accounts(shift: float = 1.5, seed: int = 0) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    truth = np.arange(N) % 4 == 0
    return pl.DataFrame(
        {
            "scheme": "unseen source", "source": "one", "scenario": None, "platform": "x",
            "account_id": [str(number) for number in range(N)], "y": truth, "kind": None, "campaign": None,
            "strength": "expert", "log_odds": generator.normal(np.where(truth, shift, 0.0)),
        }
    )  # fmt: skip


def test_at_its_own_prevalence_the_average_precision_is_that_of_the_data() -> None:
    accounts = _accounts()
    group = _groups(accounts)[0]
    assert metrics.average_precision(group.truth, group.score, group.at(0.25))[0] == pytest.approx(
        average_precision_score(accounts["y"], accounts["log_odds"])
    )


def test_rarer_accounts_make_precision_worse_and_recall_no_different() -> None:
    found = held_out.at_prevalence(_groups(_accounts()), 1.0)
    assert found["prevalence"].to_list() == list(held_out.PREVALENCES)
    assert found["precision"].is_sorted(descending=True)
    assert found["average_precision"].is_sorted(descending=True)
    assert found["recall"].n_unique() == 1


def test_precision_at_a_prevalence_is_bayes_rule() -> None:
    accounts = _accounts()
    flagged = accounts.filter(pl.col("log_odds") >= 1.0)
    recall = flagged.filter("y").height / 100
    rate = flagged.filter(~pl.col("y")).height / 300
    row = (
        held_out.at_prevalence(_groups(accounts), 1.0).filter(pl.col("prevalence") == 0.01).row(0, named=True)
    )
    assert row["precision"] == pytest.approx(0.01 * recall / (0.01 * recall + 0.99 * rate))


def test_no_false_positive_among_few_people_does_not_prove_precision() -> None:
    accounts = _accounts(shift=50)
    row = (
        held_out.at_prevalence(_groups(accounts), 25.0)
        .filter(pl.col("prevalence") == 0.01)
        .row(0, named=True)
    )
    assert row["precision"] == 1.0
    assert row["precision_low"] < 0.6


def test_the_best_of_a_collection_are_found_first() -> None:
    row = held_out.budget(_groups(_accounts(shift=50))).filter(
        (pl.col("k") == 50) & (pl.col("prevalence") == 0.01)
    )
    assert row["precision_at_k"].item() == pytest.approx(1.0)
    assert row["recall_at_k"].item() == pytest.approx(0.5)  # 50 of the 100 among 10,000


def test_accounts_in_a_tie_are_found_by_chance() -> None:
    tied = _accounts().with_columns(log_odds=pl.lit(0.0))
    found = held_out.budget(_groups(tied))
    assert found["precision_at_k"].to_numpy() == pytest.approx(found["prevalence"].to_numpy())


def test_the_whole_partial_area_is_the_area() -> None:
    accounts = _accounts()
    truth, score = accounts["y"].to_numpy(), accounts["log_odds"].to_numpy()
    ones = np.ones((1, N))
    curve = metrics.Curve.of(truth, score, ones)
    assert curve.partial_auc(rate=1.0)[0] == pytest.approx(roc_auc_score(truth, score))
    part = curve.partial_auc(rate=0.1)[0] * 0.1
    # scikit-learn standardises the partial area (McClish 1989); undone here.
    standard = roc_auc_score(truth, score, max_fpr=0.1)
    least = 0.1**2 / 2
    assert part == pytest.approx(least + (2 * standard - 1) * (0.1 - least))


def test_calibration_is_weighed_to_the_prevalence_and_leaves_abstentions_out() -> None:
    accounts = _accounts().with_columns(
        log_odds=pl.when(pl.int_range(pl.len()) % 10 == 3).then(None).otherwise("log_odds")
    )
    row = held_out.calibration(_groups(accounts), 0.1).row(0, named=True)
    known = accounts.drop_nulls("log_odds")
    truth = known["y"].to_numpy()
    weight = np.where(truth, 0.1 / truth.sum(), 0.9 / (~truth).sum())
    stated = probability(known["log_odds"].to_numpy(), 0.1)
    assert row["brier"] == pytest.approx(brier_score_loss(truth, stated, sample_weight=weight))
    assert row["brier_of_prevalence"] == pytest.approx(0.09)


def test_abstentions_rank_last_and_cap_the_coverage() -> None:
    accounts = _accounts(shift=50).with_columns(
        log_odds=pl.when(pl.col("y") & (pl.int_range(pl.len()) < N // 2)).then(None).otherwise("log_odds")
    )
    assert held_out.risk_coverage(_groups(accounts))["coverage"].max() == pytest.approx(0.75)
    assert held_out.operating(_groups(accounts))["recall_at_1"].item() == pytest.approx(0.5)


def test_hidden_positives_among_the_ordinary_explain_a_lower_area() -> None:
    clean = _accounts(shift=3)
    hidden = clean.with_columns(y=pl.col("y") & (pl.int_range(pl.len()) % 8 == 0))  # half of them unlabelled
    share = 50 / 350
    group = _groups(hidden)[0]
    seen = metrics.auc(group.truth, group.score, group.weights)[0]
    corrected = (seen - share / 2) / (1 - share)
    true = roc_auc_score(clean["y"], clean["log_odds"])
    assert seen < true - 0.03
    assert corrected == pytest.approx(true, abs=0.02)
    told = held_out.label_noise(_groups(hidden), 1.5)
    assert (
        told.filter(pl.col("share") == 0.1)["auc"].item() > told.filter(pl.col("share") == 0.0)["auc"].item()
    )


def test_a_source_with_one_class_is_passed_over() -> None:
    alone = _accounts().filter("y")
    assert held_out.operating(_groups(alone)).is_empty()


def test_few_accounts_have_wide_intervals() -> None:
    few = pl.concat([_accounts().filter("y").head(6), _accounts().filter(~pl.col("y")).head(40)])
    group = _groups(few)[0]
    drawn = metrics.auc(group.truth, group.score, group.weights)
    plain, widened = metrics.Estimate.of(drawn), group.figure(drawn)
    assert widened.high - widened.low > 1.3 * (plain.high - plain.low)
    assert widened.value == plain.value


def test_campaigns_are_resampled_whole() -> None:
    accounts = _accounts().with_columns(
        campaign=pl.when(~pl.col("y"))
        .then(None)
        .when(pl.int_range(pl.len()) < N // 2)
        .then(pl.lit("a"))
        .otherwise(pl.lit("b"))
    )
    weights = held_out.clustered(accounts, SETTINGS)
    first = weights[1:, (accounts["campaign"] == "a").fill_null(False).to_numpy()].sum(axis=1)
    assert 0 in first
    assert (weights[1:, accounts["y"].to_numpy()].sum(axis=1) == 100).all()


def test_figures_have_flat_names_and_the_mean_is_over_sources() -> None:
    two = pl.concat([_accounts(), _accounts(shift=0.5, seed=1).with_columns(source=pl.lit("two"))])
    found = held_out.means(_groups(two))
    assert found["auc.mean"].value == pytest.approx((found["auc.one"].value + found["auc.two"].value) / 2)
    assert found["recall_at_01.one"].value <= found["recall_at_1.one"].value
