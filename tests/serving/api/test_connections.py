"""Connections that stall: a real server, real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI

from vigie.serving.api import connections
from vigie.serving.api.connections import TimedProtocol


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Port of a server that waits half a second for the head of a request."""
    monkeypatch.setattr(connections, "HEAD_S", 0.5)
    app = FastAPI(openapi_url=None)

    @app.get("/slow")
    def slow() -> str:
        time.sleep(1.2)
        return "answered"

    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http=TimedProtocol, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield bound.getsockname()[1]
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("said", [b"", b"GET /slow HTTP/1.1\r\nHost: a\r\nX-Long: "])
def test_a_head_that_does_not_come_closes_the_connection(port: int, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(said)
        start = time.monotonic()
        assert client.recv(100) == b""
        assert time.monotonic() - start < 3


def test_an_answer_may_take_longer_than_a_head_and_so_may_the_next_request(port: int) -> None:
    request = b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        for _ in range(2):
            client.sendall(request)
            answer = b""
            while b'"answered"' not in answer:
                some = client.recv(1000)
                assert some
                answer += some
