"""Both clients send the same request again where a service is busy or breaks off, over real sockets."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from vigie.client import AsyncClient, Client, Retries
from vigie.errors import AnswerError, EmptyInputError, UnreachableError

ACCOUNT = {"platform": "x", "account_id": "1"}
IDENTITY = {"name": "m", "version": "1", "feature_set": "f"}
SCORES = {
    "model": IDENTITY, "coordinated_model": IDENTITY, "language": "en", "note": "", "campaigns": [], "groups": [],
    "notes": ["n"], "ignored_fields": [], "of_a_later_version": 1,
    "results": [{"platform": "x", "account_id": "1", "handle": None}],
}  # fmt: skip
# Status, headers and body of an answer; None breaks the connection off.
Answered = tuple[int, dict[str, str], bytes] | None
QUICK = Retries(most=3, first_s=0.01)


class Service:
    """Answers with what it was told, in order, and keeps what it was asked.

    Attributes:
        url: Its address.
        asked: Path, headers and body of each request.
    """

    def __init__(self, *answers: Answered) -> None:
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        left = list(answers)
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                service.asked.append((self.path, dict(self.headers), body))
                if (answer := left.pop(0)) is None:
                    return
                status, headers, content = answer
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(content))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}).start()


@pytest.fixture
def service() -> Iterator[Callable[..., Service]]:
    """Return a function that starts a service that gives some answers."""
    started: list[Service] = []

    def start(*answers: Answered) -> Service:
        started.append(Service(*answers))
        return started[-1]

    yield start
    for each in started:
        each.server.shutdown()
        each.server.server_close()


def in_turn(client: Any, call: Callable[[Any], Any]) -> Any:
    """Return what a call gives with either client."""
    if isinstance(client, Client):
        with client as opened:
            return call(opened)

    async def awaited() -> Any:
        async with client as opened:
            return await call(opened)

    return asyncio.run(awaited())


def scores() -> Answered:
    return 200, {"Content-Type": "application/json"}, json.dumps(SCORES).encode()


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_request_is_sent_again_as_it_was_until_it_is_answered(
    service: Callable[..., Service], kind: Any
) -> None:
    busy = service((503, {"Retry-After": "0"}, b""), None, (429, {}, b""), scores())
    answer = in_turn(
        kind(busy.url, "a-key", retries=QUICK), lambda client: client.score([ACCOUNT], top_reasons=2)
    )
    assert answer.content["of_a_later_version"] == 1
    assert len(busy.asked) == 4
    assert {path for path, _, _ in busy.asked} == {"/v1/score?top_reasons=2"}
    assert len({headers["Idempotency-Key"] for _, headers, _ in busy.asked}) == 1
    assert {headers["Authorization"] for _, headers, _ in busy.asked} == {"Bearer a-key"}
    (body,) = {body for _, _, body in busy.asked}
    assert json.loads(gzip.decompress(body)) == ACCOUNT


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_service_that_stays_busy_or_breaks_off_is_given_up(
    service: Callable[..., Service], kind: Any
) -> None:
    problem = json.dumps({"type": "/problems/overloaded", "detail": "too much work"}).encode()
    busy = service(*[(503, {"Content-Type": "application/problem+json"}, problem)] * 4)
    with pytest.raises(AnswerError, match="answered 503: too much work"):
        in_turn(kind(busy.url, retries=QUICK), lambda client: client.model())
    with pytest.raises(UnreachableError):
        in_turn(kind(service(*[None] * 4).url, retries=QUICK), lambda client: client.drift())
    assert len(busy.asked) == 4


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_what_is_no_answer_of_vigie_is_told(service: Callable[..., Service], kind: Any) -> None:
    other = service((200, {"Content-Type": "text/html"}, b"<html>"), (404, {}, b"nothing"))
    for status in (200, 404):
        with pytest.raises(AnswerError, match=f"answered {status}: the answer is no problem of vigie"):
            in_turn(kind(other.url), lambda client: client.features())


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("targets", [["inauthentic"], ["inauthentic", "coordinated"]])
def test_nothing_to_send_is_an_error(service: Callable[..., Service], kind: Any, targets: Any) -> None:
    with pytest.raises(EmptyInputError):
        in_turn(kind(service().url), lambda client: client.score([], targets=targets))


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_notes_of_all_chunks_are_told_once(service: Callable[..., Service], kind: Any) -> None:
    told = service(scores(), scores())
    many = [ACCOUNT] * 150
    answer = in_turn(kind(told.url), lambda client: client.score(many, targets=["inauthentic"]))
    assert answer.content["notes"] == ["n"]
    assert len(answer.content["results"]) == 2


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_an_operation_is_not_opened_twice_where_the_connection_breaks(
    service: Callable[..., Service], kind: Any
) -> None:
    broken = service((503, {"Retry-After": "0"}, b""), None, scores())
    with pytest.raises(UnreachableError):
        in_turn(
            kind(broken.url, retries=QUICK),
            lambda client: client.open_operation("t", "b", "2030-01-01T00:00:00Z"),
        )
    assert len(broken.asked) == 2
    assert broken.asked[0][1]["Content-Type"] == "application/json"
    assert json.loads(broken.asked[0][2]) == {
        "title": "t", "legal_basis": "b", "expires_at": "2030-01-01T00:00:00Z",
    }  # fmt: skip
