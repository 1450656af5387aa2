"""A signature fits one content, one kind of thing and one key, and keys are made where nobody else reads them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vigie.errors import DossierError
from vigie.features.ed25519 import Signing

signature = Signing(b"a dossier\n", "dossier", "manifest", "signature.json", DossierError)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A private key as OpenSSL writes it, its public key beside it."""
    place = tmp_path / "key.pem"
    for command in (
        ["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(place)],
        ["openssl", "pkey", "-in", str(place), "-pubout", "-out", str(tmp_path / "public.pem")],
    ):
        subprocess.run(command, check=True)  # noqa: S603
    return place


def test_a_signature_fits_its_manifest_and_its_key_alone(key: Path) -> None:
    made = signature.sign(b"manifest", signature.private_key(key))
    text = made.model_dump_json().encode()
    public = signature.public_key(key.with_name("public.pem"))
    assert signature.checked(text, b"manifest", None) == signature.checked(text, b"manifest", public) == made
    with pytest.raises(DossierError, match="not made of this manifest"):
        signature.checked(text, b"Manifest", None)
    with pytest.raises(DossierError, match="not by the one that was given"):
        signature.checked(text, b"manifest", "0" * 64)


def test_the_signature_of_another_kind_of_text_is_none(key: Path) -> None:
    private: Ed25519PrivateKey = signature.private_key(key)
    bare = signature.sign(b"", private).model_copy(update={"signature": private.sign(b"manifest").hex()})
    with pytest.raises(DossierError, match="not made of this manifest"):
        signature.checked(bare.model_dump_json().encode(), b"manifest", None)


@pytest.mark.parametrize("text", [b"", b"{}", b'{"public_key": "00", "signature": "00"}'])
def test_what_is_no_signature_is_refused(text: bytes) -> None:
    with pytest.raises(DossierError, match="no signature of a dossier"):
        signature.checked(text, b"manifest", None)


def test_a_file_that_is_no_such_key_is_refused_with_how_to_make_one(key: Path, tmp_path: Path) -> None:
    other = tmp_path / "rsa.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "x25519", "-out", str(other)], check=True)  # noqa: S603, S607
    with pytest.raises(DossierError, match="another kind; make one with openssl genpkey"):
        signature.private_key(other)
    with pytest.raises(DossierError, match="no private key"):
        signature.private_key(key.with_name("public.pem"))
    with pytest.raises(DossierError, match="no public key"):
        signature.public_key(key)


def test_a_file_may_hold_several_public_keys(key: Path, tmp_path: Path) -> None:
    signature.make_keys(tmp_path / "other.pem", tmp_path / "other.pub.pem")
    both = tmp_path / "both.pem"
    files = [key.with_name("public.pem"), tmp_path / "other.pub.pem"]
    both.write_bytes(b"# ours\n" + b"\n".join(file.read_bytes() for file in files))
    assert signature.public_keys(both) == {signature.public_key(file) for file in files}
    (tmp_path / "none.pem").write_text("nothing")
    with pytest.raises(DossierError, match="no public key"):
        signature.public_keys(tmp_path / "none.pem")


def test_keys_that_are_made_fit_each_other_and_replace_none(tmp_path: Path) -> None:
    private, public = tmp_path / "k.pem", tmp_path / "k.pub.pem"
    signature.make_keys(private, public)
    assert private.stat().st_mode & 0o777 == 0o600
    made = signature.sign(b"manifest", signature.private_key(private))
    assert made.public_key == signature.public_key(public)
    with pytest.raises(FileExistsError):
        signature.make_keys(private, public)


def test_a_signature_of_another_kind_of_thing_is_none(key: Path) -> None:
    other = Signing(b"a bundle\n", "bundle", "bundle", "bundle.sig", DossierError)
    made = other.sign(b"manifest", other.private_key(key)).model_dump_json().encode()
    with pytest.raises(DossierError, match="not made of this manifest"):
        signature.checked(made, b"manifest", None)
