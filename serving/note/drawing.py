"""The network drawn: accounts as dots, coloured by group, pairs beyond chance as lines."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from vigie.features.coordination.comparison import Comparison
from vigie.features.i18n import Message, message
from vigie.serving import network_layout
from vigie.serving.note.subjects import Subject, people

# Groups with a colour of their own, and accounts on a printed page.
COLOURS, MOST = 7, 2_000


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
        height: Of the drawing, whose width is that of :mod:`vigie.serving.network_layout`.
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
    members = {row for one in subjects for row in one.members}
    if not members:
        return None
    placed = network_layout.place(members, compared, MOST)
    rows, points = placed.rows, placed.where.tolist()
    colour, legend = _coloured(rows, compared)
    names = dict(people(compared).select("account", "name").iter_rows())
    return Drawing(
        dots=tuple(
            Dot(x, y, colour.get(row, 0), names[row]) for (x, y), row in zip(points, rows, strict=True)
        ),
        lines="".join(
            f"M{points[a][0]} {points[a][1]}L{points[b][0]} {points[b][1]}"
            for a, b in placed.drawn.select("first", "second").iter_rows()
        ),
        height=placed.height,
        legend=legend,
        summary=message(
            "note.network_text" if not placed.left_out else "note.network_part",
            count=len(rows),
            pairs=placed.pairs,
            left_out=placed.left_out,
        ),
    )


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
