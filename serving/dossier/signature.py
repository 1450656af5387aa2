"""Signatures of dossiers: Ed25519 over the manifest, which holds the digest of everything else.

Keys are PEM files as ``openssl genpkey -algorithm ed25519`` writes them. The package ``cryptography`` does the signing; it is
needed for signatures only (``pip install vigie[seal]``).
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vigie.errors import DossierError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_LARGEST_KEY = 10_000
_DOMAIN = b"vigie dossier 1\n"  # so that no other signature of the key can stand for one


class Signature(BaseModel):
    """Who sealed a dossier, as far as a key tells it.

    Attributes:
        algorithm: Of the signature.
        public_key: Raw, in hex.
        signature: Of the manifest, in hex.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str = Field(pattern=r"^[0-9a-f]{64}$")
    signature: str = Field(pattern=r"^[0-9a-f]{128}$")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key."""
        return sha256(bytes.fromhex(self.public_key)).hexdigest()


def private_key(path: Path) -> Ed25519PrivateKey:
    """Return the key in a file.

    Raises:
        DossierError: It is no Ed25519 key, or has a password.
        OSError: The file cannot be read.
    """
    _needed()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = load_pem_private_key(_text(path), password=None)
    except (ValueError, TypeError) as error:
        raise DossierError(f"{path} holds no private key that can be read; {_MAKE}") from error
    if not isinstance(found, Ed25519PrivateKey):
        raise DossierError(f"{path} holds a key of another kind; {_MAKE}")
    return found


def public_key(path: Path) -> str:
    """Return the raw public key in a file, in hex; errors as of :func:`private_key`."""
    _needed()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        found = load_pem_public_key(_text(path))
    except ValueError as error:
        raise DossierError(
            f"{path} holds no public key; write one with openssl pkey -in KEY.pem -pubout"
        ) from error
    if not isinstance(found, Ed25519PublicKey):
        raise DossierError(f"{path} holds a key of another kind; {_MAKE}")
    return _raw(found)


def sign(manifest: bytes, key: Ed25519PrivateKey) -> Signature:
    """Return the signature of a manifest."""
    return Signature(public_key=_raw(key.public_key()), signature=key.sign(_DOMAIN + manifest).hex())


def checked(text: bytes, manifest: bytes, expected: str | None) -> Signature:
    """Return a signature that was made of a manifest.

    Args:
        text: The signature.
        manifest: What it is of.
        expected: Public key that must have made it, raw, in hex; None: any.

    Raises:
        DossierError: It is none, of another manifest, or of another key.
    """
    _needed()
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        made = Signature.model_validate_json(text)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(made.public_key)).verify(
            bytes.fromhex(made.signature), _DOMAIN + manifest
        )
    except ValidationError as error:
        raise DossierError("signature.json is no signature of a dossier") from error
    except InvalidSignature as error:
        raise DossierError("the signature was not made of this manifest: one of them was changed") from error
    if expected not in (None, made.public_key):
        raise DossierError(
            f"the dossier was signed by the key {made.fingerprint[:16]}…, not by the one that was given"
        )
    return made


_MAKE = "make one with openssl genpkey -algorithm ed25519 -out KEY.pem"


def _needed() -> None:
    try:
        import cryptography  # noqa: F401 - whether it is there
    except ImportError as error:
        raise DossierError("signatures need the package cryptography; install vigie[seal]") from error


def _text(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST_KEY)


def _raw(key: Ed25519PublicKey) -> str:
    return key.public_bytes_raw().hex()
