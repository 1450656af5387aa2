"""What the service saw of late, in counts, and how far that is from what its models learnt on.

Each request adds its accounts to counts per bin (:mod:`vigie.models.drift.histograms`) and leaves nothing else behind. What is
shown is of groups: a slice of fewer than :data:`LEAST_SHOWN` accounts is folded into "other", fewer in all are not
shown, and two answers that differ do so by that many accounts at least. It is no differential privacy: who polls
the service and knows all of its traffic but one account learns that account's bins.

Where a service has several processes, each counts for itself, and one of them decides what is shown of their sum: two
processes that decided by themselves could show what differs by a single account.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pydantic import TypeAdapter

from vigie.errors import HistogramError, NotReadyError
from vigie.features.ingest.parsing import Batch
from vigie.features.json_object import JsonObject
from vigie.features.schema import TARGETS
from vigie.models.bundle import Bundle
from vigie.models.coordination_scoring import CoordinationScores
from vigie.models.drift.advice import report
from vigie.models.drift.histograms import (
    CODES,
    UNSTATED,
    BinLayout,
    Histogram,
    Slice,
    empty,
    read,
    sketch,
    slices_of,
)
from vigie.models.drift.psi import population
from vigie.models.drift.report import TargetDrift
from vigie.models.engine import AccountScores, ScoringEngine, ScoringResult
from vigie.models.verdict import bands
from vigie.serving.api.schemas.responses import DriftResponse
from vigie.serving.batch.inputs import Input

LEAST_SHOWN = 20
MOST_SHOWN = 40
# Slices held: clients name platforms as they like.
_MOST_HELD = 400

Clock = Callable[[], datetime]
_TARGET_DRIFT = TypeAdapter(TargetDrift)


def for_accounts(
    layout: BinLayout, slices: Sequence[Slice], judged: AccountScores, model: Bundle
) -> Histogram:
    """Return the histogram of accounts judged each by itself.

    Args:
        layout: What is counted.
        slices: Of each account.
        judged: The accounts.
        model: What judged them.
    """
    scores = judged.scores
    # The model has read them already, in this order.
    values = scores.values if scores.features == layout.features else judged.matrix.values(layout.features)
    said = bands(model, scores) if layout.counted else None
    return sketch(layout, slices, values, scores.log_odds, scores.status, bands=said)


def for_windows(
    layout: BinLayout, slices: Sequence[Slice], rows: Sequence[int], scores: CoordinationScores
) -> Histogram:
    """Return the histogram of accounts judged among each other: features of those judged, in their window.

    Args:
        layout: What is counted.
        slices: Of each account.
        rows: Of each account.
        scores: Their scores of coordination.
    """
    place = {row: number for number, row in enumerate(rows)}
    values = np.full((len(rows), len(layout.features)), np.nan)
    # The codes that are counted are those of the format.
    status = np.full(len(rows), scores.code if scores.code in CODES else UNSTATED, dtype=object)
    for judged in scores.windows:
        # Those that were not asked about are among them where accounts are judged among others of an operation.
        own = [number for number, row in enumerate(judged.matrix.table["row"]) if row in place]
        at = [place[judged.matrix.table["row"][number]] for number in own]
        values[at] = judged.matrix.values(layout.features)[own]
        status[at] = "scored"
    is_scored = status == "scored"
    return sketch(layout, slices, values, scores.log_odds(rows), status.astype(str), read=is_scored)


def histograms(
    engine: ScoringEngine, given: Input, targets: Collection[str], tick: Callable[[int], None]
) -> dict[str, Histogram]:
    """Return the histogram of a file or dataset directory, by target.

    Args:
        engine: The models.
        given: The accounts.
        targets: Of which models.
        tick: Called with how much of the total was done since, once for each target.
    """
    counted: dict[str, Histogram] = {}
    if "inauthentic" in targets:
        layout = BinLayout.of(engine.models.inauthentic.index)
        whole = empty(layout)
        for batch, share in given.batches():
            judged = engine.score(batch.accounts, batch.posts, ["inauthentic"]).accounts
            if judged is not None:
                whole += for_accounts(
                    layout, slices_of(batch.accounts, batch.posts), judged, engine.models.inauthentic
                )
            tick(share)
        counted["inauthentic"] = whole
    if "coordinated" in targets:
        layout = BinLayout.of(engine.models.coordinated.index)
        corpus = given.corpus(tick)
        result = engine.score(corpus.accounts, corpus.posts, ["coordinated"])
        scores = result.coordination.scores if result.coordination else CoordinationScores(())
        counted["coordinated"] = for_windows(
            layout, slices_of(corpus.accounts, corpus.posts), result.rows, scores
        )
    return counted


@dataclass(frozen=True)
class Halves:
    """Counts of the last hours in two halves, so that the older one can be forgotten at once.

    Attributes:
        older: Counts of the half before the last turn.
        newer: Counts since the last turn.
        since: When the older half began.
        turned: When the newer half began.
    """

    older: Histogram
    newer: Histogram
    since: datetime
    turned: datetime

    @classmethod
    def none(cls, layout: BinLayout, now: datetime) -> Halves:
        """Return the counts of nobody."""
        return cls(empty(layout), empty(layout), now, now)

    @property
    def whole(self) -> Histogram:
        """Counts of both."""
        return self.older + self.newer

    def at(self, now: datetime, half: timedelta) -> Halves:
        """Return what of them is not too old."""
        if now - self.turned < half:
            return self
        nobody = empty(self.newer.layout)
        if now - self.turned >= 2 * half:
            return Halves(nobody, nobody, now, now)
        return Halves(self.newer, nobody, self.turned, now)

    def plus(self, seen: Histogram) -> Halves:
        """Return them with accounts that were seen now."""
        newer = self.newer + seen
        if len(newer.counts) > _MOST_HELD:
            newer = newer.folded(0, _MOST_HELD)
        return Halves(self.older, newer, self.since, self.turned)

    def __add__(self, other: Halves) -> Halves:
        """Return the counts of both, forgotten when the first of them would be."""
        return Halves(
            self.older + other.older,
            self.newer + other.newer,
            min(self.since, other.since),
            min(self.turned, other.turned),
        )

    def to_json(self) -> JsonObject:
        """Return them for JSON; :meth:`from_json` reads them."""
        return {
            "older": self.older.to_json(),
            "newer": self.newer.to_json(),
            "since": self.since.isoformat(),
            "turned": self.turned.isoformat(),
        }

    @classmethod
    def from_json(cls, given: JsonObject, bundle: Bundle) -> Halves:
        """Return counts from JSON.

        Raises:
            HistogramError: They are of another bundle, or broken.
        """
        return cls(
            read(given["older"], bundle),
            read(given["newer"], bundle),
            datetime.fromisoformat(given["since"]),
            datetime.fromisoformat(given["turned"]),
        )


class RecentCounts:
    """Counts of the accounts that one model saw in the last hours; the older half is forgotten at once.

    Safe to use from any number of threads.
    """

    def __init__(self, bundle: Bundle, hours: float, clock: Clock) -> None:
        self.layout = BinLayout.of(bundle.index)
        self._bundle = bundle
        self._population = population(bundle)
        self._half = timedelta(hours=hours / 2)
        self._clock = clock
        self._lock = threading.Lock()
        self._own = Halves.none(self.layout, clock())
        self._others: tuple[Halves, ...] = ()
        self._shown = empty(self.layout)
        self._described = self._compared(self._own.since)

    def add(self, seen: Histogram) -> None:
        """Add the accounts of a request."""
        with self._lock:
            self._own = self._own.at(self._clock(), self._half).plus(seen)

    def described(self) -> TargetDrift:
        """Return the report and the counts it was made from, as they were last when enough accounts had changed."""
        with self._lock:
            now = self._clock()
            self._own = self._own.at(now, self._half)
            every = [self._own, *(each.at(now, self._half) for each in self._others)]
            whole = empty(self.layout)
            for each in every:
                whole += each.whole
            seen = shown(whole)
            if abs(seen.accounts - self._shown.accounts) >= LEAST_SHOWN:
                self._shown = seen
                self._described = self._compared(min(each.since for each in every))
            return self._described

    def snapshot(self) -> JsonObject:
        """Return the counts of this process."""
        with self._lock:
            self._own = self._own.at(self._clock(), self._half)
            return self._own.to_json()

    def restore(self, earlier: JsonObject, described: TargetDrift | None) -> None:
        """Go on from counts of a process that ended, where they are of this model.

        Args:
            earlier: What :meth:`snapshot` returned.
            described: What was shown last; None where another process decided.
        """
        with self._lock:
            for found in self._of_this_model([earlier]):
                self._own += found.at(self._clock(), self._half)
                if described is not None:
                    self._shown, self._described = read(described.sketch, self._bundle), described

    def gather(self, others: Sequence[JsonObject]) -> None:
        """Show counts of other processes too, those of this model."""
        found = tuple(self._of_this_model(others))
        with self._lock:
            self._others = found

    def _of_this_model(self, snapshots: Sequence[JsonObject]) -> Iterator[Halves]:
        for each in snapshots:
            with suppress(HistogramError):  # another model is in use there
                yield Halves.from_json(each, self._bundle)

    def _compared(self, since: datetime) -> TargetDrift:
        return TargetDrift(report(self._population, self._shown), self._shown.to_json(), since.isoformat())


def shown(whole: Histogram) -> Histogram:
    """Return what of a sketch is of enough accounts to be shown."""
    folded = whole.folded(LEAST_SHOWN, MOST_SHOWN)
    counts = {key: vector for key, vector in folded.counts.items() if vector[0] >= LEAST_SHOWN}
    return Histogram(whole.layout, counts)


class Drift(Collector):
    """Windows of the models in use.

    Attributes:
        hours: Length of a window.
        leads: Whether this process decides what is shown of all.
    """

    def __init__(self, hours: float, clock: Clock = lambda: datetime.now(UTC), *, leads: bool = True) -> None:
        self.hours = hours
        self.leads = leads
        self._clock = clock
        self._windows: Mapping[str, RecentCounts] = {}
        self._told: Mapping[str, TargetDrift] = {}

    def track(self, bundle: Bundle) -> None:
        """Count anew, for a model that answers from now on."""
        self._windows = {**self._windows, bundle.target: RecentCounts(bundle, self.hours, self._clock)}

    def record(self, batch: Batch, result: ScoringResult, targets: Collection[str]) -> None:
        """Count the accounts of a request that was answered.

        Args:
            batch: What was handed in.
            result: What the models make of its accounts; models no longer tracked count nothing.
            targets: What was asked: accounts are counted as coordinated only where that was.
        """
        slices = slices_of(batch.accounts, batch.posts)
        windows = self._windows
        models = result.models
        alone = windows[models.inauthentic.target]
        if result.accounts and alone.layout.identity["version"] == models.inauthentic.version:
            alone.add(for_accounts(alone.layout, slices, result.accounts, models.inauthentic))
        among = windows[models.coordinated.target]
        asked = result.coordination if "coordinated" in targets else None
        if asked and among.layout.identity["version"] == models.coordinated.version:
            among.add(for_windows(among.layout, slices, result.rows, asked.scores))

    def described(self) -> DriftResponse:
        """Return the counts and reports of every target, for ``/v1/drift``.

        Raises:
            NotReadyError: The process that decides what is shown has told nothing yet.
        """
        told = self._by_target()
        if not told:
            raise NotReadyError("the processes of the service are starting; ask again in a few seconds")
        inauthentic, coordinated = (told[target] for target in TARGETS)
        return DriftResponse(self.hours, inauthentic, coordinated)

    def snapshot(self) -> JsonObject:
        """Return the counts of this process; where it leads, what is shown of all too."""
        counts = {target: window.snapshot() for target, window in self._windows.items()}
        told = self._by_target() if self.leads else {}
        return {
            "counts": counts,
            "told": {target: _TARGET_DRIFT.dump_python(each, mode="json") for target, each in told.items()},
        }

    def restore(self, earlier: JsonObject) -> None:
        """Go on from counts of a process that ended; models that are no longer in use count nothing."""
        told = {target: _TARGET_DRIFT.validate_python(each) for target, each in earlier["told"].items()}
        for target, window in self._windows.items():
            window.restore(earlier["counts"][target], told.get(target))

    def gather(self, others: Sequence[JsonObject]) -> None:
        """Show counts of other processes too; where another leads, show what it tells."""
        if self.leads:
            for target, window in self._windows.items():
                window.gather([each["counts"][target] for each in others])
            return
        told: JsonObject = next((each["told"] for each in others if each["told"]), {})
        self._told = {target: _TARGET_DRIFT.validate_python(each) for target, each in told.items()}

    def _by_target(self) -> Mapping[str, TargetDrift]:
        """Return what is shown of each target."""
        if not self.leads:
            return self._told
        return {target: window.described() for target, window in self._windows.items()}

    def collect(self) -> Iterator[Metric]:
        """Yield the figures of all accounts of the windows for Prometheus."""
        accounts = GaugeMetricFamily(
            "vigie_drift_accounts", "Accounts that drift is judged by.", labels=["target"]
        )
        index = GaugeMetricFamily(
            "vigie_drift_psi",
            "Population stability index of a feature, less its mean by chance.",
            labels=["target", "feature"],
        )
        missing = GaugeMetricFamily(
            "vigie_drift_missing_rate",
            "Share of accounts in which a feature is missing.",
            labels=["target", "feature"],
        )
        scores = GaugeMetricFamily(
            "vigie_drift_score_psi",
            "Population stability index of the log-odds, less its mean by chance.",
            labels=["target"],
        )
        for target, told in self._by_target().items():
            whole = told.report.comparisons[0]
            accounts.add_metric([target], whole.accounts)
            for each in whole.features:
                if each.psi is not None and each.psi_by_chance is not None:
                    index.add_metric([target, each.feature], each.psi - each.psi_by_chance)
                if each.missing_now is not None:
                    missing.add_metric([target, each.feature], each.missing_now)
            if whole.score.psi is not None and whole.score.psi_by_chance is not None:
                scores.add_metric([target], whole.score.psi - whole.score.psi_by_chance)
        yield from (accounts, index, missing, scores)
