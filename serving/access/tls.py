"""Encrypted connections, and the certificate that is renewed while the service runs."""

from __future__ import annotations

import ssl
from pathlib import Path

import structlog

from vigie.errors import InputError

_log = structlog.get_logger("vigie.serving")

# Of each file, what changes where it is replaced; None: it is not there.
_Stamp = tuple[tuple[int, int, int] | None, ...]


class Certificate:
    """A certificate and its key. They are looked at with each connection, and read again where they have changed.

    A pair that cannot be used, as where one file is there and the other not yet, leaves the pair before it in use.

    Attributes:
        context: What a server needs for TLS 1.2 and later.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        """Read them.

        Args:
            certificate: The certificate chain, PEM.
            key: Its private key, PEM, without a password.

        Raises:
            InputError: One of them is missing, or they do not fit together.
        """
        self._certificate, self._key = certificate, key
        self._seen = self._stamp()
        self.context = self._in_use = self._read()
        # Called for each connection before a certificate is sent, also where the client names no host.
        self.context.sni_callback = self._choose
        self._refused = False

    def is_refused(self) -> bool:
        """Return whether the files hold a pair now that cannot be used."""
        self._look()
        return self._refused

    def _choose(self, connection: ssl.SSLSocket | ssl.SSLObject, _: str | None, __: ssl.SSLContext) -> None:
        self._look()
        connection.context = self._in_use

    def _look(self) -> None:
        found = self._stamp()
        if found == self._seen:
            return
        self._seen = found
        try:
            self._in_use = self._read()
        except InputError as error:
            self._refused = True
            _log.error("certificate refused", reason=str(error))
        else:
            self._refused = False
            _log.info("certificate renewed", file=str(self._certificate))

    def _stamp(self) -> _Stamp:
        return tuple(_changes(file) for file in (self._certificate, self._key))

    def _read(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            # A password would be asked for on the terminal, where nobody may sit.
            context.load_cert_chain(self._certificate, self._key, password=lambda: "")
        except OSError as error:
            reason = getattr(error, "reason", None) or error.strerror or error
            raise InputError(
                f"the certificate {self._certificate} and the key {self._key} cannot be used together ({reason}); give a "
                "chain and its own private key, both PEM, without a password"
            ) from error
        return context


def served_certificate(certificate: Path | None, key: Path | None) -> Certificate | None:
    """Return what a service is encrypted with; None where neither file is given.

    Raises:
        InputError: One of them is missing, or they do not fit together.
    """
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        absent = "--tls-certificate" if certificate is None else "--tls-key"
        raise InputError(f"TLS needs a certificate and its key; give {absent} too")
    return Certificate(certificate, key)


def _changes(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
