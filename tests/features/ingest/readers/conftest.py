"""What the tests of the readers share: reading to the contract, CSV files, and a status of the Twitter API v1.1."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from vigie.features import schema
from vigie.features.ingest.readers import Options, Read, find


@pytest.fixture
def read() -> Callable[..., Read]:
    """Return a function that reads a folder in a format and checks that every table has the contract's schema."""

    def read_folder(form: str, folder: Path, **options: Any) -> Read:
        result = find(form).read([folder], Options(**options))
        for name in schema.TABLES:
            assert result.table(name).schema == schema.schema(name)
        return result

    return read_folder


@pytest.fixture
def as_csv() -> Callable[[Sequence[Mapping[str, str]]], str]:
    """Return a function that gives rows as the text of a CSV file, empty cells without quotes."""

    def text_of(rows: Sequence[Mapping[str, str]]) -> str:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue()

    return text_of


@pytest.fixture
def status() -> dict[str, Any]:
    """Return a status of the Twitter API v1.1 without its user."""
    return {
        "id": 1,
        "id_str": "841319282986237952",
        "created_at": "Mon Mar 13 16:05:22 +0000 2017",
        "text": "hi",
        "in_reply_to_status_id": None,
        "entities": {"urls": [], "hashtags": [], "user_mentions": []},
        "lang": "en",
    }


@pytest.fixture
def from_records(tmp_path: Path) -> Callable[..., Read]:
    """Return a function that reads records as lines of JSON in a format."""

    def read_records(form: str, *records: Any) -> Read:
        file = tmp_path / "collected.jsonl"
        file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        return find(form).read([file], Options(name="n"))

    return read_records
