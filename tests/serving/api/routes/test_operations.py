"""Operations over HTTP: opened, listed, changed, closed, purged; what cannot be is refused with the field."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from vigie.errors import StoreError
from vigie.serving.api.schemas.operations import EXAMPLE
from vigie.serving.operations.catalogue import Catalogue


def test_an_operation_is_opened_listed_changed_closed_and_purged(keeping: TestClient, problem: Any) -> None:
    made = keeping.post("/v1/operations", json=EXAMPLE)
    assert made.status_code == 201
    told = made.json()
    assert {name: told[name] for name in EXAMPLE} == EXAMPLE
    address = f"/v1/operations/{told['id']}"
    assert keeping.get(address).json() == told
    assert told in keeping.get("/v1/operations").json()["operations"]
    changed = keeping.patch(address, json={"title": "Other", "retention_days": None}).json()
    assert changed == told | {"title": "Other", "retention_days": None}
    assert keeping.post(f"{address}/close").json()["state"] == "closed"
    purged = keeping.delete(address).json()
    assert (purged["state"], purged["holdings"]) == ("purged", None)
    assert purged["summary"] == {"accounts": 0, "posts": 0, "decisions": 0}
    problem(keeping.patch(address, json={"title": "x"}), 409, "operation-closed")
    problem(keeping.get(f"{address}/accounts"), 409, "operation-closed")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""), ("title", None), ("title", "a\x00b"), ("title", "x" * 201), ("title", 7),
        ("legal_basis", ""), ("legal_basis", "\x00"), ("theme", None), ("theme", {"keywords": ["\x00"]}),
        ("theme", {"words": []}), ("theme", {"keywords": ["x"] * 501}), ("retention_days", 0), ("retention_days", -1),
        ("retention_days", 10**30), ("retention_days", "many"), ("expires_at", None), ("expires_at", "2030-01-01T00:00:00"),
        ("expires_at", "2001-01-01T00:00:00Z"), ("expires_at", "9999-12-31T23:59:59-23:59"), ("unknown", 1),
    ],
)  # fmt: skip
def test_what_an_operation_cannot_be_is_refused_when_it_is_opened_and_changed(
    keeping: TestClient, operation: str, problem: Any, field: str, value: Any
) -> None:
    before = keeping.get(operation).json()
    for answer in (
        keeping.post("/v1/operations", json=EXAMPLE | {field: value}),
        keeping.patch(operation, json={field: value}),
    ):
        said = problem(answer, 422)
        assert field in str(said)
    assert keeping.get(operation).json() == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"title": "\\ud800"}', b"\xff", b"[" * 50_000])
def test_what_is_no_operation_is_refused(keeping: TestClient, body: bytes) -> None:
    answer = keeping.post("/v1/operations", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", ["op_0000000000000000", "op_%00", "%ED%A0%80", "x" * 3000, "..%2F..%2Fetc"])
def test_what_no_operation_is_called_is_not_found(keeping: TestClient, problem: Any, name: str) -> None:
    address = f"/v1/operations/{name}"
    for answer in (keeping.get(address), keeping.delete(address), keeping.post(f"{address}/close")):
        problem(answer, 404)


def test_a_store_that_does_not_answer_says_when_to_come_back(
    keeping: TestClient, operation: str, problem: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise StoreError("the store of operations cannot do that now: away")

    monkeypatch.setattr(Catalogue, "get", away)
    answer = keeping.get(operation)
    problem(answer, 503, "store")
    assert int(answer.headers["retry-after"]) > 0


def test_a_service_without_a_store_says_how_to_have_one(client: TestClient, problem: Any) -> None:
    for answer in (
        client.get("/v1/operations"),
        client.post("/v1/operations", json=EXAMPLE),
        client.get("/v1/operations/op_0000000000000000/groups"),
    ):
        assert "--store" in problem(answer, 404, "no-store")["detail"]


@pytest.mark.parametrize("path", [None, "decisions", "cases", "webhooks", "accounts"])
@pytest.mark.parametrize("body", [b"{", b"[1, 2", b'{"title": "\xff"}', b"[" * 5_000])
def test_a_body_that_is_no_json_is_refused_in_the_same_words_by_every_route(
    keeping: TestClient, operation: str, problem: Any, path: str | None, body: bytes
) -> None:
    headers = {"Content-Type": "application/json", "Accept-Language": "fr"}
    wanted = problem(keeping.post("/v1/score", content=body, headers=headers), 400, "malformed")
    address = f"{operation}/{path}" if path else "/v1/operations"
    assert problem(keeping.post(address, content=body, headers=headers), 400, "malformed") == wanted


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"expires_at": "2030-06-30T00:00:00"}, "a time with its zone is wanted, as 2030-06-30T00:00:00Z"),
        ({"expires_at": "2030-06-30"}, "a time with its zone is wanted, as 2030-06-30T00:00:00Z"),
        ({"expires_at": "soon"}, "a time with its zone is wanted, as 2030-06-30T00:00:00Z"),
        ({"title": ""}, "the text is too short; characters at least: 1"),
        ({"title": "a" * 201}, "the text is too long; 200 characters at most"),
        ({"title": 7}, "a text is wanted"),
        ({"title": "  "}, "a text that says something is wanted"),
        ({"legal_basis": "\n"}, "a text that says something is wanted"),
        ({"expiry": "2030-06-30T00:00:00Z"}, "the field does not exist here"),
    ],
)
def test_a_field_that_is_refused_says_what_is_wanted(
    keeping: TestClient, changed: dict[str, Any], told: str
) -> None:
    answer = keeping.post("/v1/operations", json=EXAMPLE | changed)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": next(iter(changed)), "detail": told}]
