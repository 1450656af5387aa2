"""Ed25519 signatures, and the keys that make and check them.

Keys are PEM files as ``openssl genpkey -algorithm ed25519`` writes them. The package ``cryptography`` does the signing; it is
needed for signatures only (``pip install vigie[seal]``).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vigie.errors import VigieError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_LARGEST_FILE = 100_000
_PUBLIC = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)
_MAKE = "make one with openssl genpkey -algorithm ed25519 -out KEY.pem"


class Signature(BaseModel):
    """Who signed something, as far as a key tells it.

    Attributes:
        algorithm: Of the signature.
        public_key: Raw, in hex.
        signature: In hex.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    algorithm: Literal["Ed25519"] = "Ed25519"
    public_key: str = Field(pattern=r"^[0-9a-f]{64}$")
    signature: str = Field(pattern=r"^[0-9a-f]{128}$")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key."""
        return sha256(bytes.fromhex(self.public_key)).hexdigest()


@dataclass(frozen=True)
class Signing:
    """How things of one kind are signed.

    Attributes:
        domain: Comes before what is signed, so that no signature of another kind of thing can stand for one.
        thing: What is signed as a whole, in a word.
        content: What the signature is of, in a word.
        file: Name of the signature's file.
        error: What is raised.
    """

    domain: bytes
    thing: str
    content: str
    file: str
    error: type[VigieError]

    def private_key(self, path: Path) -> Ed25519PrivateKey:
        """Return the key in a file.

        Raises:
            VigieError: It is no Ed25519 key, or has a password.
            OSError: The file cannot be read.
        """
        self._need()
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            found = load_pem_private_key(_text(path), password=None)
        except (ValueError, TypeError) as error:
            raise self.error(f"{path} holds no private key that can be read; {_MAKE}") from error
        if not isinstance(found, Ed25519PrivateKey):
            raise self.error(f"{path} holds a key of another kind; {_MAKE}")
        return found

    def public_key(self, path: Path) -> str:
        """Return the first raw public key in a file, in hex; errors as of :meth:`private_key`."""
        return self._public(path, _text(path))

    def public_keys(self, path: Path) -> frozenset[str]:
        """Return all raw public keys in a file, in hex; errors as of :meth:`private_key`."""
        text = _text(path)
        return frozenset(self._public(path, each) for each in _PUBLIC.findall(text) or [text])

    def sign(self, content: bytes, key: Ed25519PrivateKey) -> Signature:
        """Return the signature of a content."""
        return Signature(public_key=_raw(key.public_key()), signature=key.sign(self.domain + content).hex())

    def checked(self, text: bytes, content: bytes, expected: str | None) -> Signature:
        """Return a signature that was made of a content.

        Args:
            text: The signature.
            content: What it is of.
            expected: Public key that must have made it, raw, in hex; None: any.

        Raises:
            VigieError: It is none, of another content, or of another key.
        """
        self._need()
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            made = Signature.model_validate_json(text)
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(made.public_key)).verify(
                bytes.fromhex(made.signature), self.domain + content
            )
        except ValidationError as error:
            raise self.error(f"{self.file} is no signature of a {self.thing}") from error
        except InvalidSignature as error:
            raise self.error(
                f"the signature was not made of this {self.content}: one of them was changed"
            ) from error
        if expected not in (None, made.public_key):
            raise self.error(
                f"the {self.thing} was signed by the key {made.fingerprint[:16]}…, not by the one that was given"
            )
        return made

    def make_keys(self, private: Path, public: Path) -> None:
        """Write a new private key, which nobody else may read, and its public key.

        Raises:
            FileExistsError: A file is there already.
        """
        self._need()
        from cryptography.hazmat.primitives import serialization as forms
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.generate()
        secret = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
        shown = key.public_key().public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)
        for path, text, mode in ((private, secret, 0o600), (public, shown, 0o644)):
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(text)

    def _public(self, path: Path, text: bytes) -> str:
        self._need()
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        try:
            found = load_pem_public_key(text)
        except ValueError as error:
            raise self.error(
                f"{path} holds no public key; write one with openssl pkey -in KEY.pem -pubout"
            ) from error
        if not isinstance(found, Ed25519PublicKey):
            raise self.error(f"{path} holds a key of another kind; {_MAKE}")
        return _raw(found)

    def _need(self) -> None:
        try:
            import cryptography  # noqa: F401 - whether it is there
        except ImportError as error:
            raise self.error("signatures need the package cryptography; install vigie[seal]") from error


def _text(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST_FILE)


def _raw(key: Ed25519PublicKey) -> str:
    return key.public_bytes_raw().hex()
