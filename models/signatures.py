"""Signatures of bundles: Ed25519 over the digest of all that a bundle holds, in a file beside it.

A pin allows one bundle, and whoever installs models asks for a line each time. A signature allows every bundle of whoever holds
the key: the service is told of public keys once. ``vigie sign`` writes ``bundle.sig`` into the folder; nothing else in it changes.
"""

from __future__ import annotations

from pathlib import Path

from vigie.errors import BundleUnsignedError, ConfigError
from vigie.features.ed25519 import Signature, Signing

FILE = "bundle.sig"
SIGNING = Signing(b"vigie bundle 1\n", "bundle", "bundle", FILE, BundleUnsignedError)
_KEYS = Signing(SIGNING.domain, SIGNING.thing, SIGNING.content, FILE, ConfigError)
# A signature is a line of JSON.
_LARGEST = 1_000


def check(folder: Path, digest: str, trusted: Path) -> Signature:
    """Return the signature of a bundle by one of some keys.

    Args:
        folder: Of the bundle.
        digest: Of all that it holds, see :func:`vigie.models.bundle.digest_of`.
        trusted: PEM file of public keys, one after the other.

    Raises:
        BundleUnsignedError: It has no signature, or one of another bundle or another key.
        ConfigError: The file of keys cannot be read.
    """
    try:
        keys = _KEYS.public_keys(trusted)
    except OSError as error:
        raise ConfigError(
            f"the file of keys {trusted} cannot be read ({error}); no bundle is allowed"
        ) from error
    file = folder / FILE
    if not file.is_file():
        raise BundleUnsignedError(
            f"the bundle in {folder} is not signed, and only those of the keys in {trusted.name} are allowed; if it is the one that "
            "is meant, sign it: vigie sign"
        )
    with file.open("rb") as stream:
        made = SIGNING.checked(stream.read(_LARGEST), digest.encode(), None)
    if made.public_key not in keys:
        raise BundleUnsignedError(
            f"the bundle in {folder} was signed by the key {made.fingerprint[:16]}…, which is none of {trusted.name}"
        )
    return made
