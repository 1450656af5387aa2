"""A bundle is written as it was read; what is none is refused with its place."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from vigie.errors import MalformedInputError, RequestTooLargeError
from vigie.serving.stix import bundle
from vigie.serving.stix.bundle import Relation

GIVEN: dict[str, Any] = {
    "type": "bundle",
    "id": "bundle--1",
    "objects": [
        {"type": "channel", "id": "channel--1", "name": "x.com/ann", "x_own": {"kept": [1, None]}},
        {
            "type": "report", "id": "report--1",
            "x_opencti_files": [{"name": "a.csv", "data": base64.b64encode(b"a\n").decode()}, {"name": "left at home"}],
            "extensions": {
                "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba": {
                    "files": [{"name": "b.csv", "mime_type": "text/csv", "data": base64.b64encode(b"b\n").decode()}]
                }
            },
        },
        {
            "type": "relationship", "id": "relationship--1", "relationship_type": "amplifies", "source_ref": "channel--1",
            "target_ref": "channel--elsewhere",
        },
    ],
}  # fmt: skip


def test_a_bundle_is_written_as_it_was_read(tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    file.write_text(json.dumps(GIVEN), encoding="utf-8-sig")
    read = bundle.read(file)
    assert json.loads(read.to_json()) == GIVEN
    assert list(read.relations()) == [Relation("amplifies", "channel--1", "channel--elsewhere")]
    assert [(each.name, each.data) for each in read.files()] == [("a.csv", b"a\n"), ("b.csv", b"b\n")]
    assert read.by_id["channel--1"]["name"] == "x.com/ann"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"type": "report"}',
        '{"type": "bundle", "objects": {}}',
        '{"type": "bundle", "objects": [{"id": 1}]}',
    ],
)
def test_what_is_no_bundle_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(MalformedInputError, match=r"b\.json"):
        bundle.read(tmp_path / "b.json")


def test_attached_files_are_bounded_and_must_be_base64(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {
        "type": "bundle",
        "objects": [{"type": "report", "id": "r", "x_opencti_files": [{"name": "a", "data": "é"}]}],
    }
    with pytest.raises(MalformedInputError, match="attached to r, is not base64"):
        list(bundle.of_json(broken, "b").files())
    monkeypatch.setattr(bundle, "LARGEST_FILE", 0)
    broken["objects"][0]["x_opencti_files"][0]["data"] = "YWJjZGVm"  # type: ignore[index]
    with pytest.raises(RequestTooLargeError, match="more than 0 bytes"):
        list(bundle.of_json(broken, "b").files())


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "b.json").write_text(json.dumps(GIVEN))
    monkeypatch.setattr(bundle, "LARGEST", 10)
    with pytest.raises(RequestTooLargeError, match="10 bytes"):
        bundle.read(tmp_path / "b.json")
