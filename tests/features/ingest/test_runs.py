"""Rows on their way: in bounded memory, and gone on with after a kill."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from vigie.features.ingest import runs
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


def test_many_runs_give_what_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: Page, imported: Import
) -> None:
    files: list[Path] = []
    for day in range(1, 9):
        files.append(tmp_path / f"{day}.jsonl")
        files[-1].write_text(page(day, range(10 * day, 10 * day + 25), likes=day))
    files.append(tmp_path / "broken.jsonl")
    files[-1].write_text('{"oops": 1}\n')
    whole = imported(files, tmp_path / "whole")
    monkeypatch.setattr(runs, "_MOST_ROWS", 20)
    split = imported(files, tmp_path / "split")
    assert posts_of(split).equals(posts_of(whole))
    assert split.accounts().sort("account_id").collect().equals(whole.accounts().sort("account_id").collect())
    assert split.rejects().collect().equals(whole.rejects().collect())
    assert split.manifest["counts"] == whole.manifest["counts"]
    assert not (tmp_path / ".split.import").exists()


def test_a_killed_import_goes_on_with_the_file_it_had_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: Page
) -> None:
    monkeypatch.setattr(runs, "_MOST_ROWS", 1)
    opened: list[str] = []
    v2 = find("x-api-v2").each
    assert v2 is not None
    fails = True

    def parts(file: SourceFile, options: Options, log: Log) -> Iterator[Part]:
        opened.append(file.name)
        yield from v2.parts(file, options, log)
        if fails and file.name == "3.jsonl":
            raise KeyboardInterrupt

    source = file_by_file("made", "Made.", ("*.jsonl",), parts, newest_is_seen=True)
    for day in range(1, 5):
        (tmp_path / f"{day}.jsonl").write_text(page(day, range(10 * day, 10 * day + 25), likes=day))
    to = Destination(tmp_path / "out" / "d", "n")
    with pytest.raises(KeyboardInterrupt):
        import_files(source, [tmp_path], Options(), to, now=NOW)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".d.import"]
    fails = False
    made = import_files(source, [tmp_path], Options(), to, now=NOW)
    assert opened == ["1.jsonl", "2.jsonl", "3.jsonl", "3.jsonl", "4.jsonl"]
    whole = import_files(source, [tmp_path], Options(), Destination(tmp_path / "whole", "n"), now=NOW)
    assert posts_of(made).equals(posts_of(whole))
    assert made.manifest["counts"] == whole.manifest["counts"]


def test_small_files_after_a_run_was_written_share_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: Page
) -> None:
    v2 = find("x-api-v2").each
    assert v2 is not None
    monkeypatch.setattr(runs, "_MOST_ROWS", 100)
    for number in range(40):
        (tmp_path / f"{number:02}.jsonl").write_text(page(1, range(10 * number, 10 * number + 5)))
    written: list[int] = []

    def parts(file: SourceFile, options: Options, log: Log) -> Iterator[Part]:
        written.append(len(list(tmp_path.glob("out/.d.import/*-posts.parquet"))))
        yield from v2.parts(file, options, log)

    source = file_by_file("made", "Made.", ("*.jsonl",), parts)
    made = import_files(source, [tmp_path], Options(), Destination(tmp_path / "out" / "d", "n"), now=NOW)
    assert posts_of(made).height == 200
    assert 1 < written[-1] < 10


def test_what_killed_imports_left_beside_is_swept_away_unless_one_goes_on_or_can(
    tmp_path: Path, page: Page, imported: Import
) -> None:
    for name in ("dead", "resumable", "alive"):
        (tmp_path / f".{name}.import").mkdir()
        (tmp_path / f".{name}.import" / "lock").touch()
        (tmp_path / f".{name}.import" / "000000-posts.parquet").touch()
    (tmp_path / ".resumable.import" / "journal.json").write_text("{}")
    (tmp_path / "1.jsonl").write_text(page(1, range(5)))
    with (tmp_path / ".alive.import" / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        imported([tmp_path / "1.jsonl"], tmp_path / "data")
    left = sorted(path.name for path in tmp_path.glob(".*"))
    assert left == [".alive.import", ".resumable.import"]
