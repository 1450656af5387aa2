"""What one request may carry is bounded before anything of it is parsed."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient

from vigie.errors import RequestTooLargeError
from vigie.models.engine import Models
from vigie.serving.access.scopes import Scope
from vigie.serving.api.admission import SMALL_BYTES, Abandoned, Admission
from vigie.serving.api.app import create_app
from vigie.serving.api.middleware import limits
from vigie.serving.api.middleware.limits import BodyLimit, check_list, check_work
from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.serving.settings import ACCOUNT_WORK, Settings

Problem = Callable[..., dict[str, Any]]
JSON = {"Content-Type": "application/json"}


def test_a_body_too_large_is_413_announced_or_not(client: TestClient, problem: Problem) -> None:
    large = b'{"accounts": "' + b"a" * 5_000_000 + b'"}'
    problem(client.post("/v1/score", content=large, headers=JSON), 413, "too-large")
    streamed = client.post(
        "/v1/score", content=(large[i : i + 65_536] for i in range(0, len(large), 65_536)), headers=JSON
    )
    problem(streamed, 413, "too-large")


@pytest.mark.parametrize("path", ["/v1/score", "/v1/network"])
def test_too_much_work_is_413_and_says_how_much_was_asked_how_much_is_allowed_and_what_to_do(
    models: Models, problem: Problem, path: str
) -> None:
    account = EXAMPLE["accounts"][0]
    line = json.dumps(account)
    with TestClient(create_app(Settings(max_work=60), models)) as client:
        for more in (
            {"json": {"accounts": [account, account]}},
            {"content": f"{line}\n{line}\n", "headers": {"Content-Type": "application/x-ndjson"}},
        ):
            said = problem(client.post(path, **more), 413, "too-large")["detail"]
            assert "each of 2 accounts; at most 60 fit in one (VIGIE_MAX_WORK)" in said
            assert "Send the most recent 200 posts" in said
        assert client.post(path, json={"accounts": [account]}).status_code == 200


@pytest.mark.parametrize(("accounts", "posts"), [(3, 11), (2, 31)])
def test_one_post_more_than_allowed_is_too_much(accounts: int, posts: int) -> None:
    settings = Settings(max_work=30 + 2 * ACCOUNT_WORK)
    check_work(2, 30, settings)
    check_work(0, 30 + 2 * ACCOUNT_WORK, settings)
    with pytest.raises(
        RequestTooLargeError, match=f"each of {posts} posts and 20 for each of {accounts} accounts"
    ):
        check_work(accounts, posts, settings)


def test_a_list_is_bounded_by_its_accounts_alone() -> None:
    settings = Settings(max_list_accounts=2)
    check_list(2, 10**9, settings)
    with pytest.raises(RequestTooLargeError, match="holds 3 accounts; at most 2 fit"):
        check_list(3, 0, settings)


def test_bodies_beyond_those_held_are_told_to_come_back(models: Models, problem: Problem) -> None:
    body = json.dumps({"accounts": [EXAMPLE["accounts"][0]], "padding": "x" * 60_000})
    with TestClient(create_app(Settings(max_in_flight_mb=0.05), models)) as client:
        # One body alone may be larger than what is held at one time.
        assert client.post("/v1/score", content=body, headers=JSON).status_code == 200
        guard = next(layer for layer in _layers(client.app) if isinstance(layer, BodyLimit))
        guard._in_flight = 10_000
        refused = client.post("/v1/score", content=body, headers=JSON)
        problem(refused, 503, "overloaded")
        assert int(refused.headers["retry-after"]) >= 1
        assert guard._in_flight == 10_000


def test_large_bodies_that_come_at_once_are_as_many_as_can_be_held_and_all_become_whole() -> None:
    settings = Settings(max_in_flight_mb=1.5)
    arrived: list[int] = []

    async def app(_: Any, receive: Any, send: Any) -> None:
        whole = 0
        while (part := await receive())["more_body"]:
            whole += len(part["body"])
        arrived.append(whole + len(part["body"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    guard = BodyLimit(app, settings, Admission(1, 5))
    answers: list[int] = []

    async def ask(size: int) -> None:
        parts = [size // 10] * 10

        async def receive() -> Any:
            await anyio.sleep(0.01)
            part = b" " * parts.pop()
            return {"type": "http.request", "body": part, "more_body": bool(parts)}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answers.append(message["status"])

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/",
            "query_string": b"",
            "headers": [(b"content-length", b"%d" % size)],
        }
        await guard(scope, receive, send)

    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            for size in (600_000, 600_000, 600_000, 600_000, 10_000):
                tasks.start_soon(ask, size)

    anyio.run(run)
    assert sorted(arrived) == [10_000, 600_000, 600_000]
    assert sorted(answers) == [200, 200, 200, 503, 503]
    assert (guard._announced, guard._in_flight) == (0, 0)


@pytest.mark.parametrize("packed", [{}, {"Content-Encoding": "gzip"}])
def test_a_body_for_which_a_lane_has_no_room_is_refused_before_it_is_read(
    models: Models, problem: Problem, packed: dict[str, str]
) -> None:
    app = create_app(Settings(max_waits=0), models)
    # A tenth of it is large where it is compressed.
    body = b"x" * (SMALL_BYTES // 6 if packed else SMALL_BYTES + 1)
    begun, release = threading.Event(), threading.Event()

    def work(_: Abandoned) -> None:
        begun.set()
        release.wait(20)

    with TestClient(app) as client:
        lane = app.state.admission.lane(SMALL_BYTES + 1)
        thread = threading.Thread(target=lambda: asyncio.run(lane.run(work, lane.take(SMALL_BYTES + 1))))
        thread.start()
        assert begun.wait(20)
        refused = client.post("/v1/score", content=body, headers=JSON | packed)
        small = client.post("/v1/score", json=EXAMPLE)
        release.set()
        thread.join()
        # It was not read: it would be refused as no JSON.
        problem(refused, 503, "overloaded")
        assert small.status_code == 200
        assert client.post("/v1/score", content=body, headers=JSON | packed).status_code == 400


def _layers(app: Any) -> Iterator[Any]:
    layer = app.middleware_stack
    while layer is not None:
        yield layer
        layer = getattr(layer, "app", None)


def test_a_body_that_comes_too_slowly_is_408(
    models: Models, problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_PATIENCE_S", 0.2)
    app = create_app(Settings(), models)
    sent: list[Any] = []

    async def run() -> None:
        first = True

        async def receive() -> Any:
            nonlocal first
            if not first:
                await anyio.sleep(5)
            first = False
            return {"type": "http.request", "body": b"{", "more_body": True}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": "/v1/score", "headers": [(b"content-type", b"application/json")],
            "query_string": b"", "http_version": "1.1", "scheme": "http", "root_path": "", "server": ("a", 1),
        }  # fmt: skip
        await app(scope, receive, send)

    anyio.run(run)
    assert sent[0]["status"] == 408


def test_more_objects_than_a_request_has_are_413_before_they_are_read(
    models: Models, problem: Problem
) -> None:
    body = b'{"accounts": [' + b"[]," * 2_000 + b"[]]}"
    with TestClient(create_app(Settings(max_work=100), models)) as client:
        said = problem(client.post("/v1/score", content=body, headers=JSON), 413, "too-large")
    assert "2,003 objects and lists" in said["detail"]


def test_a_client_that_writes_first_sees_why_it_is_refused(
    served: Callable[[Settings], str], key_file: Path, make_key: Callable[..., str]
) -> None:
    make_key(Scope.SCORE)
    port = int(served(Settings(keys=key_file)).rpartition(":")[2])
    size = 20_000_000
    head = f"POST /v1/score HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(f"{head}\r\n".encode() + b" " * size)
        assert client.recv(100).startswith(b"HTTP/1.1 401 ")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 401 "), "who asks first need not send it"


@pytest.mark.parametrize(("size", "kept"), [(1_000, True), (SMALL_BYTES + 1, False)])
def test_a_refusal_ends_the_connection_where_much_of_a_body_is_still_to_come(
    served: Callable[[Settings], str], key_file: Path, make_key: Callable[..., str], size: int, kept: bool
) -> None:
    make_key(Scope.SCORE)
    address = served(Settings(keys=key_file)).rpartition("/")[2]
    with closing(http.client.HTTPConnection(address, timeout=10)) as connection:
        connection.connect()
        opened = connection.sock
        for _ in range(2):
            connection.request("POST", "/v1/score", b" " * size, JSON)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 401
            assert answer.headers["connection"] == (None if kept else "close")
            assert (connection.sock is opened) is kept
