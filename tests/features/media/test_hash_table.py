"""A folder becomes a table, once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from PIL import Image
from polars.testing import assert_frame_equal

from vigie.errors import (
    EmptyInputError,
    ExtensionError,
    InputError,
    MalformedInputError,
    MissingColumnError,
    UnknownFormatError,
)
from vigie.features import media
from vigie.features.media import hash_table
from vigie.features.media.refusal import Reason

pytest.importorskip("pdqhash", reason="pdqhash is compiled where a C++ compiler is")

Drawn = Callable[..., Image.Image]


@pytest.fixture
def folder(drawn: Drawn, tmp_path: Path) -> Path:
    """Three pictures, one of them in a folder, and a text."""
    folder = tmp_path / "media"
    (folder / "sub").mkdir(parents=True)
    drawn(1).save(folder / "b.png")
    drawn(2).save(folder / "a.jpg")
    drawn(3).save(folder / "sub" / "c.webp")
    (folder / "posts.json").write_text("{}")
    return folder


@pytest.fixture
def without_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))


def asked(into: list[tuple[int, int]]) -> Callable[[int, int], None]:
    return lambda done, total: into.append((done, total))


def test_a_table_has_each_file_in_order_with_its_hash_or_the_reason(folder: Path) -> None:
    found = media.table_of(folder)
    assert dict(found.schema) == hash_table.SCHEMA
    assert found["file"].to_list() == ["a.jpg", "b.png", "posts.json", "sub/c.webp"]
    assert found["refused"].to_list() == [None, None, Reason.NOT_MEDIA, None]
    assert found["hash"].drop_nulls().n_unique() == 3
    assert found["size_bytes"][0] == (folder / "a.jpg").stat().st_size


@pytest.mark.parametrize("name", ["hashes.parquet", "hashes.csv"])
def test_a_file_holds_what_was_found_and_is_read_back(folder: Path, tmp_path: Path, name: str) -> None:
    made = hash_table.hash_folder(folder, out=tmp_path / name)
    assert_frame_equal(media.table_of(tmp_path / name), made)


@pytest.mark.parametrize("name", ["hashes.parquet", "hashes.csv"])
def test_a_second_run_reads_what_is_new_or_changed_and_forgets_what_is_gone(
    folder: Path, drawn: Drawn, tmp_path: Path, name: str
) -> None:
    out = tmp_path / name
    first = hash_table.hash_folder(folder, out=out)
    (folder / "posts.json").unlink()
    drawn(4).save(folder / "d.png")
    drawn(5).save(folder / "b.png")
    calls: list[tuple[int, int]] = []
    second = hash_table.hash_folder(folder, out=out, told=asked(calls))
    assert calls == [(1, 2), (2, 2)]
    assert second["file"].to_list() == ["a.jpg", "b.png", "d.png", "sub/c.webp"]
    kept = pl.col("file").is_in(["a.jpg", "sub/c.webp"])
    assert_frame_equal(second.filter(kept), first.filter(kept))
    assert second["hash"][1] != first["hash"][1]


def test_a_run_that_was_cut_off_goes_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "hashes.parquet"
    monkeypatch.setattr(hash_table, "SAVED_EVERY_S", 0)

    def stop(done: int, total: int) -> None:
        if done == 2:
            # A killed process writes no more: what it wrote before is there.
            shutil.copy(out, tmp_path / "then.parquet")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hash_table.hash_folder(folder, out=out, told=stop)
    assert media.table_of(tmp_path / "then.parquet").height == 1
    calls: list[tuple[int, int]] = []
    assert hash_table.hash_folder(folder, out=out, told=asked(calls)).height == 4
    assert calls == [(1, 2), (2, 2)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hashes.parquet", "media", "then.parquet"]


def test_a_table_in_the_folder_is_none_of_its_files(folder: Path) -> None:
    out = folder / "hashes.csv"
    for _ in range(2):
        assert "hashes.csv" not in hash_table.hash_folder(folder, out=out)["file"].to_list()


def test_the_table_of_another_folder_is_not_overwritten(folder: Path, drawn: Drawn, tmp_path: Path) -> None:
    out = tmp_path / "hashes.csv"
    hash_table.hash_folder(folder, out=out)
    before = out.read_bytes()
    (tmp_path / "other").mkdir()
    drawn(1).save(tmp_path / "other" / "z.png")
    with pytest.raises(InputError, match="another folder"):
        hash_table.hash_folder(tmp_path / "other", out=out)
    assert out.read_bytes() == before


@pytest.mark.usefixtures("without_ffmpeg")
def test_a_video_waits_for_ffmpeg_and_is_then_read(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "hashes.csv"
    (folder / "v.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + b"\0" * 99)
    video = pl.col("file") == "v.mp4"
    assert hash_table.hash_folder(folder, out=out).filter(video)["refused"].to_list() == [Reason.NO_FFMPEG]
    calls: list[tuple[int, int]] = []
    hash_table.hash_folder(folder, out=out, told=asked(calls))
    assert calls == [], "nothing changed"
    program = tmp_path / "bin" / "ffmpeg"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(program.parent))
    assert hash_table.hash_folder(folder, out=out).filter(video)["refused"].to_list() == [Reason.UNREADABLE]


def test_a_linked_folder_is_told_and_not_entered(folder: Path, tmp_path: Path) -> None:
    (folder / "linked").symlink_to(tmp_path)
    found = media.table_of(folder).filter(pl.col("file").str.starts_with("linked"))
    assert found["refused"].to_list() == [Reason.LINK]


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX systems alone")
def test_a_name_that_is_no_text_is_written_out(folder: Path) -> None:
    shutil.copy(folder / "b.png", folder / os.fsdecode(b"\xff.png"))
    found = media.table_of(folder)
    assert found.filter(pl.col("file") == r"\xff.png")["hash"].to_list() == [found["hash"][1]]


def test_no_folder_an_empty_one_and_another_ending_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        hash_table.hash_folder(tmp_path / "absent")
    (tmp_path / "bare").mkdir()
    with pytest.raises(EmptyInputError):
        hash_table.hash_folder(tmp_path / "bare")
    with pytest.raises(UnknownFormatError):
        hash_table.hash_folder(folder, out=tmp_path / "hashes.xlsx")


def test_without_the_libraries_the_extra_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hash_table, "find_spec", lambda name: None)
    with pytest.raises(ExtensionError, match=r"vigie\[media\]"):
        media.table_of(folder)


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.csv", b"file,hash\nx,y\n", MissingColumnError),
        ("a.csv", b"", MalformedInputError),
        ("a.csv", b"file,sha256,kind,hash,quality,frame_s,refused,size_bytes,modified_ns\nx,,,,much,,,1,1\n", MalformedInputError),
        ("a.parquet", b"PAR1", MalformedInputError),
        ("a.txt", b"", UnknownFormatError),
    ],
)  # fmt: skip
def test_other_files_are_refused(tmp_path: Path, name: str, content: bytes, error: type[InputError]) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(error):
        media.table_of(tmp_path / name)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        media.table_of(tmp_path / "hashes.csv")
