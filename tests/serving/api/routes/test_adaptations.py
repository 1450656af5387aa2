"""An operation is adapted over HTTP by its decisions; its answers say so, and others' do not."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from vigie.cli.demo import requests


@pytest.fixture
def decided(keeping: TestClient, operation: str, labelled_collection: Any) -> str:
    """Address of an operation that has seen a collection, and of which people have decided on 120 accounts."""
    scored = labelled_collection.scored
    names = scored.accounts.select("row", "platform", "account_id")
    sent = requests(scored.accounts.drop("row"), scored.posts.join(names, on="row").drop("row"))
    assert keeping.post(f"{operation}/accounts", json={"accounts": sent}).status_code == 200
    decisions = [
        {
            "subject": {"kind": "account", "platform": row["platform"], "account_id": row["name"]},
            "target": "inauthentic", "decision": "confirmed" if row["y"] else "false_positive", "by": "Ann",
            "why": "I looked", "after": None,
        }
        for row in labelled_collection.labels().iter_rows(named=True)
    ]  # fmt: skip
    answer = keeping.post(f"{operation}/decisions/several", json={"decisions": decisions})
    assert answer.status_code == 201, answer.text
    return operation


def test_an_operation_is_adapted_and_its_answers_say_what_judged(
    keeping: TestClient, decided: str, labelled_collection: Any
) -> None:
    made = keeping.post(f"{decided}/adaptation", headers={"accept-language": "fr"})
    assert made.status_code == 201, made.text
    assert made.headers["content-language"] == "fr"
    told = made.json()
    model = keeping.get("/v1/model").json()
    assert told["adapted_from"] == model["version"]
    assert told["gain"]["low"] > 0
    assert "ne vaut que pour cette collecte" in told["notes"][-1]
    assert keeping.get(f"{decided}/adaptation").json()["version"] == told["version"]
    judged = keeping.post(f"{decided}/judgements").json()
    assert judged["models"]["inauthentic"] == told["version"]
    assert judged["adapted_from"] == model["version"]
    account = requests(
        labelled_collection.scored.accounts.head(1).drop("row"), labelled_collection.scored.posts.clear()
    )
    among = {"accounts": account, "operation": decided.rpartition("/")[2]}
    answers = [keeping.post("/v1/score", json=body).json() for body in (among, {"accounts": account})]
    assert [answer["model"].get("adapted_from") for answer in answers] == [model["version"], None]
    assert answers[0]["model"]["name"] == f"{model['name']}-adapted"
    assert keeping.delete(f"{decided}/adaptation").status_code == 204
    assert keeping.get(f"{decided}/adaptation").status_code == 404


def test_decisions_that_are_too_few_are_refused_with_what_is_needed(
    keeping: TestClient, operation: str
) -> None:
    answer = keeping.post(f"{operation}/adaptation", headers={"accept-language": "fr"})
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/labels")
    assert "il en faut au moins 20, dont 5 de chaque classe" in answer.json()["detail"]


def test_whom_to_decide_on_next_is_suggested_with_the_reason(keeping: TestClient, decided: str) -> None:
    keeping.post(f"{decided}/judgements")
    at = f"{decided}/adaptation/suggestions"
    found = keeping.get(at, params={"limit": 10}).json()
    assert len(found["accounts"]) == 10
    assert all("of like score" in each["why"] for each in found["accounts"])
    assert keeping.get(at, params={"limit": 10}).json() == found
    assert keeping.get(at, params={"limit": 0}).status_code == 422
