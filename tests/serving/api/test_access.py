"""Every route says who may ask it, and asks for a key where there are keys: a real server, a real port."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute
from structlog.testing import capture_logs

from vigie.serving.access.keys import KeyFile
from vigie.serving.access.rates import rate
from vigie.serving.access.scopes import Scope
from vigie.serving.api.access import OPEN, Need
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.serving.settings import Settings

Problem = Callable[..., dict[str, Any]]
Serve = Callable[[Settings], str]
MakeKey = Callable[..., str]
# What anybody may ask, keys or not; a route that is added here needs a reason.
ANYBODY = {
    "/", "/docs", "/openapi.json", "/livez", "/readyz", "/v2", "/v2/health/live", "/v2/health/ready",
    # To sign in, and what its page loads; signing out needs the token of a page.
    "/console/static/{version}/{name}", "/console/sign-in", "/console/sign-out",
    # Leads to the first page, which asks for a key.
    "/console",
}  # fmt: skip


def routes(app: FastAPI) -> Iterator[Any]:
    """Yield every route of an application, those of included routers too."""

    def below(found: Sequence[BaseRoute]) -> Iterator[Any]:
        for route in found:
            included = getattr(route, "original_router", None)
            yield from below(included.routes) if included is not None else [route]

    return below(app.routes)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_every_route_says_who_may_ask_it() -> None:
    found = list(routes(create_app(Settings())))
    assert len(found) > 12
    for route in found:
        said = [each for each in route.dependencies if each is OPEN or isinstance(each.dependency, Need)]
        assert len(said) == 1, f"{route.path}: give it a scope (needs) or OPEN"
        assert (said[0] is OPEN) == (route.path in ANYBODY), route.path


def test_every_route_that_is_not_open_refuses_who_gives_no_key(
    served: Serve, key_file: Path, make_key: MakeKey, problem: Problem
) -> None:
    make_key(Scope.ADMIN)
    settings = Settings(keys=key_file)
    asked = [(route.path, method) for route in routes(create_app(settings)) for method in route.methods]
    with httpx2.Client(base_url=served(settings)) as client:
        for path, method in asked:
            answer = client.request(method, path)
            if path in ANYBODY:
                # A form without its token is refused, and there is no file by that name.
                expected = (
                    (403, 404) if path.startswith("/console/") and path != "/console/sign-in" else (200, 307)
                )
                assert answer.status_code in ((403,) if method == "POST" else expected), (path, method)
            elif method == "HEAD":
                assert answer.status_code == 401
            else:
                said = problem(answer, 401, "unauthenticated")
                assert "X-API-Key" in said["detail"]
                assert answer.headers["www-authenticate"] == 'Bearer realm="vigie"'


@pytest.mark.parametrize(
    ("scope", "path", "method"),
    [
        (Scope.SCORE, "/v1/score", "POST"),
        (Scope.NETWORK, "/v1/network", "POST"),
        (Scope.NETWORK, "/v1/group-tests", "POST"),
        (Scope.MODEL, "/v1/model", "GET"),
        (Scope.MODEL, "/v1/features", "GET"),
        (Scope.MODEL, "/v1/drift", "GET"),
        (Scope.MODEL, "/metrics", "GET"),
    ],
)
def test_a_route_is_open_to_its_scope_and_to_an_admin_alone(
    served: Serve, key_file: Path, make_key: MakeKey, problem: Problem, scope: Scope, path: str, method: str
) -> None:
    keys = {each: make_key(each, name=each) for each in Scope}
    with httpx2.Client(base_url=served(Settings(keys=key_file))) as client:
        for each, key in keys.items():
            answer = client.request(method, path, headers=bearer(key), json={} if method == "POST" else None)
            if each in (scope, Scope.ADMIN):
                assert answer.status_code in (200, 422)
            else:
                assert f"needs the scope {scope}" in problem(answer, 403, "scope")["detail"]
                assert answer.headers["www-authenticate"].endswith(f'scope="{scope}"')


def test_a_key_that_is_revoked_is_refused_by_the_next_request(
    served: Serve, key_file: Path, make_key: MakeKey, problem: Problem
) -> None:
    key = make_key(Scope.MODEL)
    with httpx2.Client(base_url=served(Settings(keys=key_file)), headers={"X-API-Key": key}) as client:
        assert client.get("/v1/features").status_code == 200
        with KeyFile(key_file).changing() as keys:
            identity = key.split("_")[1]
            keys[identity] = keys[identity].model_copy(update={"revoked": datetime.now(UTC)})
        assert "is revoked" in problem(client.get("/v1/features"), 401, "unauthenticated")["detail"]


def test_a_file_of_keys_that_breaks_lets_nobody_in_and_its_place_is_told_in_the_log_alone(
    served: Serve, key_file: Path, make_key: MakeKey, problem: Problem
) -> None:
    key = make_key(Scope.MODEL)
    with httpx2.Client(base_url=served(Settings(keys=key_file)), headers=bearer(key)) as client:
        key_file.write_text("{")
        with capture_logs() as logs:
            answer = client.get("/v1/features")
        assert str(key_file) not in json.dumps(problem(answer, 503, "not-ready"))
        assert any(str(key_file) in str(line.get("error")) for line in logs)
        assert client.get("/livez").status_code == 200


def test_requests_beyond_the_rate_of_a_key_are_429_and_other_keys_go_on(
    served: Serve, key_file: Path, make_key: MakeKey, problem: Problem
) -> None:
    slow, other = (
        make_key(Scope.MODEL, name="slow", requests=rate("2/hour")),
        make_key(Scope.MODEL, name="other"),
    )
    with httpx2.Client(base_url=served(Settings(keys=key_file))) as client:
        for left in (1, 0):
            answer = client.get("/v1/features", headers=bearer(slow))
            assert answer.status_code == 200
            assert f'"requests";r={left};t=3' in answer.headers["ratelimit"]
            assert answer.headers["ratelimit-policy"].startswith('"requests";q=2;w=3600')
        answer = client.get("/v1/features", headers=bearer(slow))
        problem(answer, 429, "rate-limited")
        assert 3_500 < int(answer.headers["retry-after"]) <= 3_600
        assert client.get("/v1/features", headers=bearer(other)).status_code == 200
        assert "ratelimit" not in client.get("/livez").headers


def test_accounts_beyond_the_quota_of_a_key_are_429_before_they_are_scored(
    served: Serve, key_file: Path, make_key: MakeKey, problem: Problem
) -> None:
    key = make_key(Scope.SCORE, accounts=rate("3/hour"))
    account = EXAMPLE["accounts"][0]
    pair = {"accounts": [account, {**account, "account_id": "another"}]}
    with httpx2.Client(base_url=served(Settings(keys=key_file)), headers=bearer(key)) as client:
        answer = client.post("/v1/score", json=pair)
        assert answer.status_code == 200
        assert '"accounts";r=1' in answer.headers["ratelimit"]
        problem(client.post("/v1/score", json=pair), 429, "rate-limited")
        lines = "\n".join(json.dumps({**account, "account_id": str(number)}) for number in range(4))
        never = client.post("/v1/score", content=lines, headers={"Content-Type": "application/x-ndjson"})
        assert "4 accounts" in problem(never, 413, "too-large")["detail"]


def test_counters_are_open_to_scrapers_where_that_is_set(
    served: Serve, key_file: Path, make_key: MakeKey
) -> None:
    make_key(Scope.ADMIN)
    with httpx2.Client(base_url=served(Settings(keys=key_file, open_metrics=True))) as client:
        assert client.get("/metrics").status_code == client.head("/metrics").status_code == 200
        assert client.get("/v1/model").status_code == 401


def test_a_client_that_names_itself_is_not_believed_and_a_trusted_proxy_is(served: Serve) -> None:
    named = {"X-Forwarded-User": "a.martin", "X-Forwarded-For": "198.51.100.7"}
    for proxy, status, client in (("192.0.2.1", 401, "127.0.0.1"), ("127.0.0.1", 200, "198.51.100.7")):
        address = served(Settings(trusted_proxies=(ip_network(proxy),), user_header="X-Forwarded-User"))
        with capture_logs() as logs:
            answer = httpx2.get(f"{address}/v1/features", headers=named)
            while not logs:  # it is written after the answer
                time.sleep(0.01)
        assert answer.status_code == status
        (line,) = logs
        assert (line["client"], line["caller"]) == (client, "user:a.martin" if status == 200 else None)


def test_the_document_says_how_a_key_is_given_and_which_scope_each_route_needs() -> None:
    document = create_app(Settings()).openapi()
    ways = document["components"]["securitySchemes"]
    assert (ways["key"]["type"], ways["key"]["scheme"]) == ("http", "bearer")
    assert (ways["key_header"]["in"], ways["key_header"]["name"]) == ("header", "X-API-Key")
    score = document["paths"]["/v1/score"]["post"]
    assert score["security"] == [{"key": ["score"]}, {"key_header": ["score"]}]
    assert {"401", "403", "429"} <= set(score["responses"])
    assert "security" not in document["paths"]["/livez"]["get"]


def test_a_key_of_one_operation_cannot_tell_that_another_exists(
    served: Serve, key_file: Path, make_key: MakeKey, tmp_path: Path
) -> None:
    opening = {"title": "t", "legal_basis": "law", "expires_at": "2090-01-01T00:00:00Z"}
    admin = bearer(make_key(Scope.ADMIN, name="admin"))
    settings = Settings(keys=key_file, store=str(tmp_path / "watches"), audit=tmp_path / "audit.jsonl")
    with httpx2.Client(base_url=served(settings), timeout=30) as client:
        mine, other = (
            client.post("/v1/operations", json=opening, headers=admin).json()["id"] for _ in range(2)
        )
        bound = bearer(make_key(Scope.ADMIN, name="bound", operation=mine))
        account = {"accounts": [{"platform": "x", "account_id": "7"}]}
        assert client.post(f"/v1/operations/{mine}/accounts", json=account, headers=bound).status_code == 200
        listed = client.get("/v1/operations", headers=bound).json()["operations"]
        assert [told["id"] for told in listed] == [mine]
        absent = "op_" + "0" * 16
        for method, path, body in (
            ("GET", "", None),
            ("POST", "/accounts", account),
            ("GET", "/alerts", None),
            ("DELETE", "", None),
        ):
            answers = [
                client.request(method, f"/v1/operations/{each}{path}", json=body, headers=bound)
                for each in (other, absent)
            ]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert answers[0].json() == answers[1].json()
        scored = {**EXAMPLE, "operation": other}
        assert client.post("/v1/score", json=scored, headers=bound).status_code == 404
        assert client.post("/v1/operations", json=opening, headers=bound).status_code == 403
        remembered = {"format": "csv", "name": "Pier", "source": "a report"}
        table = b"platform,handle\nx,pier_1\n"
        added = [
            client.post("/v1/known-campaigns", params=remembered, content=table, headers=by).status_code
            for by in (bound, admin)
        ]
        gone = [
            client.delete("/v1/known-campaigns", params=remembered, headers=by).status_code
            for by in (bound, admin)
        ]
        assert (added, gone) == ([403, 200], [403, 200])
        assert client.get(f"/v1/operations/{other}", headers=admin).json()["state"] == "open"
    entries = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert {entry.get("operation") for entry in entries} == {None, mine, other, absent}


def test_accounts_compared_with_an_operation_need_the_scope_to_read_it(
    served: Serve, key_file: Path, make_key: MakeKey, tmp_path: Path
) -> None:
    key = bearer(make_key(Scope.SCORE))
    settings = Settings(keys=key_file, store=str(tmp_path / "watches"))
    with httpx2.Client(base_url=served(settings), timeout=30) as client:
        answer = client.post("/v1/score", json={**EXAMPLE, "operation": "op_0"}, headers=key)
    assert answer.status_code == 403
    assert "decide" in answer.json()["detail"]
