"""Bars of a figure: acts over time, and creation dates of accounts beside those of the others compared.

A figure is numbers and words; the template draws it. Each has the table that says the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from vigie.features.coordination.comparison import Comparison
from vigie.features.i18n import Language, Message, message
from vigie.features.i18n.formatting import day, moment, number
from vigie.serving.note.subjects import Subject

# Units of time, from the finest: their name for Polars, for a reader, their seconds; and bars that a figure holds at most.
_UNITS = (
    ("1h", "note.unit_hour", 3_600), ("1d", "note.unit_day", 86_400), ("1w", "note.unit_week", 604_800),
    ("1mo", "note.unit_month", 2_629_746), ("1q", "note.unit_quarter", 7_889_238),
)  # fmt: skip
_MOST_BARS = 200
# Creation dates span years: months are their finest unit, and fewer bars leave room for two series.
_CREATIONS_FROM, _MOST_CREATION_BARS = 3, 80
# Members and others with a known date from which a figure of creation dates says something.
_LEAST_DATED = 3
# The whole of a drawing, in its own units.
WIDTH, HEIGHT = 1_000, 200


@dataclass(frozen=True)
class Bar:
    """A bar: where it stands and how high it is, in units of the drawing, and what it says."""

    x: float
    width: float
    height: float
    series: int
    label: str


@dataclass(frozen=True)
class Figure:
    """A histogram.

    Attributes:
        title: What it shows.
        summary: The same for who does not see it: how many, from when to when, where most are.
        bars: The bars.
        first: What stands under the left end.
        last: What stands under the right end.
        top: What the highest bar says.
        series: What the series are called; empty where there is one.
        heads: Heads of the table.
        rows: The table: a unit of time, and a number per series.
    """

    title: Message
    summary: Message
    bars: tuple[Bar, ...]
    first: str
    last: str
    top: str
    series: tuple[Message, ...]
    heads: tuple[Message, ...]
    rows: tuple[tuple[str, ...], ...]


def acts(subject: Subject, language: Language) -> Figure | None:
    """Return the posts of a subject per hour, or per day, week or month where they span long; None where there is none.

    Args:
        subject: The campaign or group.
        language: In which times are written.
    """
    if subject.acts.is_empty():
        return None
    time = subject.acts.unique("post").select(time=pl.from_epoch("time", "s"))["time"]
    every, unit, _ = _unit(time, 0, _MOST_BARS)
    counted = _counted(time, every)
    said = _said(every, language)
    peak = counted.sort("count", "time", descending=[True, False]).row(0)
    return Figure(
        title=message("note.figure_acts", unit=message(unit), subject=subject.title),
        summary=message("note.figure_acts_text", count=len(time), peak=peak[1], time=said(peak[0])),
        bars=_bars([counted], said, language),
        first=said(counted["time"][0]),
        last=said(counted["time"][-1]),
        top=number(peak[1], language, 0),
        series=(),
        heads=(message("note.head_time"), message("note.head_posts")),
        rows=tuple(
            (said(time), number(count, language, 0))
            for time, count in counted.filter(pl.col("count") > 0).iter_rows()
        ),
    )


def creations(subject: Subject, compared: Comparison, language: Language) -> Figure | None:
    """Return the creation dates of the members beside those of the other accounts compared; None where too few are known.

    Args:
        subject: The campaign or group.
        compared: The comparison it is of.
        language: In which times are written.
    """
    dated = compared.accounts.drop_nulls("created_at").select(
        time=pl.col("created_at").dt.replace_time_zone(None),
        member=pl.col("row").cast(pl.Int64).is_in(list(subject.members)),
    )
    members, others = (dated.filter(member=side)["time"] for side in (True, False))
    if len(members) < _LEAST_DATED:
        return None
    every, unit, _ = _unit(dated["time"], _CREATIONS_FROM, _MOST_CREATION_BARS)
    groups = [members, *([others] if len(others) >= _LEAST_DATED else [])]
    start, end = dated["time"].min(), dated["time"].max()
    counted = [_counted(group, every, (start, end)) for group in groups]  # type: ignore[arg-type]  # datetimes
    said = _said(every, language)
    peak = counted[0].sort("count", "time", descending=[True, False]).row(0)
    names = (message("note.series_members"), message("note.series_others"))[: len(groups)]
    held = counted[0].select("time", "count")
    for index, other in enumerate(counted[1:]):
        held = held.with_columns(other["count"].alias(f"other_{index}"))
    return Figure(
        title=message("note.figure_creations", unit=message(unit), subject=subject.title),
        summary=message(
            "note.figure_creations_text", count=len(members), size=subject.told.size, peak=peak[1],
            time=said(peak[0]), others=len(others),
        ),
        bars=_bars(counted, said, language),
        first=said(counted[0]["time"][0]),
        last=said(counted[0]["time"][-1]),
        top="",
        series=names if len(groups) > 1 else (),
        heads=(message("note.head_time"), *names),
        rows=tuple(
            (said(time), *(number(count, language, 0) for count in counts))
            for time, *counts in held.filter(pl.any_horizontal(pl.exclude("time") > 0)).iter_rows()
        ),
    )  # fmt: skip


def _unit(time: pl.Series, finest: int, most: int) -> tuple[str, str, int]:
    """Return the finest unit of time of which a figure holds all that a column spans."""
    span = (time.max() - time.min()).total_seconds()  # type: ignore[operator,union-attr]  # datetimes
    return next((unit for unit in _UNITS[finest:] if span / unit[2] <= most), _UNITS[-1])


def _counted(time: pl.Series, every: str, ends: tuple[datetime, datetime] | None = None) -> pl.DataFrame:
    """Return how many there are in each unit of time, those without any included: ``time``, ``count``."""
    first, last = ends or (time.min(), time.max())
    all_units = pl.select(
        time=pl.datetime_range(
            pl.lit(first).dt.truncate(every), pl.lit(last).dt.truncate(every), every, time_unit="us"
        )
    )
    counted = (
        pl.DataFrame({"time": time.cast(pl.Datetime("us"))})
        .group_by(pl.col("time").dt.truncate(every))
        .len("count")
    )
    return all_units.join(counted, on="time", how="left", maintain_order="left").with_columns(
        pl.col("count").fill_null(0)
    )


def _bars(
    counted: list[pl.DataFrame], said: Callable[[datetime], str], language: Language
) -> tuple[Bar, ...]:
    """Return the bars of each series; each has a scale of its own, so that few accounts stand beside many."""
    step = WIDTH / counted[0].height
    # A gap between bars, where there is room for one.
    width = max(step / len(counted) - min(2.0, step / 8), 0.6)
    bars = []
    for series, table in enumerate(counted):
        scale = HEIGHT / max(1, int(table["count"].max()))  # type: ignore[arg-type]  # numbers
        for place, (time, count) in enumerate(table.iter_rows()):
            if count:
                bars.append(
                    Bar(round((place + series / len(counted)) * step, 2), round(width, 2), round(count * scale, 2), series,
                        f"{said(time)}, {number(count, language, 0)}")
                )  # fmt: skip
    return tuple(bars)


def _said(every: str, language: Language) -> Callable[[datetime], str]:
    """Return how a unit of time is written: its hour, its day, or its month."""
    if every == "1h":
        return lambda time: moment(time, language)
    if every == "1q":
        return lambda time: day(time, language, pattern="QQQQ y")
    if every == "1mo":
        return lambda time: day(time, language, pattern="MMMM y")
    return lambda time: day(time, language)
