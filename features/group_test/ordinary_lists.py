"""What ordinary lists of a size look like: random draws, with a fixed seed, that allow for how collections differ.

Accounts of one collection resemble each other more than random draws of all ordinary accounts do: a country joined
in one year, a youth scene leaves biographies empty. Draws of one fixed population would call most large collections
homogeneous. So every draw is of a population of its own, moved from the reference as far as measured collections of
ordinary accounts of X are from each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

DRAWS = 2_000
# Standard deviations between collections of ordinary accounts of X: of the log-odds of the share of empty and of shared
# biographies (1.08 and 1.33 over six collections), of the logarithm of the share of a shape of handle (0.03 to 0.98 in
# four), and of the logarithm of how many accounts are created on one day (0.14 to 0.51 in six) and in one month (0.08 to
# 0.31) rather than another. Three of the collections are part of the reference that ships.
EMPTY_SPREAD, SHARED_SPREAD = 1.1, 1.3
SHAPE_SPREAD, DAY_SPREAD, MONTH_SPREAD = 0.7, 0.3, 0.3
# Days by which the trend of a list is smoothed, each way; days by which creations in a chain are moved apart.
TREND, MOVED = 91, 15
MONTH = 31
_SEED = 17
# Values drawn at once: bounds memory.
_BLOCK = 2_000_000
# Values that draws of whole lists may hold together: long lists are drawn less often, but at least so many times.
_VALUES, _FEWEST = 60_000_000, 600


def p_value(observed: float, chance: Floats) -> float:
    """Return the share of draws that show as much, the list itself counted among them.

    >>> p_value(3, np.array([1.0, 2.0, 3.0]))
    0.5
    """
    return (1 + int((chance >= observed - 1e-9).sum())) / (1 + len(chance))


def shares(ordinary: float, size: int, spread: float) -> Floats:
    """Return in how many of ``size`` accounts each ordinary list shows a trait.

    Args:
        ordinary: Share of ordinary accounts that show it.
        size: Accounts of the list.
        spread: Standard deviation of its log-odds between collections.
    """
    generator = np.random.default_rng(_SEED)
    held = min(max(ordinary, 1e-4), 1 - 1e-4)
    odds = np.log(held / (1 - held)) + spread * generator.standard_normal(DRAWS)
    drawn: Ints = generator.binomial(size, 1 / (1 + np.exp(-odds)))
    return drawn.astype(float)


def counts(shape_shares: Floats, size: int) -> Iterator[Ints]:
    """Yield blocks of ordinary lists: how many of ``size`` accounts have each shape of handle.

    Args:
        shape_shares: Share of ordinary accounts with each; they add up to 1.
        size: Accounts of the list.
    """
    generator = np.random.default_rng(_SEED)
    for rows in _blocks(len(shape_shares)):
        moved = shape_shares * np.exp(SHAPE_SPREAD * generator.standard_normal((rows, len(shape_shares))))
        yield generator.multinomial(size, moved / moved.sum(axis=1, keepdims=True))


def days(day_shares: Floats, size: int) -> Iterator[Ints]:
    """Yield blocks of ordinary lists: how many of ``size`` accounts were created on each day.

    Args:
        day_shares: Share of ordinary accounts created on each day in a row.
        size: Accounts of the list.
    """
    generator = np.random.default_rng(_SEED)
    width = len(day_shares)
    months = -(-width // MONTH)
    for rows in _blocks(width):
        monthly = np.repeat(generator.standard_normal((rows, months)), MONTH, axis=1)[:, :width]
        daily = generator.standard_normal((rows, width))
        moved = day_shares * np.exp(MONTH_SPREAD * monthly + DAY_SPREAD * daily)
        yield generator.multinomial(size, moved / moved.sum(axis=1, keepdims=True))


def moved_times(times: Ints, of: Callable[[Ints], Floats]) -> Floats:
    """Return a statistic of lists whose accounts were created at the same time of other days.

    Args:
        times: Seconds since 1970; each is moved by up to :data:`MOVED` days.
        of: From sorted times, a row per list, to one number per list.
    """
    generator = np.random.default_rng(_SEED)
    number = min(DRAWS, max(_FEWEST, _VALUES // len(times)))
    parts = []
    for rows in _blocks(len(times), number):
        by = generator.integers(-MOVED, MOVED + 1, (rows, len(times)))
        parts.append(of(np.sort(times + 86_400 * by, axis=1)))
    return np.concatenate(parts)


def reference_trend(ages: Sequence[float], observed: int, first: int, last: int) -> Floats:
    """Return the share of ordinary accounts created on each day from ``first`` to ``last``.

    Args:
        ages: Quantiles 0, 1 … 100 % of the days from creation to observation, of ordinary accounts.
        observed: When the list was observed, in seconds since 1970.
        first: Day since 1970.
        last: Day since 1970.
    """
    edges = observed / 86_400 - np.arange(first, last + 2)
    older = np.interp(edges, np.asarray(ages), np.linspace(0, 1, len(ages)))
    share = older[:-1] - older[1:]
    return np.asarray(share / share.sum()) if share.sum() else np.full(len(share), 1 / len(share))


def own_trend(per_day: Ints) -> Floats:
    """Return the share of accounts created on each day, smoothed over a quarter each way.

    >>> round(float(own_trend(np.array([0] * 200 + [7] + [0] * 200)).max()), 4)
    0.0055
    """
    number = len(per_day)
    total = np.concatenate([[0], np.cumsum(per_day)])
    day = np.arange(number)
    start, end = np.maximum(day - TREND, 0), np.minimum(day + TREND + 1, number)
    share = (total[end] - total[start]) / (end - start)
    return np.asarray(share / share.sum())


def _blocks(width: int, number: int | None = None) -> Iterator[int]:
    """Yield how many lists to draw at once."""
    lists = DRAWS if number is None else number
    step = max(1, _BLOCK // max(width, 1))
    for start in range(0, lists, step):
        yield min(step, lists - start)
