"""A file of pins allows the bundles that it names, and no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vigie.errors import BundleCorruptError, BundleUnpinnedError, ConfigError
from vigie.models import bundle, pins


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    """Return a file that allows the bundle that ships."""
    loaded = bundle.load()
    path = tmp_path / "pins.txt"
    line = pins.line(bundle.digest_of(loaded.index), loaded.name, loaded.version)
    path.write_text(f"# ours\n\n{line}\n")
    return path


def test_a_bundle_that_is_named_is_loaded_and_its_version_begins_the_digest(allowed: Path) -> None:
    loaded = bundle.load(bundle.default_folder(), pins=allowed)
    (digest,) = pins.read(allowed)
    assert digest.startswith(loaded.version)


def test_another_bundle_is_refused_with_its_digest_before_its_models_are_read(
    allowed: Path, remade: Callable[..., Path]
) -> None:
    other = remade("other", assumed_prevalence=0.2)
    (other / "profile.txt").unlink()
    digest = bundle.digest_of(json.loads((other / "bundle.json").read_text()))
    with pytest.raises(BundleUnpinnedError, match=f"sha256:{digest}"):
        bundle.load(other, pins=allowed)


def test_a_changed_byte_is_found_in_a_bundle_that_is_named(allowed: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in bundle.default_folder().iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    text = (copy / "profile.txt").read_text()
    (copy / "profile.txt").write_text(text.replace("0", "1", 1))
    with pytest.raises(BundleCorruptError, match="profile"):
        bundle.load(copy, pins=allowed)


def test_an_empty_file_allows_none(tmp_path: Path) -> None:
    (tmp_path / "pins.txt").touch()
    with pytest.raises(BundleUnpinnedError):
        bundle.load(bundle.default_folder(), pins=tmp_path / "pins.txt")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sha256:12 too short", "line 1 of .*: sha256:12 is no pin"),
        ("\n981040cfc67e", "line 2 of .* is no pin"),
    ],
)
def test_a_line_without_a_digest_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "pins.txt").write_text(text)
    with pytest.raises(ConfigError, match=said):
        pins.read(tmp_path / "pins.txt")


def test_a_file_that_is_not_there_allows_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no bundle is allowed"):
        pins.read(tmp_path / "none.txt")
