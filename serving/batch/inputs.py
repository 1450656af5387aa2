"""Accounts of a file or a dataset directory as batches, in the order of the input and in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Protocol

import numpy as np
import polars as pl

from vigie.errors import (
    DatasetNotFoundError,
    EmptyInputError,
    EncodingError,
    MalformedInputError,
    UnknownFormatError,
    choices,
)
from vigie.features import schema
from vigie.features.i18n import Language, message
from vigie.features.ingest import dataset
from vigie.features.ingest.decoding import decode
from vigie.features.ingest.nested_posts import FROM_ACCOUNT, POSTS
from vigie.features.ingest.parsing import (
    Batch,
    Fault,
    from_requests,
    from_tables,
    joined,
)
from vigie.features.ingest.refusals import refusal
from vigie.features.ingest.stored_dataset import MANIFEST, digest
from vigie.models.verdict import AccountResult
from vigie.serving.batch import posts_by_part

# A batch ends before it holds more than this.
_MOST_POSTS = 120_000
_MOST_ACCOUNTS = 4_000
# Posts of more batches are put on disk by batch; of fewer, all are looked through for each.
_MOST_SCANS = 6
# Requests are Python objects on the way in: ten times the memory of a table.
_MOST_POSTS_OF_OBJECTS = 40_000
_MOST_BYTES = 16_000_000
_LONGEST_LINE = 64_000_000
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Corpus:
    """All accounts of an input at once, for what compares accounts.

    Attributes:
        accounts: Contract columns and ``row``, counted over the whole.
        posts: Contract columns (without platform and account_id) and ``row`` of the author.
        refused: Accounts that were not taken, each with its error, in order.
    """

    accounts: pl.DataFrame
    posts: pl.DataFrame
    refused: tuple[AccountResult, ...]

    @classmethod
    def of(cls, whole: Batch) -> Corpus:
        """Return the corpus that one batch is."""
        refused = (
            AccountResult(*whole.names[index], error=refusal(whole, index))
            for index in sorted({*whole.refused, *whole.repeated})
        )
        return cls(whole.accounts, whole.posts, tuple(refused))


class Accounts(Protocol):
    """Accounts with their posts, on this machine or beyond it, that functions of batches are applied to."""

    @property
    def total(self) -> int:
        """Accounts of the whole, or bytes where accounts cannot be counted without reading."""

    @property
    def done(self) -> int:
        """How much of the total earlier runs did; what they made comes first, and stands for nothing of what is left."""

    def corpus(self, tick: Callable[[int], None]) -> Corpus:
        """Return all accounts and posts at once.

        Args:
            tick: Called with how much of the total was read since.
        """

    def measured(
        self, measure: Callable[[Batch], pl.DataFrame], columns: Mapping[str, pl.DataType]
    ) -> Iterator[tuple[pl.DataFrame, int]]:
        """Yield what a function makes of batches that are together all accounts, in order.

        Args:
            measure: From a batch to one row for each account handed in, in order; it reads nothing else.
            columns: What it returns.

        Yields:
            Rows, and how much of the total they stand for.
        """

    def judged(
        self, judge: Callable[[Batch], list[AccountResult]]
    ) -> Iterator[tuple[list[AccountResult], int]]:
        """Yield the same for results."""


class Batches(Protocol):
    """Reads an input from the start, or from a batch on."""

    def __call__(self, first: int = 0) -> Iterator[tuple[Batch, int]]:
        """Yield batches, with how much of the total each stands for; the same ones in the same order each time.

        Args:
            first: Number of the first batch, from 0.
        """


@dataclass(frozen=True)
class Input:
    """What is to be scored, on this machine.

    Attributes:
        total: Accounts (or bytes, where accounts cannot be counted without reading) of the whole.
        batches: Reads it.
    """

    total: int
    batches: Batches

    @property
    def done(self) -> int:
        """Nothing is kept of earlier runs; see :class:`vigie.serving.batch.unfinished.UnfinishedInput`."""
        return 0

    def corpus(self, tick: Callable[[int], None]) -> Corpus:
        """Return all accounts and posts at once; see :class:`Accounts`."""

        def read() -> Iterator[Batch]:
            for batch, share in self.batches():
                yield batch
                tick(share)

        return Corpus.of(joined(read()))

    def measured(
        self, measure: Callable[[Batch], pl.DataFrame], columns: Mapping[str, pl.DataType]
    ) -> Iterator[tuple[pl.DataFrame, int]]:
        """Yield what a function makes of each batch; see :class:`Accounts`."""
        yield pl.DataFrame(schema=columns), 0
        for batch, share in self.batches():
            yield measure(batch), share

    def judged(
        self, judge: Callable[[Batch], list[AccountResult]]
    ) -> Iterator[tuple[list[AccountResult], int]]:
        """Yield the results of each batch; see :class:`Accounts`."""
        for batch, share in self.batches():
            yield judge(batch), share


def find(path: Path, now: datetime, scratch: Path | None = None) -> Input:
    """Return the accounts in a dataset directory, a JSONL file or a Parquet file of nested accounts.

    Args:
        path: Where they are.
        now: Clock of whoever reads them (see :func:`vigie.features.ingest.validation.check`).
        scratch: Folder for the posts of a large dataset, which are put there by batch and stay; None: a temporary one, gone
            when the last batch was read.

    Raises:
        DatasetError: The directory is not a dataset, or was changed.
        UnknownFormatError: The suffix is none that is read.
        EmptyInputError: The file is empty.
        EncodingError: The file is UTF-16.
    """
    if path.is_dir():
        return _dataset(path, now, scratch)
    if not path.is_file():
        raise DatasetNotFoundError(
            f"{path} is not there; name a dataset directory (vigie import makes one), a .jsonl or a .parquet"
        )
    if path.stat().st_size == 0:
        raise EmptyInputError(f"{path} is empty; give one account per line, as JSON")
    match path.suffix.lower():
        case ".jsonl" | ".ndjson":
            return _lines(path, now)
        case ".parquet":
            return _nested(path, now)
        case other:
            raise UnknownFormatError(
                f"{path} ends in {other or 'nothing'}. {choices(other, ['.jsonl', '.ndjson', '.parquet'])} "
                "Other files: bring them to a dataset directory with vigie import"
            )


def identity(path: Path) -> str:
    """Return the digest that tells an input from every other: of a dataset, that of its manifest, which holds those of its tables.

    What is not there has none; :func:`find` refuses it.
    """
    file = path / MANIFEST if path.is_dir() else path
    return digest(file) if file.is_file() else ""


def of_objects(entries: Sequence[Any], now: datetime) -> Input:
    """Return accounts written as requests are: objects with their posts inside.

    Args:
        entries: The accounts.
        now: Clock of whoever reads them (see :func:`vigie.features.ingest.validation.check`).
    """
    posts = [len(entry.get(POSTS) or ()) if isinstance(entry, dict) else 0 for entry in entries]

    def read() -> Iterator[tuple[Batch, int]]:
        seen: set[int] = set()
        for start, size in _parts(posts, _MOST_POSTS_OF_OBJECTS):
            yield _unseen(from_requests(entries[start : start + size], now), seen), size

    def batches(first: int = 0) -> Iterator[tuple[Batch, int]]:
        # Those before are read too: an account may stand there already.
        return islice(read(), first, None)

    return Input(len(entries), batches)


def _dataset(path: Path, now: datetime, scratch: Path | None) -> Input:
    held = dataset.open(path)
    keys = held.accounts().select(FROM_ACCOUNT).collect()
    counted = held.posts().group_by(FROM_ACCOUNT).len().collect(engine="streaming")
    counts = keys.join(counted, on=FROM_ACCOUNT, how="left", maintain_order="left")["len"].fill_null(0)
    parts = list(_parts(counts.to_list(), _MOST_POSTS))

    def looked_up(number: int) -> pl.DataFrame:
        ids = keys["account_id"].slice(*parts[number])
        # The bounds let a reader skip whole stretches of a file that is sorted by account.
        mine = pl.col("account_id").is_between(pl.lit(ids.min()), pl.lit(ids.max())) & pl.col(
            "account_id"
        ).is_in(ids.implode())
        return held.posts().filter(mine).collect()

    def sorted_into(folder: Path) -> Callable[[int], pl.DataFrame]:
        # By the id alone: platforms may be spelt otherwise in one table than in the other.
        numbers = pl.Series("part", np.repeat(np.arange(len(parts)), [size for _, size in parts]))
        owners = keys.select("account_id", numbers).unique()
        some = held.portions("posts", _MOST_POSTS)
        return posts_by_part.sorted_into(folder / "posts", some, owners, schema.schema("posts")).part

    def batches(first: int = 0) -> Iterator[tuple[Batch, int]]:
        with nullcontext(scratch) if scratch else TemporaryDirectory(prefix="vigie-") as folder:
            posts_of = looked_up if len(parts) <= _MOST_SCANS else sorted_into(Path(folder))
            for number, (start, size) in enumerate(parts[first:], first):
                accounts = held.accounts().slice(start, size).collect()
                yield from_tables(accounts, posts_of(number), now), size

    return Input(keys.height, batches)


def _nested(path: Path, now: datetime) -> Input:
    try:
        scan = pl.scan_parquet(path)
        columns = scan.collect_schema().names()
        posts = pl.col(POSTS).list.len().fill_null(0) if POSTS in columns else pl.lit(0)
        counts = scan.select(columns[0], counts=posts).collect()["counts"].to_list() if columns else []
    except pl.exceptions.PolarsError as error:
        raise MalformedInputError(
            f"{path} is not a Parquet file of accounts with a list of posts each ({str(error)[:200]})"
        ) from error

    def read() -> Iterator[tuple[Batch, int]]:
        seen: set[int] = set()
        for start, size in _parts(counts, _MOST_POSTS_OF_OBJECTS):
            entries = scan.slice(start, size).collect().to_dicts()
            yield _unseen(from_requests(entries, now), seen), size

    def batches(first: int = 0) -> Iterator[tuple[Batch, int]]:
        return islice(read(), first, None)

    return Input(len(counts), batches)


def _lines(path: Path, now: datetime) -> Input:
    with path.open("rb") as file:
        if file.read(2) in _UTF16:
            raise EncodingError(f"{path} is UTF-16; write it in UTF-8")

    def batches(first: int = 0) -> Iterator[tuple[Batch, int]]:
        with path.open("rb") as file:
            yield from islice(line_batches(file, now), first, None)

    return Input(path.stat().st_size, batches)


def line_batches(file: BinaryIO, now: datetime, language: Language = "en") -> Iterator[tuple[Batch, int]]:
    """Yield the batches of lines of JSON, one account each, with the bytes that each batch stands for.

    A line that does not parse is a refused account; an empty one is none.

    Args:
        file: The lines.
        now: Clock of whoever reads them (see :func:`vigie.features.ingest.validation.check`).
        language: Language of the faults and reasons.
    """
    seen: set[int] = set()
    entries: list[Any] = []
    unread: dict[int, str] = {}
    numbers: dict[int, int] = {}
    posts = size = 0

    def batch() -> Batch:
        found = from_requests(entries, now, language)
        for index, reason in unread.items():
            found.refused[index] = [Fault("line", reason)]
        found.lines = numbers
        return _unseen(found, seen)

    for number, (line, length) in enumerate(_split(file), 1):
        size += length
        if line is not None and not line.strip():
            continue
        try:
            if line is None:
                raise MalformedInputError(message("refusals.long_line", megabytes=_LONGEST_LINE // 1_000_000))
            entry = decode(line)
        except MalformedInputError as error:
            unread[len(entries)] = message("refusals.line", line=str(number), fault=error.args[0]).say(
                language
            )
            entry = None
        numbers[len(entries)] = number
        entries.append(entry)
        given = entry.get(POSTS) if isinstance(entry, dict) else None
        posts += len(given) if isinstance(given, list) else 0
        if posts >= _MOST_POSTS_OF_OBJECTS or len(entries) >= _MOST_ACCOUNTS or size >= _MOST_BYTES:
            yield batch(), size
            entries, unread, numbers, posts, size = [], {}, {}, 0, 0
    if entries:
        yield batch(), size


def _split(file: BinaryIO) -> Iterator[tuple[bytes | None, int]]:
    """Yield lines with their length; None for a line too long to hold."""
    while line := file.readline(_LONGEST_LINE):
        length = len(line)
        if length < _LONGEST_LINE or line.endswith(b"\n"):
            yield line, length
            continue
        while more := file.readline(_LONGEST_LINE):
            length += len(more)
            if more.endswith(b"\n"):
                break
        yield None, length


def _parts(counts: list[int], most: int) -> Iterator[tuple[int, int]]:
    """Cut accounts into stretches of few enough posts; one account alone may have more.

    >>> list(_parts([2, 2, 9, 1], 4))
    [(0, 2), (2, 1), (3, 1)]
    """
    start = held = 0
    for index, count in enumerate(counts):
        if index > start and (held + count > most or index - start >= _MOST_ACCOUNTS):
            yield start, index - start
            start, held = index, 0
        held += count
    if start < len(counts):
        yield start, len(counts) - start


def _unseen(batch: Batch, seen: set[int]) -> Batch:
    """Mark the accounts that an earlier batch held already; they and their posts are left out."""
    keys = [hash(key) for key in batch.accounts.select(FROM_ACCOUNT).iter_rows()]
    again = [row for row, key in zip(batch.accounts["row"], keys, strict=True) if key in seen]
    seen.update(keys)
    batch.repeated.update(again)
    batch.accounts, batch.posts = (
        table.filter(~pl.col("row").is_in(again)) for table in (batch.accounts, batch.posts)
    )
    return batch
