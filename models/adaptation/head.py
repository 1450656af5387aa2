"""The head of an adapted bundle: a line over the log-odds of its parent and the logged features of an account.

A head is learnt from some tens of labels of one collection (:mod:`vigie.models.adaptation.fitting`) and holds for that
collection. It is linear, so that each feature's addition to the log-odds is exact.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from vigie.features.json_object import JsonObject
from vigie.models.calibration import Floats

# An account far outside the collection moves the score no further than one at this many standard deviations.
_FARTHEST = 3.0


def logged(values: Floats) -> Floats:
    """Return values on a scale where tenfold is as far from a hundredfold as a hundredfold from a thousandfold.

    >>> logged(np.array([-1.0, 0.0, 1.0])).round(2).tolist()
    [-0.69, 0.0, 0.69]
    """
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


@dataclass(frozen=True)
class Scale:
    """Mean and standard deviation of logged features over a collection.

    Attributes:
        mean: One entry per feature.
        deviation: One entry per feature, above 0.
    """

    mean: Floats
    deviation: Floats

    def standardised(self, values: Floats) -> Floats:
        """Return values in standard deviations from the mean, at most 3; 0 where missing, so that nothing is added.

        Args:
            values: Shape (accounts, features), NaN where missing.
        """
        moved = (logged(values) - self.mean) / self.deviation
        return np.nan_to_num(np.clip(moved, -_FARTHEST, _FARTHEST), nan=0.0)


@dataclass(frozen=True)
class Line:
    """Log-odds of a head: ``slope`` times those of the parent, plus ``intercept`` and ``weights`` times the features.

    Attributes:
        slope: At least 0: what the parent holds against an account never speaks for it.
        intercept: Log-odds added to every account.
        weights: Log-odds per standard deviation of each feature.
    """

    slope: float
    intercept: float
    weights: Floats

    def log_odds(self, parent: Floats, standardised: Floats) -> Floats:
        """Return log-odds at equal classes, one per account."""
        return np.asarray(self.slope * parent + self.intercept + standardised @ self.weights)

    def then(self, slope: float, intercept: float) -> Line:
        """Return the line whose log-odds are these times ``slope`` plus ``intercept``."""
        return Line(slope * self.slope, slope * self.intercept + intercept, slope * self.weights)


@dataclass(frozen=True)
class Head:
    """What an adaptation adds to a bundle.

    Attributes:
        features: Names of the features that it reads, all of them features of the parent's parts.
        scale: Of these features in the collection.
        line: From the parent's log-odds and the features to log-odds.
        members: The same line fitted without one fold of the labels each: their spread gives the interval.
    """

    features: tuple[str, ...]
    scale: Scale
    line: Line
    members: tuple[Line, ...]

    def standard_error(self, parent: Floats, standardised: Floats) -> Floats:
        """Return the jackknife standard error of the log-odds over folds of the labels."""
        spread = np.stack([member.log_odds(parent, standardised) for member in self.members])
        return np.asarray(np.sqrt((len(self.members) - 1) * spread.var(axis=0)))

    def to_json(self) -> JsonObject:
        """Return what ``bundle.json`` holds of it."""
        return {
            "features": list(self.features),
            "mean": self.scale.mean.tolist(),
            "deviation": self.scale.deviation.tolist(),
            **_line_to_json(self.line),
            "members": [_line_to_json(member) for member in self.members],
        }

    @classmethod
    def from_json(cls, entry: JsonObject) -> Head:
        """Return the head that an entry of a checked index describes."""
        return cls(
            tuple(entry["features"]),
            Scale(np.array(entry["mean"]), np.array(entry["deviation"])),
            _line_from_json(entry),
            tuple(_line_from_json(member) for member in entry["members"]),
        )


def _line_to_json(line: Line) -> JsonObject:
    return asdict(line) | {"weights": line.weights.tolist()}


def _line_from_json(entry: JsonObject) -> Line:
    return Line(entry["slope"], entry["intercept"], np.array(entry["weights"]))
