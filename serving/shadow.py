"""The challenger, asked beside the champion about a share of the requests; no client sees it or waits for it.

A request that is drawn leaves its features and the champion's verdicts, numbers only, to one background thread: the
features are not computed again. Where the thread is behind, the request is skipped and counted. What is kept is how
far the two models differ over all accounts compared, never an account.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
import structlog
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from vigie.features.pipeline import FeatureMatrix
from vigie.features.window.windows import ComparisonWindow
from vigie.models import coordination_scoring
from vigie.models.bundle import Bundle
from vigie.models.calibration import Floats
from vigie.models.scoring import score
from vigie.models.verdict import answers
from vigie.serving.engine import ONE_AT_A_TIME, AccountScores, Models

# Requests that may wait for the challenger, the one it works on included.
_ROOM = 4
# Accounts scored per turn: LightGBM answers one at a time, and a request must not wait long for its turn. Below the
# number from which it takes every core.
_AT_ONCE = 50
_ABSTAINED = "abstained"

_log = structlog.get_logger("vigie.serving")


@dataclass(frozen=True)
class Verdicts:
    """Verdicts of one model on some accounts, without the accounts.

    Attributes:
        said: Band, or "abstained".
        log_odds: At equal classes; NaN where abstained.
    """

    said: tuple[str, ...]
    log_odds: Floats

    @classmethod
    def of(cls, verdicts: Sequence[Mapping[str, Any]]) -> Verdicts:
        """Return what is compared of verdicts as they are answered."""
        chance = np.array([verdict.get("probability", np.nan) for verdict in verdicts], dtype=np.float64)
        prior = np.array(
            [verdict.get("assumed_prevalence", np.nan) for verdict in verdicts], dtype=np.float64
        )
        # A probability that is rounded to 0 or 1 stands for the nearest number.
        chance = np.clip(chance, np.finfo(np.float64).tiny, 1 - np.finfo(np.float64).epsneg)
        return cls(
            tuple(verdict.get("band", _ABSTAINED) for verdict in verdicts),
            np.log(chance / (1 - chance)) - np.log(prior / (1 - prior)),
        )


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
    def between(cls, champion: str, challenger: str, first: Verdicts, second: Verdicts) -> Differences:
        """Return the differences of two models on the same accounts."""
        apart = second.log_odds - first.log_odds
        apart = apart[~np.isnan(apart)]
        pairs = Counter(zip(first.said, second.said, strict=True))
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

    def described(self) -> dict[str, Any]:
        """Return the differences for ``/v1/model``."""
        changed = {pair: count for pair, count in sorted(self.pairs.items()) if pair[0] != pair[1]}
        return {
            "champion": self.champion,
            "challenger": self.challenger,
            "accounts": self.pairs.total(),
            "scored_by_both": self.both,
            "mean_log_odds_difference": self.mean,
            "mean_absolute_log_odds_difference": self.mean_absolute,
            "band_changes": _listed({p: n for p, n in changed.items() if _ABSTAINED not in p}),
            "status_changes": _listed({p: n for p, n in changed.items() if _ABSTAINED in p}),
        }


@dataclass(frozen=True)
class Sample:
    """A request that was answered, in numbers: no post, no name.

    Attributes:
        rows: Its accounts.
        matrix: Their features.
        pools: The windows in which they were compared.
        versions: Of the champions that answered, by target.
        verdicts: What these said, by target.
    """

    rows: list[int]
    matrix: FeatureMatrix
    pools: list[ComparisonWindow]
    versions: Mapping[str, str]
    verdicts: Mapping[str, Verdicts]

    def differences(self, challenger: Bundle) -> Differences:
        """Return how far a challenger differs from the champion of its target."""
        target = challenger.target
        said: list[dict[str, Any]] = []
        pools: list[ComparisonWindow] = []
        if target == "coordinated":
            # On whole pools: who resembles whom is another matter among some of the accounts.
            with ONE_AT_A_TIME:
                pools = coordination_scoring.prepared(challenger, self.pools)
        for start in range(0, len(self.rows), _AT_ONCE):
            said += self._judged(challenger, pools, self.rows[start : start + _AT_ONCE])
        return Differences.between(
            self.versions[target], challenger.version, self.verdicts[target], Verdicts.of(said)
        )

    def _judged(
        self, bundle: Bundle, whole: Sequence[ComparisonWindow], rows: list[int]
    ) -> list[dict[str, Any]]:
        """Return the verdicts of a bundle on some of the accounts, without reasons."""
        some = pl.Series(rows, dtype=pl.UInt32)
        if bundle.target == "coordinated":
            pools = [replace(pool, matrix=pool.matrix.of(some)) for pool in whole]
            pools = [pool for pool in pools if pool.matrix.table.height]
            with ONE_AT_A_TIME:
                return coordination_scoring.judge(bundle, pools, rows, top=0, language="en")
        matrix = self.matrix.of(some)
        with ONE_AT_A_TIME:
            scores = score(bundle, matrix)
        return [answer[bundle.target] for answer in answers(bundle, matrix, scores, top=0, language="en")]


class Shadow(Collector):
    """Compares challengers with champions on a share of the requests, in one background thread.

    Attributes:
        share: Share of the requests, 0 to 1, drawn by chance whatever they hold.
        challengers: The challenger of each target that has one; replaced as a whole.
        differences: By target, those of the versions compared last; replaced as a whole.
        requests: Requests drawn, by what became of them: compared, skipped, failed.
        draw: Returns a number from 0 to 1 by chance.
    """

    def __init__(self, share: float) -> None:
        self.share = share
        self.challengers: Mapping[str, Bundle] = {}
        self.differences: Mapping[str, Differences] = {}
        self.requests: Counter[str] = Counter(compared=0, skipped=0, failed=0)
        self.draw = random.Random().random  # noqa: S311 - nobody gains by guessing which request is compared
        self._room = threading.BoundedSemaphore(_ROOM)
        self._counting = threading.Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="shadow")

    def challenge(self, bundle: Bundle) -> None:
        """Compare with a bundle from the next request on."""
        self.challengers = {**self.challengers, bundle.target: bundle}

    def offer(
        self,
        models: Models,
        judged: AccountScores,
        pools: Sequence[ComparisonWindow],
        found: Sequence[Mapping[str, Any]],
    ) -> None:
        """Leave a request that was answered to the challengers, if it is drawn and there is room; never waits.

        Args:
            models: The champions that answered.
            judged: Its accounts, judged each by itself.
            pools: The windows in which they were compared.
            found: Its results, by row.
        """
        rows = judged.matrix.table["row"].to_list()
        challengers = [bundle for target, bundle in self.challengers.items() if target in found[rows[0]]]
        if not challengers or self.draw() >= self.share:
            return
        if not self._room.acquire(blocking=False):
            self._count("skipped")
            return
        sample = Sample(
            rows,
            _numbers(judged.matrix),
            [replace(pool, matrix=_numbers(pool.matrix)) for pool in pools],
            {target: identity["version"] for target, identity in models.identities().items()},
            {
                bundle.target: Verdicts.of([found[row][bundle.target] for row in rows])
                for bundle in challengers
            },
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
            added = {target: one.after(self.differences.get(target)) for target, one in found.items()}
            self.differences = {**self.differences, **added}
            self._count("compared")
        finally:
            self._room.release()

    def _count(self, outcome: str) -> None:
        with self._counting:
            self.requests[outcome] += 1


def _listed(pairs: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    return [
        {"champion": champion, "challenger": challenger, "accounts": count}
        for (champion, challenger), count in pairs.items()
    ]


def _numbers(matrix: FeatureMatrix) -> FeatureMatrix:
    """Return features without the posts that show them."""
    return replace(matrix, posts=matrix.posts.clear())
