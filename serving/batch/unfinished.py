"""Work on an input whose results so far outlive a kill: the next run with the same arguments goes on from there.

What was done lies in a hidden folder beside the file that it is for, and holds people's data. It is gone once that is written::

    .scores.parquet.unfinished/
        lock                    held while a run is at work; the system lets go of it however the run ends
        journal.json            what the results hang on, and the clock of the first run
        posts/                  posts of a large dataset, by part (see :mod:`vigie.serving.batch.posts_by_part`)
        000000-4000.parquet     results of a part: its number, how much of the input it stands for
        texts-000003-125/       what a step made of all of it (see :mod:`vigie.features.steps`)
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from vigie.errors import InputError
from vigie.features import whole_files
from vigie.features.ingest.parsing import Batch
from vigie.models.verdict import AccountResult
from vigie.serving.batch import inputs, result_columns
from vigie.serving.batch.inputs import Corpus, Input
from vigie.version import VERSION

_JOURNAL = "journal.json"


@dataclass(frozen=True)
class UnfinishedInput:
    """An input with the results that were kept of it (:class:`vigie.serving.batch.inputs.Accounts`).

    Attributes:
        given: The input.
        folder: Where results are kept.
        done: How much of the total earlier runs did. Their results come first, and stand for nothing of what is left.
    """

    given: Input
    folder: Path
    done: int

    @property
    def total(self) -> int:
        """See :class:`vigie.serving.batch.inputs.Accounts`."""
        return self.given.total

    def corpus(self, tick: Callable[[int], None]) -> Corpus:
        """Return all accounts and posts at once; see :class:`vigie.serving.batch.inputs.Accounts`."""
        return self.given.corpus(tick)

    def measured(
        self, measure: Callable[[Batch], pl.DataFrame], columns: Mapping[str, pl.DataType]
    ) -> Iterator[tuple[pl.DataFrame, int]]:
        """Yield what was made, then what a function makes of the other batches; see :class:`vigie.serving.batch.inputs.Accounts`."""
        yield pl.DataFrame(schema=columns), 0
        kept = _kept(self.folder)
        for file in kept:
            yield pl.read_parquet(file), 0
        for number, (batch, share) in enumerate(self.given.batches(len(kept)), len(kept)):
            made = measure(batch)
            draft = self.folder / "draft"
            made.write_parquet(draft)
            whole_files.put(draft, self.folder / f"{number:06}-{share}.parquet")
            yield made, share

    def judged(
        self, judge: Callable[[Batch], list[AccountResult]]
    ) -> Iterator[tuple[list[AccountResult], int]]:
        """Yield the same for results; see :class:`vigie.serving.batch.inputs.Accounts`."""
        for made, share in self.measured(result_columns.of(judge), result_columns.SCHEMA):
            yield result_columns.results(made), share


@contextmanager
def opened(path: Path, out: Path, key: Sequence[str]) -> Iterator[UnfinishedInput]:
    """Yield an input with what an earlier run left of it; what this one makes is kept until the body ends without an error.

    Args:
        path: The input; see :func:`vigie.serving.batch.inputs.find`.
        out: The file that the results are for.
        key: All that the results hang on beside the input and the versions: results of another key are removed.

    Raises:
        InputError: Another run works for the same file, or see :func:`vigie.serving.batch.inputs.find`.
    """
    if out.exists() and not out.is_file():  # a pipe, for one: nothing can be put beside it
        with tempfile.TemporaryDirectory(prefix="vigie-") as temporary:
            folder = Path(temporary)
            yield UnfinishedInput(inputs.find(path, datetime.now(UTC), folder), folder, 0)
        return
    with resumed(path, out, key) as (folder, now):
        done = sum(int(file.stem.partition("-")[2]) for file in _kept(folder))
        yield UnfinishedInput(inputs.find(path, now, folder), folder, done)


@contextmanager
def resumed(path: Path, out: Path, key: Sequence[str]) -> Iterator[tuple[Path, datetime]]:
    """Yield the folder where an earlier run left what it did, and the clock of the first run; it is gone when the body ends.

    Where the body ends with an error, or is killed, what was done stays.

    Args:
        path: The input.
        out: The file or folder that the work is for.
        key: As in :func:`opened`.

    Raises:
        InputError: Another run works for the same file or folder.
    """
    place = out.resolve()
    folder = place.parent / f".{place.name}.unfinished"
    try:
        lock = whole_files.locked(folder)
    except BlockingIOError as error:
        raise InputError(
            f"another run writes {out} now; wait until it has ended, or name another file"
        ) from error
    with lock:
        keep = False
        try:
            asked = json.dumps([VERSION, pl.__version__, inputs.identity(path), *key])
            now = _resumed(folder, hashlib.sha256(asked.encode()).hexdigest())
            keep = True
            yield folder, now
            keep = False
        finally:
            # What was done is in files and folders with a number in their names.
            if not (keep and any(folder.glob("*-*"))):
                shutil.rmtree(folder, ignore_errors=True)


def _kept(folder: Path) -> list[Path]:
    """Return the files of results, in order."""
    return sorted(folder.glob("*-*.parquet"))


def _resumed(folder: Path, key: str) -> datetime:
    """Return the clock of the first run of a key; remove what one of another key left."""
    journal = folder / _JOURNAL
    try:
        noted = json.loads(journal.read_text(encoding="utf-8"))
        if noted["key"] == key:
            return datetime.fromisoformat(noted["began_at"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    for left in folder.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
        elif left.name != whole_files.LOCK:
            left.unlink()
    now = datetime.now(UTC)
    draft = folder / "draft"
    draft.write_text(json.dumps({"key": key, "began_at": now.isoformat()}), encoding="utf-8")
    whole_files.put(draft, journal)
    return now
