"""The memory of campaigns over HTTP: files in, confirmed groups kept as digests, who comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient

from vigie.cli.demo import requests
from vigie.training.synthetic.example_collection import example_collection

Problem = Callable[..., dict[str, Any]]
Judged = tuple[TestClient, str]
OPENING = {"title": "Second watch", "legal_basis": "an invented decree", "expires_at": "2090-01-01T00:00:00Z"}


def test_a_file_of_accounts_is_remembered_until_it_is_forgotten(judged_operation: Judged) -> None:
    client, _ = judged_operation
    asked = {"format": "csv", "name": "Pier", "source": "a report"}
    added = client.post("/v1/known-campaigns", params=asked, content=b"platform,handle\nx,pier_1\nx,pier_2\n")
    assert added.status_code == 200, added.text
    assert [(each["name"], each["accounts"]) for each in added.json()["campaigns"]] == [("Pier", 2)]
    assert "Pier" in {each["name"] for each in client.get("/v1/known-campaigns").json()["campaigns"]}
    left = client.delete("/v1/known-campaigns", params={"name": "Pier", "source": "a report"}).json()
    assert "Pier" not in {each["name"] for each in left["campaigns"]}


def test_a_file_that_cannot_be_read_is_told(judged_operation: Judged, problem: Problem) -> None:
    client, _ = judged_operation
    problem(client.post("/v1/known-campaigns", params={"format": "json"}, content=b"{"), 400)
    said = problem(client.post("/v1/known-campaigns", params={"format": "csv"}, content=b"a,b\n1,2\n"), 422)
    assert said["detail"].startswith("body.csv names nothing")


def test_a_confirmed_campaign_is_recognised_elsewhere_without_its_accounts_being_kept(
    judged_operation: Judged,
) -> None:
    client, at = judged_operation
    told = client.get(f"{at}/campaigns").json()["found"][0]
    kept = client.post(f"{at}/campaigns/{told['track']}/remember", json={"name": "Harbour flood"}).json()
    (campaign,) = kept["campaigns"]
    assert campaign["are_digests"]
    assert campaign["accounts"] == 0
    second = f"/v1/operations/{client.post('/v1/operations', json=OPENING).json()['id']}"
    made = example_collection()
    members = {each["account_id"] for each in told["campaign"]["accounts"]}
    sent = [each for each in requests(made.accounts, made.posts) if each["account_id"] in members]
    client.post(f"{second}/accounts", json={"accounts": sent[:25]})
    assert client.post(f"{second}/judgements").status_code == 200
    (alert,) = [each for each in client.get(f"{second}/alerts").json()["alerts"] if each["known"]]
    assert (alert["known"], alert["accounts"]) == ("Harbour flood", 25)
    client.delete("/v1/known-campaigns", params={"name": "Harbour flood", "source": at.rsplit("/", 1)[-1]})
