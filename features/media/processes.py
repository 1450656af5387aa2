"""Work on many items in a few processes, of which the death of one costs one item."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Items sent to a process at once.
_CHUNK = 8


def each(work: Callable[[Item], Result], items: Sequence[Item], jobs: int) -> Iterator[Result | None]:
    """Yield the result of each item, in order; None for one whose process died over it.

    Args:
        work: A function that other processes can import.
        items: What it is called with, one after the other.
        jobs: Processes.
    """
    place = 0
    while place < len(items):
        try:
            with _pool(jobs) as pool:
                for result in pool.map(work, items[place:], chunksize=_CHUNK):
                    yield result
                    place += 1
        except BrokenProcessPool:
            # All that was under way is lost: one by one, the item that does it is found.
            for item in items[place : place + _CHUNK]:
                yield _alone(work, item)
                place += 1


def _alone(work: Callable[[Item], Result], item: Item) -> Result | None:
    """Return the result of one item, or None if its process dies."""
    with _pool(1) as pool:
        try:
            return pool.submit(work, item).result()
        except BrokenProcessPool:
            return None


def _pool(jobs: int) -> ProcessPoolExecutor:
    """Return fresh processes: a copy of this one would hold the locks of its threads."""
    return ProcessPoolExecutor(jobs, get_context("spawn"), initializer=_follow)


def _follow() -> None:
    """Leave Ctrl-C to the process that started this one, and end when it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if started_by := parent_process():
        Thread(target=_end_with, args=(started_by,), daemon=True).start()


def _end_with(process: BaseProcess) -> None:
    process.join()
    os._exit(1)
