"""A signature allows the bundle that it was made of, by a key that is trusted, and whatever is changed it allows no more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vigie.errors import BundleCorruptError, BundleUnsignedError, ConfigError
from vigie.models import bundle, signatures
from vigie.models.installation import install


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Return a private key; its public key lies beside it."""
    signatures.SIGNING.make_keys(tmp_path / "key.pem", tmp_path / "key.pub.pem")
    return tmp_path / "key.pem"


@pytest.fixture
def trusted(keys: Path) -> Path:
    return keys.with_name("key.pub.pem")


def sign(folder: Path, key: Path) -> None:
    digest = bundle.digest_of(json.loads((folder / bundle.INDEX).read_text()))
    made = signatures.SIGNING.sign(digest.encode(), signatures.SIGNING.private_key(key))
    (folder / signatures.FILE).write_text(made.model_dump_json())


@pytest.fixture
def signed(remade: Callable[..., Path], keys: Path) -> Path:
    folder = remade("signed")
    sign(folder, keys)
    return folder


def test_a_bundle_of_a_trusted_key_is_loaded_and_stays_signed_where_it_is_installed(
    signed: Path, trusted: Path, tmp_path: Path
) -> None:
    version = bundle.load(signed, trusted_keys=trusted).version
    installed = install(signed, tmp_path / "place")
    assert bundle.load(installed, trusted_keys=trusted).version == version


def test_one_that_is_not_signed_is_refused_and_told_how_to_be(
    remade: Callable[..., Path], trusted: Path
) -> None:
    folder = remade("bare")
    assert bundle.load(folder).version
    with pytest.raises(
        BundleUnsignedError, match=r"is not signed, .* key.pub.pem are allowed; .* sign it: vigie sign"
    ):
        bundle.load(folder, trusted_keys=trusted)


def test_one_of_another_key_is_refused_with_the_key(signed: Path, tmp_path: Path) -> None:
    signatures.SIGNING.make_keys(tmp_path / "b.pem", tmp_path / "b.pub.pem")
    with pytest.raises(
        BundleUnsignedError, match=r"signed by the key [0-9a-f]{16}…, which is none of b.pub.pem"
    ):
        bundle.load(signed, trusted_keys=tmp_path / "b.pub.pem")


def test_the_signature_of_another_bundle_is_none(
    signed: Path, remade: Callable[..., Path], trusted: Path
) -> None:
    other = remade("other", assumed_prevalence=0.2)
    (other / signatures.FILE).write_bytes((signed / signatures.FILE).read_bytes())
    with pytest.raises(BundleUnsignedError, match="not made of this bundle"):
        bundle.load(other, trusted_keys=trusted)


@pytest.mark.parametrize("file", ["profile.txt", "card.md"])
def test_a_changed_byte_is_found_in_a_signed_bundle(signed: Path, trusted: Path, file: str) -> None:
    text = (signed / file).read_text("utf-8")
    (signed / file).write_text(text.replace("0", "1", 1), "utf-8")
    with pytest.raises(BundleCorruptError, match=file):
        bundle.load(signed, trusted_keys=trusted)


def test_an_index_that_was_changed_and_dated_anew_is_no_longer_signed(signed: Path, trusted: Path) -> None:
    index = json.loads((signed / bundle.INDEX).read_text())
    index["assumed_prevalence"] = 0.5
    index["version"] = bundle.version_of(index)
    (signed / bundle.INDEX).write_text(json.dumps(index))
    assert bundle.load(signed).version == index["version"]
    with pytest.raises(BundleUnsignedError, match="not made of this bundle"):
        bundle.load(signed, trusted_keys=trusted)


@pytest.mark.parametrize("text", ["", "{}", "x" * 5_000, '{"public_key": "00", "signature": "00"}'])
def test_what_is_no_signature_is_refused(signed: Path, trusted: Path, text: str) -> None:
    (signed / signatures.FILE).write_text(text)
    with pytest.raises(BundleUnsignedError, match=r"bundle\.sig is no signature of a bundle"):
        bundle.load(signed, trusted_keys=trusted)


def test_keys_that_cannot_be_read_allow_none(signed: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no bundle is allowed"):
        bundle.load(signed, trusted_keys=tmp_path / "none.pem")
    (tmp_path / "empty.pem").touch()
    with pytest.raises(ConfigError, match="holds no public key"):
        bundle.load(signed, trusted_keys=tmp_path / "empty.pem")
