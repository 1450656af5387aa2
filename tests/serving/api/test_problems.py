"""Everything that is not an answer is a problem, and says no more than it should."""

from typing import Any

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from vigie.models import engine
from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.serving.settings import Settings

JSON = {"Content-Type": "application/json"}


def problem(answer: Any, status: int, slug: str | None = None) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    said: dict[str, Any] = answer.json()
    assert said["status"] == status
    assert said["title"]
    assert said["detail"]
    if slug:
        assert said["type"] == f"/problems/{slug}"
    return said


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
def test_a_bad_body_is_a_problem(client: TestClient, body: bytes, status: int, slug: str) -> None:
    problem(client.post("/v1/score", content=body, headers=JSON), status, slug)


def test_where_no_account_can_be_read_account_and_field_are_named(client: TestClient) -> None:
    bad = EXAMPLE["accounts"][0] | {"followers_count": -5}
    said = problem(client.post("/v1/score", json={"accounts": [bad, 4]}), 422)
    first = said["errors"][0]
    assert (first["account"], first["account_id"], first["field"]) == (
        0,
        bad["account_id"],
        "followers_count",
    )
    assert said["errors"][1]["account"] == 1


def test_a_byte_order_mark_is_no_trouble(client: TestClient) -> None:
    body = b"\xef\xbb\xbf" + b'{"accounts": [{"platform": "x"}]}'
    problem(client.post("/v1/score", content=body, headers=JSON), 422)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=utf-16"},
        JSON | {"Content-Encoding": "gzip"},
    ],
)
def test_what_is_not_plain_json_is_415(client: TestClient, headers: dict[str, str]) -> None:
    problem(client.post("/v1/score", content=b"{}", headers=headers), 415)


def test_unknown_routes_and_wrong_methods_are_problems(client: TestClient) -> None:
    problem(client.get("/nope"), 404)
    problem(client.get("/v1/score/"), 404)
    assert problem(client.get("/v1/score"), 405)
    assert client.get("/v1/score").headers["allow"] == "POST"


def test_a_body_too_large_is_413_announced_or_not(client: TestClient) -> None:
    large = b'{"accounts": "' + b"a" * 5_000_000 + b'"}'
    problem(client.post("/v1/score", content=large, headers=JSON), 413, "too-large")
    streamed = client.post(
        "/v1/score", content=(large[i : i + 65_536] for i in range(0, len(large), 65_536)), headers=JSON
    )
    problem(streamed, 413, "too-large")


def test_too_many_accounts_or_posts_are_413(models: Models) -> None:
    with TestClient(create_app(Settings(max_accounts=2, max_posts=30), models)) as client:
        account = EXAMPLE["accounts"][0]
        problem(client.post("/v1/score", json={"accounts": [1, 2, 3]}), 413, "too-large")
        problem(client.post("/v1/score", json={"accounts": [account, account]}), 413, "too-large")
        assert client.post("/v1/score", json={"accounts": [account]}).status_code == 200


def test_until_a_model_is_loaded_the_service_says_so(models: Models) -> None:
    client = TestClient(create_app(Settings(), models))
    assert client.get("/livez").status_code == 200
    for path in ("/readyz", "/v1/model", "/v1/features"):
        problem(client.get(path), 503, "not-ready")
    problem(client.post("/v1/score", json=EXAMPLE), 503, "not-ready")


def test_an_unexpected_error_shows_and_logs_nothing_of_the_body(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("harbour_news24 wrote this")

    with TestClient(create_app(Settings(), models)) as client, capture_logs() as logs:
        monkeypatch.setattr(engine, "compute", fail)
        answer = client.post("/v1/score", json=EXAMPLE, headers={"X-Request-ID": "abc-1"})
    said = problem(answer, 500)
    assert "abc-1" in said["detail"]
    assert "harbour" not in answer.text + str(logs)
    assert "Traceback" not in answer.text
    assert {line["event"] for line in logs} == {"unexpected", "request"}


def test_one_line_is_logged_per_request_without_the_body(client: TestClient) -> None:
    with capture_logs() as logs:
        client.post("/v1/score", json=EXAMPLE)
    (line,) = logs
    assert {"method", "route", "status", "seconds", "request_id"} <= set(line)
    assert "harbour" not in str(line)


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>", "ok\u00e9"])
def test_a_request_id_that_could_do_harm_is_replaced(client: TestClient, given: str) -> None:
    answer = client.get("/livez", headers={b"X-Request-ID": given.encode("latin-1")})
    assert answer.headers["x-request-id"] != given
    assert client.get("/livez", headers={"X-Request-ID": "abc.1"}).headers["x-request-id"] == "abc.1"
