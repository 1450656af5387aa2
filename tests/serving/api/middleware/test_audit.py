"""Who asked what is written before the answer goes out, and never what was said."""

from __future__ import annotations

import json
import re
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from vigie.models.engine import Models
from vigie.serving.access.audit_chain import verify
from vigie.serving.access.bounded_audit import LISTED
from vigie.serving.access.rates import rate
from vigie.serving.access.scopes import Scope
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.serving.settings import Settings

Problem = Callable[..., dict[str, Any]]
Serve = Callable[[Settings], str]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def entries(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_an_entry_says_who_asked_what_of_which_model_and_how_much(
    served: Serve, models: Models, log: Path, key_file: Path, make_key: Callable[..., str]
) -> None:
    key = make_key(Scope.SCORE)
    address = served(Settings(keys=key_file, audit=log))
    body = json.dumps(EXAMPLE)
    headers = {
        "X-API-Key": key,
        "Content-Type": "application/json",
        "X-Request-ID": "abc-1",
        "Accept-Encoding": "identity",
    }
    answer = httpx2.post(f"{address}/v1/score?secret=in-the-address", content=body, headers=headers)
    (entry,) = entries(log)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", entry["time"])
    posts = sum(len(account["posts"]) for account in EXAMPLE["accounts"])
    assert entry["seconds"] > 0
    expected = {
        "caller": f"key:{key.split('_')[1]}", "name": "collector", "client": "127.0.0.1", "method": "POST", "route": "/v1/score",
        "status": 200, "accounts": len(EXAMPLE["accounts"]), "posts": posts, "received": len(body), "sent": len(answer.content),
        "models": {"inauthentic": models.inauthentic.version, "coordinated": models.coordinated.version}, "request_id": "abc-1",
    }  # fmt: skip
    assert expected.items() <= entry.items()
    assert set(entry) - set(expected) == {
        "time", "seconds", "operation", "requests", "sequence", "previous", "digest",
    }  # fmt: skip


def test_entries_hold_nothing_of_what_was_said(
    served: Serve, log: Path, key_file: Path, make_key: Callable[..., str]
) -> None:
    key = make_key(Scope.SCORE, Scope.NETWORK)
    with httpx2.Client(
        base_url=served(Settings(keys=key_file, audit=log)), headers={"X-API-Key": key}
    ) as client:
        client.post("/v1/score?harbour=harbour", json=EXAMPLE)
        client.post("/v1/network", json=EXAMPLE)
        client.post("/v1/score", json={"accounts": [{"harbour": 1}]})
    written = log.read_text()
    assert len(entries(log)) == 3
    for said in ("harbour", EXAMPLE["accounts"][0]["handle"], key.split("_", 2)[2], "vigie_"):
        assert said not in written


def test_refused_requests_are_written_and_open_routes_are_not(
    served: Serve, log: Path, key_file: Path, make_key: Callable[..., str]
) -> None:
    key = make_key(Scope.MODEL, requests=rate("2/hour"))
    settings = Settings(keys=key_file, audit=log, allowed_hosts=("127.0.0.1",))
    with httpx2.Client(base_url=served(settings)) as client:
        client.get("/v1/features")
        client.get("/v1/features", headers={"X-API-Key": "vigie_00000000_guess"})
        client.post("/v1/score", headers={"X-API-Key": key}, json=EXAMPLE)
        for _ in range(2):
            client.get("/v1/features", headers={"X-API-Key": key})
        client.get("/v1/features", headers={"Host": "evil.example"})
        for path in ("/livez", "/readyz", "/docs", "/openapi.json", "/nope"):
            client.get(path)
    found = [(entry["status"], entry["caller"]) for entry in entries(log)]
    caller = f"key:{key.split('_')[1]}"
    assert found == [(401, None), (401, None), (403, caller), (200, caller), (429, caller), (421, None)]
    assert "guess" not in log.read_text()
    assert verify([log]).end.sequence == 6


def test_an_answer_that_cannot_be_written_down_is_withheld_and_the_next_that_can_is_not(
    served: Serve, log: Path, problem: Problem
) -> None:
    address = served(Settings(audit=log))
    with capture_logs() as logs:
        httpx2.get(f"{address}/v1/features")
        while not logs:  # lines are written after the answers
            time.sleep(0.01)
    size = log.stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, before[1]))
    try:
        with capture_logs() as logs:
            answer = httpx2.post(f"{address}/v1/score", json=EXAMPLE)
            assert httpx2.get(f"{address}/livez").status_code == 200
            told = httpx2.get(f"{address}/metrics")
            while len(logs) < 5:
                time.sleep(0.01)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    said = problem(answer, 503, "not-ready")
    assert "audit log" in said["detail"]
    assert str(log) not in str(said)
    events = ["audit_unwritten", "request", "request", "audit_unwritten", "request"]
    assert [line["event"] for line in logs] == events
    assert logs[1]["status"] == 503
    assert told.status_code == 200, "counts alone are told all the same"
    assert "vigie_audit_unwritten_total 1.0" in told.text
    assert httpx2.get(f"{address}/v1/features").status_code == 200
    assert verify([log]).end.sequence == 2


def test_a_client_that_left_and_a_service_that_failed_are_written(
    served: Serve, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = served(Settings(audit=log))
    begun, left = threading.Event(), threading.Event()

    def wait(*_: Any, **__: Any) -> None:
        begun.set()
        left.wait(10)
        raise RuntimeError

    monkeypatch.setattr("vigie.models.engine.compute", wait)
    body = json.dumps(EXAMPLE).encode()
    head = f"POST /v1/score HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as client:
        client.sendall(head.encode() + body)
        assert begun.wait(10)
    end = time.monotonic() + 10
    while not entries(log) and time.monotonic() < end:
        time.sleep(0.02)
    left.set()
    assert (
        httpx2.post(
            f"{address}/v1/score", content=body, headers={"Content-Type": "application/json"}
        ).status_code
        == 500
    )
    assert [entry["status"] for entry in entries(log)] == [499, 500]


def test_a_flood_of_bad_keys_takes_few_lines_and_is_told_to_the_last_when_the_service_ends(
    models: Models, log: Path, key_file: Path, make_key: Callable[..., str]
) -> None:
    make_key(Scope.SCORE)
    headers = {"X-API-Key": "vigie_00000000_guess"}
    with TestClient(create_app(Settings(keys=key_file, audit=log), models)) as client:
        for _ in range(3 * LISTED):
            assert client.get("/v1/features", headers=headers).status_code == 401
        assert len(entries(log)) == LISTED
    assert len(entries(log)) == LISTED + 1
    assert sum(entry["requests"] for entry in entries(log)) == 3 * LISTED
