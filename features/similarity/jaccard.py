"""Jaccard similarity of the shingles of normal forms, pair by pair, on the sets themselves."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from vigie.features.similarity import shingles
from vigie.features.similarity.medoid_clustering import Halves, Ints
from vigie.features.similarity.shingles import Words64

# Jaccard similarity from which two texts are near duplicates, as a fraction: tested in whole numbers.
SIMILAR = (7, 10)
# Shingles of the pairs verified at once, and of the texts whose sets are held from one such part to the next.
_VERIFIED = 4_000_000
_HELD = 20_000_000
# Words of 64 bits that tell most pairs that are not similar: one line of the processor's cache.
_MARK_WORDS = 8


def similarity(forms: pl.Series, first: Halves, second: Halves) -> NDArray[np.int32]:
    """Return the Jaccard similarity of pairs of forms in millionths, 0 where they are not similar."""
    found = np.zeros(len(first), np.int32)
    if not len(first):
        return found
    lengths = forms.str.len_chars().to_numpy().astype(np.int64)
    work = np.cumsum(lengths[first] + lengths[second])
    parts = np.split(np.arange(len(first)), np.flatnonzero(np.diff(work // _VERIFIED)) + 1)
    held = np.unique(np.concatenate([first, second]))
    # The sets of all are found once where they are few enough to hold, else anew for each part.
    once = lengths[held].sum() <= _HELD
    if once:
        sets = shingles.sets(forms[held].to_list())
        marks = _marks(sets)
    for part in parts:
        one, two = first[part], second[part]
        if not once:
            held = np.unique(np.concatenate([one, two]))
            sets = shingles.sets(forms[held].to_list())
            marks = _marks(sets)
        sizes = np.diff(sets.indptr).astype(np.int64)
        a, b = np.searchsorted(held, one), np.searchsorted(held, two)
        possible = np.flatnonzero(_may_be_similar(marks, sizes, a, b))
        a, b = a[possible], b[possible]
        shared = np.diff(sets[a].multiply(sets[b]).indptr).astype(np.int64)
        union = sizes[a] + sizes[b] - shared
        keep = _are_similar(shared, union)
        found[part[possible[keep]]] = shared[keep] * 1_000_000 // union[keep]
    return found


def _marks(sets: csr_matrix) -> Words64:
    """Return one bit for each shingle that a form holds, several to a bit: shape (forms, words)."""
    marks = np.zeros((sets.shape[0], _MARK_WORDS), np.uint64)
    form = np.repeat(np.arange(len(marks)), np.diff(sets.indptr))
    bit = sets.indices.view(np.uint64) & np.uint64(64 * _MARK_WORDS - 1)
    np.bitwise_or.at(
        marks.reshape(-1),
        form * _MARK_WORDS + (bit >> np.uint64(6)).view(np.int64),
        np.uint64(1) << (bit & np.uint64(63)),
    )
    return marks


def _may_be_similar(marks: Words64, sizes: Ints, one: Ints, two: Ints) -> NDArray[np.bool_]:
    """Return which pairs of forms may be similar, at a tenth of what it costs to compare their sets.

    A bit that one form has and the other has not is of a shingle that they do not share.
    """
    left, right = marks[one], marks[two]
    common = left & right
    shared = np.minimum(
        sizes[one] - np.bitwise_count(left ^ common).sum(axis=1, dtype=np.int64),
        sizes[two] - np.bitwise_count(right ^ common).sum(axis=1, dtype=np.int64),
    )
    return _are_similar(shared, sizes[one] + sizes[two] - shared)


def _are_similar(shared: Ints, union: Ints) -> NDArray[np.bool_]:
    """Return which pairs of sets reach :data:`SIMILAR`."""
    return np.asarray(SIMILAR[1] * shared >= SIMILAR[0] * union)
