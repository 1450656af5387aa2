"""What pages draw, as numbers: bars of activity, the rhythm of an account, contents over time, creation dates.

A figure holds places and words; a template draws it as SVG. Each says the same in words for who does not see it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from vigie.features.coordination.report import display_text
from vigie.features.coordination.report.types import Content
from vigie.features.i18n import Language
from vigie.features.i18n.formatting import day, moment, number
from vigie.models.verdict import Reason
from vigie.serving.operations.copied import Spread
from vigie.serving.operations.judgement import Hour

# The whole of a drawing, in its own units.
WIDTH, HEIGHT = 1_000.0, 160.0
# Hours of a bar, from the finest, and bars that a figure holds at most.
_HOURS, _MOST_BARS = (1, 3, 6, 24, 168), 160
# Days of a calendar that are told in a table too.
_TABLED = 100
# Shades of a heat map beside the empty one.
SHADES = 4


@dataclass(frozen=True)
class Bar:
    """A bar or a part of one, in units of the drawing, with what it says and which posts it counts."""

    x: float
    y: float
    width: float
    height: float
    series: int
    time: str
    posts: int
    label: str
    platform: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Bars:
    """Bars over time.

    Attributes:
        bars: Those that are not empty.
        series: What the series are called; the first has the colour 1.
        first: What stands under the left end.
        last: What stands under the right end.
        top: The highest number.
        hours: Hours of a bar.
    """

    bars: tuple[Bar, ...]
    series: tuple[str, ...]
    first: str
    last: str
    top: str
    hours: int


def activity(hours: Sequence[Hour | Spread], language: Language) -> Bars | None:
    """Return posts over time, stacked by platform; None where there are none."""
    if not hours:
        return None
    counted = Counter({(hour.start, hour.platform): hour.posts for hour in hours})
    totals: Counter[str] = Counter()
    for hour in hours:
        totals[hour.platform] += hour.posts
    return _stacked(counted, [name for name, _ in totals.most_common()], language)


@dataclass(frozen=True)
class Day:
    """A day of a calendar: the place of its year, how far it is from January, and how many accounts were created on it."""

    row: int
    x: float
    shade: int
    accounts: int
    label: str
    date: date


@dataclass(frozen=True)
class Calendar:
    """Creation dates of accounts, a line for each year and within it a mark for each day.

    Attributes:
        years: From the first in which one was created to the last.
        days: Those on which some were.
    """

    years: tuple[int, ...]
    days: tuple[Day, ...]

    @property
    def busiest(self) -> tuple[Day, ...]:
        """The days on which most accounts were created, as many as a table takes."""
        return tuple(sorted(self.days, key=lambda each: (-each.accounts, each.date))[:_TABLED])


def calendar(dates: Iterable[datetime], language: Language) -> Calendar | None:
    """Return the creation dates of accounts on a calendar (UTC); None where fewer than two are known.

    Args:
        dates: A list of them, or a column.
        language: Of what days are called.
    """
    days = pl.Series("day", dates, dtype=pl.Datetime("us", "UTC")).dt.date()
    if days.len() < 2:
        return None
    counted = days.to_frame().group_by("day").agg(count=pl.len()).sort("day")
    first, last, top = counted["day"][0].year, counted["day"][-1].year, counted["count"].max()
    return Calendar(
        tuple(range(first, last + 1)),
        tuple(
            Day(
                date.year - first,
                round(WIDTH * (date.timetuple().tm_yday - 1) / 366, 1),
                -(-SHADES * count // top),
                count,
                f"{day(date, language)} · {number(count, language, 0)}",
                date,
            )
            for date, count in counted.iter_rows()
        ),
    )


def _stacked(counted: Counter[tuple[datetime, str]], series: Sequence[str], language: Language) -> Bars:
    times = [time for time, _ in counted]
    first, last = min(times), max(times)
    span = (last - first).total_seconds() / 3_600 + 1
    every = next((hours for hours in _HOURS if span / hours <= _MOST_BARS), int(span / _MOST_BARS) + 1)
    bins: dict[int, Counter[str]] = {}
    for (time, name), count in counted.items():
        bins.setdefault(int((time - first).total_seconds() // (3_600 * every)), Counter())[name] += count
    top = max(each.total() for each in bins.values())
    step = WIDTH / (max(bins) + 1)
    bars = []
    for place, each in sorted(bins.items()):
        start = first + timedelta(hours=every * place)
        said = moment(start, language) if every < 24 else day(start, language)
        below = 0.0
        for index, name in enumerate(series):
            if not each[name]:
                continue
            height = HEIGHT * each[name] / top
            below += height
            shown = " · ".join(
                part for part in (said, _platform(name), number(each[name], language, 0)) if part
            )
            width = max(step - min(2.0, step / 8), 0.6)
            bars.append(
                Bar(
                    round(place * step, 2),
                    round(HEIGHT - below, 2),
                    round(width, 2),
                    round(height, 2),
                    index + 1,
                    said,
                    each[name],
                    shown,
                    name,
                    start,
                    start + timedelta(hours=every),
                )
            )
    return Bars(
        tuple(bars), tuple(_platform(name) for name in series), day(first, language), day(last, language),
        number(top, language, 0), every,
    )  # fmt: skip


def _platform(name: str) -> str:
    return display_text.platform(name) if name else ""


@dataclass(frozen=True)
class Square:
    """An hour of a day of the week: 0 is Monday, hours are those of UTC."""

    day: int
    hour: int
    shade: int
    posts: int


def rhythm(counted: Sequence[Sequence[int]]) -> tuple[Square, ...]:
    """Return the posts of each hour of each day of the week, Monday first, as squares."""
    top = max(max(hours) for hours in counted)
    return tuple(
        Square(each, hour, -(-SHADES * posts // top) if top else 0, posts)
        for each, hours in enumerate(counted)
        for hour, posts in enumerate(hours)
    )


@dataclass(frozen=True)
class Weight:
    """How far a reason moves a score: a bar from the middle, to the right where it raises."""

    x: float
    width: float
    raises: bool


def weights(reasons: Sequence[Reason]) -> tuple[Weight, ...]:
    """Return a bar for each reason, the longest half the drawing."""
    top = max((abs(reason.contribution) for reason in reasons), default=1.0)
    lengths = [WIDTH / 2 * abs(reason.contribution) / top for reason in reasons]
    return tuple(
        Weight(
            round(WIDTH / 2 if reason.contribution > 0 else WIDTH / 2 - length, 1),
            round(length, 1),
            reason.contribution > 0,
        )
        for reason, length in zip(reasons, lengths, strict=True)
    )


@dataclass(frozen=True)
class Span:
    """From when to when a content was published, as a line within the time of all."""

    x: float
    width: float


def spans(contents: Sequence[Content]) -> tuple[Span, ...]:
    """Return the time of each content within that of all of them."""
    if not contents:
        return ()
    start = min(content.first_time for content in contents)
    whole = max((max(content.last_time for content in contents) - start).total_seconds(), 1.0)
    return tuple(
        Span(
            round(WIDTH * (content.first_time - start).total_seconds() / whole, 1),
            round(max(WIDTH * (content.last_time - content.first_time).total_seconds() / whole, 6.0), 1),
        )
        for content in contents
    )
