"""Accounts that act on a plan: who takes part in which action, and when after it was called.

Benign groups and campaigns differ in what they do, how fast, and why; how a call becomes acts is the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from vigie.training.synthetic.feeds import HOUR
from vigie.training.synthetic.population import clients
from vigie.training.synthetic.text import Flags, Integers

# How far apart cells act on the same call.
_APART_S = 10 * HOUR


@dataclass(frozen=True)
class ActorGroup:
    """The accounts of one planted group.

    Attributes:
        name: Its name.
        people: What :func:`vigie.training.synthetic.population.people` returned.
        cell: Number of the cell of each account; all 0 where they act as one.
        language: Index of its language.
        start: When it starts to act, seconds since 1970.
        end: When it stops.
    """

    name: str
    people: pl.DataFrame
    cell: Integers
    language: int
    start: int
    end: int

    def __len__(self) -> int:
        return self.people.height


@dataclass(frozen=True)
class Turnout:
    """Who answered which call, one entry per act.

    Attributes:
        member: Position of the account in the group.
        call: Number of the call.
        time: When it acts, seconds since 1970.
    """

    member: Integers
    call: Integers
    time: Integers

    def __len__(self) -> int:
        return len(self.member)

    def where(self, kept: Flags) -> Turnout:
        """Return the acts that are kept."""
        return Turnout(self.member[kept], self.call[kept], self.time[kept])


def calls(rng: np.random.Generator, actors: ActorGroup, count: int) -> Integers:
    """Return that many times between start and end, sorted."""
    return np.sort(rng.integers(actors.start, max(actors.end, actors.start + 1), count))


def turnout(
    rng: np.random.Generator,
    actors: ActorGroup,
    called: Integers,
    *,
    share: float,
    median_s: float,
    spread: float,
    cells: float = 1.0,
) -> Turnout:
    """Return who answers which call, and when.

    Args:
        rng: Source of chance.
        actors: The accounts.
        called: Time of each call.
        share: Share of the accounts of a cell that answer a call, in the mean; accounts differ in zeal.
        median_s: Median seconds between the call and the act.
        spread: Standard deviation of the logarithm of that delay.
        cells: Share of the cells that answer a call at all.

    Where there are several cells, each acts at its own time, up to ten hours after the call.
    """
    number = int(actors.cell.max(initial=0)) + 1
    shift = (
        rng.integers(0, _APART_S, (number, len(called)))
        if number > 1
        else np.zeros((1, len(called)), np.int64)
    )
    active = rng.random((number, len(called))) < cells
    zeal = rng.beta(6 * share, 6 * (1 - share), len(actors))
    takes = (rng.random((len(actors), len(called))) < zeal[:, None]) & active[actors.cell]
    member, call = np.nonzero(takes)
    delay = np.exp(rng.normal(np.log(median_s), spread, len(member))).astype(np.int64) + 1
    return Turnout(member, call, called[call] + shift[actors.cell[member], call] + delay)


def by(rng: np.random.Generator, actors: ActorGroup, came: Turnout) -> dict[str, pl.Series]:
    """Return the columns that say who acts when."""
    mine = actors.people[came.member]
    return {
        "who": mine["who"], "time": pl.Series(came.time), "language": mine["language"],
        "client": clients(rng, len(came)),
    }  # fmt: skip


def named(prefix: str, came: Turnout) -> pl.Series:
    """Return a name for what each act acts on: one per call."""
    return pl.select(pl.format("{}-{}", pl.lit(prefix), pl.Series(came.call))).to_series()
