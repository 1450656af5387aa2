"""Connections are encrypted by TLS 1.2 or later, with a certificate and its own key."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from vigie.errors import InputError
from vigie.serving.access.tls import server_context

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


def shaken(server: ssl.SSLContext, client: ssl.SSLContext) -> str | None:
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
            client.wrap_socket(plain, server_hostname="localhost") as encrypted,
        ):
            assert encrypted.recv(5) == b"hello"
            return encrypted.version()
    finally:
        thread.join()
        bound.close()


def test_a_client_that_trusts_the_certificate_is_served(certify: Callable[..., Pair]) -> None:
    certificate, key = certify()
    context = server_context(certificate, key)
    assert context is not None
    assert shaken(context, ssl.create_default_context(cafile=certificate)) == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(context, ssl.create_default_context())


def test_versions_before_1_2_are_refused(certify: Callable[..., Pair]) -> None:
    certificate, key = certify()
    context = server_context(certificate, key)
    assert context is not None
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    old = ssl.create_default_context(cafile=certificate)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        shaken(context, old)


def test_without_files_there_is_no_tls_and_one_alone_is_refused(certify: Callable[..., Pair]) -> None:
    certificate, key = certify()
    assert server_context(None, None) is None
    with pytest.raises(InputError, match="give --tls-key too"):
        server_context(certificate, None)
    with pytest.raises(InputError, match="give --tls-certificate too"):
        server_context(None, key)


def test_files_that_do_not_fit_together_are_named(certify: Callable[..., Pair], tmp_path: Path) -> None:
    certificate, key = certify()
    _, other = certify()
    _, locked = certify("-passout", "pass:secret")
    (tmp_path / "empty").touch()
    for first, second in ((certificate, other), (certificate, locked), (tmp_path / "empty", key)):
        with pytest.raises(InputError, match="cannot be used together") as refused:
            server_context(first, second)
        assert str(second) in str(refused.value)
