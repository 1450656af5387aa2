"""The head of an adapted bundle: the log-odds of its parent, and one curve for each feature of an account.

A head is learnt from some tens of labels of one collection (:mod:`vigie.models.adaptation.fitting`) and holds for that
collection. It is a sum of functions of one feature each [Hastie1986], so that each feature's addition to the log-odds is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vigie.features.json_object import JsonObject
from vigie.models.calibration import Floats


def logged(values: Floats) -> Floats:
    """Return values on a scale where tenfold is as far from a hundredfold as a hundredfold from a thousandfold.

    >>> logged(np.array([-1.0, 0.0, 1.0])).round(2).tolist()
    [-0.69, 0.0, 0.69]
    """
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


@dataclass(frozen=True)
class Curves:
    """Log-odds of a head: ``slope`` times those of the parent, plus ``intercept`` and the height of each feature's curve.

    Attributes:
        slope: At least 0: what the parent holds against an account never speaks for it.
        intercept: Log-odds added to every account.
        heights: Log-odds added at each knot of each feature; straight lines lie between them.
    """

    slope: float
    intercept: float
    heights: tuple[Floats, ...]

    def additions(self, knots: Sequence[Floats], values: Floats) -> Floats:
        """Return what each feature adds to the log-odds, shape of ``values``; 0 where it is missing.

        Args:
            knots: Logged values of each feature, rising.
            values: Shape (accounts, features), NaN where missing.
        """
        added = np.zeros(values.shape)
        for place, (at, height) in enumerate(zip(knots, self.heights, strict=True)):
            # Beyond the last account of the collection, a curve goes on level.
            added[:, place] = np.interp(logged(values[:, place]), at, height)
        return np.nan_to_num(added, nan=0.0)

    def log_odds(self, parent: Floats, additions: Floats) -> Floats:
        """Return log-odds at equal classes, one per account."""
        return np.asarray(self.slope * parent + self.intercept + additions.sum(axis=1))


@dataclass(frozen=True)
class Head:
    """What an adaptation adds to a bundle.

    Attributes:
        features: Names of the features that it reads, all of them features of the parent's parts.
        knots: Logged values of each feature at which its curves may bend, rising.
        curves: From the parent's log-odds and the features to log-odds.
        members: The same fitted without one fold of the labels each: their spread gives the interval.
    """

    features: tuple[str, ...]
    knots: tuple[Floats, ...]
    curves: Curves
    members: tuple[Curves, ...]

    def log_odds(self, parent: Floats, values: Floats) -> Floats:
        """Return log-odds at equal classes, one per account; see :meth:`Curves.additions` for the arguments."""
        return self.curves.log_odds(parent, self.curves.additions(self.knots, values))

    def standard_error(self, parent: Floats, values: Floats) -> Floats:
        """Return the jackknife standard error of the log-odds over folds of the labels."""
        spread = np.stack(
            [member.log_odds(parent, member.additions(self.knots, values)) for member in self.members]
        )
        return np.asarray(np.sqrt((len(self.members) - 1) * spread.var(axis=0)))

    def to_json(self) -> JsonObject:
        """Return what ``bundle.json`` holds of it."""
        return {
            "features": list(self.features),
            "knots": [knots.tolist() for knots in self.knots],
            **_curves_to_json(self.curves),
            "members": [_curves_to_json(member) for member in self.members],
        }

    @classmethod
    def from_json(cls, entry: JsonObject) -> Head:
        """Return the head that an entry of a checked index describes."""
        return cls(
            tuple(entry["features"]),
            tuple(np.array(knots) for knots in entry["knots"]),
            _curves_from_json(entry),
            tuple(_curves_from_json(member) for member in entry["members"]),
        )


def _curves_to_json(curves: Curves) -> JsonObject:
    return {
        "slope": curves.slope,
        "intercept": curves.intercept,
        "heights": [height.tolist() for height in curves.heights],
    }


def _curves_from_json(entry: JsonObject) -> Curves:
    return Curves(
        entry["slope"], entry["intercept"], tuple(np.array(heights) for heights in entry["heights"])
    )
