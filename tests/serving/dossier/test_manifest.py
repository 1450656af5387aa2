"""A manifest notes each member and all together, and is read strictly."""

from __future__ import annotations

import json
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from vigie.errors import DossierError
from vigie.serving.dossier import manifest
from vigie.serving.dossier.manifest import MANIFEST, Member


def test_the_whole_is_the_digest_of_what_sha256sum_writes(tmp_path: Path) -> None:
    held = {"b.txt": b"second", "a.txt": b"first"}
    for name, content in held.items():
        (tmp_path / name).write_bytes(content)
    said = subprocess.run(["sha256sum", *held], cwd=tmp_path, capture_output=True, check=True).stdout  # noqa: S603, S607
    assert manifest.whole(manifest.members(held)) == sha256(said).hexdigest()


def test_members_are_noted_by_size_and_digest() -> None:
    assert manifest.members({"a": b"xyz"}) == {"a": Member(sha256=sha256(b"xyz").hexdigest(), bytes=3)}


@pytest.mark.parametrize(
    ("field", "value", "place"),
    [("format", 2, "format"), ("hidden", 1, "hidden"), ("holds_personal_data", False, "holds_personal_data"),
     ("whole", "abc", "whole"), ("models", {"../x": {}}, "models")],
)  # fmt: skip
def test_a_manifest_of_another_form_is_refused_and_the_field_named(
    members: dict[str, bytes], field: str, value: object, place: str
) -> None:
    held = json.loads(members[MANIFEST]) | {field: value}
    with pytest.raises(DossierError, match=rf"format 1\): {place}"):
        manifest.parse(json.dumps(held).encode())
    with pytest.raises(DossierError, match="the whole"):
        manifest.parse(b"no json")
