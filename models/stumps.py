"""What features add in a model whose trees ask one question each, read off a table.

A tree of two leaves adds to one feature alone [Lundberg2020], and the same wherever its value lies on one side of the threshold.
So what a feature adds in such a model is a step function of its own value: LightGBM works it out once for each step, and each
account is looked up. The digits are those of LightGBM, since each step is its own sum of the same trees in the same order.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vigie.models.calibration import Floats

# LightGBM takes what is as near to zero as this for zero.
_ZERO = float(np.float32(1e-35))
_TREE = re.compile(
    r"^num_leaves=(\d+)$(?:\nnum_cat=0\nsplit_feature=(\d+)$.*?^threshold=(\S+)$)?", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Stumps:
    """The steps of each feature.

    Attributes:
        thresholds: Values of each feature at which a step ends, rising; a value that is equal to one lies on the step before.
        heights: What each step of each feature adds to the margin: one more than thresholds, and what a missing value adds.
        base: Margin before any feature speaks.
    """

    thresholds: tuple[Floats, ...]
    heights: tuple[Floats, ...]
    base: float

    @classmethod
    def of(cls, text: str, features: int, predict: Callable[[Floats], Floats]) -> Stumps | None:
        """Return the steps of a model; None where a tree asks anything else than one question of one number.

        Args:
            text: The model as LightGBM writes it.
            features: Number of its inputs.
            predict: What LightGBM makes of rows of inputs: what each feature adds, and the base.
        """
        splits: list[list[float]] = [[] for _ in range(features)]
        for leaves, feature, threshold in _TREE.findall(text):
            if int(leaves) > 2 or (int(leaves) == 2 and not feature):
                return None
            if feature:
                splits[int(feature)].append(float(threshold))
        thresholds = tuple(np.unique(np.array(each)) for each in splits)
        probes = np.full((max(map(len, thresholds)) + 2, features), np.nan)
        for column, at in enumerate(thresholds):
            probes[: len(at) + 1, column] = _inside(at)
        added = predict(probes)
        heights = tuple(
            added[[*range(len(at) + 1), len(probes) - 1], column] for column, at in enumerate(thresholds)
        )
        return cls(thresholds, heights, float(added[-1, -1]))

    def contributions(self, values: Floats) -> tuple[Floats, Floats]:
        """Return what each feature adds to the margin of each row, and the base of each."""
        seen = np.where(np.abs(values) <= _ZERO, 0.0, values)
        missing = np.isnan(seen)
        added = np.empty(values.shape)
        for column, (at, height) in enumerate(zip(self.thresholds, self.heights, strict=True)):
            step = np.searchsorted(at, seen[:, column], side="left")
            step[missing[:, column]] = len(at) + 1
            added[:, column] = height[step]
        return added, np.full(len(values), self.base)


def _inside(thresholds: Floats) -> Floats:
    """Return a value on each step between thresholds, off their ends where there is room."""
    if not len(thresholds):
        return np.zeros(1)
    with np.errstate(over="ignore"):
        between = thresholds[:-1] / 2 + thresholds[1:] / 2
        first = thresholds[0] - max(abs(thresholds[0]), 1.0) if np.isfinite(thresholds[0]) else 0.0
    middle = np.where((between > thresholds[:-1]) & (between <= thresholds[1:]), between, thresholds[1:])
    return np.concatenate([[first], middle, [np.inf]])
