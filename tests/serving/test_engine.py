"""Scores of both targets over the accounts of one request, with the proof of coordination."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import polars as pl
import pytest
from starlette.testclient import TestClient

from vigie.cli.demo import requests
from vigie.models.bundle import load
from vigie.models.coordination_scoring import judge
from vigie.serving.api.schemas.responses import ScoreResponse
from vigie.training.synthetic.campaigns import Campaign
from vigie.training.synthetic.corpus import corpus

SIZE = 30
TROUPE = Campaign("mutual_repost", accounts=SIZE, camouflage=0.0, start_day=0)


@cache
def collection() -> tuple[list[dict[str, Any]], frozenset[str]]:
    """Three days of 150 people and thirty more who repost each other at once; and who these are."""
    made = corpus(organic=150, campaigns=[TROUPE], days=3, seed=2)
    planted = frozenset(made.labels.filter("value")["account_id"])
    return requests(made.accounts, made.posts), planted


def answer(client: TestClient, **options: Any) -> dict[str, Any]:
    accounts, _ = collection()
    got = client.post("/v1/score", json={"accounts": accounts, **options})
    assert got.status_code == 200, got.text
    ScoreResponse.model_validate(got.json(), strict=False)
    return dict(got.json())


def test_both_targets_are_answered_apart_and_planted_accounts_rank_first(client: TestClient) -> None:
    results = answer(client)["results"]
    _, planted = collection()
    assert all({"inauthentic", "coordinated"} <= result.keys() for result in results)
    scored = [result for result in results if result["coordinated"]["status"] == "scored"]
    assert len(scored) >= 120
    ranked = sorted(scored, key=lambda result: -result["coordinated"]["probability"])
    first = {result["account_id"] for result in ranked[: len(planted)]}
    assert len(first & planted) >= 0.7 * len(planted)


def test_a_verdict_names_group_partners_objects_times_posts_and_both_p_values(client: TestClient) -> None:
    found = answer(client)
    _, planted = collection()
    accounts, _ = collection()
    posts = {(account["account_id"], post["post_id"]) for account in accounts for post in account["posts"]}
    grouped = [result for result in found["results"] if result["coordinated"]["group"] is not None]
    assert {result["account_id"] for result in grouped} & planted
    for result in grouped:
        told = result["coordinated"]
        assert told["group"] < len(found["groups"])
        assert result["account_id"] in {
            one["account_id"] for one in found["groups"][told["group"]]["accounts"]
        }
        for partner in told["partners"]:
            assert 0 < partner["p_class"] <= 1
            assert 0 < partner["p_author"] <= 1
            assert "synchronous" in partner["sentence"]
            assert partner["shared"]
            for thing in partner["shared"]:
                assert (result["account_id"], thing["post_id"]) in posts
                assert (partner["partner"]["account_id"], thing["partner_post_id"]) in posts
    assert all(group["verdict"] in ("synchronous", "strong") for group in found["groups"])


def test_sentences_of_partners_and_groups_are_in_the_language_asked_for(client: TestClient) -> None:
    found = answer(client, language="fr")
    said = [
        partner["sentence"] for result in found["results"] for partner in result["coordinated"]["partners"]
    ]
    assert said
    assert all(sentence.startswith("Avec ") and "hasard" in sentence for sentence in said)
    assert "coordination" in found["note"]


@pytest.mark.parametrize("target", ["inauthentic", "coordinated"])
def test_one_target_alone_is_answered_alone(client: TestClient, target: str) -> None:
    for result in answer(client, targets=[target])["results"]:
        assert {"inauthentic", "coordinated"} & result.keys() == {target}


@pytest.mark.parametrize("targets", [[], ["guilty"], "coordinated"])
def test_targets_that_do_not_exist_are_refused_with_the_allowed_ones(
    client: TestClient, targets: Any
) -> None:
    accounts, _ = collection()
    got = client.post("/v1/score", json={"accounts": accounts[:1], "targets": targets})
    assert got.status_code == 422
    assert "targets" in got.json()["errors"][0]["field"]


def test_without_company_or_times_the_model_abstains_and_says_what_it_needs(client: TestClient) -> None:
    accounts, _ = collection()
    got = client.post("/v1/score", json={"accounts": accounts[:5]}).json()
    for result in got["results"]:
        assert result["coordinated"]["status"] == "abstained"
        assert result["coordinated"]["code"] == "nobody_to_compare"
        assert "20 accounts" in result["coordinated"]["why"]


def test_the_same_request_gives_the_same_answer(client: TestClient) -> None:
    assert answer(client) == answer(client)


def test_who_looks_in_more_windows_needs_more() -> None:
    """The same three days thrice: the same evidence, less the logarithm of three."""
    from vigie.features.window import windows

    made = corpus(organic=60, campaigns=[TROUPE], days=3, seed=2)
    accounts = made.accounts.with_row_index("row").with_columns(pl.col("observed_at") + timedelta(days=30))
    keys = ["platform", "account_id"]
    posts = made.posts.join(accounts.select("row", *keys), on=keys).drop(keys)
    thrice = pl.concat(
        [
            posts.with_columns(
                pl.col("created_at") + timedelta(days=3 * turn), pl.col("target_created_at") + timedelta(days=3 * turn),
                post_id=pl.format("{}-{}", "post_id", pl.lit(turn)),
                target_post_id=pl.format("{}-{}", "target_post_id", pl.lit(turn)),
            )
            for turn in range(3)
        ]
    )  # fmt: skip
    bundle, rows = load(target="coordinated"), accounts["row"].to_list()
    once = judge(bundle, windows.compute(accounts, posts), rows, top=0, language="en")
    more = judge(bundle, windows.compute(accounts, thrice), rows, top=0, language="en")
    both = [
        (a["probability"], b["probability"])
        for a, b in zip(once, more, strict=True)
        if a["status"] == b["status"] == "scored"
    ]
    assert len(both) > 40
    assert sum(b < a for a, b in both) > 0.9 * len(both)
