"""Connections that stall, or leave open where a request ends: a real server, real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI, Request

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

    @app.post("/size")
    async def size(request: Request) -> int:
        return len(await request.body())

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


def said_to(port: int, request: bytes) -> bytes:
    """Return all that a server answers to bytes, until it closes or waits."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(request)
        while some := client.recv(10_000):
            answer += some
    return answer


SMUGGLED = b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("request_line", "head", "body"),
    [
        (b"POST /size HTTP/1.1", b"Content-Length: 5\r\n" + CHUNKED, b"0\r\n\r\n"),
        (b"POST /size HTTP/1.1", CHUNKED + b"Content-Length: 5\r\n", b"0\r\n\r\n"),
        (b"POST /size HTTP/1.0", CHUNKED, b"0\r\n\r\n"),
        (b"POST /size HTTP/1.1", b"Content-Length: 5\r\nContent-Length: 6\r\n", b"hello"),
        (b"POST /size HTTP/1.1", b"Content-Length: 5, 6\r\n", b"hello"),
        (b"POST /size HTTP/1.1", b"Content-Length: +5\r\n", b"hello"),
        (b"POST /size HTTP/1.1", b"Content-Length : 5\r\n", b"hello"),
        (b"POST /size HTTP/1.1", CHUNKED, b"0x0\r\n\r\n"),
    ],
)
def test_a_request_whose_end_is_open_is_refused_and_what_follows_it_is_not_answered(
    port: int, request_line: bytes, head: bytes, body: bytes
) -> None:
    answer = said_to(port, request_line + b"\r\nHost: a\r\n" + head + b"\r\n" + body + SMUGGLED)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in answer.lower()
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("encodings", [b"identity", b"gzip, chunked", b"xchunked"])
def test_an_encoding_that_is_not_chunks_alone_is_refused(port: int, encodings: bytes) -> None:
    head = b"POST /size HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: " + encodings + b"\r\n\r\n"
    answer = said_to(port, head + b"0\r\n\r\n" + SMUGGLED)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 "))
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (CHUNKED, b"5;name=value\r\nhello\r\n0\r\n\r\n"),
        (b"Content-Length: 5\r\nContent-Length: 5\r\n", b"hello"),
        (b"X-Folded: a\r\n b\r\nContent-Length: 5\r\n", b"hello"),
        (b"X-Bare: a\nContent-Length: 5\r\n", b"hello"),
    ],
    ids=["chunks", "one length twice", "a folded line", "a line that ends in a line feed"],
)
def test_a_request_with_one_end_is_answered_and_so_is_the_one_behind_it(
    port: int, head: bytes, body: bytes
) -> None:
    first = b"POST /size HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n" + body
    last = b"POST /size HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"
    answer = said_to(port, first + last)
    assert answer.count(b"HTTP/1.1 200 ") == 2
    assert answer.count(b"\r\n\r\n5") == answer.count(b"\r\n\r\n2") == 1


def test_bytes_that_are_no_http_are_refused_in_words_and_not_as_a_problem(port: int) -> None:
    answer = said_to(port, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"text/plain" in answer
    assert answer.endswith(b"Invalid HTTP request received.")
