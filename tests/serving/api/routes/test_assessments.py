"""The four criteria over HTTP: what is measured stands beside what named persons say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from vigie.cli.demo import requests
from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.settings import Settings
from vigie.training.synthetic.example_collection import example_collection

OPENING = {"title": "Harbour vote", "legal_basis": "an invented decree", "expires_at": "2090-01-01T00:00:00Z"}
SAID = {"criterion": "foreign_involvement", "answer": "cannot_tell", "by": "Ann", "why": "no clue of it"}


@pytest.fixture(scope="module")
def campaign(models: Models, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, str]]:
    """A service, and the address of a campaign that a judgement found."""
    made = example_collection()
    settings = Settings(store=str(tmp_path_factory.mktemp("store")), judge_seconds=3600)
    with TestClient(create_app(settings, models)) as client:
        at = f"/v1/operations/{client.post('/v1/operations', json=OPENING).json()['id']}"
        client.post(f"{at}/accounts", json={"accounts": requests(made.accounts, made.posts)})
        client.post(f"{at}/judgements")
        yield client, f"{at}/campaigns/{client.get(f'{at}/campaigns').json()['found'][0]['track']}"


def test_what_is_measured_is_told_of_one_criterion_and_the_others_are_left_to_people(
    campaign: tuple[TestClient, str],
) -> None:
    client, at = campaign
    told = client.get(f"{at}/assessment").json()
    described = client.get(at).json()["campaign"]
    assert [each["name"] for each in told["criteria"]] == [
        "fundamental_interests", "inaccurate_or_misleading", "artificial_massive_deliberate", "foreign_involvement",
    ]  # fmt: skip
    measured = {each["name"]: each["measured"] for each in told["criteria"]}
    assert measured.pop("artificial_massive_deliberate")[::3] == [
        described["sentence"], described["audience"]["sentence"],
    ]  # fmt: skip
    assert set(map(tuple, measured.values())) == {()}
    against = told["criteria"][2]["against"]
    assert any("Activists who share campaign material" in each for each in against)
    assert all(each["said"] is None for each in told["criteria"])


def test_it_is_told_in_french(campaign: tuple[TestClient, str]) -> None:
    client, at = campaign
    answer = client.get(f"{at}/assessment", headers={"accept-language": "fr"})
    assert answer.headers["content-language"] == "fr"
    assert (
        answer.json()["criteria"][2]["text"] == "Diffusion artificielle ou automatisée, massive et délibérée"
    )
    assert "sur 54" in answer.json()["criteria"][2]["measured"][1]


def test_what_a_person_says_is_added_to_what_was_said_before(campaign: tuple[TestClient, str]) -> None:
    client, at = campaign
    first = client.put(f"{at}/assessment", json=SAID)
    assert first.status_code == 200
    assert client.put(f"{at}/assessment", json=SAID | {"by": "Bea"}).status_code == 409
    second = client.put(f"{at}/assessment", json=SAID | {"by": "Bea", "after": first.json()["id"]})
    criterion = client.get(f"{at}/assessment").json()["criteria"][3]
    assert criterion["said"] == second.json()
    assert criterion["history"] == [second.json(), first.json()]
    assert second.json()["receipt"]
    operation = at.partition("/campaigns")[0]
    assert client.get(f"{operation}/labels").json() == {"labels": []}


def test_what_is_not_there_cannot_be_assessed(campaign: tuple[TestClient, str]) -> None:
    client, at = campaign
    assert client.get(f"{at}0000/assessment").status_code == 404
    assert client.get(f"{at}{'0' * 20}/assessment").status_code == 422
    assert client.put(f"{at}0000/assessment", json=SAID).status_code == 404
    assert client.put(f"{at}/assessment", json=SAID | {"answer": "perhaps"}).status_code == 422


def test_what_is_written_into_the_note_stands_in_it_and_nobody_overwrites_it(
    campaign: tuple[TestClient, str],
) -> None:
    client, at = campaign
    sent = {"fields": {"author": "Unit A", "targets": "the harbour vote"}, "by": "Ann"}
    made = client.put(f"{at}/assessment/fields", json=sent, headers={"accept-language": "fr"})
    assert (made.status_code, made.headers["content-language"]) == (200, "fr")
    written = {each["name"]: (each["title"], each["written"]) for each in made.json()["fields"]}
    assert written["author"][0] == "Rédacteur et organisme"
    assert (written["author"][1]["text"], written["contact"][1]) == ("Unit A", None)
    assert client.get(f"{at}/assessment").json()["written"]["last"] == made.json()["last"]
    conflict = client.put(f"{at}/assessment/fields", json=sent | {"fields": {"author": "Unit B"}})
    assert (conflict.status_code, conflict.json()["type"]) == (409, "/problems/note-conflict")
    note = client.get(f"{at}/note", headers={"accept-language": "en"}).text
    assert "Unit A (Ann, " in note
    assert "the harbour vote (Ann, " in note
    refused: list[dict[str, Any]] = [
        {"fields": {"other": "a"}}, {"fields": {}}, {"by": ""}, {"fields": {"author": "\0"}},
    ]  # fmt: skip
    for wrong in refused:
        assert client.put(f"{at}/assessment/fields", json=sent | wrong).status_code == 422
