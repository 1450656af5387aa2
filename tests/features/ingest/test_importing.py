"""Files become a dataset: day by day, each content once."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import MalformedInputError
from vigie.features.ingest import dataset
from vigie.features.ingest.importing import Destination, import_files
from vigie.features.ingest.opening import SourceFile
from vigie.features.ingest.reader import Log, Options, Part, file_by_file
from vigie.features.ingest.readers import find
from vigie.features.ingest.stored_dataset import Dataset

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Page = Callable[..., str]
Import = Callable[..., Dataset]


def posts_of(found: Dataset) -> pl.DataFrame:
    return found.posts().sort("post_id").collect()


def test_days_added_one_by_one_are_what_all_at_once_is(tmp_path: Path, page: Page, imported: Import) -> None:
    days: list[Path] = []
    for day in range(1, 5):
        days.append(tmp_path / f"day{day}.jsonl")
        days[-1].write_text(
            page(day, range(20 * day, 20 * day + 30), likes=day, handle="ana" if day < 3 else "bea")
        )
    whole = imported(days, tmp_path / "whole")
    for file in days:
        grown = imported([file], tmp_path / "grown", append=True)
    assert posts_of(grown).equals(posts_of(whole))
    assert posts_of(grown)["like_count"].value_counts().sort("like_count").rows() == [
        (1, 20),
        (2, 20),
        (3, 20),
        (4, 30),
    ]
    for made in (whole, grown):
        assert made.accounts().collect().height == 10
        assert made.names().filter(pl.col("account_id") == "3").collect().select(
            "handle", "first_observed_at", "last_observed_at"
        ).rows() == [
            ("ana3", datetime(2024, 5, 1, 20, tzinfo=UTC), datetime(2024, 5, 2, 20, tzinfo=UTC)),
            ("bea3", datetime(2024, 5, 3, 20, tzinfo=UTC), datetime(2024, 5, 4, 20, tzinfo=UTC)),
        ]
    manifest = dataset.open(tmp_path / "grown").manifest
    assert [file["name"] for file in manifest["files"]] == [file.name for file in days]
    assert manifest["counts"]["posts"] == {"read": 30, "kept": 20, "twice": 10, "set_aside": 0, "reasons": {}}
    assert (manifest["imports"], len(manifest["earlier"])) == (4, 3)


def test_a_file_imported_before_is_skipped_whatever_its_name(
    tmp_path: Path, page: Page, imported: Import
) -> None:
    (tmp_path / "a.jsonl").write_text(page(1, range(5)))
    (tmp_path / "b.jsonl").write_text(page(1, range(5)))
    found = imported([tmp_path / "a.jsonl", tmp_path / "b.jsonl"], tmp_path / "d")
    assert found.manifest["counts"]["posts"]["read"] == 5
    again = imported([tmp_path / "b.jsonl"], tmp_path / "d", append=True)
    assert again.manifest["notes"] == ["files whose content was imported before, not read again: 1"]
    assert posts_of(again).equals(posts_of(found))


def test_datasets_are_inputs_and_keep_their_names_and_sources(
    tmp_path: Path, page: Page, imported: Import
) -> None:
    for day, handle in ((1, "ana"), (2, "bea")):
        (tmp_path / f"{day}.jsonl").write_text(page(day, range(5, 5 + 5 * day), likes=day, handle=handle))
        imported([tmp_path / f"{day}.jsonl"], tmp_path / f"d{day}")
    merged = imported([tmp_path / "d2", tmp_path / "d1"], tmp_path / "both")
    assert posts_of(merged)["like_count"].to_list() == [2] * 10
    assert merged.names().filter(pl.col("account_id") == "5").collect()["handle"].to_list() == [
        "ana5",
        "bea5",
    ]
    again = imported([tmp_path / "1.jsonl"], tmp_path / "both", append=True)
    assert again.manifest["notes"] == ["files whose content was imported before, not read again: 1"]


def test_a_file_that_changes_while_it_is_read_is_read_again(
    tmp_path: Path, page: Page, imported: Import
) -> None:
    v2 = find("x-api-v2").each
    assert v2 is not None
    file = tmp_path / "a.jsonl"
    file.write_text(page(1, range(5)) + page(1, range(5, 9)))

    def parts(source: SourceFile, options: Options, log: Log) -> Iterator[Part]:
        whole = file.read_text()
        file.write_text(page(1, range(5)))
        yield from v2.parts(source, options, log)
        file.write_text(whole + page(1, range(9, 12)))

    source = file_by_file("x-api-v2", "Made.", ("*.jsonl",), parts)
    found = import_files(source, [file], Options(), Destination(tmp_path / "d", "n"), now=NOW)
    assert posts_of(found).height == 5
    assert any(
        note.startswith("files that changed while they were read: 1;") for note in found.manifest["notes"]
    )
    assert posts_of(imported([file], tmp_path / "d", append=True)).height == 12


def test_one_bad_file_among_others_costs_that_file_and_is_tried_again(
    tmp_path: Path, page: Page, imported: Import
) -> None:
    (tmp_path / "1.jsonl").write_text(page(1, range(3)))
    (tmp_path / "2.jsonl.gz").write_bytes(gzip.compress(page(2, range(10, 14)).encode())[:-6])
    (tmp_path / "3.jsonl").write_text(page(3, range(20, 22)))
    made = imported([tmp_path], tmp_path / "d")
    assert {"1000", "1001", "1002", "1020", "1021"} <= set(posts_of(made)["post_id"])
    assert made.manifest["unread"] == ["2.jsonl.gz"]
    assert any(note.startswith("2.jsonl.gz could not be read in full") for note in made.manifest["notes"])
    assert [file["name"] for file in made.manifest["files"]] == ["1.jsonl", "3.jsonl"]
    (tmp_path / "2.jsonl.gz").write_bytes(gzip.compress(page(2, range(10, 14)).encode()))
    again = imported([tmp_path / "2.jsonl.gz"], tmp_path / "d", append=True)
    assert posts_of(again).height == 9
    (tmp_path / "bad.jsonl").write_text('{"a": ')
    with pytest.raises(MalformedInputError, match="no JSON value that is whole"):
        imported([tmp_path / "bad.jsonl"], tmp_path / "e")
