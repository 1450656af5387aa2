"""Files that executors read become the dataset that this machine makes of them, byte for byte; so do the faults."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from vigie.errors import ClusterError, InputError, MalformedInputError
from vigie.features.cluster import by_file
from vigie.features.cluster.session import connected
from vigie.features.ingest import runs
from vigie.features.ingest.importing import Destination, import_files
from vigie.features.ingest.opening import SourceFile
from vigie.features.ingest.reader import Options
from vigie.features.ingest.readers import find
from vigie.features.ingest.stored_dataset import MANIFEST, Dataset

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = "platform,account_id,post_id,created_at,text\n"


@pytest.fixture(autouse=True)
def in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no slow start of an engine put rows on disk early: a dataset that was spilt has its rows in another order."""
    monkeypatch.setattr(runs, "_MOST_SECONDS", 3_600.0)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Files of posts: plain, compressed, one with a row that breaks a rule, one with a cell that cannot be read."""
    folder = tmp_path / "files"
    folder.mkdir()
    for day in range(1, 6):
        rows = [f"x,a{who},{day}-{who},2025-03-0{day}T10:00:00Z,said {who}\n" for who in range(9)]
        (folder / f"{day}.csv").write_text(HEAD + "".join(rows))
    (folder / "6.csv").write_text(
        HEAD + "x,a1,6-1,2031-03-01T10:00:00Z,later\nx,,6-2,2025-03-01T10:00:00Z,b\n"
    )
    with gzip.open(folder / "7.jsonl.gz", "wt") as lines:
        post = {"platform": "x", "account_id": "a2", "post_id": "7-1", "created_at": "2025-03-07T10:00:00Z"}
        lines.write(json.dumps(post | {"like_count": "many"}) + "\n" + json.dumps(post | {"post_id": "7-2"}))
    return folder


def imported(form: str, paths: list[Path], out: Path, remote: str | None = None, **told: Any) -> Dataset:
    to = Destination(out, "d")
    options = Options("d", **told)
    if remote is None:
        return import_files(find(form), paths, options, to, now=NOW)
    with connected(remote) as session:
        there = partial(by_file.elsewhere, session)
        return import_files(find(form), paths, options, to, now=NOW, elsewhere=there)


def assert_same(one: Dataset, other: Dataset) -> None:
    """Check that two datasets hold the same bytes, but for when they were written."""
    told = [{**each.manifest, "written_at": None} for each in (one, other)]
    assert told[0] == told[1]
    for file in sorted(one.path.iterdir()):
        if file.name != MANIFEST:
            assert file.read_bytes() == (other.path / file.name).read_bytes(), file.name


@pytest.mark.parametrize("form", ["generic", "auto"])
def test_a_dataset_has_the_same_bytes_wherever_its_files_are_read(
    remote: str, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(by_file, "FILES", 3)
    here = imported(form, [files], tmp_path / "here")
    there = imported(form, [files], tmp_path / "there", remote)
    assert_same(here, there)
    assert here.manifest["counts"]["posts"] == there.manifest["counts"]["posts"]
    assert there.manifest["counts"]["posts"]["set_aside"] == 2
    assert len(there.manifest["files"]) == 7


def test_a_mapping_travels_to_the_executors(remote: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("who,what,when\n1,p1,2025-03-01T10:00:00Z\n2,p2,2025-03-01T10:00:00Z\n")
    mapping = tmp_path / "mine.toml"
    mapping.write_text('[posts]\naccount_id = "who"\npost_id = "what"\ncreated_at = "when"\n')
    told: dict[str, Any] = {"mapping": mapping, "defaults": {"platform": "x"}}
    here = imported("generic", [tmp_path / "a.csv"], tmp_path / "here", **told)
    there = imported("generic", [tmp_path / "a.csv"], tmp_path / "there", remote, **told)
    assert_same(here, there)
    assert there.posts().select(pl.len()).collect().item() == 2


def test_one_bad_file_among_others_costs_that_file(remote: str, files: Path, tmp_path: Path) -> None:
    (files / "0.jsonl.gz").write_bytes(gzip.compress(b'{"post_id": "1"}\n' * 900)[:-20])
    here = imported("generic", [files], tmp_path / "here")
    there = imported("generic", [files], tmp_path / "there", remote)
    assert there.manifest["unread"] == ["0.jsonl.gz"]
    assert_same(here, there)


def test_the_error_of_a_reader_is_raised_here(remote: str, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"post_id": "1"}\n' * 900)[:-20])
    with pytest.raises(MalformedInputError, match="cut short or damaged"):
        imported("generic", [tmp_path / "a.jsonl.gz"], tmp_path / "out", remote)


def test_files_that_are_read_together_stay_on_one_machine(tmp_path: Path, files: Path) -> None:
    refuse: Callable[..., object] = lambda *given: pytest.fail(str(given))  # noqa: E731
    with pytest.raises(InputError, match="read together, by one machine"):
        import_files(
            find("nyu"),
            [files],
            Options("d"),
            Destination(tmp_path / "out", "d"),
            elsewhere=refuse,  # type: ignore[arg-type]
        )


def test_a_file_that_executors_do_not_have_is_told(remote: str, files: Path, tmp_path: Path) -> None:
    path = files / "1.csv"
    lost = [SourceFile(path)]

    def read() -> None:
        with connected(remote) as session:
            each = by_file.elsewhere(session, find("generic"), lost, Options("d"))
            path.rename(tmp_path / "moved.csv")
            list(each.of(lost, Options("d")).parts)

    with pytest.raises(ClusterError, match="is not there for an executor"):
        read()


def test_files_are_asked_for_in_lots_of_few_enough_bytes(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [SourceFile(path) for path in sorted(files.iterdir())]
    monkeypatch.setattr(by_file, "BYTES", 2 * found[0].path.stat().st_size)
    lots = by_file._lots(found)
    assert [file for lot in lots for file in lot] == found
    assert [len(lot) for lot in lots[:2]] == [2, 2]
