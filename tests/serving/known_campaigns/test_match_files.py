"""Matches are written as lines of JSON, a spreadsheet or Parquet, each with the account's own names."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from tests.serving.known_campaigns.conftest import Collection

from vigie.errors import UnknownFormatError
from vigie.serving.known_campaigns import match_files, matching
from vigie.serving.known_campaigns.types import Memory


def test_each_match_is_a_row_under_the_names_of_the_account(
    collection: Callable[..., Collection], memory: Memory, tmp_path: Path
) -> None:
    given = collection(
        {"handle": "quiet"}, {"handle": "ann_other", "posts": [{"urls": ["http://gazette.ltd"]}] * 2}
    )
    found = matching.matches(*given, memory).by_account("en")
    for name in ("m.jsonl", "m.csv", "m.parquet"):
        match_files.write(tmp_path / name, given[0], found)
    lines = [json.loads(line) for line in (tmp_path / "m.jsonl").read_text().splitlines()]
    assert [(line["account_id"], line["how"], line["post_ids"]) for line in lines] == [
        ("1", "handle", []), ("1", "domain", ["1-0", "1-1"]),
    ]  # fmt: skip
    table = pl.read_parquet(tmp_path / "m.parquet")
    assert table["sentence"].to_list() == [line["sentence"] for line in lines]
    assert pl.read_csv(tmp_path / "m.csv")["post_ids"].to_list() == ["", "1-0 1-1"]


def test_no_match_is_a_file_without_rows(tmp_path: Path, collection: Callable[..., Collection]) -> None:
    match_files.write(tmp_path / "m.parquet", collection({})[0], {})
    assert pl.read_parquet(tmp_path / "m.parquet").schema == match_files.SCHEMA


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError, match=r"\.jsonl"):
        match_files.check_suffix(tmp_path / "m.xlsx")
