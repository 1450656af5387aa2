"""A message is signed as the standard has it, goes to the address that was looked at, and waits for nobody."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import anyio
import pytest

from vigie.serving.operations.webhooks import sending
from vigie.serving.operations.webhooks.door import Door
from vigie.serving.operations.webhooks.sending import Message, Sender, signed

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - published with the standard
NOW = datetime(2024, 5, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("secret", "name", "seconds", "body", "signature"),
    [
        (SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}',
         "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ("whsec_plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", 1731705121,
         '{"event_type":"ping","data":{"success":true}}', "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="),
    ],
)  # fmt: skip
def test_signatures_are_those_of_the_published_vectors(
    secret: str, name: str, seconds: int, body: str, signature: str
) -> None:
    headers = signed(Message(name, body), [secret], datetime.fromtimestamp(seconds, UTC))
    assert headers == {"webhook-id": name, "webhook-timestamp": str(seconds), "webhook-signature": signature}


def test_each_secret_signs_and_each_alone_verifies() -> None:
    other = "whsec_plJ3nmyCDGBKInavdOK15jsl"
    both = signed(Message("msg_1", "{}"), [SECRET, other], NOW)["webhook-signature"]
    alone = [signed(Message("msg_1", "{}"), [secret], NOW)["webhook-signature"] for secret in (SECRET, other)]
    assert both == " ".join(alone)


def send(sender: Sender, url: str) -> sending.Answer:
    return anyio.run(sender.send, url, Message("msg_1", '{"é":1}'), [SECRET], NOW)


def test_a_message_arrives_as_it_was_signed(sender: Sender, receiver: Any) -> None:
    answer = send(sender, receiver.url)
    assert (answer.status, answer.is_taken) == (204, True)
    ((headers, body),) = receiver.taken
    assert body == '{"é":1}'
    assert headers["webhook-signature"] == signed(Message("msg_1", body), [SECRET], NOW)["webhook-signature"]
    assert headers["host"] == receiver.url.split("/")[2]


def test_a_redirect_is_not_followed(sender: Sender, receiver: Any) -> None:
    receiver.answer = lambda _: (307, {"location": receiver.url})
    answer = send(sender, receiver.url)
    assert (answer.status, answer.is_taken) == (307, False)
    assert len(receiver.refused) == 1


def test_what_a_receiver_asks_to_be_left_alone_is_told(sender: Sender, receiver: Any) -> None:
    receiver.answer = lambda _: (503, {"retry-after": "120"})
    assert send(sender, receiver.url).retry_after_s == 120
    receiver.answer = lambda _: (503, {"retry-after": "soon"})
    assert send(sender, receiver.url).retry_after_s is None


def test_an_address_that_is_not_allowed_is_not_connected_to(receiver: Any) -> None:
    answer = send(Sender(Door([])), receiver.url)
    assert (answer.status, answer.said) == (None, "the name leads to no address that webhooks go to")
    assert receiver.taken == []


def test_the_name_is_resolved_once_and_the_connection_goes_to_what_was_looked_at(
    sender: Sender, receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []
    port = int(receiver.url.split(":")[2].split("/")[0])

    async def resolved(host: str, *_: Any, **__: Any) -> Any:
        looked.append(host)
        number = "127.0.0.1" if len(looked) == 1 else "192.0.2.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port))]

    monkeypatch.setattr(anyio, "getaddrinfo", resolved)
    assert send(sender, f"http://rebound.example:{port}/hook").is_taken
    assert looked == ["rebound.example"]
    assert receiver.taken[0][0]["host"] == f"rebound.example:{port}"


def test_the_next_address_of_a_name_is_tried_where_one_does_not_answer(
    sender: Sender, receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(receiver.url.split(":")[2].split("/")[0])

    async def resolved(*_: Any, **__: Any) -> Any:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port))
            for number in ("127.0.0.9", "127.0.0.1")
        ]

    monkeypatch.setattr(anyio, "getaddrinfo", resolved)
    assert send(sender, f"http://two.example:{port}/hook").is_taken


def test_a_receiver_that_drips_its_answer_is_left_in_time(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIMEOUT_S", 0.5)
    done = threading.Event()

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        # Who asks may be gone before this one is told to end.
        with connection, suppress(ConnectionError):
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not done.wait(0.05):
                connection.sendall(b"x: y\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        answer = send(sender, f"http://127.0.0.1:{server.getsockname()[1]}/")
        done.set()
        thread.join()
    assert (answer.status, answer.said[:16]) == (None, "no answer within")


def test_nobody_there_is_told(sender: Sender) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert send(sender, f"http://127.0.0.1:{port}/").said == "no connection (ConnectError)"


@pytest.fixture
def encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Port of a receiver over TLS that is trusted as receiver.example."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(  # noqa: S603
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",  # noqa: S607
         "-subj", "/CN=receiver.example", "-addext", "subjectAltName=DNS:receiver.example", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    class Quiet(HTTPServer):
        def handle_error(self, *_: Any) -> None:
            pass

    server = Quiet(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()
    thread.join()


def test_tls_checks_the_name_though_the_connection_goes_to_a_number(
    encrypted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolved(*_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", encrypted))]

    monkeypatch.setattr(anyio, "getaddrinfo", resolved)
    sender = Sender(Door([ip_network("127.0.0.1/32")]))
    assert send(sender, f"https://receiver.example:{encrypted}/").is_taken
    answer = send(sender, f"https://other.example:{encrypted}/")
    assert (answer.status, answer.said) == (None, "no connection (ConnectError)")
