"""Calibration on sources the model had not seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from vigie.models.calibration import Calibration
from vigie.training.fitting.booster import FULL_MASS, both_classes

# A slope under this says that margins mean nothing on new sources; a negative one would turn the score round.
_LEAST_SLOPE = 0.05


def fit_calibration(
    margin: NDArray[np.float64], truth: NDArray[np.bool_], source: NDArray[np.str_]
) -> Calibration:
    """Return Platt's line fitted on held-out margins, and its variance over sources.

    Every class of every source has the same mass, less where it has few accounts. The variance is the jackknife over
    sources: how much the line would move had one source not been there. A source without which only one class is left
    is never left out.
    """
    slope, intercept = _line(margin, truth, source)
    names = [name for name in np.unique(source) if both_classes(truth[source != name])]
    if len(names) < 2:
        return Calibration(slope, intercept, (0.0, 0.0, 0.0))
    lines = np.array(
        [_line(margin[source != name], truth[source != name], source[source != name]) for name in names]
    )
    covariance = np.cov(lines.T, ddof=0) * (len(names) - 1)
    return Calibration(
        slope, intercept, (float(covariance[0, 0]), float(covariance[0, 1]), float(covariance[1, 1]))
    )


def _line(
    margin: NDArray[np.float64], truth: NDArray[np.bool_], source: NDArray[np.str_]
) -> tuple[float, float]:
    weight = np.zeros(len(margin))
    for name in np.unique(source):
        for value in (True, False):
            where = (source == name) & (truth == value)
            weight[where] = 1 / max(where.sum(), FULL_MASS)
    model = LogisticRegression(C=1e6, max_iter=1000).fit(
        margin[:, None], truth, sample_weight=weight * len(weight)
    )
    slope = float(model.coef_[0, 0])
    if slope >= _LEAST_SLOPE:
        return slope, float(model.intercept_[0])
    # With the slope held at its least, the classes of equal mass are centred.
    return _LEAST_SLOPE, -_LEAST_SLOPE * float((weight * margin).sum() / weight.sum())
