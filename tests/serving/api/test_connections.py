"""Connections that stall, or leave open where a request ends: a real server, real sockets."""

from __future__ import annotations

import asyncio
import http.client
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response

from vigie.serving.api import connections
from vigie.serving.api.connections import TimedProtocol


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Port of a server that waits half a second for the head of a request."""
    monkeypatch.setattr(connections, "HEAD_S", 0.5)
    monkeypatch.setattr(connections, "_HELD_UP_S", 0.1)
    app = FastAPI(openapi_url=None)

    @app.get("/slow")
    def slow() -> str:
        time.sleep(1.2)
        return "answered"

    @app.post("/busy")
    async def busy() -> Response:
        return Response(b"busy", 503, {"Connection": "close", "Retry-After": "7"})

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


LARGE = b" " * 30_000_000


def by_http_client(port: int, _: Path) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", "/busy", LARGE)
    answer = connection.getresponse()
    return answer.status, answer.headers["retry-after"]


def by_httpx(port: int, _: Path) -> tuple[int, str]:
    answer = httpx2.post(f"http://127.0.0.1:{port}/busy", content=LARGE, timeout=20)
    return answer.status_code, answer.headers["retry-after"]


def by_httpx_async(port: int, _: Path) -> tuple[int, str]:
    async def ask() -> httpx2.Response:
        async with httpx2.AsyncClient(timeout=20) as client:
            return await client.post(f"http://127.0.0.1:{port}/busy", content=LARGE)

    answer = asyncio.run(ask())
    return answer.status_code, answer.headers["retry-after"]


def by_requests(port: int, _: Path) -> tuple[int, str]:
    requests = pytest.importorskip("requests")
    answer = requests.post(f"http://127.0.0.1:{port}/busy", data=LARGE, timeout=20)
    return answer.status_code, answer.headers["retry-after"]


def by_curl(port: int, folder: Path, *options: str) -> tuple[int, str]:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    (folder / "body").write_bytes(LARGE)
    command = [curl, "-s", "-m", "20", "-o", "/dev/null", "-w", "%{http_code} %header{retry-after}", *options,
               "--data-binary", f"@{folder}/body", f"http://127.0.0.1:{port}/busy"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    status, after = done.stdout.split()
    return int(status), after


def by_curl_without_asking(port: int, folder: Path) -> tuple[int, str]:
    return by_curl(port, folder, "-H", "Expect:")


@pytest.mark.parametrize(
    "client", [by_http_client, by_httpx, by_httpx_async, by_requests, by_curl, by_curl_without_asking]
)
def test_a_client_that_sends_a_large_body_sees_that_it_was_refused_unread(
    port: int, tmp_path: Path, client: Callable[[int, Path], tuple[int, str]]
) -> None:
    assert [client(port, tmp_path) for _ in range(3)] == 3 * [(503, "7")]


def test_a_client_that_sends_without_looking_is_held_up_and_one_that_looks_is_not(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_HELD_UP_S", 1.5)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"POST /busy HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 503 "), "the answer itself is not held up"
        start = time.monotonic()
        client.sendall(LARGE)
        assert time.monotonic() - start > 1


def test_what_comes_after_a_refusal_is_taken_and_a_client_that_sends_no_more_is_left(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_LOOK_S", 0.2)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b"POST /busy HTTP/1.1\r\nHost: a\r\nContent-Length: 40000000\r\n\r\n")
        client.sendall(LARGE)
        answer = b""
        while some := client.recv(10_000):
            answer += some
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert answer.endswith(b"busy")
        time.sleep(0.6)
        with pytest.raises(ConnectionError):
            client.sendall(LARGE)


def test_a_client_cannot_send_for_ever_after_a_refusal(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_TAKEN", 1_000_000)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b"POST /busy HTTP/1.1\r\nHost: a\r\nContent-Length: 900000000\r\n\r\n")
        with pytest.raises(ConnectionError):
            client.sendall(LARGE)
