"""Encrypted connections."""

from __future__ import annotations

import ssl
from pathlib import Path

from vigie.errors import InputError


def server_context(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """Return what a server needs for TLS 1.2 and later; None where neither file is given.

    Args:
        certificate: The certificate chain, PEM.
        key: Its private key, PEM, without a password.

    Raises:
        InputError: One of them is missing, or they do not fit together.
    """
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        absent = "--tls-certificate" if certificate is None else "--tls-key"
        raise InputError(f"TLS needs a certificate and its key; give {absent} too")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # A password would be asked for on the terminal, where nobody may sit.
        context.load_cert_chain(certificate, key, password=lambda: "")
    except ssl.SSLError as error:
        raise InputError(
            f"the certificate {certificate} and the key {key} cannot be used together ({error.reason or error}); give a "
            "chain and its own private key, both PEM, without a password"
        ) from error
    return context
