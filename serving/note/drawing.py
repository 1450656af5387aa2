"""The network drawn: accounts as dots, coloured by group, pairs beyond chance as lines.

Each connected part is laid out by itself (Maxent-Stress of NetworKit [Gansner2013]) and the parts are set side by side.
Of each account only its clearest pairs are drawn: a flood has more pairs than a page has room for.
"""

from __future__ import annotations

from dataclasses import dataclass

import networkit  # type: ignore[import-untyped, unused-ignore]  # it ships no types
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from vigie.features.coordination.comparison import Comparison
from vigie.features.i18n import Message, message
from vigie.serving.note.subjects import Subject, people

# Accounts drawn, those with most pairs first; pairs of each; groups with a colour of their own.
MOST, CLEAREST, COLOURS = 600, 3, 7
WIDTH = 1_000.0
# Room of a dot, and between two parts.
_ROOM, _GAP = 14.0, 18.0
# What the layout asks for: direct neighbours alone, which of hundreds of accounts takes a second instead of ten.
_DIMENSIONS, _NEIGHBOURS, _SEED = 2, 1, 1

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Dot:
    """An account: where it stands, its colour (0 is none), and what it is called."""

    x: float
    y: float
    colour: int
    label: str


@dataclass(frozen=True)
class Legend:
    """A colour and the accounts that have it."""

    colour: int
    text: Message


@dataclass(frozen=True)
class Drawing:
    """The network.

    Attributes:
        dots: The accounts.
        lines: The pairs, as the path of an SVG.
        height: Of the drawing, whose width is :data:`WIDTH`.
        legend: The colours.
        summary: The same in a sentence.
    """

    dots: tuple[Dot, ...]
    lines: str
    height: float
    legend: tuple[Legend, ...]
    summary: Message


def of(subjects: list[Subject], compared: Comparison) -> Drawing | None:
    """Return the accounts of some subjects as a network; None where there is none.

    Args:
        subjects: Campaigns and groups.
        compared: The comparison they are of.
    """
    members = pl.Series("account", sorted({row for one in subjects for row in one.members}), dtype=pl.Int64)
    if members.is_empty():
        return None
    pairs = _pairs(members, compared)
    ends = pl.concat([pairs["first"], pairs["second"]]).alias("account")
    degree = members.to_frame().join(ends.value_counts(), on="account", how="left")
    shown = degree.sort(pl.col("count").fill_null(0), "account", descending=[True, False]).head(MOST)
    rows = shown["account"].sort()
    inside = pairs.filter(pl.col("first").is_in(rows.implode()) & pl.col("second").is_in(rows.implode()))
    place = dict(zip(rows, range(len(rows)), strict=True))
    joined = np.array(
        [(place[a], place[b]) for a, b in _clearest(inside).select("first", "second").iter_rows()], np.int64
    ).reshape(-1, 2)
    where, height = _laid_out(joined, len(rows))
    colour, legend = _coloured(rows, compared)
    names = dict(people(compared).select("account", "name").iter_rows())
    points = where.round(1).tolist()
    return Drawing(
        dots=tuple(
            Dot(x, y, colour.get(row, 0), names[row]) for (x, y), row in zip(points, rows, strict=True)
        ),
        lines="".join(
            f"M{points[a][0]} {points[a][1]}L{points[b][0]} {points[b][1]}" for a, b in joined.tolist()
        ),
        height=height,
        legend=legend,
        summary=message(
            "note.network_text" if len(rows) == len(members) else "note.network_part",
            count=len(rows),
            pairs=inside.height,
            left_out=len(members) - len(rows),
        ),
    )


def _pairs(members: pl.Series, compared: Comparison) -> pl.DataFrame:
    """Return the pairs beyond chance among some accounts, each once: ``first``, ``second``, ``p``."""
    found = pl.concat(
        [
            compared.network.significant().select("first", "second", "p"),
            compared.campaigns.pairs.select("first", "second", "p"),
        ]
    )
    own = pl.all_horizontal(pl.col("first", "second").is_in(members.implode()))
    return found.filter(own).group_by("first", "second").agg(pl.col("p").min()).sort("p", "first", "second")


def _clearest(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that are among the clearest of one of their accounts."""
    kept = [pairs.filter(pl.int_range(pl.len()).over(side) < CLEAREST) for side in ("first", "second")]
    return pl.concat(kept).unique(["first", "second"], maintain_order=True)


def _laid_out(ends: Ints, width: int) -> tuple[Floats, float]:
    """Return where each account stands and the height of the drawing: parts side by side, the largest first."""
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), (width, width))
    count, part = connected_components(graph, False)
    size = np.bincount(part, minlength=count)
    where = np.zeros((width, 2))
    x = y = line = 0.0
    for number in np.lexsort((np.arange(count), -size)):
        members = np.flatnonzero(part == number)
        room = _ROOM * max(1.0, 1.6 * np.sqrt(len(members)))
        if x + room > WIDTH:
            x, y, line = 0.0, y + line + _GAP, 0.0
        among = np.searchsorted(members, ends[part[ends[:, 0]] == number])
        where[members] = _of_part(among, len(members)) * (room - _ROOM) + [x + _ROOM / 2, y + _ROOM / 2]
        x, line = x + room + _GAP, max(line, room)
    return where, round(y + line, 1)


def _of_part(ends: Ints, size: int) -> Floats:
    """Return where each account of a connected part stands, within a square of side 1."""
    if size == 1:
        return np.full((1, 2), 0.5)
    graph = networkit.Graph(size)
    for one, other in ends.tolist():
        graph.addEdge(one, other)
    threads = networkit.getMaxNumberOfThreads()
    networkit.setNumberOfThreads(1)
    networkit.setSeed(_SEED, False)
    try:
        layout = networkit.viz.MaxentStress(graph, _DIMENSIONS, _NEIGHBOURS)
        layout.run()
    finally:
        networkit.setNumberOfThreads(threads)
    where = np.asarray(layout.getCoordinates(), np.float64)
    low, span = where.min(axis=0), max(float(np.ptp(where, axis=0).max()), 1e-9)
    # A part that is a line stands in the middle of its square.
    placed: Floats = (where - low) / span + (1 - np.ptp(where, axis=0) / span) / 2
    return placed


def _coloured(rows: pl.Series, compared: Comparison) -> tuple[dict[int, int], tuple[Legend, ...]]:
    """Return the colour of each account in a group, and what the colours mean; the largest groups have one each."""
    grouped = compared.groups.filter(pl.col("account").is_in(rows.implode()))
    sizes = grouped.group_by("group").len().sort("len", "group", descending=[True, False])
    own = sizes.head(COLOURS).with_row_index("colour", offset=1)
    colours = dict(own.select("group", "colour").iter_rows())
    legend = [
        Legend(colour, message("note.legend_group", number=group + 1, count=size))
        for colour, group, size in own.select("colour", "group", "len").iter_rows()
    ]
    others = sizes[COLOURS:]
    if others.height:
        legend.append(
            Legend(
                COLOURS + 1,
                message("note.legend_others", count=others.height, accounts=int(others["len"].sum())),
            )
        )
    alone = len(rows) - grouped.height
    if alone:
        legend.append(Legend(0, message("note.legend_alone", count=alone)))
    colour = {
        row: colours.get(group, COLOURS + 1) for group, row in grouped.select("group", "account").iter_rows()
    }
    return colour, tuple(legend)
