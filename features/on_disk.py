"""Tables that lie on disk while they are worked on: a collection may be larger than the memory.

A large table is written to a file in Arrow's own layout, and the file is mapped: what works on the table reads the file as if it
were memory, and the system holds as much of it as there is room for. Nothing else changes, so results are the same to the
digit. Small tables stay in memory, and so does everything where nobody named a folder or pyarrow is not installed.
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np
import polars as pl
from numpy.typing import DTypeLike, NDArray

# Bytes from which a table is laid on disk.
LEAST = 64_000_000
# Rows that are worked on at once, and of a stretch of a file; and times as many where what is looked at are the rows of some keys.
ROWS, KEYED = 250_000, 8
# Rows of a range that are looked at to tell where it ends; and a name that no column has.
_SAMPLED = 1_000
_PLACE = "_place"
# Memory of mapped files, in pages, from which it is given back.
_MOST_MAPPED = 2_000_000_000 // mmap.PAGESIZE
_MAPS: WeakSet[mmap.mmap] = WeakSet()
_FOLDER: ContextVar[Path | None] = ContextVar("folder", default=None)


@contextmanager
def within(folder: Path) -> Iterator[None]:
    """Lay large tables on disk in a folder while the body runs; their files are nameless, and gone with the tables.

    Args:
        folder: One on a disk, not in memory; it holds people's data.
    """
    token = _FOLDER.set(folder if find_spec("pyarrow") else None)
    try:
        yield
    finally:
        _FOLDER.reset(token)


def is_asked_for() -> bool:
    """Return whether large tables are laid on disk."""
    return _FOLDER.get() is not None


def laid(table: pl.DataFrame, *, least: int | None = None) -> pl.DataFrame:
    """Return a table, on disk if it is large.

    Args:
        table: The table.
        least: Bytes from which it is, where many more are to follow; None: :data:`LEAST`.
    """
    folder = _FOLDER.get()
    if folder is None or table.estimated_size() < (LEAST if least is None else least):
        return table
    # Some rows at a time, as a table whose columns lie in different stretches is put in order in memory when it is written.
    return by_stretches(table, lambda some: some) if table.height > ROWS else _written(table, folder)


def stacked(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return some tables as one, each on disk before the next is asked for if a folder was named.

    Args:
        parts: At least one.
    """
    folder = _FOLDER.get()
    if folder is None:
        return pl.concat(parts, rechunk=True)
    return pl.concat([_written(part, folder) for part in parts])


def by_stretches(table: pl.DataFrame, made: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """Return what a function makes of a table, some rows at a time if it goes on disk.

    Args:
        table: The table.
        made: From some rows to some rows; what it makes of one must not depend on the others.
    """
    if _FOLDER.get() is None or table.height <= ROWS:
        return made(table)
    return stacked(made(table[start : start + ROWS]) for start in range(0, table.height, ROWS))


def by_keys(
    tables: Sequence[pl.DataFrame], keys: Sequence[str], made: Callable[..., pl.DataFrame]
) -> pl.DataFrame:
    """Return what a function makes of tables, the rows of some keys at a time if they go on disk: in any order.

    Args:
        tables: At least one; each holds the keys.
        keys: Names of columns.
        made: From as many tables to one; what it makes of the rows of one key must not depend on those of others.
    """
    shares = _shares(max(table.height for table in tables))
    if shares == 1:
        return made(*tables)
    homes = [_homes(table.select(keys), shares) for table in tables]

    def of_share(share: int) -> pl.DataFrame:
        return made(*(table.filter(home == share) for table, home in zip(tables, homes, strict=True)))

    return stacked(map(of_share, range(shares)))


def over(table: pl.DataFrame, value: pl.Expr, keys: Sequence[str]) -> pl.Series:
    """Return what an expression gives the rows of each key, for every row: the rows of some keys at a time if the table goes on disk.

    Args:
        table: It holds the keys.
        value: One value for each key, never null.
        keys: Names of columns.
    """
    shares = _shares(table.height)
    if shares == 1:
        return table.select(value.over(keys)).to_series()
    home = _homes(table.select(keys), shares)
    values: NDArray[Any] | None = None
    for share in range(shares):
        _give_back()
        mine = (home == share).arg_true()
        some = table[mine].select(value.over(keys)).to_series().to_numpy()
        values = np.empty(table.height, some.dtype) if values is None else values
        values[mine.to_numpy()] = some
    return pl.Series(values)


def by_ranges(table: pl.DataFrame, key: str) -> Iterator[pl.DataFrame]:
    """Yield the rows of a table by ranges of a column, ascending, in the order of the table: at once, unless it goes on disk.

    Args:
        table: The table.
        key: Name of the column. Rows of one value are together, those without one in the first range.
    """
    shares = _shares(table.height)
    if shares == 1:
        yield table
        return
    # Where the ranges end, so many rows that stand at regular intervals tell well enough.
    sample = table[key].gather_every(max(1, table.height // (shares * _SAMPLED))).drop_nulls().sort()
    ends = sample.gather_every(max(1, len(sample) // shares))[1:].unique().sort()
    home = by_stretches(
        table.select(key),
        lambda some: pl.DataFrame({"home": ends.search_sorted(some[key], "right").cast(pl.UInt16)}),
    )["home"]
    for share in range(len(ends) + 1):
        _give_back()
        yield table.filter(home == share)


def looked_up(keys: pl.DataFrame, table: pl.DataFrame) -> NDArray[np.int64]:
    """Return the number that a table gives each of some keys, -1 where it gives none.

    Args:
        keys: The keys.
        table: The same columns, each row once, and as its last one the numbers (Int64, null: none).
    """
    *names, number = table.columns
    place = pl.DataFrame({_PLACE: np.arange(keys.height)}).hstack(keys)

    def found(some: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
        return some.join(known, on=names, how="left", maintain_order="left").select(_PLACE, number)

    table = by_keys([place, table], names, found)
    values = np.empty(keys.height, np.int64)
    values[table[_PLACE].to_numpy()] = table[number].fill_null(-1).to_numpy()
    return values


def _shares(rows: int) -> int:
    """Return in how many shares tables of so many rows are worked on by key."""
    return 1 if _FOLDER.get() is None else max(1, -(-rows // (KEYED * ROWS)))


def _homes(keys: pl.DataFrame, shares: int) -> pl.Series:
    """Return the share that each row belongs to: rows of one key to the same."""
    home = (pl.struct(pl.all()).hash(seed=3) % shares).cast(pl.UInt16)
    return by_stretches(keys, lambda some: some.select(home)).to_series()


def beside(table: pl.DataFrame, *columns: pl.Series) -> pl.DataFrame:
    """Return a table with more columns, in the stretches in which it lies: where one lies otherwise, all would be read into memory.

    Args:
        table: The table.
        columns: As long as it is.
    """
    lengths = table.to_series().chunk_lengths() if table.width else []
    if len(lengths) < 2:
        return table.with_columns(columns)
    ends = np.cumsum(lengths).tolist()
    stretches = list(zip([0, *ends[:-1]], ends, strict=True))
    return table.with_columns(
        pl.concat([column[begin:end].rechunk() for begin, end in stretches]) for column in columns
    )


def where(table: pl.DataFrame, keep: pl.Series) -> pl.DataFrame:
    """Return some rows of a table, some at a time if it goes on disk.

    Args:
        table: The table.
        keep: For each row, whether it is among them.
    """
    if _FOLDER.get() is None or table.height <= ROWS:
        return table.filter(keep)
    return stacked(
        table[start : start + ROWS].filter(keep[start : start + ROWS])
        for start in range(0, table.height, ROWS)
    )


def numbers(shape: Sequence[int], dtype: DTypeLike) -> NDArray[Any]:
    """Return numbers yet to be set, all nought, on disk if they are many."""
    folder, size = _FOLDER.get(), int(np.prod(shape)) * np.dtype(dtype).itemsize
    if folder is None or size < max(LEAST, 1):
        return np.zeros(shape, dtype)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.truncate(size)
        held = mmap.mmap(file.fileno(), size)
    _MAPS.add(held)
    return np.frombuffer(held, dtype).reshape(shape)


def write(table: pl.DataFrame, file: Path) -> None:
    """Write a table so that it can be mapped."""
    # A part of a table brings all stretches of it along, most of them empty.
    whole = table.rechunk() if table.height <= ROWS else table
    whole.write_ipc(file, compression="uncompressed", record_batch_size=ROWS)


def mapped(file: Path) -> pl.DataFrame:
    """Return a table that :func:`write` wrote: mapped, or read where pyarrow is not installed. The file may go before the table."""
    if not find_spec("pyarrow"):
        return pl.read_ipc(file)
    import pyarrow as pa
    import pyarrow.ipc

    with file.open("rb") as opened:
        held = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    _MAPS.add(held)
    table = pa.ipc.open_file(pa.py_buffer(held)).read_all()
    # In stretches as they lie in the file: joined they would be in memory.
    return pl.DataFrame(pl.from_arrow(table, rechunk=False))


def _written(table: pl.DataFrame, folder: Path) -> pl.DataFrame:
    """Return a table that lies in a file and is mapped; the system removes the file when nobody holds the table."""
    _give_back()
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        write(table, Path(file.name))
        return mapped(Path(file.name))


def _give_back() -> None:
    """Give the memory of mapped files back where it is much: what is read again comes from what the system still holds, or the disk."""
    of_files = int(Path("/proc/self/statm").read_text().split()[2])
    if of_files > _MOST_MAPPED:
        for held in list(_MAPS):
            held.madvise(mmap.MADV_DONTNEED)
