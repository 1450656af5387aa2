"""From margins to probabilities at a stated prevalence, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """A straight line from margin to log-odds at equal classes [Platt1999], with its uncertainty.

    Attributes:
        slope: Log-odds per unit of margin; below 1 where the margin is over-confident on new sources.
        intercept: Log-odds at margin 0.
        variance: Variance of slope, covariance, variance of intercept, over resampled sources.
    """

    slope: float
    intercept: float
    variance: tuple[float, float, float]

    def log_odds(self, margin: Floats) -> Floats:
        """Return log-odds at equal classes, same shape."""
        return self.slope * margin + self.intercept

    def standard_error(self, margin: Floats) -> Floats:
        """Return the standard error of the log-odds that comes from calibration alone."""
        slope, both, intercept = self.variance
        return np.sqrt(np.maximum(slope * margin**2 + 2 * both * margin + intercept, 0.0))


def probability(log_odds: Floats, prevalence: float) -> Floats:
    """Return the probability at a prevalence from log-odds at equal classes (prior-shift correction).

    >>> probability(np.array([0.0]), 0.1).round(3).tolist()
    [0.1]
    """
    prior = np.log(prevalence / (1 - prevalence))
    return np.asarray(1 / (1 + np.exp(-(log_odds + prior))))


def log_odds(probability: float, prevalence: float) -> float:
    """Return the log-odds at equal classes of a probability stated at a prevalence: the way back.

    >>> round(log_odds(0.1, 0.1), 6)
    0.0
    """
    return float(np.log(probability / (1 - probability)) - np.log(prevalence / (1 - prevalence)))
