"""The hashes of a folder as a table, taken up again where an earlier run ended."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from vigie.errors import (
    EmptyInputError,
    ExtensionError,
    InputError,
    MalformedInputError,
    MissingColumnError,
    UnknownFormatError,
    choices,
)
from vigie.features import whole_files
from vigie.features.json_object import JsonObject
from vigie.features.media import processes
from vigie.features.media.refusal import Reason

Told = Callable[[int, int], None]

SCHEMA: dict[str, pl.DataType] = {
    "file": pl.String(), "sha256": pl.String(), "kind": pl.String(), "hash": pl.String(), "quality": pl.Int64(),
    "frame_s": pl.Float64(), "refused": pl.String(), "size_bytes": pl.Int64(), "modified_ns": pl.Int64(),
}  # fmt: skip
# What tells a file, and whether it changed.
_FILE = ("file", "size_bytes", "modified_ns")
SUFFIXES = (".csv", ".parquet")
JOBS = 2
# Seconds between two times that an unfinished table is written.
SAVED_EVERY_S = 20.0


def table_of(path: Path, told: Told | None = None) -> pl.DataFrame:
    """Return the hashes of a folder, or those that ``vigie hash`` wrote to a file.

    Args:
        path: The folder, or the file.
        told: Called with the files read and those to read, as a folder is read.

    Returns:
        The columns of :data:`SCHEMA`: a row per picture, per frame of a video and per refused file, in the order of the
        names. ``file`` is relative to the folder; ``refused`` is a :class:`Reason`.

    Raises:
        InputError: The file is no such table, or the path does not exist.
        ExtensionError: A folder is given, and what hashes pictures is not installed.
    """
    return hash_folder(path, told=told) if path.is_dir() else read(path)


def hash_folder(
    folder: Path, *, out: Path | None = None, jobs: int = JOBS, told: Told | None = None
) -> pl.DataFrame:
    """Hash the pictures and videos of a folder and of the folders in it.

    A file that an earlier table holds with the same path, size and time of change is not read again.

    Args:
        folder: The folder. Symbolic links out of it, and to folders, are not followed.
        out: File to write now and then and at the end, .csv or .parquet, each time as a whole; an earlier table is
            taken from it.
        jobs: Processes, which are started anew: a script that calls this needs ``if __name__ == "__main__"``.
        told: Called with the files read and those to read.

    Returns:
        As :func:`table_of`.

    Raises:
        InputError: There is no such folder, it is empty, or ``out`` holds something else.
        ExtensionError: What hashes pictures is not installed.
    """
    if absent := [name for name in ("pdqhash", "PIL") if find_spec(name) is None]:
        raise ExtensionError(
            f"to hash pictures needs {', '.join(absent)}; install it: pip install 'vigie[media]'"
        )
    if out:
        _check_suffix(out)
    ffmpeg = shutil.which("ffmpeg")
    paths = _files(folder, out)
    listed = _listed(paths, folder)
    kept = _kept(listed, out, ffmpeg) if out and out.exists() else pl.DataFrame(schema=SCHEMA)
    left = listed.join(kept, on="file", how="anti", maintain_order="left")
    rows: list[JsonObject] = []

    def table() -> pl.DataFrame:
        found = pl.concat([kept, pl.DataFrame(rows, schema=SCHEMA)])
        placed = found.join(listed.select("file", "place"), on="file", how="left")
        return placed.sort("place", "frame_s", maintain_order=True).drop("place")

    saved = time.monotonic()
    try:
        for done, hashes in enumerate(_hashed(left, paths, folder, ffmpeg, jobs), start=1):
            rows += hashes
            if told:
                told(done, left.height)
            if out and time.monotonic() - saved > SAVED_EVERY_S:
                write(table(), out)
                saved = time.monotonic()
    finally:
        # What was read before an interruption is not read again.
        if out:
            write(table(), out)
    return table()


def read(path: Path) -> pl.DataFrame:
    """Return a table that :func:`write` wrote.

    Raises:
        InputError: It is not there, or something else.
    """
    _check_suffix(path)
    if not path.exists():
        raise InputError(f"{path} does not exist; name a folder of pictures, or a table made by vigie hash")
    try:
        found = (
            pl.read_parquet(path)
            if path.suffix.lower() == ".parquet"
            else pl.read_csv(path, schema_overrides=SCHEMA)
        )
    except PolarsError as error:
        raise MalformedInputError(
            f"{path} does not parse as {path.suffix}: {str(error)[:200]}; make it anew with vigie hash"
        ) from error
    if absent := [name for name in SCHEMA if name not in found.columns]:
        raise MissingColumnError(
            f"{path} has no {', '.join(absent)}; it is no table made by vigie hash. Name another file"
        )
    try:
        return found.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
    except PolarsError as error:
        raise MalformedInputError(f"{path} is no table made by vigie hash: {str(error)[:200]}") from error


def write(table: pl.DataFrame, path: Path) -> None:
    """Write a table to a file named .csv or .parquet, whole or not at all."""
    with whole_files.new_file(path) as fresh:
        if path.suffix.lower() == ".parquet":
            table.write_parquet(fresh)
        else:
            table.write_csv(fresh)


def _check_suffix(path: Path) -> None:
    if path.suffix.lower() not in SUFFIXES:
        raise UnknownFormatError(
            f"{path} ends in {path.suffix or 'nothing'}. {choices(path.suffix, SUFFIXES)}"
        )


def _files(folder: Path, out: Path | None) -> list[Path]:
    """Return what lies in a folder, and folders that are not entered: links, and those that cannot be read.

    Raises:
        InputError: There is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; name the one in which the collector saved pictures")
    if out and out.parent.is_dir():
        whole_files.sweep(out.parent)
    own = (out.resolve(),) if out else ()
    found: list[Path] = []
    unread: list[OSError] = []
    for root, folders, files in os.walk(folder, onerror=unread.append):
        at = Path(root)
        found += [at / name for name in files if at.resolve() / name not in own]
        found += [at / name for name in folders if (at / name).is_symlink()]
    found += [Path(error.filename) for error in unread]
    if not found:
        raise EmptyInputError(f"{folder} holds no file; name the one in which the collector saved pictures")
    return sorted(found)


def _listed(paths: Sequence[Path], folder: Path) -> pl.DataFrame:
    """Return the files in their order, with what tells whether they changed; null where that cannot be seen."""
    states = [_state(path) for path in paths]
    return pl.DataFrame(
        {
            "file": [_name(path, folder) for path in paths],
            "size_bytes": [state.st_size if state else None for state in states],
            "modified_ns": [state.st_mtime_ns if state else None for state in states],
        },
        schema={name: SCHEMA[name] for name in _FILE},
    ).with_row_index("place")


def _state(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _name(path: Path, folder: Path) -> str:
    """Return the path of a file below a folder; bytes that are no UTF-8 are written out."""
    return os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", "backslashreplace")


def _kept(listed: pl.DataFrame, out: Path, ffmpeg: str | None) -> pl.DataFrame:
    """Return the rows of an earlier table that still hold.

    Raises:
        InputError: The table is of another folder, and would be lost.
    """
    earlier = read(out)
    if earlier.height and not earlier["file"].is_in(listed["file"].implode()).any():
        raise InputError(f"{out} holds the hashes of another folder; name another file")
    passing = [Reason.UNOPENED, *([Reason.NO_FFMPEG] if ffmpeg else [])]
    return earlier.filter(~pl.col("refused").is_in(passing).fill_null(False)).join(
        listed, on=_FILE, how="semi", maintain_order="left"
    )


def _hashed(
    left: pl.DataFrame, paths: Sequence[Path], folder: Path, ffmpeg: str | None, jobs: int
) -> Iterator[list[JsonObject]]:
    """Yield the rows of each file that is left, in order."""
    from vigie.features.media import hashing

    work = partial(hashing.hashes_of, folder=folder, ffmpeg=ffmpeg)
    found = processes.each(work, [paths[place] for place in left["place"]], jobs)
    lost = [hashing.FileHash(refused=Reason.CRASHED)]
    for file, hashes in zip(left.select(_FILE).iter_rows(named=True), found, strict=True):
        yield [file | asdict(each) for each in hashes or lost]
