"""The head of an adapted bundle, fitted on the labels of one collection (:mod:`vigie.models.adaptation.head`).

A logistic regression on the parent's log-odds and one curve per feature, whose penalty draws it to the parent: with no label
the head is the parent, and each label moves it a little [Hoerl1970]. A curve may bend at the tenths of the collection, labelled or
not, and the penalty is on its rise from one to the next [Eilers1996]. Both classes have the same mass whatever their number,
so that the log-odds are at equal classes and a probability is stated at the parent's assumed prevalence.

What is told of a head is measured on labels that it did not see: folds of accounts, ten times over. The log-odds of these
folds also calibrate the head. People label the accounts that strike them, so that each labelled account stands for those of the
collection with scores like its own (post-stratification): an AUC is that of the collection, as far as the choice of accounts
followed the scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vigie.errors import LabelError
from vigie.features.catalogue import CATALOGUE
from vigie.features.i18n import Percent, message
from vigie.models.adaptation.head import Curves, Head, logged
from vigie.models.calibration import Floats
from vigie.models.metrics import DIFFERENCE, SHARE, Estimate, auc, draws, smaller_class, surely_above

Bools = NDArray[np.bool_]

# Fewer labels than this, or of one class, say nothing that an interval could hold.
LEAST_LABELS, LEAST_PER_CLASS = 20, 5
# Strength of the penalty in labels: a rise of one log-odds from one knot to the next costs as much as 5 labels, and so does a
# slope changed by one log-odds per standard deviation. From 5 to 20 all did about the same on the sources of
# benchmarks/adaptation.py.
_PENALTY = 10.0
# Stretches of as many accounts each, between which a curve may bend. 5 and 20 did about the same.
_STRETCHES = 10
# Decimals of a knot, on the scale of logged values: nearer ones are one.
_DECIMALS = 6
# A feature that most accounts of the collection lack tells who was collected how.
_LEAST_KNOWN = 0.5
# Quantiles of the collection's scores that part the strata: finer at the top, where inauthentic accounts are if they are rare.
_STRATA = (0.25, 0.5, 0.75, 0.9)
# Share of the collection that strata with a label must hold.
_LEAST_COVERED = 0.75
_FOLDS, _REPEATS = 5, 10
_DRAWS, _SEED = 1000, 7


@dataclass(frozen=True)
class Collection:
    """All accounts of a collection that the parent scores.

    Attributes:
        features: Names of the columns of ``values``.
        values: Shape (accounts, features), NaN where missing or where the part that reads the feature does not speak.
        parent: Log-odds by the parent.
    """

    features: tuple[str, ...]
    values: Floats
    parent: Floats


@dataclass(frozen=True)
class Line:
    """Log-odds in a form that can be fitted: linear in the log-odds of the parent and in ramps.

    A ramp leads from one knot of a feature to the next: its height is 0 below the first, 1 above the second.

    Attributes:
        slope: Weight of the parent's log-odds, at least 0.
        intercept: Log-odds added to every account.
        rises: Log-odds that each ramp adds from its foot to its top.
    """

    slope: float
    intercept: float
    rises: Floats

    def log_odds(self, parent: Floats, ramps: Floats) -> Floats:
        """Return log-odds at equal classes, one per account."""
        return np.asarray(self.slope * parent + self.intercept + ramps @ self.rises)

    def then(self, slope: float, intercept: float) -> Line:
        """Return the line whose log-odds are these times ``slope`` plus ``intercept``."""
        return Line(slope * self.slope, slope * self.intercept + intercept, slope * self.rises)


@dataclass(frozen=True)
class _Design:
    """The ramps of a collection.

    Attributes:
        features: Names of the features that have ramps.
        knots: Logged values of each, at which a ramp begins or ends.
        means: Mean height of the collection on each ramp of each feature.
    """

    features: tuple[str, ...]
    knots: tuple[Floats, ...]
    means: tuple[Floats, ...]

    def curves(self, line: Line) -> Curves:
        """Return a line as the curves that it draws, each 0 in the mean of the collection: what is missing adds as much."""
        ends = np.cumsum([len(mean) for mean in self.means], dtype=np.int64)
        rises = np.split(line.rises, ends)[:-1]
        return Curves(
            line.slope,
            line.intercept,
            tuple(
                np.r_[0.0, np.cumsum(each)] - mean @ each
                for each, mean in zip(rises, self.means, strict=True)
            ),
        )


@dataclass(frozen=True)
class Adaptation:
    """A head, and what it is worth on labels that it did not see.

    Attributes:
        head: The head.
        before: AUC of the parent on the labelled accounts.
        after: AUC of the head on them, each judged by heads that were fitted without it.
        gain: The second less the first, drawn in pairs.
        surely: What the gain is above, with 95 % confidence: whether the head helps is asked to one side only.
    """

    head: Head
    before: Estimate
    after: Estimate
    gain: Estimate
    surely: float


def adapt(collection: Collection, labelled: NDArray[np.int64], truth: Bools) -> Adaptation:
    """Return the head that labels make.

    Args:
        collection: The accounts.
        labelled: Places of the labelled ones, each once.
        truth: Whether each of them is inauthentic.

    Raises:
        LabelError: There are too few labels, too few of a class, or none where many accounts of the collection score.
    """
    require(truth)
    standing = _standing(collection.parent, collection.parent[labelled])
    design, ramps = _design(collection, labelled)
    parent = collection.parent[labelled]
    bounds = [_bounds(name) for name, means in zip(design.features, design.means, strict=True) for _ in means]
    # The penalty on the slope is per standard deviation.
    deviation = max(float(collection.parent.std()), 1e-6)

    def fit(rows: NDArray[np.int64]) -> Line:
        return fit_line(parent[rows], ramps[rows], truth[rows], deviation, bounds)

    folds = [_folds(truth, repeat) for repeat in range(_REPEATS)]
    lines = [[fit(train) for train, _ in repeated] for repeated in folds]
    unseen = np.zeros(len(truth))
    for repeated, fitted in zip(folds, lines, strict=True):
        for (_, test), line in zip(repeated, fitted, strict=True):
            unseen[test] += line.log_odds(parent[test], ramps[test]) / _REPEATS
    calibration = fit_line(unseen, np.empty((len(truth), 0)), truth, float(unseen.std()), [])
    curves, *members = (
        design.curves(each.then(calibration.slope, calibration.intercept))
        for each in (fit(np.arange(len(truth))), *lines[0])
    )
    weights = draws(truth, _DRAWS, _SEED) * standing
    before, after = (auc(truth, log_odds, weights) for log_odds in (parent, unseen))
    units = smaller_class(truth)
    return Adaptation(
        Head(design.features, design.knots, curves, tuple(members)),
        before=Estimate.of(before, units, SHARE),
        after=Estimate.of(after, units, SHARE),
        gain=Estimate.of(after - before, units, DIFFERENCE),
        surely=surely_above(after - before, units),
    )


def fit_line(
    parent: Floats,
    ramps: Floats,
    truth: Bools,
    deviation: float,
    bounds: Sequence[tuple[float | None, float | None]],
) -> Line:
    """Return the line of least penalised loss, with the classes of equal mass.

    Args:
        parent: Log-odds that the line starts from, one per account.
        ramps: How far each account is up each ramp, shape (accounts, ramps).
        truth: Labels.
        deviation: Standard deviation of ``parent``.
        bounds: Least and greatest rise of each ramp.
    """
    x = np.column_stack([parent, ramps])
    sign = np.where(truth, 1.0, -1.0)
    mass = len(truth) / 2 / np.where(truth, truth.sum(), (~truth).sum())
    start = np.zeros(x.shape[1] + 1)
    start[0] = 1.0
    penalty = _PENALTY * np.r_[deviation**2, np.ones(ramps.shape[1]), 0.0]

    def loss(line: Floats) -> tuple[float, Floats]:
        margin = sign * (x @ line[:-1] + line[-1])
        missed = -mass * sign * np.exp(-np.logaddexp(0.0, margin))
        moved = line - start
        value = (mass * np.logaddexp(0.0, -margin)).sum() + (penalty * moved**2).sum() / 2
        return float(value), np.r_[x.T @ missed, missed.sum()] + penalty * moved

    # Takes 15 MB: a service that fits nothing does not pay for it.
    from scipy.optimize import minimize

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None), *bounds, (None, None)]).x
    return Line(float(found[0]), float(found[-1]), found[1:-1])


def require(truth: Bools) -> None:
    """Refuse labels that no head can be judged on.

    Raises:
        LabelError: There are too few, or too few of a class.
    """
    inauthentic, ordinary = int(truth.sum()), int((~truth).sum())
    if len(truth) < LEAST_LABELS or min(inauthentic, ordinary) < LEAST_PER_CLASS:
        raise LabelError(
            message(
                "training.labels_too_few",
                inauthentic=inauthentic,
                ordinary=ordinary,
                least=LEAST_LABELS,
                of_each=LEAST_PER_CLASS,
            )
        )


def _standing(collection: Floats, labelled: Floats) -> Floats:
    """Return for how much of the collection each labelled account stands, by its score: 1 where labels were drawn evenly."""
    edges = np.quantile(collection, _STRATA)
    everybody, ours = (
        np.bincount(np.searchsorted(edges, log_odds, side="right"), minlength=len(_STRATA) + 1)
        / len(log_odds)
        for log_odds in (collection, labelled)
    )
    covered = float(everybody[ours > 0].sum())
    if covered < _LEAST_COVERED:
        raise LabelError(message("training.labels_of_few_scores", covered=Percent(covered)))
    share = np.divide(everybody, ours, out=np.zeros_like(everybody), where=ours > 0)
    return np.asarray(share[np.searchsorted(edges, labelled, side="right")])


def _design(collection: Collection, labelled: NDArray[np.int64]) -> tuple[_Design, Floats]:
    """Return the ramps of the features that most accounts have and that are not all alike, and how far up the labelled ones are."""
    features, knots, means, heights = [], [], [], []
    for name, column in zip(collection.features, logged(collection.values.T), strict=True):
        known = column[~np.isnan(column)]
        if len(known) < _LEAST_KNOWN * len(column):
            continue
        tenths = np.quantile(known, np.linspace(0, 1, _STRETCHES + 1), method="nearest")
        at = np.unique(tenths.round(_DECIMALS))
        if len(at) == 1:
            continue
        mean = _up(known, at).mean(axis=0)
        features.append(name)
        knots.append(at)
        means.append(mean)
        heights.append(np.nan_to_num(_up(column[labelled], at) - mean, nan=0.0))
    ramps = np.hstack(heights) if heights else np.empty((len(labelled), 0))
    return _Design(tuple(features), tuple(knots), tuple(means)), ramps


def _up(values: Floats, knots: Floats) -> Floats:
    """Return how far each value is up from each knot to the next, 0 to 1, shape (values, knots less one)."""
    return np.asarray(np.clip((values[:, None] - knots[:-1]) / np.diff(knots), 0.0, 1.0))


def _bounds(name: str) -> tuple[float | None, float | None]:
    """Return the least and the greatest rise with a feature: where more of it may never lower a score, none does here."""
    direction = CATALOGUE[name].monotone
    return (0.0 if direction > 0 else None, 0.0 if direction < 0 else None)


def _folds(truth: Bools, repeat: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the places to fit on and those to judge, fold by fold; both classes are dealt out evenly."""
    generator = np.random.default_rng(_SEED + repeat)
    dealt = np.concatenate([generator.permutation(np.flatnonzero(truth == value)) for value in (True, False)])
    fold = np.empty(len(truth), dtype=np.int64)
    fold[dealt] = np.arange(len(truth)) % _FOLDS
    return [(np.flatnonzero(fold != one), np.flatnonzero(fold == one)) for one in range(_FOLDS)]
