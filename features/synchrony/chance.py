"""What chance would give: two nulls for the number of objects a pair acts on together.

Class null: objects as popular as this one (same power of two) have their actions within the window of each
other at some rate. Two accounts that acted on the same objects at any time are expected to meet on each at the
rate of its class; the count is Poisson. A campaign that makes most objects of a class would set the class's
rate itself and so hide in it; therefore pairs that meet too often to be chance are left out of the rates, and
the rates and the pairs left out are found in turns, starting from pairs that met three times. Of the objects,
the 5 % with the highest rates are left out too.

Author null: the same with the rate of the author's own objects, all pairs counted, so that fans who all wait
for one idol are expected to meet. It explains away campaigns that boost one author too: both p-values are
published.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import gammainc

from vigie.features.synchrony.pairs import CAP, Actions, crowded, joined

Floats = NDArray[np.float64]

_TRIMMED = 0.05
# Pairs left out of the rates at first, by objects they met on, and then by p-value.
_OFTEN, _STRANGE = 3, 1e-3
# Chance pairs that prove a class's rate.
_PAIRS = 200
# Turns of finding rates and the pairs they do not explain.
_TURNS = 3
# Pairs whose expectation is computed at once.
_BLOCK = 50_000


def rates(found: Actions, window: int, left_out: pl.DataFrame, cap: int = CAP) -> tuple[Floats, Floats]:
    """Return, per object, the chance that two actions on it meet: by its class and by its author.

    Where the author is unknown, or has one object only, the author's rate is that of the class.

    Args:
        found: The actions.
        window: The window, in seconds.
        left_out: Pairs (``first``, ``second``) that do not count for the class.
        cap: The cap.
    """
    size = np.bincount(found.object, minlength=found.objects)
    within, explained = np.zeros(found.objects), np.zeros(found.objects)
    width = int(found.account.max()) + 1
    strange = np.sort(left_out["first"].to_numpy() * width + left_out["second"].to_numpy())
    for a, b in joined(found, window, cap):
        one, other = found.account[a], found.account[b]
        pair = np.minimum(one, other) * width + np.maximum(one, other)
        within += np.bincount(found.object[a], minlength=found.objects)
        chance = ~np.isin(pair, strange, assume_unique=False)
        explained += np.bincount(found.object[a[chance]], minlength=found.objects)
    # Actions in a burst pair with none, so they are not among those that could.
    calm = size - np.bincount(found.object[crowded(found, window, cap)], minlength=found.objects)
    possible = calm * (calm - 1) / 2
    ordinary = possible - sum(
        (shared.sum(axis=0).A1 for shared in _shared(found, left_out)), np.zeros(found.objects)
    )
    by_class = _by_class(found, explained, np.maximum(ordinary, 0.0))
    table = pl.DataFrame(
        {"author": found.author, "within": within, "possible": np.maximum(possible, 1), "by_class": by_class}
    )
    own = pl.col("within").sum().over("author") / pl.col("possible").sum().over("author")
    by_author = table.select(
        pl.when((pl.col("author") < 0) | (pl.len().over("author") < 2))
        .then(pl.col("by_class"))
        .otherwise(pl.max_horizontal("by_class", own))
    ).to_series()
    return np.minimum(by_class, 1.0), np.minimum(by_author.to_numpy(), 1.0)


def _by_class(found: Actions, explained: Floats, ordinary: Floats) -> Floats:
    """Return the rate of each object's class: meetings over pairs that could meet, chance pairs alone.

    A class in which fewer than :data:`_PAIRS` chance pairs could meet proves no rate; it takes that of the
    nearest class of its kind that does (of two as near, the higher), else that of all objects together.
    """
    rate = np.minimum(explained / np.maximum(ordinary, 1), 1.0)
    grade = np.log2(np.maximum(np.bincount(found.object, minlength=found.objects), 1)).astype(np.int64)
    overall = (explained.sum() + 1) / (ordinary.sum() + 1)
    by_class = np.full(found.objects, min(overall, 1.0))
    for kind in np.unique(found.kind):
        proven: dict[int, float] = {}
        for value in np.unique(grade[found.kind == kind]):
            here = np.flatnonzero((grade == value) & (found.kind == kind))
            kept = here[np.argsort(rate[here], kind="stable")][
                : max(1, int(np.ceil(len(here) * (1 - _TRIMMED))))
            ]
            if ordinary[kept].sum() >= _PAIRS:
                proven[int(value)] = float((explained[kept].sum() + 1) / (ordinary[kept].sum() + 1))
        for value in np.unique(grade[found.kind == kind]):
            if proven:
                near = min(proven, key=lambda other: (abs(other - value), -proven[other]))
                by_class[(grade == value) & (found.kind == kind)] = proven[near]
    return by_class


def _shared(found: Actions, pairs: pl.DataFrame) -> Iterator[csr_matrix]:
    """Yield, in blocks of pairs, which objects both of a pair acted on at any time: shape (pairs, objects)."""
    width = int(found.account.max()) + 1
    acted = csr_matrix(
        (np.ones(len(found.account)), (found.account, found.object)), shape=(width, found.objects)
    )
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    for start in range(0, len(first), _BLOCK):
        block = slice(start, start + _BLOCK)
        yield acted[first[block]].multiply(acted[second[block]]).tocsr()


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
    count = pairs["objects"].to_numpy().astype(float)
    strange = count >= _OFTEN
    for _ in range(_TURNS):
        by_class, by_author = rates(found, window, pairs.filter(pl.Series(strange)), cap)
        expected = np.concatenate(
            [np.stack([shared @ by_class, shared @ by_author]) for shared in _shared(found, pairs)], axis=1
        )
        # P[Poisson(m) >= c] is the regularised lower incomplete gamma function of (c, m).
        p_class, p_author = gammainc(count, expected[0]), gammainc(count, expected[1])
        strange = p_class < _STRANGE
    active = len(np.unique(found.account))
    tests = active * (active - 1) / 2
    return pairs.with_columns(
        expected=expected[0], p_class=p_class, expected_author=expected[1], p_author=p_author,
        p_class_corrected=np.minimum(p_class * tests, 1.0),
    )  # fmt: skip
