"""Reference rates: how soon ordinary accounts meet on what they copy, measured on ordinary collections.

A collection gathered by the hashtags of a campaign is mostly that campaign. Rates taken from it are those of the accused,
who then prove nothing unusual about themselves. A baseline holds the rates of collections in which nobody acted in
concert, as far as is known: a few hundred numbers, by platform, way of collecting, trace, window and popularity of the
object. It holds no account, no text and no name.

Only what people copy is referred to it (:data:`TRACES`): how fast the reposts of a topic come depends on the topic, and
with reference rates for reposts ordinary people would be grouped.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.errors import BaselineError
from vigie.features.coordination import copies, null_models, pairs, published_contents, traces
from vigie.features.json_object import JsonObject

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# ``met``, ``possible`` and ``upper`` of a rate; the last is 0 where no object has pairs enough.
_Counted = tuple[float, float, float]

VERSION = 1
# Traces that are referred to a baseline, and the one whose rates stand in for those of a trace without any: few
# collections hold the hashes of pictures.
TRACES = ("text_duplicate", "media_duplicate", "co_url")
STAND_IN = "text_duplicate"
# How collections of ordinary accounts were gathered.
WAYS = ("hashtag", "event", "links", "timelines")
# Accounts that a baseline is measured on at least, and pairs of acts that prove a rate.
LEAST_ACCOUNTS, LEAST_PAIRS = 200, 200
# Pairs of acts from which an object counts for the highest rate of its class, and that rate's percentile.
_LEAST_OF_OBJECT, _UPPER = 10, 99
# Share of the objects of a class, those with the highest rates, that do not count: rings remain in real collections.
_TRIMMED = 0.05

_KEY = ("platform", "way", "trace", "window", "grade")
_RATES = pl.Schema(
    {
        "platform": pl.String(), "way": pl.String(), "trace": pl.String(), "window": pl.Int64(), "grade": pl.Int64(),
        "met": pl.Float64(), "possible": pl.Float64(), "upper": pl.Float64(),
    }
)  # fmt: skip
_SOURCES = pl.Schema(
    {
        "platform": pl.String(), "way": pl.String(), "collections": pl.Int64(), "accounts": pl.Int64(),
        "posts": pl.Int64(), "copies": pl.Float64(), "pairs": pl.Float64(),
    }
)  # fmt: skip


@dataclass(frozen=True)
class Baseline:
    """How soon ordinary accounts meet.

    Attributes:
        sources: What it was measured on: ``platform``, ``way`` (one of :data:`WAYS`), ``collections``, ``accounts``,
            ``posts``; ``copies`` (pairs of posts of two accounts that are copies of each other) of so many ``pairs``.
        rates: ``platform``, ``way``, ``trace``, ``window`` (seconds), ``grade`` (log2 of the accounts on the object,
            rounded down), ``met`` (pairs of acts on one object within the window) of so many ``possible``, and ``upper``
            (99th percentile over objects of their rate; null where no object has pairs enough).
    """

    sources: pl.DataFrame
    rates: pl.DataFrame

    @property
    def copy_rate(self) -> float:
        """Chance that two posts of two ordinary accounts are copies of each other, over all sources."""
        copied, possible = self.sources.select(pl.col("copies", "pairs").sum()).row(0)
        return float(copied / possible) if possible else 0.0

    @cached_property
    def platforms(self) -> tuple[str, ...]:
        """Platforms that it was measured on."""
        return tuple(self.sources["platform"].unique().sort())

    def covers(self, platforms: Iterable[str | None]) -> bool:
        """Return whether any of the platforms is one that it was measured on."""
        return not set(self.platforms).isdisjoint(platforms)

    def of(self, trace: str, window: int, grades: Ints, *, platforms: Iterable[str | None]) -> ReferenceRates:
        """Return the rates of ordinary accounts on objects of a trace.

        Args:
            trace: One of :data:`TRACES`.
            window: Seconds.
            grades: Popularity of each object: log2 of its accounts, rounded down.
            platforms: Platforms of the accounts; where none is covered, all sources stand in.

        Raises:
            BaselineError: The baseline holds no rate for the window.
        """
        named = {name for name in platforms if name}
        covered = named if self.covers(named) else self.platforms
        proven = self._proven(covered, trace, window) or self._proven(covered, STAND_IN, window)
        if not proven:
            raise BaselineError(
                f"the baseline holds no rate of {trace} within {window} s; measure it again with vigie baseline build"
            )
        levels, met, possible, highest = np.array(
            [(grade, *counts) for grade, counts in sorted(proven.items())]
        ).T
        # Of two classes as near, the higher: it is met sooner.
        nearest = np.abs(grades[:, None] - levels[None, ::-1]).argmin(axis=1)
        place = len(levels) - 1 - nearest
        rate = (met + 1) / (possible + 1)
        return ReferenceRates(rate[place], np.minimum(np.maximum(highest, rate)[place], 1.0))

    def _proven(self, platforms: Collection[str], trace: str, window: int) -> dict[int, _Counted]:
        """Return what was counted on some platforms, by grade, where it proves a rate."""
        found: dict[int, _Counted] = {}
        for platform, grade, counted in self._by_window.get((trace, window), ()):
            if platform in platforms:
                met, possible, upper = found.get(grade, (0.0, 0.0, 0.0))
                found[grade] = met + counted[0], possible + counted[1], max(upper, counted[2])
        return {grade: counted for grade, counted in found.items() if counted[1] >= LEAST_PAIRS}

    @cached_property
    def _by_window(self) -> Mapping[tuple[str, int], list[tuple[str, int, _Counted]]]:
        """Platform, grade and what was counted, by trace and window: a query for each comparison would cost more."""
        found: dict[tuple[str, int], list[tuple[str, int, _Counted]]] = {}
        rows = self.rates.select(
            "trace", "window", "platform", "grade", "met", "possible", pl.col("upper").fill_null(0.0)
        )
        for trace, window, platform, grade, *counted in rows.iter_rows():
            found.setdefault((trace, window), []).append(
                (platform, grade, (counted[0], counted[1], counted[2]))
            )
        return found

    def to_json(self) -> JsonObject:
        """Return the baseline as a file holds it."""
        return {
            "version": VERSION,
            "sources": self.sources.to_dicts(),
            "rates": {"columns": self.rates.columns, "rows": [list(row) for row in self.rates.iter_rows()]},
        }

    @classmethod
    def from_json(cls, held: Any) -> Baseline:
        """Return the baseline that :meth:`to_json` wrote.

        Raises:
            BaselineError: It is of another version, or malformed.
        """
        try:
            version = held["version"]
            if version != VERSION:
                raise BaselineError(
                    f"the baseline is of version {version!s:.20}, and this vigie reads version {VERSION}; measure it again "
                    "with vigie baseline build"
                )
            sources = pl.DataFrame(held["sources"], schema=_SOURCES)
            rates = pl.DataFrame(
                held["rates"]["rows"],
                schema=[*held["rates"]["columns"]],
                orient="row",
                infer_schema_length=None,
            ).select(pl.col(name).cast(kind) for name, kind in _RATES.items())
        except (KeyError, TypeError, ValueError, pl.exceptions.PolarsError) as error:
            if isinstance(error, BaselineError):
                raise
            raise BaselineError(
                f"this is no baseline ({type(error).__name__}: {str(error)[:80]}); vigie baseline build makes one"
            ) from None
        shares = rates.select(
            (
                pl.col("met").is_between(0, pl.col("possible"))
                & pl.col("upper").fill_null(0.0).is_between(0, 1)
            ).all()
        )
        if sources.is_empty() or rates.is_empty() or rates["met"].null_count() or not shares.item():
            raise BaselineError(
                "a baseline needs at least one source, and rates between 0 and 1; vigie baseline build makes one"
            )
        return cls(sources, rates)


@dataclass(frozen=True)
class ReferenceRates:
    """Chance that two acts on an object are within a window of each other, among ordinary accounts.

    Attributes:
        typical: One per object: that of objects as popular.
        upper: One per object: that of the quickest hundredth of objects as popular.
    """

    typical: Floats
    upper: Floats


def measure(platform: str, way: str, posts: pl.DataFrame) -> Baseline:
    """Return the baseline that one ordinary collection gives.

    Args:
        platform: Its platform.
        way: How it was gathered, one of :data:`WAYS`.
        posts: Contract columns (without platform) and ``row`` of the author.

    Raises:
        BaselineError: Fewer than :data:`LEAST_ACCOUNTS` accounts have posts with a time.
    """
    prepared, _, texts = traces.read(posts)
    accounts = prepared["account"].n_unique()
    if accounts < LEAST_ACCOUNTS:
        raise BaselineError(
            f"a baseline is measured on {LEAST_ACCOUNTS} accounts with dated posts at least, not on {accounts}; add "
            "ordinary collections of the same platform"
        )
    resolution = int(prepared["resolution_s"].max() or 1)  # type: ignore[arg-type]  # Int64 or null
    events = {name: traces.events(prepared, name) for name in published_contents.PUBLISHED}
    tables = [
        _measured(pairs.actions(events[name]), name, window)
        for name in TRACES
        if events[name].height
        for window in traces.windows(name, resolution)[0]
    ]
    rates = pl.concat([pl.DataFrame(schema=_RATES).drop("platform", "way"), *tables])
    published = pl.concat(
        table.select(pl.lit(name).alias("trace"), "account", pl.col("object").cast(pl.String), "time", "post")
        for name, table in events.items()
    )
    copied, possible = copies.counted(published_contents.contents(published, texts))
    source = (platform, way, 1, accounts, prepared.height, copied, possible)
    return Baseline(
        pl.DataFrame([source], schema=_SOURCES, orient="row"),
        rates.select(pl.lit(platform).alias("platform"), pl.lit(way).alias("way"), pl.all()),
    )


def _measured(found: pairs.Actions, trace: str, window: int) -> pl.DataFrame:
    """Return the rates of one trace and window, by class."""
    within, possible = null_models.meetings(found, window)
    each = (
        pl.DataFrame({"grade": null_models.grades(found), "met": within.astype(float), "possible": possible})
        .filter(pl.col("possible") > 0)
        .with_columns(rate=pl.col("met") / pl.col("possible"))
        .filter(
            pl.col("rate").rank("ordinal").over("grade") <= (pl.len().over("grade") * (1 - _TRIMMED)).ceil()
        )
    )
    enough = pl.col("rate").filter(pl.col("possible") >= _LEAST_OF_OBJECT)
    return (
        each.group_by("grade")
        .agg(pl.col("met", "possible").sum(), upper=enough.quantile(_UPPER / 100))
        .select(
            pl.lit(trace).alias("trace"),
            pl.lit(window, pl.Int64).alias("window"),
            "grade",
            "met",
            "possible",
            "upper",
        )
        .sort("grade")
    )


def merge(baselines: Sequence[Baseline]) -> Baseline:
    """Return what several baselines hold together; the same platform and way of collecting are added up.

    Raises:
        BaselineError: None is given.
    """
    if not baselines:
        raise BaselineError("name at least one baseline to merge")
    sources = pl.concat(each.sources for each in baselines)
    rates = pl.concat(each.rates for each in baselines)
    return Baseline(
        sources.group_by("platform", "way")
        .agg(pl.all().sum())
        .sort("platform", "way")
        .select(_SOURCES.names()),
        rates.group_by(_KEY)
        .agg(pl.col("met", "possible").sum(), pl.col("upper").max())
        .sort(_KEY)
        .select(_RATES.names()),
    )


def difference(one: Baseline, other: Baseline) -> pl.DataFrame:
    """Return how the rates of two baselines differ, those that differ most first.

    Returns:
        ``platform``, ``way``, ``trace``, ``window``, ``grade``, ``rate``, ``rate_other`` and ``ratio`` (other over one);
        null where only one of the two has it.
    """
    rate = ((pl.col("met") + 1) / (pl.col("possible") + 1)).alias("rate")
    return (
        one.rates.select(*_KEY, rate)
        .join(other.rates.select(*_KEY, rate), on=_KEY, how="full", suffix="_other", coalesce=True)
        .with_columns(ratio=pl.col("rate_other") / pl.col("rate"))
        .sort(pl.col("ratio").log().abs(), *_KEY, descending=[True, *[False] * len(_KEY)], nulls_last=True)
    )


def dumped(baseline: Baseline) -> bytes:
    """Return a baseline as a file holds it, always in the same bytes."""
    return (json.dumps(baseline.to_json(), sort_keys=True) + "\n").encode()


def read(path: Path) -> Baseline:
    """Return the baseline in a file.

    Raises:
        BaselineError: The file is absent, no JSON, of another version, or malformed.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BaselineError(
            f"{path} cannot be read as a baseline ({type(error).__name__}); vigie baseline build makes one"
        ) from None
    return Baseline.from_json(held)


@cache
def shipped() -> Baseline:
    """Return the baseline that ships, measured on real ordinary collections."""
    text = (
        resources.files("vigie.features.coordination").joinpath("ordinary.json").read_text(encoding="utf-8")
    )
    return Baseline.from_json(json.loads(text))
