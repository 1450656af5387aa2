"""A served store keeps what it acknowledged, whenever the service is killed, and nothing of what clients left half sent."""

from __future__ import annotations

import json
import random
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

OPERATION = {"title": "t", "legal_basis": "l", "expires_at": "2090-01-01T00:00:00Z"}
BATCH = 50


def batch(number: int) -> list[dict[str, Any]]:
    """Return invented posts, none of another number's."""
    created = "2024-05-19T08:00:00Z"
    return [
        {
            "platform": "x",
            "account_id": str(place % 7),
            "post_id": f"{number}-{place}",
            "created_at": created,
            "text": "w",
        }
        for place in range(BATCH)
    ]


class Service:
    """``vigie serve`` with a store, to be killed and started again."""

    def __init__(self, store: str, log: Path) -> None:
        self.store, self.log = store, log
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> None:
        command = [sys.executable, "-m", "vigie", "serve", "--port", "0", "--store", self.store]
        with self.log.open("w") as file:
            self.process = subprocess.Popen(command, stderr=file)  # noqa: S603
        end = time.monotonic() + 120
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", self.log.read_text())):
            assert time.monotonic() < end, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        self.url = found.group()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def post(self, path: str, body: Any) -> Any:
        return httpx2.post(f"{self.url}{path}", json=body, timeout=60)


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    is_file = request.param == "sqlite"
    store = tmp_path / "store" if is_file else request.getfixturevalue("postgresql").database()
    made = Service(str(store), tmp_path / "log")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def operation(service: Service) -> str:
    return f"/v1/operations/{service.post('/v1/operations', OPERATION).json()['id']}"


def test_what_was_acknowledged_is_there_once_after_the_service_was_killed(
    service: Service, operation: str
) -> None:
    acknowledged: list[int] = []
    halves: list[set[str]] = []
    ended = threading.Event()

    def collect() -> None:
        number = 0
        while not ended.is_set():
            try:
                answer = service.post(f"{operation}/posts", {"posts": batch(number)})
            except httpx2.TransportError:
                time.sleep(0.05)
                continue  # sent again, as it is not known whether it was kept
            if answer.status_code == 200:
                statuses = {item["status"] for item in answer.json()["items"]}
                halves.extend([statuses] if len(statuses) > 1 else [])
                acknowledged.append(number)
                number += 1

    collector = threading.Thread(target=collect)
    collector.start()
    draw = random.Random(3)  # noqa: S311 - moments, not secrets
    for _ in range(2):
        time.sleep(draw.uniform(0.2, 1.0))
        service.kill()
        service.start()
    seen, end = len(acknowledged), time.monotonic() + 60
    while len(acknowledged) < seen + 2 and time.monotonic() < end:
        time.sleep(0.05)
    ended.set()
    collector.join()
    assert halves == []
    held = httpx2.get(f"{service.url}{operation}").json()["holdings"]
    assert held["posts"] % BATCH == 0
    assert len(acknowledged) <= held["posts"] // BATCH <= len(acknowledged) + 1
    for number in acknowledged[:: max(1, len(acknowledged) // 10)]:
        again = service.post(f"{operation}/posts", {"posts": batch(number)}).json()
        assert again["posts"] == {"new": 0, "known": BATCH, "changed": 0, "rejected": 0}


@pytest.fixture
def begin(service: Service) -> Callable[[str, bytes, int], socket.socket]:
    """Return a function that begins a request, and sends some of its body."""

    def send(path: str, body: bytes, sent: int) -> socket.socket:
        host, port = service.url.removeprefix("http://").split(":")
        connection = socket.create_connection((host, int(port)))
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body[:sent])
        return connection

    return send


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_clients_that_stall_or_leave_in_the_middle_keep_nobody_else_waiting(
    service: Service, operation: str, begin: Callable[[str, bytes, int], socket.socket]
) -> None:
    body = json.dumps({"posts": batch(1)}).encode()
    stalled = begin(f"{operation}/posts", body, 1_000)
    for sent in (10, len(body) // 2, len(body) - 1):
        begin(f"{operation}/posts", body, sent).close()
    start = time.monotonic()
    assert service.post(f"{operation}/posts", {"posts": batch(2)}).json()["posts"]["new"] == BATCH
    assert time.monotonic() - start < 15
    assert httpx2.get(f"{service.url}{operation}").json()["holdings"]["posts"] == BATCH
    stalled.sendall(body[1_000:])
    assert b"200 OK" in stalled.recv(100)
    stalled.close()


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_client_that_leaves_before_the_answer_may_send_again(
    service: Service, operation: str, begin: Callable[[str, bytes, int], socket.socket]
) -> None:
    body = json.dumps({"posts": batch(1)}).encode()
    begin(f"{operation}/posts", body, len(body)).close()
    answer = service.post(f"{operation}/posts", {"posts": batch(1)}).json()
    assert answer["posts"] in (
        {"new": BATCH, "known": 0, "changed": 0, "rejected": 0},
        {"new": 0, "known": BATCH, "changed": 0, "rejected": 0},
    )
    assert httpx2.get(f"{service.url}{operation}").json()["holdings"]["posts"] == BATCH
