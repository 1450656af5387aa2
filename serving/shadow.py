"""The challenger, asked beside the champion about a share of the requests; no client sees it or waits for it.

A request that is drawn leaves its features and the champion's verdicts, numbers only, to one background thread: the
features are not computed again. Where the thread is behind, the request is skipped and counted. What is kept is how
far the two models differ over all accounts compared, never an account.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import structlog
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from vigie.features.coordination.detector import Network
from vigie.features.json_object import JsonObject
from vigie.features.pipeline import FeatureMatrix
from vigie.features.window.windows import ComparisonWindow
from vigie.models.bundle import Bundle
from vigie.models.calibration import Floats
from vigie.models.coordination_scoring import CoordinationScores, score_windows
from vigie.models.engine import ScoringResult
from vigie.models.scoring import Scores, score
from vigie.models.verdict import ABSTAINED, bands
from vigie.serving.api.schemas.responses import Change, ShadowDifferences

# Requests that may wait for the challenger, the one it works on included.
_ROOM = 4
# Accounts scored per turn: LightGBM answers one at a time, and a request must not wait long for its turn. Below the
# number from which it takes every core.
_AT_ONCE = 50

_log = structlog.get_logger("vigie.serving")


@dataclass(frozen=True)
class Outcomes:
    """What one model says of some accounts, without the accounts.

    Attributes:
        bands: Band, or "abstained".
        log_odds: At equal classes; NaN where abstained.
    """

    bands: tuple[str, ...]
    log_odds: Floats

    @classmethod
    def of_accounts(cls, bundle: Bundle, scores: Scores) -> Outcomes:
        """Return the outcomes of accounts judged each by itself."""
        return cls(tuple(map(str, bands(bundle, scores))), scores.log_odds)

    @classmethod
    def of_coordination(cls, scores: CoordinationScores, rows: Sequence[int]) -> Outcomes:
        """Return the outcomes of accounts judged among each other."""
        known = {
            row: str(band)
            for each in scores.windows
            for row, band in zip(each.matrix.table["row"], each.bands, strict=True)
        }
        return cls(tuple(known.get(row, ABSTAINED) for row in rows), scores.log_odds(rows))


@dataclass(frozen=True)
class Differences:
    """How far a challenger and a champion differ; sums, so that they add up over requests.

    Attributes:
        champion: Version of the champion.
        challenger: Version of the challenger.
        pairs: Accounts by what the champion and what the challenger said: a band, or "abstained".
        both: Accounts scored by both.
        total: Sum over these of the challenger's log-odds less the champion's.
        absolute: Sum of the sizes of the same.
    """

    champion: str
    challenger: str
    pairs: Counter[tuple[str, str]]
    both: int
    total: float
    absolute: float

    @classmethod
    def between(cls, champion: str, challenger: str, first: Outcomes, second: Outcomes) -> Differences:
        """Return the differences of two models on the same accounts."""
        apart = second.log_odds - first.log_odds
        apart = apart[~np.isnan(apart)]
        pairs = Counter(zip(first.bands, second.bands, strict=True))
        return cls(champion, challenger, pairs, len(apart), float(apart.sum()), float(np.abs(apart).sum()))

    def after(self, earlier: Differences | None) -> Differences:
        """Return the differences with earlier ones added; without them, where they are of other versions."""
        if earlier is None or (earlier.champion, earlier.challenger) != (self.champion, self.challenger):
            return self
        return replace(
            self,
            pairs=self.pairs + earlier.pairs,
            both=self.both + earlier.both,
            total=self.total + earlier.total,
            absolute=self.absolute + earlier.absolute,
        )

    @property
    def mean(self) -> float | None:
        """Mean difference of the log-odds, None where no account was scored by both."""
        return self.total / self.both if self.both else None

    @property
    def mean_absolute(self) -> float | None:
        """Mean size of the difference of the log-odds, None where no account was scored by both."""
        return self.absolute / self.both if self.both else None

    def to_json(self) -> JsonObject:
        """Return the differences for JSON; :meth:`from_json` reads them."""
        pairs = [[*pair, count] for pair, count in sorted(self.pairs.items())]
        return {**vars(self), "pairs": pairs}

    @classmethod
    def from_json(cls, given: JsonObject) -> Differences:
        """Return differences from JSON."""
        pairs = Counter({(first, second): count for first, second, count in given["pairs"]})
        return cls(**{**given, "pairs": pairs})

    def to_response(self) -> ShadowDifferences:
        """Return the differences for ``/v1/model``."""
        changes = [(pair, count) for pair, count in sorted(self.pairs.items()) if pair[0] != pair[1]]
        return ShadowDifferences(
            champion=self.champion,
            challenger=self.challenger,
            accounts=self.pairs.total(),
            scored_by_both=self.both,
            mean_log_odds_difference=self.mean,
            mean_absolute_log_odds_difference=self.mean_absolute,
            band_changes=[Change(*pair, count) for pair, count in changes if ABSTAINED not in pair],
            status_changes=[Change(*pair, count) for pair, count in changes if ABSTAINED in pair],
        )


@dataclass(frozen=True)
class Sample:
    """A request that was answered, in numbers: no post, no name.

    Attributes:
        rows: Its accounts.
        matrix: Their features; None where they were not judged each by itself.
        windows: The windows in which they were compared.
        versions: Of the champions that answered, by target.
        outcomes: What these said, by target.
    """

    rows: list[int]
    matrix: FeatureMatrix | None
    windows: list[ComparisonWindow]
    versions: Mapping[str, str]
    outcomes: Mapping[str, Outcomes]

    def differences(self, challenger: Bundle) -> Differences:
        """Return how far a challenger differs from the champion of its target, on accounts that were judged."""
        target = challenger.target
        if target == "coordinated":
            scores = score_windows(challenger, self.windows, at_once=_AT_ONCE)
            theirs = Outcomes.of_coordination(scores, self.rows)
        else:
            assert self.matrix is not None  # noqa: S101 - outcomes of this target are there with it only
            alone = score(challenger, self.matrix, at_once=_AT_ONCE)
            theirs = Outcomes.of_accounts(challenger, alone)
        return Differences.between(self.versions[target], challenger.version, self.outcomes[target], theirs)


class Shadow(Collector):
    """Compares challengers with champions on a share of the requests, in one background thread.

    Attributes:
        share: Share of the requests, 0 to 1, drawn by chance whatever they hold.
        challengers: The challenger of each target that has one; replaced as a whole.
        draw: Returns a number from 0 to 1 by chance.
    """

    def __init__(self, share: float) -> None:
        self.share = share
        self.challengers: Mapping[str, Bundle] = {}
        self._differences: Mapping[str, Differences] = {}
        self._requests: Counter[str] = Counter(compared=0, skipped=0, failed=0)
        self._others: Sequence[JsonObject] = ()
        self.draw = random.Random().random  # noqa: S311 - nobody gains by guessing which request is compared
        self._room = threading.BoundedSemaphore(_ROOM)
        self._counting = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="shadow")

    @property
    def requests(self) -> Counter[str]:
        """Requests drawn in all processes, by what became of them: compared, skipped, failed."""
        with self._counting:
            whole = self._requests.copy()
        for each in self._others:
            whole.update(each["requests"])
        return whole

    @property
    def differences(self) -> Mapping[str, Differences]:
        """By target, the differences of the versions compared last, over all processes."""
        whole = dict(self._differences)
        for each in self._others:
            for target, given in each["differences"].items():
                theirs = Differences.from_json(given)
                if target in whole:
                    whole[target] = whole[target].after(theirs)
                elif target in self.challengers and self.challengers[target].version == theirs.challenger:
                    whole[target] = theirs
        return whole

    def snapshot(self) -> JsonObject:
        """Return what this process compared."""
        with self._counting:
            requests = dict(self._requests)
        differences = {target: each.to_json() for target, each in self._differences.items()}
        return {"requests": requests, "differences": differences}

    def restore(self, earlier: JsonObject) -> None:
        """Go on from what a process that ended compared."""
        found = {target: Differences.from_json(given) for target, given in earlier["differences"].items()}
        with self._counting:
            self._requests.update(earlier["requests"])
        added = {target: one.after(self._differences.get(target)) for target, one in found.items()}
        self._differences = {**self._differences, **added}

    def gather(self, others: Sequence[JsonObject]) -> None:
        """Add what other processes compared to what is told."""
        self._others = tuple(others)

    def challenge(self, bundle: Bundle) -> None:
        """Compare with a bundle from the next request on."""
        self.challengers = {**self.challengers, bundle.target: bundle}

    def submit(self, result: ScoringResult, targets: Collection[str]) -> None:
        """Leave a request that was answered to the challengers, if it is drawn and there is room; never waits.

        Args:
            result: What the champions make of its accounts.
            targets: What was asked.
        """
        asked = [bundle for target, bundle in self.challengers.items() if target in targets]
        if not asked or self.draw() >= self.share:
            return
        outcomes = _outcomes(result)
        challengers = [bundle for bundle in asked if bundle.target in outcomes]
        if not challengers:
            return
        if not self._room.acquire(blocking=False):
            self._count("skipped")
            return
        judged = result.coordination.scores.windows if result.coordination else ()
        sample = Sample(
            rows=list(result.rows),
            matrix=_numbers(result.accounts.matrix) if result.accounts else None,
            windows=[_without_posts(each.window) for each in judged],
            versions={target: bundle.version for target, bundle in result.models.bundles.items()},
            outcomes=outcomes,
        )
        self._worker.submit(self._compare, sample, challengers)

    def close(self) -> None:
        """Finish the request at work, and drop those that wait."""
        self._worker.shutdown(cancel_futures=True)

    def collect(self) -> Iterator[Metric]:
        """Yield the counts and differences for Prometheus."""
        requests = CounterMetricFamily(
            "vigie_shadow_requests",
            "Requests drawn for the challenger, by what became of them.",
            labels=["outcome"],
        )
        for outcome, count in self.requests.items():
            requests.add_metric([outcome], count)
        accounts = CounterMetricFamily(
            "vigie_shadow_accounts",
            "Accounts compared, by band (or abstained) of champion and challenger; from 0 for each pair of versions.",
            labels=["target", "champion", "challenger"],
        )
        mean = GaugeMetricFamily(
            "vigie_shadow_log_odds_difference",
            "Mean log-odds of the challenger less the champion's, over accounts scored by both.",
            labels=["target"],
        )
        size = GaugeMetricFamily(
            "vigie_shadow_log_odds_absolute_difference", "Mean size of the same.", labels=["target"]
        )
        for target, differences in self.differences.items():
            for (champion, challenger), count in differences.pairs.items():
                accounts.add_metric([target, champion, challenger], count)
            if differences.mean is not None and differences.mean_absolute is not None:
                mean.add_metric([target], differences.mean)
                size.add_metric([target], differences.mean_absolute)
        yield from (requests, accounts, mean, size)

    def _compare(self, sample: Sample, challengers: Sequence[Bundle]) -> None:
        try:
            found = {bundle.target: sample.differences(bundle) for bundle in challengers}
        except Exception as error:  # noqa: BLE001 - a challenger may fail in any way; what it holds may be someone's
            self._count("failed")
            _log.warning("challenger failed", error=type(error).__name__)
        else:
            added = {target: one.after(self._differences.get(target)) for target, one in found.items()}
            self._differences = {**self._differences, **added}
            self._count("compared")
        finally:
            self._room.release()

    def _count(self, outcome: str) -> None:
        with self._counting:
            self._requests[outcome] += 1


def _outcomes(result: ScoringResult) -> dict[str, Outcomes]:
    """Return what the champions say, by target; of those alone that were asked and judged accounts."""
    outcomes: dict[str, Outcomes] = {}
    if result.accounts:
        outcomes["inauthentic"] = Outcomes.of_accounts(result.models.inauthentic, result.accounts.scores)
    if result.coordination and result.rows:
        outcomes["coordinated"] = Outcomes.of_coordination(result.coordination.scores, result.rows)
    return outcomes


def _without_posts(window: ComparisonWindow) -> ComparisonWindow:
    """Return a window in numbers: neither its posts nor what they were about."""
    network = Network(window.network.pairs.clear(), window.network.events.clear(), ())
    return replace(window, network=network, matrix=_numbers(window.matrix))


def _numbers(matrix: FeatureMatrix) -> FeatureMatrix:
    """Return features without the posts that show them."""
    return replace(matrix, posts=matrix.posts.clear())
