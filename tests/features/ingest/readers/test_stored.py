"""Datasets that vigie wrote, read again."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from vigie.errors import DatasetCorruptError, MalformedInputError
from vigie.features.ingest.opening import SourceFile
from vigie.features.ingest.reader import Log, Options
from vigie.features.ingest.readers import stored
from vigie.features.ingest.stored_dataset import MANIFEST, Dataset


def test_all_tables_come_back_and_the_sources_are_told(
    tmp_path: Path, page: Callable[..., str], imported: Callable[..., Dataset]
) -> None:
    (tmp_path / "1.jsonl").write_text(page(1, range(5)))
    held = imported([tmp_path / "1.jsonl"], tmp_path / "d")
    file = SourceFile(tmp_path / "d" / MANIFEST)
    found = {part.table: part.rows for part in stored.parts(file, Options(), Log())}
    assert found["posts"].equals(held.posts().collect())
    assert set(found) == {"accounts", "posts", "names"}
    assert [one["name"] for one in stored.sources_of(file)] == ["1.jsonl"]
    (tmp_path / "d" / "posts.parquet").write_bytes(b"cut")
    with pytest.raises(DatasetCorruptError):
        list(stored.parts(file, Options(), Log()))


def test_a_dataset_in_an_archive_is_to_be_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr(f"d/{MANIFEST}", "{}")
    with pytest.raises(MalformedInputError, match="unpack the dataset"):
        list(stored.parts(SourceFile(tmp_path / "d.zip", f"d/{MANIFEST}"), Options(), Log()))
