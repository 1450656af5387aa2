"""Tables that lie on disk while they are worked on: a collection may be larger than the memory.

A large table is written to a file in Arrow's own layout, and the file is mapped: what works on the table reads the file as if it
were memory, and the system holds as much of it as there is room for. Nothing else changes, so results are the same to the
digit. Small tables stay in memory, and so does everything where nobody named a folder or pyarrow is not installed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import DTypeLike, NDArray

# Bytes from which a table is laid on disk.
LEAST = 64_000_000
# Rows that are worked on at once, and of a stretch of a file.
ROWS = 250_000
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


def laid(table: pl.DataFrame, *, least: int | None = None) -> pl.DataFrame:
    """Return a table, on disk if it is large.

    Args:
        table: The table.
        least: Bytes from which it is, where many more are to follow; None: :data:`LEAST`.
    """
    folder = _FOLDER.get()
    if folder is None or table.estimated_size() < (LEAST if least is None else least):
        return table
    return _written(table, folder)


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


def numbers(shape: Sequence[int], dtype: DTypeLike) -> NDArray[Any]:
    """Return numbers yet to be set, all nought, on disk if they are many."""
    folder, size = _FOLDER.get(), int(np.prod(shape)) * np.dtype(dtype).itemsize
    if folder is None or size < LEAST:
        return np.zeros(shape, dtype)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.truncate(size)
        return np.memmap(file, dtype, "r+", shape=tuple(shape))


def _written(table: pl.DataFrame, folder: Path) -> pl.DataFrame:
    """Return a table that lies in a file and is mapped; the system removes the file when nobody holds the table."""
    import pyarrow as pa
    import pyarrow.ipc

    with tempfile.NamedTemporaryFile(dir=folder) as file:
        table.write_ipc(file.name, compression="uncompressed", record_batch_size=ROWS)
        with pa.memory_map(file.name) as held:
            mapped = pa.ipc.open_file(held).read_all()
    # In stretches as they lie in the file: joined they would be in memory.
    return pl.DataFrame(pl.from_arrow(mapped, rechunk=False))
