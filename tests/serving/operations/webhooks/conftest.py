"""A receiver of webhooks on a port of its own, and an operation with a webhook that goes there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import pytest
from sqlalchemy import insert

from vigie.serving.operations import tables
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.webhooks import registration
from vigie.serving.operations.webhooks.delivery import Deliverer
from vigie.serving.operations.webhooks.door import Door
from vigie.serving.operations.webhooks.registration import Keyed
from vigie.serving.operations.webhooks.sending import Sender


@dataclass
class Receiver:
    """A server that keeps what it is sent.

    Attributes:
        url: Its address.
        taken: Headers and body of each message that it answered with 2xx.
        refused: The same of the others.
        answer: Returns the status of the answer to a body, with headers.
    """

    url: str
    taken: list[tuple[dict[str, str], str]] = field(default_factory=list)
    refused: list[tuple[dict[str, str], str]] = field(default_factory=list)
    answer: Callable[[str], tuple[int, dict[str, str]]] = lambda _: (204, {})

    @property
    def ids(self) -> list[str]:
        """Ids of the messages that it has taken."""
        return [headers["webhook-id"] for headers, _ in self.taken]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            status, headers = received.answer(body)
            said = ({name.lower(): value for name, value in self.headers.items()}, body)
            (received.taken if 200 <= status < 300 else received.refused).append(said)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hook")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield received
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def sender() -> Sender:
    """A sender that may go to this machine."""
    return Sender(Door([ip_network("127.0.0.0/8")]))


@pytest.fixture
def deliverer(catalogue: Catalogue, sender: Sender) -> Deliverer:
    return Deliverer(catalogue, sender)


@pytest.fixture
def told(watched: Any, receiver: Receiver) -> Keyed:
    """The webhook of the operation that goes to the receiver."""
    with watched.catalogue.observing(watched.id) as connection:
        return registration.register(connection, receiver.url, [], watched.catalogue.clock())


@pytest.fixture
def alert(watched: Any) -> Callable[..., str]:
    """Return a function that makes an alert as a judgement does, and returns the id of its message."""

    def make(kind: str = "group_new", track: int = 3) -> str:
        data = {"other": None, "joined": 5, "left": 0, "accounts": 12}
        values = {"at": watched.catalogue.clock(), "kind": kind, "track": track, "data": data}
        with watched.catalogue.database(watched.id).writing() as connection:
            made = connection.execute(insert(tables.alerts).values(**values))
            return f"msg_{watched.id}_{made.inserted_primary_key[0]}"

    return make
