"""From rows to a dataset: rules, authors without a profile, one writer at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import DatasetError
from vigie.features.ingest import runs
from vigie.features.ingest.dataset_writer import Writer
from vigie.features.ingest.reader import Options
from vigie.features.ingest.readers import find
from vigie.features.ingest.stored_dataset import Dataset

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Page = Callable[..., str]
Import = Callable[..., Dataset]


def posts_of(found: Dataset) -> pl.DataFrame:
    return found.posts().sort("post_id").collect()


def test_what_an_import_with_other_settings_left_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: Page, imported: Import
) -> None:
    monkeypatch.setattr(runs, "_MOST_ROWS", 1)
    (tmp_path / "1.jsonl").write_text(page(1, range(5)))
    read = find("x-api-v2").read([tmp_path / "1.jsonl"], Options())
    with Writer(tmp_path / "d", name="n", form="other", now=NOW) as writer:
        writer.add(read)
        writer.done("1.jsonl", "0")
    (tmp_path / "2.jsonl").write_text(page(2, range(50, 53)))
    assert posts_of(imported([tmp_path / "2.jsonl"], tmp_path / "d")).height == 3


def test_two_imports_do_not_write_one_dataset_at_a_time(tmp_path: Path) -> None:
    with (
        Writer(tmp_path / "d", name="n", form="x"),
        pytest.raises(DatasetError, match="another import is at work"),
    ):
        Writer(tmp_path / "d", name="n", form="x")


def test_authors_known_by_their_posts_alone_are_accounts(
    tmp_path: Path, page: Page, imported: Import
) -> None:
    post = {"id": "1", "author_id": "5", "created_at": "2024-05-14T08:00:09.000Z", "text": "hi"}
    (tmp_path / "a.jsonl").write_text(json.dumps(post) + "\n" + page(20, range(3)))
    found = imported([tmp_path / "a.jsonl"], tmp_path / "d")
    stub = found.accounts().filter(pl.col("account_id") == "5").collect().row(0, named=True)
    assert (stub["observed_at"], stub["handle"]) == (datetime(2024, 5, 20, 8, 2, 9, tzinfo=UTC), None)
    assert any(note.startswith("accounts known by their posts alone: 1;") for note in found.manifest["notes"])


def test_an_account_known_by_its_posts_alone_is_seen_again_with_each_day_added(
    tmp_path: Path, imported: Import
) -> None:
    days: list[Path] = []
    for day in (14, 15):
        post = {"id": str(day), "author_id": "5", "created_at": f"2024-05-{day}T08:00:09.000Z", "text": "hi"}
        days.append(tmp_path / f"{day}.jsonl")
        days[-1].write_text(json.dumps(post) + "\n")
    whole = imported(days, tmp_path / "whole")
    for file in days:
        grown = imported([file], tmp_path / "grown", append=True)
    assert grown.accounts().collect()["observed_at"].to_list() == [datetime(2024, 5, 15, 8, 0, 9, tzinfo=UTC)]
    assert grown.accounts().collect().equals(whole.accounts().collect())
    assert not any("after their account was observed" in note for note in grown.manifest["notes"])
    assert (grown.manifest["counts"]["accounts"]["kept"], grown.manifest["counts"]["accounts"]["twice"]) == (
        0,
        0,
    )


def test_rows_set_aside_by_a_rule_are_told_with_file_and_line(
    tmp_path: Path, page: Page, imported: Import
) -> None:
    bad = {"id": "1", "author_id": "5", "created_at": "1999-05-14T08:00:09.000Z", "text": "hi"}
    (tmp_path / "a.jsonl").write_text(page(1, range(3)) + json.dumps(bad))
    aside = imported([tmp_path / "a.jsonl"], tmp_path / "d").rejects().collect()
    assert aside.select("file", "line", "table", "field").rows() == [("a.jsonl", 2, "posts", "created_at")]


def test_pictures_of_a_folder_join_the_posts_that_show_them(
    tmp_path: Path, page: Page, imported: Import
) -> None:
    (tmp_path / "1.jsonl").write_text(page(1, range(3)))
    table = {
        "file": ["1001_1.jpg", "1001_2.jpg", "elsewhere.jpg"],
        "kind": ["pdq"] * 3,
        "hash": ["0" * 63 + "1", "0" * 63 + "2", "0" * 63 + "3"],
        "frame_s": pl.Series([None] * 3, dtype=pl.Float64),
    }
    hashes = pl.DataFrame(table)
    read = find("x-api-v2").read([tmp_path / "1.jsonl"], Options())
    with Writer(tmp_path / "d", name="n", form="x", now=NOW, hashes=hashes) as writer:
        writer.add(read)
        made = writer.finish()
    assert posts_of(made)["media_hashes"].to_list() == [
        None,
        ["pdq:" + "0" * 63 + "1", "pdq:" + "0" * 63 + "2"],
        None,
    ]
    assert len(made.manifest["notes"]) == 2
