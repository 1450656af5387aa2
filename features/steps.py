"""Steps of long work: what they made outlives a kill, and how far the work is can be told.

Comparing a collection is a chain of steps of minutes each. Where somebody named a folder, what a step made is kept there under the
name of the step, and the next run of the same work takes it from there. What lies in the folder must hang on the same input, options
and versions: whoever names it sees to that. Elsewhere steps run as if nothing of this were here::

    texts-000003-125/    what a step made: its name, its part, how much of the work it stands for
        0.arrow
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import polars as pl

from vigie.features import on_disk, whole_files

# Seconds from which what a step made is kept: what is made sooner is made anew.
LEAST_S = 1.0
_DRAFT = "draft"


@dataclass(frozen=True)
class _Work:
    """Work that is going on.

    Attributes:
        folder: Where results are kept.
        shares: How much of the work each step stands for; one that is not named stands for nothing.
        advance: Called with how much of the work was done since.
        seen: Names and parts that were asked for.
    """

    folder: Path
    shares: Mapping[str, int]
    advance: Callable[[int], None]
    seen: set[tuple[str, int]] = field(default_factory=set)

    def share(self, name: str, part: int, parts: int) -> int:
        """Return how much of the work a part of a step stands for."""
        whole = self.shares.get(name, 0)
        return whole * (part + 1) // parts - whole * part // parts


_WORK: ContextVar[_Work | None] = ContextVar("work", default=None)


@contextmanager
def within(folder: Path, shares: Mapping[str, int], advance: Callable[[int], None]) -> Iterator[None]:
    """Keep what the steps of the body make, and take what an earlier run kept.

    Args:
        folder: Where; it holds people's data.
        shares: How much of the work each step stands for, in any unit.
        advance: Called with how much of it was done since; what an earlier run did, :func:`done` tells.
    """
    token = _WORK.set(_Work(folder, shares, advance))
    try:
        yield
    finally:
        _WORK.reset(token)


def done(folder: Path) -> int:
    """Return how much of the work is kept in a folder."""
    return sum(int(kept.name.rpartition("-")[2]) for kept in folder.glob("*-*-*") if kept.is_dir())


def passed(name: str, part: int = 0, parts: int = 1) -> None:
    """Tell that a step was done whose result is not kept.

    Args:
        name: Its name.
        part: Number of the part of it that was done, from 0.
        parts: How many there are.
    """
    work = _WORK.get()
    if work is not None:
        work.advance(work.share(name, part, parts))


def kept(name: str, made: Callable[[], pl.DataFrame], part: int = 0, parts: int = 1) -> pl.DataFrame:
    """Return what a step makes, from an earlier run where one kept it; see :func:`kept_tables`."""
    return kept_tables(name, lambda: [made()], part, parts)[0]


def kept_tables(
    name: str, made: Callable[[], Sequence[pl.DataFrame]], part: int = 0, parts: int = 1
) -> Sequence[pl.DataFrame]:
    """Return the tables that a step makes, from an earlier run where one kept them.

    Args:
        name: Its name.
        made: Makes them. They hang on the input and the options of the work alone.
        part: Number of the part of the step, from 0.
        parts: How many there are.

    Raises:
        ValueError: The same work asked for this part before.
    """
    work = _WORK.get()
    if work is None:
        return made()
    if (name, part) in work.seen:
        raise ValueError(f"the work has two steps called {name}, part {part}")
    work.seen.add((name, part))
    share = work.share(name, part, parts)
    place = work.folder / f"{name}-{part:06}-{share}"
    if not place.exists():
        began = monotonic()
        tables = made()
        if monotonic() - began < LEAST_S:
            work.advance(share)
            return tables
        _keep(tables, work.folder / _DRAFT, place)
        work.advance(share)
    return [on_disk.mapped(place / _file(number)) for number in range(len(list(place.iterdir())))]


def _keep(tables: Sequence[pl.DataFrame], draft: Path, place: Path) -> None:
    """Write tables into a folder that is whole or not there."""
    if draft.is_dir():
        shutil.rmtree(draft)
    draft.mkdir()
    for number, table in enumerate(tables):
        on_disk.write(table, draft / _file(number))
    whole_files.put(draft, place)


def _file(number: int) -> str:
    return f"{number}.arrow"
