"""The network of a page, as tables and as what an SVG and a script draw of them: ten thousand accounts within a page's time."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from io import StringIO

import numpy as np
import polars as pl

from vigie.features.coordination.report import display_text
from vigie.features.coordination.traces import ANY
from vigie.serving.network_layout import CONTENTS

# Accounts of a network that a page draws beside what it tells; more have a page of their own, and their links are drawn by its
# script alone: as an SVG they would double the page.
BESIDE = 2_000
# Places of the slider of time.
STEPS = 400
# Groups with a colour of their own; those beyond share the last one.
COLOURS = 7
_NODE = pl.Struct(
    {
        "platform": pl.String, "account_id": pl.String, "handle": pl.String, "group": pl.Int64, "x": pl.Float64, "y": pl.Float64,
    }
)  # fmt: skip
_LINK = pl.Struct(
    {
        "first": pl.Int64, "second": pl.Int64, "traces": pl.List(pl.String), "since": pl.List(pl.String),
    }
)  # fmt: skip
_CELL = pl.Struct({"group": pl.Int64, "accounts": pl.Int64})
_CELL_LINK = pl.Struct({"first": pl.Int64, "second": pl.Int64, "pairs": pl.Int64})
# Groups of a summary, the width of it, and what the circle of the largest and of the smallest measures.
_CELLS, WIDTH, _LARGEST, _SMALLEST = 40, 1_000.0, 55.0, 12.0
# Between two circles, and below one for its number.
_GAP, _LABEL = 26.0, 34.0
_TIME = "%Y-%m-%dT%H:%M:%S%.fZ"
# What a pair is drawn under where it has no trace of its own, in this order.
_OTHERWISE = {CONTENTS: 1, ANY: 2}


@dataclass(frozen=True)
class Layer:
    """The pairs of a trace.

    Attributes:
        trace: Its name.
        path: The pairs as the path of an SVG; empty in a network of more than :data:`BESIDE` accounts.
        links: The same for a script: places of both accounts among the nodes, and the seconds from the first time of the
            frame until they first met on the trace.
        pairs: How many there are.
    """

    trace: str
    path: str
    links: str
    pairs: int


@dataclass(frozen=True)
class Dots:
    """The accounts of a colour, as the path of an SVG whose ends are round: each is a line without length."""

    colour: int
    path: str


@dataclass(frozen=True)
class Frame:
    """What a drawing fills: a box around all accounts, how large a dot is in it, and from when to when pairs first met.

    Times are seconds since 1970; None where they are not known.
    """

    x: float
    y: float
    width: float
    height: float
    dot: float
    first: int | None
    last: int | None


@dataclass(frozen=True)
class Circle:
    """A group of a network as one node: where it stands, its number over time (None: accounts of no group) and its accounts."""

    x: float
    y: float
    radius: float
    group: int | None
    accounts: int


@dataclass(frozen=True)
class Tie:
    """Pairs between two groups, as a curve of an SVG and how wide it is."""

    path: str
    width: float
    pairs: int


@dataclass(frozen=True)
class Summary:
    """A network with its groups as nodes: all its accounts are in it, however many they are.

    Attributes:
        circles: The largest groups.
        ties: Between them.
        height: Of the drawing.
        groups: How many there are.
        left_out: Groups that are not drawn.
    """

    circles: tuple[Circle, ...]
    ties: tuple[Tie, ...]
    height: float
    groups: int
    left_out: int


@dataclass(frozen=True)
class Network:
    """The accounts of a group or campaign and the pairs that are drawn, as a judgement keeps them.

    Attributes:
        nodes: ``platform``, ``account_id``, ``handle``, ``group`` (its number over time), ``x``, ``y``, ``colour``: 0 for those
            of no group.
        links: ``first``, ``second`` (places in ``nodes``), ``traces`` and ``since``, when the two first met on each,
            as the drawing writes it.
        pairs: Pairs beyond chance among these accounts, drawn or not.
        left_out: Accounts without a place.
        cells: All accounts by group: ``group``, ``accounts``.
        between: Pairs of two groups: ``first``, ``second`` (places in ``cells``), ``pairs``.
    """

    nodes: pl.DataFrame
    links: pl.DataFrame
    pairs: int
    left_out: int
    cells: pl.DataFrame
    between: pl.DataFrame

    @classmethod
    def read(cls, stored: bytes) -> Network:
        """Return the network of a drawing, see :class:`vigie.serving.operations.judgement.Drawing`, from its JSON."""
        text = StringIO(stored.decode())
        schema: dict[str, pl.DataType] = {
            "nodes": pl.List(_NODE), "links": pl.List(_LINK), "pairs": pl.Int64(), "accounts_left_out": pl.Int64(),
            "cells": pl.List(_CELL), "cell_links": pl.List(_CELL_LINK),
        }  # fmt: skip
        whole = pl.read_json(text, schema=schema)
        nodes, links, cells, between = (
            whole.select(pl.col(name).explode(keep_nulls=False, empty_as_null=False)).unnest(name)
            for name in ("nodes", "links", "cells", "cell_links")
        )
        pairs, left_out = whole.select("pairs", "accounts_left_out").row(0)
        return cls(
            nodes.with_columns(colour=_colour(nodes)),
            links,
            pairs,
            left_out,
            cells,
            between,
        )

    def colours(self) -> dict[int, int]:
        """Return the colour of each group, the largest first."""
        grouped = self.nodes.drop_nulls("group").group_by("group").agg(pl.col("colour").first())
        return dict(grouped.sort("colour", "group").select("group", "colour").iter_rows())

    def accounts(self) -> str:
        """Return the accounts for a script, as JSON: place, colour, platform, id and what each is called."""
        called = pl.when(pl.col("handle").str.len_chars() > 0).then(pl.concat_str(pl.lit("@"), "handle"))
        rows = self.nodes.select(
            "x",
            "y",
            "colour",
            "platform",
            "account_id",
            name=display_text.plain(called.otherwise("account_id")),
        )
        return json.dumps(rows.rows(), separators=(",", ":"))

    def frame(self) -> Frame:
        """Return what the network fills; few accounts are drawn larger than many."""
        across, down = self.nodes["x"].to_numpy(), self.nodes["y"].to_numpy()
        width, height = max(float(np.ptp(across)), 60.0), max(float(np.ptp(down)), 30.0)
        margin = 0.04 * max(width, height)
        room = 0.35 * (width * height / self.nodes.height) ** 0.5
        # Written alike, so the first by their letters are the first in time, to the second.
        since = self.links.select(pl.col("since").explode()).select(
            first=pl.col("since").min(), last=pl.col("since").max()
        )
        first, last = since.select(_moment(pl.all()).dt.epoch("s")).row(0)
        return Frame(
            float(across.min()) - margin, float(down.min()) - margin, width + 2 * margin, height + 2 * margin,
            round(min(6.0, max(width, height) / 90, room), 2), first, last,
        )  # fmt: skip

    def dots(self) -> list[Dots]:
        """Return the accounts by their colour, those of no group first."""
        drawn = self.nodes.group_by("colour").agg(pl.format("M{} {}h0", "x", "y").str.join())
        return [Dots(*row) for row in drawn.sort("colour").iter_rows()]

    def layers(self) -> list[Layer]:
        """Return the links by trace, those of most pairs first; a pair of several traces is in each."""
        told = self._told()
        start = self.frame().first or 0
        after = pl.col("met_at").dt.epoch("s") - start
        path = pl.lit("")
        if self.nodes.height <= BESIDE:
            told = told.with_columns(
                self.nodes[axis].gather(told[side]).alias(f"{side}_{axis}")
                for side in ("first", "second")
                for axis in ("x", "y")
            )
            path = pl.format("M{} {}L{} {}", "first_x", "first_y", "second_x", "second_y").str.join()
        drawn = (
            told.with_columns(after=after.fill_null(0))
            .group_by("traces", maintain_order=True)
            .agg(
                path=path,
                links=pl.format("{},{},{}", "first", "second", "after").str.join(";"),
                pairs=pl.len(),
            )
        )
        return [Layer(*row) for row in drawn.sort("pairs", "traces", descending=[True, False]).iter_rows()]

    def pairs_seen(
        self, off: Collection[str], until: float | None, ego: str | None, trace: str | None = None
    ) -> pl.DataFrame:
        """Return the pairs that are seen while the drawing is steered, a row for each trace of each.

        Args:
            off: Traces whose layers are off.
            until: Share of the time of the drawing that is shown; None: all of it.
            ego: The account whose links alone are shown, as ``platform:account_id``; None: all links.
            trace: The trace whose layer alone is asked for; None: all layers.

        Returns:
            ``platform``, ``account_id``, ``handle``, the same of the other account with ``other_`` in front, ``trace`` and
            ``met_at``, when they first met on it.
        """
        frame, names = self.frame(), ("platform", "account_id", "handle")
        named = self.nodes.select(names)
        told = self._told().filter(~pl.col("traces").is_in(list(off)))
        if trace is not None:
            told = told.filter(pl.col("traces") == trace)
        if until is not None and frame.first is not None and frame.last is not None:
            limit = frame.first + until * (frame.last - frame.first)
            told = told.filter(pl.col("met_at").dt.epoch("s").fill_null(frame.first) <= limit)
        ends = [
            named[told[side].to_list()].rename({name: f"{prefix}{name}" for name in names})
            for side, prefix in (("first", ""), ("second", "other_"))
        ]
        seen = pl.concat([*ends, told.select(trace="traces", met_at="met_at")], how="horizontal")
        if ego is None:
            return seen
        platform, _, account_id = ego.partition(":")
        own = (
            pl.col(f"{prefix}platform").eq(platform) & pl.col(f"{prefix}account_id").eq(account_id)
            for prefix in ("", "other_")
        )
        return seen.filter(pl.any_horizontal(own))

    def _told(self) -> pl.DataFrame:
        """Return the pairs with ``traces`` and ``met_at``, a row for each trace that they are drawn on."""
        each = (
            self.links.with_row_index("link")
            .explode("traces")
            .with_columns(place=pl.int_range(pl.len()).over("link"))
            .with_columns(met_at=_moment(pl.col("since").list.get("place", null_on_oob=True)))
        )
        rank = pl.col("traces").replace_strict(_OTHERWISE, default=0, return_dtype=pl.Int64)
        return each.filter(rank == rank.min().over("link"))

    def summary(self) -> Summary | None:
        """Return the network with its groups as nodes, in rows, the largest first; None where it has fewer than two groups."""
        groups = self.cells["group"].count()
        if groups < 2:
            return None
        shown = self.cells.head(_CELLS)
        top = shown["accounts"].max()
        x = y = row = 0.0
        circles: list[Circle] = []
        for group, accounts in shown.iter_rows():
            radius = max(_SMALLEST, _LARGEST * (accounts / top) ** 0.5)
            if circles and x + 2 * radius > WIDTH:
                x, y, row = 0.0, y + row, 0.0
            row = max(row, 2 * radius + _LABEL + _GAP)
            circles.append(
                Circle(round(x + radius, 1), round(y + radius, 1), round(radius, 1), group, accounts)
            )
            x += 2 * radius + _GAP
        drawn = self.between.filter(pl.max_horizontal("first", "second") < shown.height)
        most = max(drawn["pairs"].to_list(), default=1)
        return Summary(
            tuple(circles),
            tuple(
                Tie(_curve(circles[first], circles[second]), round(1 + 5 * (pairs / most) ** 0.5, 1), pairs)
                for first, second, pairs in drawn.iter_rows()
            ),
            round(y + row, 1),
            groups,
            self.cells.height - shown.height,
        )


def _curve(one: Circle, other: Circle) -> str:
    """Return a curve from one circle to another that passes above those between them."""
    higher = min(one.y, other.y)
    bend = max(higher - 0.25 * abs(one.x - other.x), -higher)  # within the drawing
    return f"M{one.x} {one.y}Q{(one.x + other.x) / 2:.1f} {bend:.1f} {other.x} {other.y}"


def _moment(written: pl.Expr) -> pl.Expr:
    return written.str.to_datetime(_TIME, time_zone="UTC")


def _colour(nodes: pl.DataFrame) -> pl.Series:
    sizes = nodes["group"].drop_nulls().value_counts().sort("count", "group", descending=[True, False])
    place = {group: min(number, COLOURS) for number, group in enumerate(sizes["group"], 1)}
    return nodes["group"].replace_strict(place, default=0, return_dtype=pl.Int64).fill_null(0)
