"""A list of accounts without posts is tested as a group, whatever stands in it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.requests import GROUP_TEST_EXAMPLE, GroupTestRequest
from vigie.serving.api.schemas.responses import GroupTestResponse
from vigie.serving.settings import Settings

_ANSWER = TypeAdapter(GroupTestResponse)


def example() -> list[dict[str, Any]]:
    accounts: list[dict[str, Any]] = deepcopy(GROUP_TEST_EXAMPLE["accounts"])
    return accounts


def ask(client: TestClient, accounts: list[Any], **more: Any) -> dict[str, Any]:
    answer = client.post("/v1/group-tests", json={"accounts": accounts, **more})
    assert answer.status_code == 200, answer.text
    _ANSWER.validate_json(answer.content)
    found: dict[str, Any] = answer.json()
    return found


def test_the_example_is_valid_and_homogeneous(client: TestClient) -> None:
    GroupTestRequest.model_validate(GROUP_TEST_EXAMPLE)
    said = ask(client, **GROUP_TEST_EXAMPLE)
    assert (said["verdict"], said["accounts"], said["platforms"]) == ("homogeneous", 40, {"x": 40})
    burst = said["tests"][0]
    assert burst["trait"] == "creation_bursts"
    assert burst["p_corrected"] < said["significance_level"]
    assert {member["account_id"] for member in burst["members"]} >= {"0", "5", "11"}
    assert (said["notes"], said["refused"], said["ignored_fields"]) == ([], [], [])
    assert "/v1/group-tests" in client.get("/docs").text


def test_bad_repeated_and_unknown_are_told_and_the_others_tested(client: TestClient) -> None:
    accounts: list[Any] = [7, *example(), example()[3], {"platform": "x", "account_id": "z"}]
    accounts[1]["folowers_count"] = 3
    accounts[2]["posts"] = [{"created_at": "2024-05-01T00:00:00Z", "text": "Hello"}]
    accounts[3] |= {"created_at": "2024-06-19T00:00:00Z"}
    said = ask(client, accounts, top_reasons=3)
    assert [each["index"] for each in said["refused"]] == [0, 3, 41, 42]
    assert "after observed_at" in said["refused"][1]["error"]["detail"]
    assert said["refused"][2]["error"]["type"] == "/problems/duplicate-account"
    assert said["accounts"] == 39
    assert {each["field"] for each in said["ignored_fields"]} == {"top_reasons", "folowers_count"}
    assert [note.split()[0] for note in said["notes"]] == ["1", "3", "1"]


def test_the_language_is_that_of_the_header_or_the_request(client: TestClient) -> None:
    answer = client.post("/v1/group-tests", json={"accounts": example()}, headers={"Accept-Language": "fr"})
    assert answer.headers["Content-Language"] == answer.json()["language"] == "fr"
    assert answer.json()["sentence"].startswith("Les profils")
    assert ask(client, example(), language="en")["sentence"].startswith("The profiles")


def test_three_accounts_are_an_answer_that_says_how_many_are_needed(client: TestClient) -> None:
    said = ask(client, example()[:3])
    assert (said["verdict"], said["p"]) == ("not_testable", None)
    assert "10 accounts" in said["sentence"]


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 422), (b"{", 400), (b"[]", 422), (b'{"accounts": []}', 422), (b'{"accounts": [{}]}', 422)],
)
def test_a_bad_body_is_a_problem(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post("/v1/group-tests", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_list_may_be_longer_than_other_requests_but_not_without_end(models: Models) -> None:
    with TestClient(create_app(Settings(max_work=100, max_list_accounts=30), models)) as client:
        assert client.post("/v1/group-tests", json={"accounts": example()[:30]}).status_code == 200
        refused = client.post("/v1/group-tests", json={"accounts": example()})
        assert refused.status_code == 413
        assert "at most 30" in refused.json()["detail"]
        assert "vigie group-test" in refused.json()["detail"]


def test_until_a_model_is_loaded_the_route_says_so() -> None:
    client = TestClient(create_app(Settings()))
    assert client.post("/v1/group-tests", json={"accounts": example()}).status_code == 503
