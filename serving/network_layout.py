"""Where the accounts of a network stand on a page, and which of their pairs are drawn.

Each connected part is laid out by itself and the parts are set side by side: a small one as a ring, a large one by Maxent-Stress
[Gansner2013], and a very large one by the distances to some of its accounts (PivotMDS [Brandes2007]), which takes a second where
the other takes ten. Of each account only its clearest pairs are drawn: a flood has more pairs than a page has room for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from threading import Lock

import networkit  # type: ignore[import-untyped, unused-ignore]  # it ships no types
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from vigie.features.coordination.comparison import Comparison

# Accounts placed, those with most pairs first; pairs of each.
MOST, CLEAREST = 10_000, 3
# Accounts of a part that is laid out as a ring at most, and by Maxent-Stress.
_RING, _STRESSED = 6, 2_000
# Accounts that distances are taken to, and how far those stand apart that have the same distances.
_PIVOTS, _APART = 50, 0.004
WIDTH = 1_000.0
# What joins the pairs of a campaign, where a trace joins those of a group.
CONTENTS = "contents"
# Room of a dot, and between two parts.
_ROOM, _GAP = 14.0, 18.0
# What the layout asks for: direct neighbours alone, which of two thousand accounts takes a second.
_DIMENSIONS, _NEIGHBOURS, _SEED = 2, 1, 1
# NetworKit keeps its seed and its number of threads for the whole process: two layouts at once crash it.
_ONE_AT_A_TIME = Lock()

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Placed:
    """Accounts with their places.

    Attributes:
        rows: Rows of the accounts, in order.
        where: Place of each, one row per account: from the left and from the top, within :data:`WIDTH` and ``height``.
        height: Of the drawing.
        drawn: Pairs that are drawn: ``first`` and ``second`` (positions in ``rows``), ``traces``.
        pairs: Pairs beyond chance among these accounts, drawn or not.
        left_out: Accounts that are not placed.
        cells: Every account, placed or not, counted by its group, the largest first: ``group`` (null: of none), ``accounts``.
        between: Pairs of accounts of two groups: ``first`` and ``second`` (positions in ``cells``), ``pairs``.
    """

    rows: pl.Series
    where: Floats
    height: float
    drawn: pl.DataFrame
    pairs: int
    left_out: int
    cells: pl.DataFrame
    between: pl.DataFrame


def place(rows: Collection[int], compared: Comparison, most: int | None = None) -> Placed:
    """Return some accounts with their places; the same accounts always have the same.

    Args:
        rows: Rows of the accounts; one at least.
        compared: The comparison that they are of.
        most: Accounts placed; None: :data:`MOST`.
    """
    members = pl.Series("account", sorted(rows), dtype=pl.Int64)
    pairs = pairs_among(members, compared)
    ends = pl.concat([pairs["first"], pairs["second"]]).alias("account")
    degree = members.to_frame().join(ends.value_counts(), on="account", how="left")
    shown = degree.sort(pl.col("count").fill_null(0), "account", descending=[True, False]).head(most or MOST)
    kept = shown["account"].sort()
    inside = pairs.filter(pl.col("first").is_in(kept.implode()) & pl.col("second").is_in(kept.implode()))
    at = dict(zip(kept, range(len(kept)), strict=True))
    drawn = _clearest(inside).select(
        pl.col("first", "second").replace_strict(at, return_dtype=pl.Int64), "traces"
    )
    where, height = _laid_out(drawn.select("first", "second").to_numpy().reshape(-1, 2), len(kept))
    cells, between = _cells(members, pairs, compared.groups)
    left_out = len(members) - len(kept)
    return Placed(kept, where.round(1), height, drawn, inside.height, left_out, cells, between)


def _cells(
    members: pl.Series, pairs: pl.DataFrame, groups: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return accounts counted by group, and their pairs counted by the two groups that they join."""
    own = members.to_frame().join(groups.select("account", "group"), on="account", how="left")
    cells = own.group_by("group").agg(accounts=pl.len()).sort("accounts", "group", descending=[True, False])
    of = own.join(cells.with_row_index("cell"), on="group", nulls_equal=True).select(
        "account", pl.col("cell").cast(pl.Int64)
    )
    sides = pairs.join(of, left_on="first", right_on="account").join(
        of, left_on="second", right_on="account", suffix="_other"
    )
    across = sides.filter(pl.col("cell") != pl.col("cell_other")).select(
        first=pl.min_horizontal("cell", "cell_other"), second=pl.max_horizontal("cell", "cell_other")
    )
    return cells, across.group_by("first", "second").agg(pairs=pl.len()).sort("first", "second")


def pairs_among(members: pl.Series, compared: Comparison) -> pl.DataFrame:
    """Return the pairs beyond chance among some accounts, each once: ``first``, ``second``, ``p``, ``traces``."""
    found = pl.concat(
        [
            compared.network.significant().select("first", "second", "p", "trace"),
            compared.campaigns.pairs.select("first", "second", "p", trace=pl.lit(CONTENTS)),
        ]
    )
    own = pl.all_horizontal(pl.col("first", "second").is_in(members.implode()))
    return (
        found.filter(own)
        .group_by("first", "second")
        .agg(pl.col("p").min(), traces=pl.col("trace").unique().sort())
        .sort("p", "first", "second")
    )


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
        room = min(_ROOM * max(1.0, 1.6 * np.sqrt(len(members))), WIDTH)
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
    if size <= _RING:
        angle = 2 * np.pi * np.arange(size) / size
        return 0.5 + 0.5 * np.column_stack([np.cos(angle), np.sin(angle)])
    with _ONE_AT_A_TIME:
        graph = networkit.Graph(size)
        for one, other in ends.tolist():
            graph.addEdge(one, other)
        threads = networkit.getMaxNumberOfThreads()
        networkit.setNumberOfThreads(1)
        networkit.setSeed(_SEED, False)
        try:
            layout = (
                networkit.viz.MaxentStress(graph, _DIMENSIONS, _NEIGHBOURS)
                if size <= _STRESSED
                else networkit.viz.PivotMDS(graph, _DIMENSIONS, _PIVOTS)
            )
            layout.run()
        finally:
            networkit.setNumberOfThreads(threads)
        where = np.asarray(layout.getCoordinates(), np.float64)
    span = max(float(np.ptp(where, axis=0).max()), 1e-9)
    if size > _STRESSED:
        where += np.random.default_rng(_SEED).normal(scale=_APART * span, size=where.shape)
        span = float(np.ptp(where, axis=0).max())
    # A part that is a line stands in the middle of its square.
    placed: Floats = (where - where.min(axis=0)) / span + (1 - np.ptp(where, axis=0) / span) / 2
    return placed
