"""A verdict has the shape clients count on, names posts of the account alone, and its bands have inclusive edges."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import Literal

import numpy as np
import polars as pl
import pytest
from pydantic import TypeAdapter

from vigie.features.catalogue import CATALOGUE
from vigie.features.ingest.refusals import Problem
from vigie.features.pipeline import FeatureMatrix, compute
from vigie.models import bundle
from vigie.models.bundle import Bundle
from vigie.models.calibration import log_odds
from vigie.models.engine import Models
from vigie.models.scoring import Scores, score
from vigie.models.verdict import (
    ABSTAINED,
    Abstention,
    AccountResult,
    Reason,
    Verdict,
    abstained_because,
    bands,
    coverages,
    outcomes,
    verdicts,
)
from vigie.training.synthetic.accounts import generate


@cache
def batch() -> tuple[pl.DataFrame, pl.DataFrame]:
    made = generate(ordinary=40, inauthentic=40, seed=11)
    accounts = made.accounts.with_row_index("row")
    keys = ["platform", "account_id"]
    return accounts, made.posts.join(accounts.select("row", *keys), on=keys).drop(keys)


@cache
def scored_batch() -> tuple[FeatureMatrix, Scores]:
    return scored(*batch())


def scored(accounts: pl.DataFrame, posts: pl.DataFrame) -> tuple[FeatureMatrix, Scores]:
    matrix = compute(accounts, posts)
    return matrix, score(model(), matrix)


@cache
def model() -> Bundle:
    return bundle.load()


def test_the_verdict_on_one_account_alone_is_that_in_a_batch() -> None:
    accounts, posts = batch()
    together = verdicts(model(), *scored_batch(), top=5, language="en")
    for row in (0, 41, 79):
        alone = scored(accounts.filter(pl.col("row") == row), posts.filter(pl.col("row") == row))
        assert verdicts(model(), *alone, top=5, language="en") == [together[row]]


def test_a_verdict_has_the_shape_clients_count_on() -> None:
    seen = set()
    for verdict in verdicts(model(), *scored_batch(), top=3, language="fr"):
        seen.add(verdict.status)
        if isinstance(verdict, Abstention):
            assert verdict.why
            continue
        low, high = verdict.interval
        assert 0 <= low <= verdict.probability <= high <= 1
        assert verdict.at_prevalence[str(verdict.assumed_prevalence)] == verdict.probability
        chances = [verdict.at_prevalence[rate] for rate in ("0.1", "0.01", "0.001")]
        assert chances == sorted(chances, reverse=True)
        assert len(verdict.reasons) <= 3
        strengths = [abs(reason.contribution) for reason in verdict.reasons]
        assert strengths == sorted(strengths, reverse=True)
        for reason in verdict.reasons:
            assert ("augmente le score" in reason.sentence) == (reason.contribution > 0)
    assert "scored" in seen
    assert {item.name for item in fields(Reason)} == {
        "group", "feature", "value", "percentile", "contribution", "sentence", "post_ids",
    }  # fmt: skip


def test_a_reason_goes_beyond_most_ordinary_accounts_on_the_side_on_which_it_moves_the_score() -> None:
    moving = {True: 0, False: 0}
    for verdict in verdicts(model(), *scored_batch(), top=50, language="en"):
        for reason in verdict.reasons if isinstance(verdict, Verdict) else []:
            if reason.percentile is None:
                continue
            raises = reason.contribution > 0
            moving[raises] += 1
            if CATALOGUE[reason.feature].monotone == 1:
                # More of it may only raise a score: nobody is told that having much of it lowers theirs.
                assert reason.percentile >= 60 if raises else reason.percentile <= 40
            else:
                assert reason.percentile >= 60 or reason.percentile <= 40
    assert min(moving.values()) > 100


def test_every_named_post_is_one_of_the_accounts_posts() -> None:
    _, posts = batch()
    named = 0
    for row, verdict in enumerate(verdicts(model(), *scored_batch(), top=50, language="en")):
        own = set(posts.filter(pl.col("row") == row)["post_id"])
        for reason in verdict.reasons if isinstance(verdict, Verdict) else []:
            assert set(reason.post_ids) <= own
            named += len(reason.post_ids)
    assert named > 100


def test_a_request_for_no_reasons_gets_none() -> None:
    for verdict in verdicts(model(), *scored_batch(), top=0, language="en"):
        assert not isinstance(verdict, Verdict) or verdict.reasons == []


@pytest.mark.parametrize("target", ["inauthentic", "coordinated"])
def test_the_lower_edge_of_a_band_is_in_the_band(target: str, models: Models) -> None:
    scored_by = models.bundles[target]
    prior = float(scored_by.index["assumed_prevalence"])
    for name, edge in scored_by.index["bands"].items():
        at = log_odds(edge, prior) if edge > 0 else -30.0
        # The edge as the model states it: what its log-odds give, to the last digit.
        exact = replace(
            scored_by,
            index=scored_by.index | {"bands": {"below": 0.0, "edge": float(_chance(at, prior))}},
            known=None,
        )
        reached = bands(exact, _of([at, np.nextafter(at, -np.inf) - 1e-9, np.nan]))
        assert reached.tolist() == (["edge", "below", ABSTAINED]), name


def _chance(at: float, prior: float) -> np.float64:
    from vigie.models.calibration import probability

    return np.float64(probability(np.array([at]), prior)[0])


def _of(log_odds: list[float]) -> Scores:
    """Return scores of so many log-odds; NaN is an abstention."""
    odds, none = np.array(log_odds), np.zeros((len(log_odds), 0))
    status = np.where(np.isnan(odds), "insufficient_data", "scored")
    return Scores({}, status, odds, odds * 0, (), none, none, odds, np.full(len(odds), "profile"))


def test_bands_are_named_by_probability_whatever_their_order_in_the_bundle() -> None:
    given = {"bands": {"high": 0.5, "low": 0.0, "middle": 0.2}}
    turned = replace(model(), index=model().index | given, known=None)
    odds = [log_odds(chance, float(model().index["assumed_prevalence"])) for chance in (0.1, 0.3, 0.9)]
    assert bands(turned, _of(odds)).tolist() == ["low", "middle", "high"]


@pytest.mark.parametrize(
    "code",
    ["too_few_posts", "insufficient_data", "no_comparison_accounts", "too_few_posts_in_window", "too_costly"],
)
def test_every_abstention_says_why_in_both_languages(code: str, models: Models) -> None:
    scored_by = models.coordinated if code.endswith(("accounts", "window", "costly")) else models.inauthentic
    english, french = (abstained_because(scored_by, code, language) for language in ("en", "fr"))
    assert english != french
    assert "{" not in english + french


def test_coverage_says_what_was_left_out_and_what_was_missing() -> None:
    accounts, posts = batch()
    one = accounts.head(1).with_columns(description=pl.lit(None, pl.String))
    own = posts.filter(pl.col("row") == one["row"][0])
    late = own.head(2).with_columns(
        post_id=pl.format("late-{}", "post_id"), created_at=pl.lit(one["observed_at"][0]).dt.offset_by("1d")
    )
    (coverage,) = coverages(model(), *scored(one, pl.concat([own, own.head(3), late])), "en")
    assert coverage.posts == own.height
    assert coverage.posts_supplied == own.height + 5
    assert [(each.count, each.field) for each in coverage.dropped_posts] == [(3, None), (2, None)]
    assert coverage.tier == "profile+posts"
    (bare,) = coverages(model(), *scored(one, own.head(0)), "en")
    assert (bare.tier, bare.posts) == ("profile", 0)
    assert {"content", "timing"} & set(bare.missing)


def test_accounts_are_counted_by_the_first_target_asked() -> None:
    why = Abstention(why=abstained_because(model(), "too_few_posts", "en"), code="too_few_posts")
    refused = Problem("/problems/contract", "a", 422, "b")
    results = [
        AccountResult("x", "1", "handle", inauthentic=why),
        AccountResult("x", "2", "handle", error=refused),
        AccountResult("x", "3", "handle", coordinated=None, inauthentic=why),
    ]
    assert outcomes(results) == {"abstained": 2, "refused": 1}


def test_an_answer_leaves_out_what_was_not_asked_and_is_read_again_by_its_own_schema() -> None:
    adapter = TypeAdapter(AccountResult)
    verdict = next(
        one for one in verdicts(model(), *scored_batch(), top=1, language="en") if one.status == "scored"
    )
    plain = adapter.dump_python(AccountResult("x", "1", "handle", inauthentic=verdict), mode="json")
    assert set(plain) == {"platform", "account_id", "handle", "inauthentic"}
    assert adapter.validate_python(plain).inauthentic == verdict
    status: Literal["scored"] = plain["inauthentic"]["status"]
    assert status == "scored"
