"""What chance would give: two nulls for the number of objects a pair acts on together.

Class null: objects as popular as this one (same power of two) have their actions within the window of each
other at some rate; the 5 % of objects with the highest rates are left out of its estimate, so that what a
campaign made itself does not set it. Two accounts that acted on the same objects at any time are expected to
meet on each at the rate of its class; the count is Poisson.

Author null: the same with the rate of the author's own objects, so that fans who all wait for one idol are
expected to meet. It explains away campaigns that boost one author too: both p-values are published.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import gammainc

from vigie.features.synchrony.pairs import CAP, Actions, crowded, joined

Floats = NDArray[np.float64]

_TRIMMED = 0.05
# Pairs whose expectation is computed at once.
_BLOCK = 50_000


def rates(found: Actions, window: int, cap: int = CAP) -> tuple[Floats, Floats]:
    """Return, per object, the chance that two actions on it meet: by its class and by its author.

    Where the author is unknown, or has one object only, the author's rate is that of the class.
    """
    size = np.bincount(found.object, minlength=found.objects)
    within = np.zeros(found.objects)
    for a, _ in joined(found, window, cap):
        within += np.bincount(found.object[a], minlength=found.objects)
    # Actions in a burst pair with none; their share of the pairs is that of an object in full burst.
    burst = np.bincount(found.object[crowded(found, window, cap)], minlength=found.objects)
    possible = np.maximum((size - burst) * (size - burst - 1) / 2, 1)
    rate = np.minimum(within / possible, 1.0)
    grade = np.log2(np.maximum(size, 1)).astype(np.int64)
    by_class = np.zeros(found.objects)
    for value in np.unique(grade):
        here = grade == value
        ordered = np.sort(rate[here])
        by_class[here] = ordered[: max(1, int(np.ceil(len(ordered) * (1 - _TRIMMED))))].mean()
    table = pl.DataFrame(
        {"author": found.author, "within": within, "possible": possible, "by_class": by_class}
    )
    by_author = (
        table.select(
            pl.when((pl.col("author") < 0) | (pl.len().over("author") < 2))
            .then(pl.col("by_class"))
            .otherwise(
                pl.max_horizontal(
                    "by_class",
                    pl.col("within").sum().over("author") / pl.col("possible").sum().over("author"),
                )
            )
        )
        .to_series()
        .to_numpy()
    )
    return by_class, by_author


def compared(found: Actions, pairs: pl.DataFrame, window: int, cap: int = CAP) -> pl.DataFrame:
    """Return pairs with what chance would give, and how surprising they are.

    Args:
        found: The actions they come from.
        pairs: What :func:`vigie.features.synchrony.pairs.counted` returned.
        window: The window, in seconds.
        cap: The cap.

    Returns:
        The pairs with ``expected``, ``p_class``, ``expected_author``, ``p_author``, and ``p_class_corrected``
        (Bonferroni over all pairs of active accounts, at most 1).
    """
    if pairs.is_empty():
        empty = ("expected", "p_class", "expected_author", "p_author", "p_class_corrected")
        return pairs.with_columns(pl.lit(None, pl.Float64).alias(name) for name in empty)
    by_class, by_author = rates(found, window, cap)
    width = int(found.account.max()) + 1
    acted = csr_matrix(
        (np.ones(len(found.account)), (found.account, found.object)), shape=(width, found.objects)
    )
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    expected = np.empty((2, len(first)))
    for start in range(0, len(first), _BLOCK):
        block = slice(start, start + _BLOCK)
        shared = acted[first[block]].multiply(acted[second[block]])
        expected[0, block], expected[1, block] = shared @ by_class, shared @ by_author
    count = pairs["objects"].to_numpy().astype(float)
    active = len(np.unique(found.account))
    tests = active * (active - 1) / 2
    # P[Poisson(m) >= c] is the regularised lower incomplete gamma function of (c, m).
    p_class, p_author = gammainc(count, expected[0]), gammainc(count, expected[1])
    return pairs.with_columns(
        expected=expected[0], p_class=p_class, expected_author=expected[1], p_author=p_author,
        p_class_corrected=np.minimum(p_class * tests, 1.0),
    )  # fmt: skip
