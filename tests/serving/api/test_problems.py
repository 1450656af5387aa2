"""Everything that is not an answer is a problem, and says no more than it should."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.serving.settings import Settings

Problem = Callable[..., dict[str, Any]]
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        (b"", 422, "empty-input"),
        (b"  \n", 422, "empty-input"),
        (b"{", 400, "malformed"),
        (b"\x00\x00", 400, "malformed"),
        (b'{"accounts": [{"followers_count": NaN}]}', 400, "malformed"),
        (b'{"accounts": [{"followers_count": -Infinity}]}', 400, "malformed"),
        (b'{"accounts": [{"handle": "\xff\xfe"}]}', 400, "malformed"),
        ('{"accounts": []}'.encode("utf-16"), 400, "malformed"),
        (b"[" * 5000, 400, "malformed"),
        (b"[]", 422, "contract"),
        (b"null", 422, "contract"),
        (b"{}", 422, "contract"),
        (b'{"accounts": {}}', 422, "contract"),
        (b'{"accounts": []}', 422, "contract"),
        (b'{"accounts": [{}]}', 422, "contract"),
        (b'{"accounts": [{}], "top_reasons": 51}', 422, "contract"),
        (b'{"accounts": [{}], "top_reasons": true}', 422, "contract"),
        (b'{"accounts": [{}], "language": "de"}', 422, "contract"),
    ],
)
def test_a_bad_body_is_a_problem(
    client: TestClient, body: bytes, status: int, slug: str, problem: Problem
) -> None:
    problem(client.post("/v1/score", content=body, headers=JSON), status, slug)


def test_where_no_account_can_be_read_account_and_field_are_named(
    client: TestClient, problem: Problem
) -> None:
    bad = EXAMPLE["accounts"][0] | {"followers_count": -5}
    said = problem(client.post("/v1/score", json={"accounts": [bad, 4]}), 422)
    first = said["errors"][0]
    assert (first["account"], first["account_id"], first["field"]) == (
        0,
        bad["account_id"],
        "followers_count",
    )
    assert said["errors"][1]["account"] == 1


def test_a_byte_order_mark_is_no_trouble(client: TestClient, problem: Problem) -> None:
    body = b"\xef\xbb\xbf" + b'{"accounts": [{"platform": "x"}]}'
    problem(client.post("/v1/score", content=body, headers=JSON), 422)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=utf-16"},
        JSON | {"Content-Encoding": "br"},
    ],
)
def test_what_is_not_plain_json_is_415(client: TestClient, headers: dict[str, str], problem: Problem) -> None:
    problem(client.post("/v1/score", content=b"{}", headers=headers), 415)


def test_unknown_routes_and_wrong_methods_are_problems(client: TestClient, problem: Problem) -> None:
    problem(client.get("/nope"), 404)
    problem(client.get("/v1/score/"), 404)
    assert problem(client.get("/v1/score"), 405)
    assert client.get("/v1/score").headers["allow"] == "POST"


def test_until_a_model_is_loaded_the_service_says_so(models: Models, problem: Problem) -> None:
    client = TestClient(create_app(Settings(), models))
    assert client.get("/livez").status_code == 200
    for path in ("/readyz", "/v1/model", "/v1/features"):
        problem(client.get(path), 503, "not-ready")
    problem(client.post("/v1/score", json=EXAMPLE), 503, "not-ready")
