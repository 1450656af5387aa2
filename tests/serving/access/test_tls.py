"""Connections are encrypted by TLS 1.2 or later, with a certificate and its own key, which are renewed while it serves."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from vigie.errors import InputError
from vigie.serving.access.tls import Certificate, served_certificate

Pair = tuple[Path, Path]


@pytest.fixture(scope="session")
def certify(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Pair]:
    """Return a function that makes a certificate of localhost and its key."""

    def certify(*options: str) -> Pair:
        folder = tmp_path_factory.mktemp("tls")
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        command = [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate), *(options or ("-nodes",)),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
        return certificate, key

    return certify


def shaken(server: ssl.SSLContext, client: ssl.SSLContext, name: str | None = "localhost") -> str | None:
    """Return the version of TLS that a client gets from a real server."""
    bound = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        connection, _ = bound.accept()
        try:
            with server.wrap_socket(connection, server_side=True) as encrypted:
                encrypted.sendall(b"hello")
        except OSError:
            connection.close()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        with (
            socket.create_connection(bound.getsockname()) as plain,
            client.wrap_socket(plain, server_hostname=name) as encrypted,
        ):
            assert encrypted.recv(5) == b"hello"
            return encrypted.version()
    finally:
        thread.join()
        bound.close()


def test_a_client_that_trusts_the_certificate_is_served(certify: Callable[..., Pair]) -> None:
    certificate, key = certify()
    context = Certificate(certificate, key).context
    assert shaken(context, ssl.create_default_context(cafile=certificate)) == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(context, ssl.create_default_context())


def test_versions_before_1_2_are_refused(certify: Callable[..., Pair]) -> None:
    certificate, key = certify()
    context = Certificate(certificate, key).context
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    old = ssl.create_default_context(cafile=certificate)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        shaken(context, old)


def test_without_files_there_is_no_tls_and_one_alone_is_refused(certify: Callable[..., Pair]) -> None:
    certificate, key = certify()
    assert served_certificate(None, None) is None
    with pytest.raises(InputError, match="give --tls-key too"):
        served_certificate(certificate, None)
    with pytest.raises(InputError, match="give --tls-certificate too"):
        served_certificate(None, key)


def test_files_that_do_not_fit_together_are_named(certify: Callable[..., Pair], tmp_path: Path) -> None:
    certificate, key = certify()
    _, other = certify()
    _, locked = certify("-passout", "pass:secret")
    (tmp_path / "empty").touch()
    for first, second in (
        (certificate, other),
        (certificate, locked),
        (tmp_path / "empty", key),
        (tmp_path / "absent", key),
    ):
        with pytest.raises(InputError, match="cannot be used together") as refused:
            served_certificate(first, second)
        assert str(second) in str(refused.value)


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


@pytest.fixture
def place(certify: Callable[..., Pair], tmp_path: Path) -> Pair:
    """Where a certificate and its key lie that will be replaced."""
    return put(certify(), (tmp_path / "chain.pem", tmp_path / "key.pem"))


def put(pair: Pair, place: Pair) -> Pair:
    for source, target in zip(pair, place, strict=True):
        fresh = target.with_suffix(".new")
        fresh.write_bytes(source.read_bytes())
        fresh.replace(target)
    return place


def test_a_certificate_that_is_replaced_is_served_from_the_next_connection_on(
    certify: Callable[..., Pair], place: Pair
) -> None:
    served, renewed = Certificate(*place), certify()
    before = trusting(place[0])
    assert shaken(served.context, before)
    put(renewed, place)
    with capture_logs() as logged:
        assert shaken(served.context, trusting(renewed[0]))
        with pytest.raises(ssl.SSLCertVerificationError):
            shaken(served.context, before)
    assert [line["event"] for line in logged] == ["certificate renewed"]


@pytest.mark.parametrize("broken", ["other key", "no key", "half a chain"])
def test_a_pair_that_cannot_be_used_leaves_the_one_before_it_and_says_so_once(
    certify: Callable[..., Pair], place: Pair, broken: str
) -> None:
    served, before, renewed = Certificate(*place), trusting(place[0]), certify()
    match broken:
        case "other key":
            place[1].write_bytes(renewed[1].read_bytes())
        case "no key":
            place[1].unlink()
        case _:
            place[0].write_bytes(place[0].read_bytes()[:300])
    with capture_logs() as logged:
        for _ in range(2):
            assert shaken(served.context, before)
            assert served.is_refused()
    assert [line["event"] for line in logged] == ["certificate refused"]
    assert "cannot be used together" in logged[0]["reason"]
    put(renewed, place)
    assert not served.is_refused()
    assert shaken(served.context, trusting(renewed[0]))


def test_a_client_that_names_no_host_gets_the_new_certificate_too(
    certify: Callable[..., Pair], place: Pair
) -> None:
    served, renewed = Certificate(*place), certify()
    put(renewed, place)
    nameless = trusting(renewed[0])
    nameless.check_hostname = False
    assert shaken(served.context, nameless, name=None)
