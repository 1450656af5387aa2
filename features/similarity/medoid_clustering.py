"""Clusters whose members all resemble one of them: connected components broken at their medoids.

A chain a ~ b ~ c with a unlike c is one connected component; across a corpus such chains join thousands of
things that have nothing in common. Here every member of a cluster is similar to the medoid of its cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heapreplace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix

Ints = NDArray[np.int64]
# Pairs that are kept, by the million: half the memory.
Halves = NDArray[np.int32]

# Pairs looked at together: bounds memory at some tens of megabytes.
BLOCK = 1_000_000


def groups(first: Ints | Halves, second: Ints | Halves, similarity: Ints | Halves, size: int) -> Ints:
    """Return the cluster of each of ``size`` things, as the smallest position among its members.

    In each connected component the medoid, the thing with the highest total similarity to those it is similar
    to (the smallest position among equals), and the things similar to it become a cluster; the same is then
    done with the rest, totals counted among the rest only. Work is that of the pairs, however long the chains.

    Args:
        first: Positions of one side of the pairs that are similar enough, each pair once.
        second: Positions of the other side, never that of ``first``.
        similarity: How similar, positive. Whole numbers, so that totals are exact and ties are ties.
        size: Number of things.

    >>> groups(np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([8, 9, 7]), 5).tolist()
    [0, 0, 0, 3, 4]
    """
    label = np.arange(size)
    if not len(first):
        return label
    one_way = coo_matrix((similarity, (first, second)), shape=(size, size)).tocsr()
    both = (one_way + one_way.T).tocsr()
    starts, others, weights = both.indptr.tolist(), both.indices, both.data
    total = np.zeros(size, np.int64)
    np.add.at(total, first, similarity)
    np.add.at(total, second, similarity)
    free = np.ones(size, np.bool_)
    # Totals only fall, so an entry of the heap is an upper bound: it is set right when it comes to the top.
    heap = [(-value, thing) for thing, value in enumerate(total.tolist()) if value]
    heapify(heap)
    while heap:
        bound, medoid = heap[0]
        now = int(total[medoid])
        if not free[medoid] or not now:
            heappop(heap)
            continue
        if now != -bound:
            heapreplace(heap, (-now, medoid))
            continue
        heappop(heap)
        near = others[starts[medoid] : starts[medoid + 1]]
        members = [medoid, *near[free[near]].tolist()]
        label[members] = min(members)
        free[members] = False
        for member in members:
            row = slice(starts[member], starts[member + 1])
            total[others[row]] -= weights[row]
    return label


def spans(start: Ints, end: Ints, block: int = BLOCK) -> Iterator[tuple[Ints, Ints]]:
    """Yield (i, p) for every i and every start[i] <= p < end[i], in blocks of about ``block`` pairs.

    >>> [(i.tolist(), p.tolist()) for i, p in spans(np.array([5, 0, 7]), np.array([7, 0, 8]))]
    [([0, 0, 2], [5, 6, 7])]
    """
    holds = np.flatnonzero(end > start)
    begin, counts = start[holds], (end - start)[holds]
    until = np.cumsum(counts)
    at = 0
    while at < len(holds):
        done = int(until[at - 1]) if at else 0
        to = max(at + 1, int(np.searchsorted(until, done + block, "right")))
        count = counts[at:to]
        # The p of one i run on from start[i]: what separates them from their place in the block is one number.
        ahead = begin[at:to] - (until[at:to] - count - done)
        places = np.arange(int(until[to - 1]) - done)
        yield np.repeat(holds[at:to], count), np.repeat(ahead, count) + places
        at = to
