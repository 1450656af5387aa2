"""Files as they lie on disk: compressed, in folders and archives, in the encodings of spreadsheets."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest
import zstandard

from vigie.errors import EmptyInputError, MalformedInputError
from vigie.features.ingest.opening import BLOCK, SourceFile, expand, text

LINE = '{"a": "é"}\n'


def read(file: SourceFile) -> tuple[str, dict[str, int]]:
    notes: dict[str, int] = {}
    with text(file, notes.__setitem__) as stream:
        return stream.read(), notes


def compressed(folder: Path) -> list[Path]:
    data = LINE.encode()
    (folder / "plain.jsonl").write_bytes(data)
    (folder / "one.jsonl.gz").write_bytes(gzip.compress(data))
    # A collector that goes on appends a second frame.
    (folder / "two.jsonl.zst").write_bytes(zstandard.compress(data[:6]) + zstandard.compress(data[6:]))
    with zipfile.ZipFile(folder / "three.zip", "w") as archive:
        archive.writestr("deep/inner.jsonl", data)
        archive.writestr("__MACOSX/inner.jsonl", b"x")
        archive.writestr("readme.txt", b"x")
    return sorted(folder.iterdir())


def test_what_is_compressed_reads_as_what_is_not(tmp_path: Path) -> None:
    files = expand(compressed(tmp_path), ["*.jsonl"])
    assert [file.name for file in files] == [
        "one.jsonl.gz",
        "plain.jsonl",
        "three.zip/deep/inner.jsonl",
        "two.jsonl.zst",
    ]
    assert [read(file)[0] for file in files] == [LINE] * 4
    assert {file.suffix for file in files} == {".jsonl"}


def test_folders_are_searched_to_any_depth_but_not_hidden_ones(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    compressed(tmp_path / "a" / "b")
    compressed(tmp_path / ".git")
    assert len(expand([tmp_path], ["*.JSONL"])) == 4


@pytest.mark.parametrize("name", ["one.jsonl.gz", "two.jsonl.zst"])
def test_a_compressed_file_that_was_cut_short_says_so(tmp_path: Path, name: str) -> None:
    compressed(tmp_path)
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[:-6])
    with pytest.raises(MalformedInputError, match=f"{name} is compressed and was cut short"):
        read(SourceFile(path))


def test_the_digest_tells_members_of_an_archive_apart(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("1.jsonl", b"x")
        archive.writestr("2.jsonl", b"x")
    digests = [file.digest() for file in expand([tmp_path / "a.zip"], ["*.jsonl"])]
    assert len(set(digests)) == 2


def test_windows_1252_is_read_where_the_bytes_are_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id;texte\n1;Tous à l’écluse\n2;rien\n".encode("cp1252"))
    found, notes = read(SourceFile(path))
    assert "Tous à l’écluse" in found
    assert notes == {"a.csv: not UTF-8, read as Windows-1252; rows with such letters: {}": 1}


def test_a_character_that_two_blocks_share_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * (BLOCK + 3) + "é".encode())
    assert read(SourceFile(path)) == ("x" * (BLOCK + 3) + "é", {})


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    with pytest.raises(EmptyInputError, match=r"a\.csv is empty"):
        read(SourceFile(tmp_path / "a.csv"))
