"""Metrics of a ranking with bootstrap intervals, for many draws at once.

A draw is a vector of weights on the same rows, so that paired differences between models use the same
draws. Scores are sorted once; every metric is read off cumulated weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
# Ends of what a metric may be: a share, or the difference of two.
Range = tuple[float, float]
SHARE: Range = (0.0, 1.0)
DIFFERENCE: Range = (-1.0, 1.0)
NOT_NEGATIVE: Range = (0.0, float("inf"))
ANY: Range = (-float("inf"), float("inf"))


def draws(truth: Bools, number: int, seed: int) -> Floats:
    """Return bootstrap weights, shape (number + 1, rows): the first row is the data as it is.

    Rows are resampled within each class, so that every draw holds both.
    """
    generator = np.random.default_rng(seed)
    weights = np.ones((number + 1, len(truth)))
    for value in (True, False):
        where = np.flatnonzero(truth == value)
        if len(where):
            weights[1:, where] = generator.multinomial(
                len(where), np.full(len(where), 1 / len(where)), size=number
            )
    return weights


def cluster_draws(truth: Bools, account: Ints, campaign: Ints, number: int, seed: int) -> Floats:
    """Return bootstrap weights over accounts inside campaigns, shape (number + 1, rows): the first is the data as it is.

    Among positives, campaigns are resampled, then the accounts inside each that was drawn (once per time it was):
    accounts of one campaign resemble each other, and a new campaign will not. Among ordinary rows, accounts are. An
    account weighs alike in all its rows of a campaign, and every draw holds both classes.

    Args:
        truth: Whether a row is positive.
        account: Number of the account of each row.
        campaign: Number of the campaign of each row; read of positives only.
        number: Draws.
        seed: Of the draws.
    """
    generator = np.random.default_rng(seed)
    weights = np.ones((number + 1, len(truth)))
    # Ordinary rows are of one cluster, which is in every draw.
    cluster = np.where(truth, campaign, 0)
    for where in (np.flatnonzero(truth), np.flatnonzero(~truth)):
        clusters = np.unique(cluster[where])
        if not len(clusters):
            continue
        times = generator.multinomial(len(clusters), np.full(len(clusters), 1 / len(clusters)), size=number)
        for column, name in enumerate(clusters):
            rows = where[cluster[where] == name]
            accounts, place = np.unique(account[rows], return_inverse=True)
            size = len(accounts)
            drawn = generator.multinomial(times[:, column] * size, np.full(size, 1 / size))
            weights[1:, rows] = drawn[:, place]
    return weights


@dataclass(frozen=True)
class Curve:
    """What lies at and above each distinct score, highest first, per draw: what the metrics of a ranking are read off.

    Attributes:
        positive: Weight of the positives, shape (draws, distinct scores).
        negative: Weight of the negatives, same shape.
    """

    positive: Floats
    negative: Floats

    @classmethod
    def of(cls, truth: Bools, score: Floats, weights: Floats) -> Curve:
        """Return the curve of a ranking; ``weights`` has the shape (draws, rows)."""
        order = np.argsort(-score, kind="stable")
        ranked = score[order]
        starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        # In place where it can be: a thousand draws of ten thousand accounts take 80 MB.
        drawn = weights[:, order]
        positive = np.add.reduceat(drawn * truth[order], starts, axis=1)
        drawn *= ~truth[order]
        negative = np.add.reduceat(drawn, starts, axis=1)
        return cls(*(np.cumsum(side, axis=1, out=side) for side in (positive, negative)))

    def auc(self) -> Floats:
        """Return the area under the ROC curve per draw (ties count half)."""
        positive, negative = self.positive, self.negative
        steps = np.diff(negative, axis=1, prepend=0.0)
        before = np.concatenate([np.zeros((len(positive), 1)), positive[:, :-1]], axis=1)
        area = (steps * (positive + before) / 2).sum(axis=1)
        return np.asarray(area / (positive[:, -1] * negative[:, -1]))

    def average_precision(self) -> Floats:
        """Return the area under the precision-recall curve per draw, by steps."""
        positive = self.positive
        gained = np.diff(positive, axis=1, prepend=0.0) / positive[:, -1:]
        total = positive + self.negative
        precision = np.divide(positive, total, out=np.zeros_like(positive), where=total > 0)
        return np.asarray((gained * precision).sum(axis=1))

    def recall_at_fpr(self, rate: float = 0.01) -> Floats:
        """Return the largest recall per draw whose false positive rate is at most ``rate``."""
        positive, negative = self.positive, self.negative
        allowed = negative <= rate * negative[:, -1:]
        return np.asarray(np.where(allowed, positive, 0.0).max(axis=1) / positive[:, -1])

    def partial_auc(self, rate: float = 0.01) -> Floats:
        """Return the area under the ROC curve up to a false positive rate per draw, over its largest value."""
        x = np.pad(self.negative / self.negative[:, -1:], ((0, 0), (1, 0)))
        y = np.pad(self.positive / self.positive[:, -1:], ((0, 0), (1, 0)))
        # The curve is cut at the rate: what is beyond has no width, and the step across is shortened.
        cut = np.minimum(x, rate)
        width = np.diff(cut, axis=1)
        step = np.diff(x, axis=1)
        inside = np.divide(width, step, out=np.zeros_like(step), where=step > 0)
        end = y[:, :-1] + inside * np.diff(y, axis=1)
        return np.asarray((width * (y[:, :-1] + end) / 2).sum(axis=1) / rate)

    def figures(self) -> dict[str, Floats]:
        """Return the metrics that are stated of every ranking, per draw, by name."""
        return {
            "average_precision": self.average_precision(),
            "auc": self.auc(),
            "recall_at_1": self.recall_at_fpr(),
            "recall_at_01": self.recall_at_fpr(rate=0.001),
        }


def auc(truth: Bools, score: Floats, weights: Floats) -> Floats:
    """Return :meth:`Curve.auc` of a ranking of which nothing else is asked."""
    return Curve.of(truth, score, weights).auc()


def average_precision(truth: Bools, score: Floats, weights: Floats) -> Floats:
    """Return :meth:`Curve.average_precision` of a ranking of which nothing else is asked."""
    return Curve.of(truth, score, weights).average_precision()


def recall_at_fpr(truth: Bools, score: Floats, weights: Floats, rate: float = 0.01) -> Floats:
    """Return :meth:`Curve.recall_at_fpr` of a ranking of which nothing else is asked."""
    return Curve.of(truth, score, weights).recall_at_fpr(rate)


def brier_score(truth: Bools, probability: Floats, weights: Floats) -> Floats:
    """Return the weighted mean squared distance of stated probabilities from what is true, per draw."""
    return np.asarray((weights * (probability - truth) ** 2).sum(axis=1) / weights.sum(axis=1))


def calibration_error(truth: Bools, probability: Floats, *, bins: int = 15, prevalence: float = 0.5) -> float:
    """Return the expected calibration error with the classes weighed to a prevalence, in bins of equal mass."""
    weight = np.where(truth, prevalence / max(truth.sum(), 1), (1 - prevalence) / max((~truth).sum(), 1))
    # Equal probabilities share a bin, whatever the order of the rows: that of the middle of their mass.
    _, tie = np.unique(probability, return_inverse=True)
    mass_of_tie = np.bincount(tie, weight)
    middle = mass_of_tie.cumsum() - mass_of_tie / 2
    place = np.minimum((middle / mass_of_tie.sum() * bins).astype(int), bins - 1)[tie]
    mass = np.bincount(place, weight, bins)
    stated = np.bincount(place, weight * probability, bins)
    observed = np.bincount(place, weight * truth, bins)
    return float(np.abs(stated - observed).sum() / mass.sum())


def smaller_class(truth: Bools) -> int:
    """Return how many accounts the smaller class has: what an interval can rest on."""
    return int(min(truth.sum(), (~truth).sum()))


@dataclass(frozen=True)
class Estimate:
    """A figure with the ends of its 95 % bootstrap interval, which holds it."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, drawn: Floats, units: int | None = None, within: Range = ANY) -> Estimate:
        """Return the metric of a vector of draws whose first entry is the data as it is.

        Args:
            drawn: The metric on the data and on each draw.
            units: What was resampled (accounts of the smaller class, or clusters): with few of them percentiles are
                too narrow, and are widened about the metric by Student's t over the normal quantile and by
                sqrt(n / (n - 1)) (Hesterberg 2015, "What teachers should know about the bootstrap", 5.3).
            within: Ends of what the metric may be; an interval does not go beyond them.

        Draws may all lie to one side of the metric: a largest value is seldom reached again, and a draw without false positives
        counts some. The interval reaches to the metric then, before it is widened.

        >>> str(Estimate.of(np.array([1.0, 0.8, 0.9, 0.85]), 10, SHARE))
        '1.000 [.760, 1.000]'
        """
        value = float(drawn[0])
        low, high = np.percentile(drawn[1:], [2.5, 97.5]) if len(drawn) > 1 else (value, value)
        low, high = np.minimum(low, value), np.maximum(high, value)
        if units is not None:
            wider = _wider(max(units, 2))
            low, high = value - (value - low) * wider, value + (high - value) * wider
        least, most = within
        return cls(value, float(np.maximum(low, least)), float(np.minimum(high, most)))

    @classmethod
    def alone(cls, value: float) -> Estimate:
        """Return a metric without an interval."""
        return cls(value, float("nan"), float("nan"))

    def __str__(self) -> str:
        """Return ``.912 [.900, .924]``, minus signs kept."""
        return f"{_short(self.value)} [{_short(self.low)}, {_short(self.high)}]"


class MetricEntry(TypedDict):
    """A metric in ``record.json``; null where it could not be computed, or has no interval."""

    value: float | None
    low: float | None
    high: float | None


def surely_above(drawn: Floats, units: int) -> float:
    """Return what a metric is above, with 95 % confidence: the one-sided end, widened as :meth:`Estimate.of` widens two.

    Args:
        drawn: The metric on the data and on each draw.
        units: What was resampled.

    >>> draws = np.r_[0.5, np.linspace(0.3, 0.7, 101)]
    >>> round(surely_above(draws, 20), 3), round(Estimate.of(draws, 20).low, 3)
    (0.306, 0.292)
    """
    value = float(drawn[0])
    low = min(float(np.percentile(drawn[1:], 5)), value)
    return value - (value - low) * _wider(max(units, 2), 0.95)


def _wider(units: int, level: float = 0.975) -> float:
    """Return how much wider an interval over two or more units must be than its percentiles.

    >>> round(_wider(10), 2), round(_wider(1000), 2)
    (1.22, 1.0)
    """
    quantile = stdtrit(units - 1, level) / ndtri(level)
    return float(quantile * np.sqrt(units / (units - 1)))


def _short(value: float) -> str:
    return f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.3f}"
