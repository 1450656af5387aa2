"""Decisions over HTTP: made on what a judgement found, shown beside it, and taken away as labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from starlette.testclient import TestClient

from vigie.features import schema
from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.settings import Settings
from vigie.training.synthetic.example_collection import example_collection

OPENING = {"title": "Harbour vote", "legal_basis": "an invented decree", "expires_at": "2090-01-01T00:00:00Z"}
SAID = {"target": "coordinated", "decision": "confirmed", "by": "Ann", "why": "same pictures"}


@pytest.fixture(scope="module")
def judged(models: Models, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, str]]:
    """A service, and the address of an operation that was judged."""
    from vigie.cli.demo import requests

    made = example_collection()
    settings = Settings(store=str(tmp_path_factory.mktemp("store")), judge_seconds=3600)
    with TestClient(create_app(settings, models)) as client:
        operation = client.post("/v1/operations", json=OPENING).json()["id"]
        at = f"/v1/operations/{operation}"
        sent = client.post(f"{at}/accounts", json={"accounts": requests(made.accounts, made.posts)})
        assert sent.status_code == 200
        assert client.post(f"{at}/judgements").status_code == 200
        yield client, at


def decide(judged: tuple[TestClient, str], subject: dict[str, Any], **what: Any) -> Any:
    client, at = judged
    return client.post(f"{at}/decisions", json={"subject": subject, **SAID, **what})


def test_a_decision_stands_with_the_account_and_changes_no_score(judged: tuple[TestClient, str]) -> None:
    client, at = judged
    before = client.get(f"{at}/accounts").json()["accounts"]
    subject = {"kind": "account", **{name: before[0][name] for name in ("platform", "account_id")}}
    made = decide(judged, subject)
    assert made.status_code == 201
    assert made.json()["receipt"]
    client.post(f"{at}/judgements")
    after = client.get(f"{at}/accounts").json()["accounts"]
    assert after[0]["decisions"] == [made.json()]
    assert [{**row, "decisions": []} for row in after] == before
    corrected = decide(judged, subject, decision="false_positive", after=made.json()["id"])
    dossier = client.get(f"{at}/accounts/{subject['platform']}/{subject['account_id']}").json()
    assert dossier["decisions"] == [corrected.json(), made.json()]


def test_a_decision_on_one_that_was_decided_on_meanwhile_is_a_conflict(
    judged: tuple[TestClient, str],
) -> None:
    client, at = judged
    last = client.get(f"{at}/accounts?limit=2").json()["accounts"][1]
    subject = {"kind": "account", "platform": last["platform"], "account_id": last["account_id"]}
    assert decide(judged, subject).status_code == 201
    refused = decide(judged, subject, by="Bea")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/decision-conflict")
    assert "by Ann" in refused.json()["detail"]


def test_a_decision_on_a_campaign_and_on_a_content_stand_with_them(judged: tuple[TestClient, str]) -> None:
    client, at = judged
    track = client.get(f"{at}/campaigns").json()["found"][0]["track"]
    made = decide(judged, {"kind": "campaign", "track": track}).json()
    assert made["members"] > 2
    assert client.get(f"{at}/campaigns/{track}").json()["decisions"] == [made]
    content = client.get(f"{at}/contents").json()["contents"][0]
    on_content = decide(
        judged, {"kind": "content", "trace": content["trace"], "object": content["object"]}
    ).json()
    assert client.get(f"{at}/contents").json()["decisions"] == [on_content]
    assert decide(judged, {"kind": "group", "track": 10**6}).status_code == 404
    listed = client.get(f"{at}/decisions?since={made['id'] - 1}").json()
    assert listed == {"decisions": [made, on_content], "last": on_content["id"]}


def test_labels_are_taken_as_json_or_as_a_file_of_the_contract(judged: tuple[TestClient, str]) -> None:
    client, at = judged
    told = client.get(f"{at}/labels")
    assert told.headers["content-type"] == "application/json"
    labels = told.json()["labels"]
    assert labels
    file = client.get(f"{at}/labels", headers={"accept": "text/csv"})
    assert file.headers["content-type"].startswith("text/csv")
    table = pl.read_csv(file.content, schema=schema.schema("labels"))
    assert table.rows(named=True) == labels


def test_several_decisions_are_kept_together_or_not_at_all_and_taken_back_together(
    judged: tuple[TestClient, str],
) -> None:
    client, at = judged
    several = client.get(f"{at}/accounts?sort=posts&limit=3").json()["accounts"]
    asked = [
        {"subject": {"kind": "account", "platform": each["platform"], "account_id": each["account_id"]}, **SAID, "target": "inauthentic"}
        for each in several
    ]  # fmt: skip
    before = client.get(f"{at}/labels").json()
    made = client.post(f"{at}/decisions/several", json={"decisions": asked})
    assert made.status_code == 201, made.text
    numbers = [each["id"] for each in made.json()["decisions"]]
    assert len(client.get(f"{at}/labels").json()["labels"]) == len(before["labels"]) + 3
    refused = client.post(
        f"{at}/decisions/several", json={"decisions": [asked[0] | {"after": numbers[0]}, asked[1]]}
    )
    assert refused.status_code == 409
    assert client.get(f"{at}/decisions?since={numbers[-1]}").json()["decisions"] == []

    back = client.post(
        f"{at}/decisions/withdrawals", json={"decisions": numbers, "by": "Ann", "why": "wrong row"}
    )
    assert back.status_code == 201, back.text
    assert [(each["withdraws"], each["decision"]) for each in back.json()["decisions"]] == [
        (number, "cannot_tell") for number in numbers
    ]
    assert client.get(f"{at}/labels").json() == before
    again = client.post(
        f"{at}/decisions/withdrawals", json={"decisions": numbers, "by": "Ann", "why": "twice"}
    )
    assert again.status_code == 409


def test_what_stood_before_stands_again_and_so_does_what_is_taken_back_twice(
    judged: tuple[TestClient, str],
) -> None:
    client, at = judged
    account = client.get(f"{at}/accounts?sort=posts&limit=5").json()["accounts"][4]
    subject = {"kind": "account", "platform": account["platform"], "account_id": account["account_id"]}
    first = decide(judged, subject).json()
    second = decide(judged, subject, decision="false_positive", after=first["id"]).json()

    def value() -> bool:
        labels = client.get(f"{at}/labels").json()["labels"]
        return next(bool(each["value"]) for each in labels if each["account_id"] == account["account_id"])

    assert not value()
    taken = {"decisions": [second["id"]], "by": "Bea", "why": "another account was meant"}
    undone = client.post(f"{at}/decisions/withdrawals", json=taken).json()["decisions"][0]
    assert (undone["decision"], undone["after"]) == ("confirmed", second["id"])
    assert value()
    redone = client.post(f"{at}/decisions/withdrawals", json=taken | {"decisions": [undone["id"]]})
    assert redone.json()["decisions"][0]["decision"] == "false_positive"
    assert not value()
    assert client.post(f"{at}/decisions/withdrawals", json=taken | {"decisions": [2**60]}).status_code == 404


@pytest.mark.parametrize("field", ["by", "why"])
def test_spaces_name_nobody_and_give_no_reason(judged: tuple[TestClient, str], field: str) -> None:
    answer = decide(judged, {"kind": "account", "platform": "x", "account_id": "7"}, **{field: " \n"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": field, "detail": "a text that says something is wanted"}]
