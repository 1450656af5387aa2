"""Rows of an import on their way: held, then written to disk in runs, then read back by parts of the accounts.

All that a killed import needs to go on lies in one folder: the runs, and a journal of the files that were read to
their end. The folder has a lock, which the system opens when the process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import polars as pl

from vigie.errors import DatasetError
from vigie.features import schema, whole_files
from vigie.features.ingest.latest import NAMES_SCHEMA
from vigie.features.ingest.reader import REJECT_SCHEMA, Log, Newest, travelling
from vigie.features.json_object import JsonObject
from vigie.version import VERSION

NAMES, REJECTS = "names", "rejects"
# Parts of the accounts, joined one after the other: a part of a hundred gigabytes of pages fits into memory.
PARTS = 64
# Rows and bytes held before they go to disk, and seconds after which they do: what a killed import reads again.
_MOST_ROWS, _MOST_BYTES, _MOST_SECONDS = 300_000, 200_000_000, 30.0
_PART = "_part"
_ROW_GROUP = 8_192
_JOURNAL = "journal.json"


class Runs:
    """The rows of an import, by table.

    Attributes:
        folder: Where the runs lie.
        log: Notes, counts of rows read, of all files.
        newest: The newest time of the rows.
        newest_is_seen: See :class:`~vigie.features.ingest.reader.Read`.
        files: Name and digest of each file read to its end.
    """

    def __init__(self, folder: Path, key: Sequence[str]) -> None:
        """Open the folder; take what an earlier try with the same settings left, remove anything else.

        Args:
            folder: Made where it is not there.
            key: All settings of the import.

        Raises:
            DatasetError: Another import writes there.
        """
        self.folder, self._key = folder, [VERSION, pl.__version__, *key]
        self.log, self.newest, self.newest_is_seen = Log(), Newest(), False
        self.files: list[JsonObject] = []
        self._held: dict[str, list[pl.DataFrame]] = {}
        self._rows = self._bytes = self._count = self._journaled = 0
        self._flushed_at = time.monotonic()
        _sweep(folder)
        lock = None
        try:
            self._lock = lock = whole_files.locked(folder)
            self._resume()
        except BlockingIOError as error:
            raise DatasetError(f"another import is at work in {folder}; wait until it has ended") from error
        except BaseException:  # told to end, for one
            if lock is not None:
                lock.close()
            _remove(folder)
            raise

    @property
    def parts(self) -> int:
        """Return into how many parts the rows fall: one where they all fit into memory."""
        return PARTS if self._count else 1

    def hold(self, table: str, rows: pl.DataFrame) -> None:
        """Take rows of a table: the contract's columns and those that travel, or rows set aside."""
        self._held.setdefault(table, []).append(rows)
        self._rows += rows.height
        self._bytes += int(rows.estimated_size())
        if self._rows > _MOST_ROWS or self._bytes > _MOST_BYTES:
            self._spill()

    def absorb(self, log: Log) -> None:
        """Take what a reader wrote down."""
        for sentence, count in log.counts.items():
            self.log.note(sentence, count)
        for table, read in log.seen.items():
            self.log.seen[table] += read
        for (table, name), loss in log.losses.items():
            self.log.lost(table, name, loss.count, loss.first)
        for rows in log.parts:
            self.hold(REJECTS, rows)

    def done(self, name: str, digest: str) -> None:
        """Note that all rows of a file were taken."""
        self.files.append({"name": name, "sha256": digest})
        if self._count > self._journaled or time.monotonic() - self._flushed_at > _MOST_SECONDS:
            self._flush()

    def scan(self, table: str) -> pl.LazyFrame:
        """Return all rows of a table, in the order in which they came."""
        stored = [rows.drop(_PART, strict=False) for rows in self._on_disk(table)]
        return pl.concat([*stored, *self._lazy(table)])

    def part(self, table: str, number: int) -> pl.DataFrame:
        """Return the rows of a table in one part of the accounts, in the order in which they came."""
        stored = [rows.filter(pl.col(_PART) == number).drop(_PART) for rows in self._on_disk(table)]
        held = self._lazy(table)
        if self._count:
            held = [rows.filter(part_of() == number) for rows in held]
        return pl.concat([*stored, *held]).collect()

    def close(self, *, remove: bool) -> None:
        """Let go of the folder; keep it for a next try, or not."""
        if remove or not (self.folder / _JOURNAL).exists():
            shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()

    def _lazy(self, table: str) -> list[pl.LazyFrame]:
        """Return what is held; an empty frame first, so that there always is one."""
        schemas = {REJECTS: REJECT_SCHEMA, NAMES: NAMES_SCHEMA}
        empty = pl.DataFrame(schema=schemas[table]) if table in schemas else travelling(schema.empty(table))
        return [rows.lazy() for rows in (empty, *self._held.get(table, []))]

    def _on_disk(self, table: str) -> list[pl.LazyFrame]:
        return [pl.scan_parquet(file) for file in sorted(self.folder.glob(f"*-{table}.parquet"))]

    def _spill(self) -> None:
        """Write what is held to disk, sorted by part of the accounts."""
        for table, frames in self._held.items():
            rows = pl.concat(frames)
            if table != REJECTS:
                rows = rows.with_columns(part_of().alias(_PART)).sort(_PART, maintain_order=True)
            run = self.folder / f"{self._count:06}-{table}.parquet"
            rows.write_parquet(run, row_group_size=_ROW_GROUP)
            whole_files.sync(run)
        self._held, self._rows, self._bytes = {}, 0, 0
        self._count += 1

    def _flush(self) -> None:
        """Write what is held to disk, and what is needed to go on from there."""
        self._spill()
        self._flushed_at, self._journaled = time.monotonic(), self._count
        journal = {
            "key": self._key,
            "runs": self._count,
            "files": self.files,
            "counts": self.log.counts,
            "seen": self.log.seen,
            "losses": [[*key, loss.count, loss.first] for key, loss in self.log.losses.items()],
            "newest": [self.newest.time, self.newest.unstated, self.newest_is_seen],
        }
        draft = self.folder / f"{_JOURNAL}.draft"
        draft.write_text(json.dumps(journal, ensure_ascii=False), encoding="utf-8")
        whole_files.put(draft, self.folder / _JOURNAL)

    def _resume(self) -> None:
        try:
            journal = json.loads((self.folder / _JOURNAL).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            journal = {}
        if journal.get("key") == self._key:
            self._count, self.files = journal["runs"], journal["files"]
            self._journaled = self._count
            self.log.counts, self.log.seen = journal["counts"], journal["seen"]
            for table, name, count, first in journal["losses"]:
                self.log.lost(table, name, count, first)
            time_, unstated, self.newest_is_seen = journal["newest"]
            self.newest = Newest(time_, unstated)
        else:
            (self.folder / _JOURNAL).unlink(missing_ok=True)
        for file in self.folder.glob("*.parquet"):
            # Later runs hold rows of a file that was not read to its end.
            if int(file.name.split("-")[0]) >= self._count:
                file.unlink()


def _sweep(folder: Path) -> None:
    """Remove what imports left beside a folder that were killed before there was anything to go on with."""
    for other in folder.parent.glob(".*.import"):
        if other != folder:
            _remove(other)


def _remove(folder: Path) -> None:
    """Remove a folder that nobody works in, unless there is something to go on with."""
    if (folder / _JOURNAL).exists():
        return
    with suppress(OSError), (folder / whole_files.LOCK).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)


def part_of() -> pl.Expr:
    """Return the part of the accounts that a row falls into."""
    return (pl.struct("platform", "account_id").hash() % PARTS).cast(pl.UInt8)
