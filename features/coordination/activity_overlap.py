"""Accounts that are active in the same minutes more often than their own hours of activity explain.

The null hypothesis is one of rates: two accounts that post in the same hour are expected to share minutes of it in
proportion to the number of minutes in which each is active. Only an excess over that counts, so that the hour of the
day, the time zone and common working hours are no evidence (the interval jitter test of [Amarasingham2012], with its
mean in closed form). Shared minutes are weak evidence alone: such pairs can support a group and never create one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import gammainc

from vigie.features import on_disk
from vigie.features.coordination.pairs import CAP, Ints

Floats = NDArray[np.float64]

# Seconds of a bin, and of the stretch whose rate explains it.
BINS: tuple[tuple[int, int], ...] = ((60, 3_600), (600, 14_400), (1_800, 14_400))
# Posts an account needs to be compared, and bins a pair shares at least.
LEAST_POSTS, LEAST_BINS = 8, 3
# Seconds of a bin of a schedule, and accounts without which similarity has no spread.
SCHEDULE_BIN, _LEAST_SCHEDULES = 1_800, 4
# Pairs of schedules compared at once: few enough for the processor's cache.
_CELLS = 1_000_000
# Products of accounts and bins computed at once, and pairs whose rates are multiplied at once: those of a pair are hundreds.
_BLOCK, _TOGETHER = 4_000_000, 20_000
_DAY = 86_400


def pairs(posts: pl.DataFrame, fine: int, coarse: int, least_p: float = 1e-3, cap: int = CAP) -> pl.DataFrame:
    """Return the pairs of accounts that are active in the same bins more often than their rates make them.

    Args:
        posts: ``account`` and ``time`` (seconds).
        fine: Seconds of a bin.
        coarse: Seconds of the stretch over which a rate is taken as constant; a multiple of ``fine``.
        least_p: The p-value below which a pair is kept.
        cap: Accounts in one bin beyond which the bin is left out: an event moves everybody.

    Returns:
        ``first``, ``second`` (first < second), ``objects`` (bins shared), ``days``, ``expected``, ``p`` and
        ``p_corrected`` (Bonferroni over the pairs of compared accounts, at most 1), for pairs that share
        :data:`LEAST_BINS` bins at least with p below ``least_p``; sorted by first and second.
    """
    timed = posts.select("account", "time")
    kept = on_disk.where(timed, on_disk.over(timed, pl.len(), ["account"]) >= LEAST_POSTS)
    accounts, row = _placed(kept["account"])
    if len(accounts) < 2:
        return NONE
    bins, column = _placed(kept["time"] // fine)
    del kept
    active = csr_matrix((np.ones(len(row)), (row, column)), shape=(len(accounts), len(bins)))
    del row, column
    active.data[:] = 1
    crowded = np.asarray(active.sum(axis=0)).ravel() > cap + 1
    if crowded.all():
        return NONE
    stretch = np.unique(bins * fine // coarse, return_inverse=True)[1]
    # Chance has the bins of a stretch that are not crowded to fall into.
    room = (coarse // fine - np.bincount(stretch, crowded))[stretch[~crowded]]
    active, bins, stretch = active[:, ~crowded].tocsr(), bins[~crowded], stretch[~crowded]
    into = csr_matrix((1 / np.sqrt(room), (np.arange(len(bins)), stretch)))
    busy = (active @ into).tocsr()
    tests = len(accounts) * (len(accounts) - 1) / 2
    found = [_tested(active, busy, rows, bins * fine // _DAY, least_p) for rows in _blocks(active)]
    table = pl.concat(found) if found else NONE.drop("p_corrected")
    return table.with_columns(
        first=pl.Series(accounts[table["first"].to_numpy()], dtype=pl.Int64),
        second=pl.Series(accounts[table["second"].to_numpy()], dtype=pl.Int64),
        p_corrected=(pl.col("p") * tests).clip(upper_bound=1.0),
    ).sort("first", "second")


def _placed(numbers: pl.Series) -> tuple[Ints, NDArray[np.uint32]]:
    """Return distinct numbers, ascending, and the place of each number among them."""
    distinct = numbers.unique().sort()
    # NumPy would sort all of them with their places, which takes five times the memory.
    return distinct.to_numpy(), distinct.search_sorted(numbers).to_numpy()


def _blocks(active: csr_matrix) -> Iterator[Ints]:
    """Yield accounts in blocks whose shared bins fit in memory."""
    crowd = np.asarray(active.sum(axis=0)).ravel()
    work = np.cumsum(active @ crowd)
    yield from np.split(np.arange(active.shape[0]), np.flatnonzero(np.diff(work // _BLOCK)) + 1)


def _tested(active: csr_matrix, busy: csr_matrix, rows: Ints, day: Ints, least_p: float) -> pl.DataFrame:
    """Return the significant pairs of some accounts with the accounts after them."""
    shared = (active[rows] @ active.T).tocoo()
    first, second, count = rows[shared.row], shared.col.astype(np.int64), shared.data
    often = (count >= LEAST_BINS) & (first < second)
    first, second, count = first[often], second[often], count[often]
    expected = _rowwise(busy, first, second)
    p = gammainc(count, expected)
    strange = p < least_p
    first, second = first[strange], second[strange]
    met = active[first].multiply(active[second]).tocoo()
    days = np.unique(np.stack([met.row.astype(np.int64), day[met.col]]), axis=1)[0]
    return pl.DataFrame(
        {
            "first": first, "second": second, "objects": count[strange].astype(np.int64),
            "days": np.bincount(days, minlength=len(first)), "expected": expected[strange], "p": p[strange],
        },
        schema=NONE.drop("p_corrected").schema,
    )  # fmt: skip


def _rowwise(table: csr_matrix, first: Ints, second: Ints) -> Floats:
    """Return the scalar products of pairs of rows."""
    parts = [
        np.asarray(table[first[part]].multiply(table[second[part]]).sum(axis=1)).ravel()
        for part in np.array_split(np.arange(len(first)), max(1, len(first) // _TOGETHER))
    ]
    return np.concatenate(parts)


def schedule_similarity(posts: pl.DataFrame, least_posts: int) -> pl.DataFrame:
    """Return how much more alike than usual an account's schedule is to the closest ones [Pacheco2021].

    A schedule is the posts of an account in bins of :data:`SCHEDULE_BIN` seconds, weighted by the rarity of the
    bins. Its similarity to the closest is counted in standard deviations of its similarity to all, so that an
    account that posts all day, or in everybody's hours, is close to nobody.

    Args:
        posts: ``account`` and ``time`` (seconds), of a window of some days.
        least_posts: Posts an account needs to be compared.

    Returns:
        ``account``, ``closest`` and ``third``; null where fewer than four accounts are compared.
    """
    kept = posts.filter(pl.len().over("account") >= least_posts)
    accounts, row = np.unique(kept["account"].to_numpy(), return_inverse=True)
    names = pl.Series("account", accounts, dtype=pl.Int64)
    if len(accounts) < _LEAST_SCHEDULES:
        missing = pl.lit(None, pl.Float64)
        return pl.DataFrame({"account": names}).with_columns(closest=missing, third=missing)
    _, column = np.unique(kept["time"].to_numpy() // SCHEDULE_BIN, return_inverse=True)
    counts = csr_matrix((np.ones(len(row)), (row, column)))
    busy = np.log1p(counts.toarray())
    weight = busy * np.log(len(accounts) / np.maximum((busy > 0).sum(axis=0), 1))
    weight /= np.maximum(np.linalg.norm(weight, axis=1, keepdims=True), 1e-6)
    mean, spread = _spread(weight)
    closest, third = ((alike - mean) / np.maximum(spread, 1e-6) for alike in _most_alike(weight))
    return pl.DataFrame({"account": names, "closest": closest, "third": third})


def _spread(weight: Floats) -> tuple[Floats, Floats]:
    """Return the mean similarity of each schedule to all others, and its standard deviation.

    Similarities are scalar products, so their sums are those of the schedules, without a look at the pairs.
    """
    others = len(weight) - 1
    itself = np.einsum("ij,ij->i", weight, weight)
    # Where nobody else is active the difference is exactly nought.
    mean = np.einsum("ij,ij->i", weight.sum(axis=0) - weight, weight) / others
    squares = np.einsum("ij,ij->i", weight @ (weight.T @ weight), weight) - itself**2
    return mean, np.sqrt(np.maximum(squares / others - mean**2, 0.0))


def _most_alike(weight: Floats) -> tuple[Floats, Floats]:
    """Return the similarity of each schedule to the closest other one and to the third."""
    top = np.empty((3, len(weight)))
    # Most accounts post in few of the bins. And each sum is made in one order, however many are made at once.
    filled, others = csr_matrix(weight), np.ascontiguousarray(weight.T)
    step = max(1, _CELLS // len(weight))
    for start in range(0, len(weight), step):
        block = filled[start : start + step] @ others
        own = np.arange(len(block))
        block[own, start + own] = -1
        for rank in top:
            at = block.argmax(axis=1)
            rank[start : start + step] = block[own, at]
            block[own, at] = -1
    return top[0], top[2]


# No pair, with the columns of :func:`pairs`.
NONE = pl.DataFrame(
    schema={
        **dict.fromkeys(("first", "second", "objects", "days"), pl.Int64),
        **dict.fromkeys(("expected", "p", "p_corrected"), pl.Float64),
    }
)
