"""Shingles: the sets of five characters in a row that normal forms are compared by, as numbers.

Accents are left out, and letters that look alike are one (:mod:`vigie.features.similarity.look_alike_letters`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from vigie.features.similarity import look_alike_letters

Words64 = NDArray[np.uint64]

# Characters of a shingle.
LENGTH = 5
# Numbers mixed at once: in the nearest cache, and so few that memory is used again rather than asked for.
_CACHED = 1 << 13


def sets(forms: list[str]) -> csr_matrix:
    """Return the shingles that each form holds, as the columns of a row; each once."""
    shingles = (numbers(forms) >> np.uint64(1)).view(np.int64)
    lengths = np.array([len(form) for form in forms])
    ends = np.cumsum(lengths)
    form = np.repeat(np.arange(len(forms)), lengths)[: len(shingles)]
    # The last places of a form run on into the next one.
    whole = np.arange(len(shingles)) + LENGTH <= ends[form]
    held = csr_matrix(
        (np.ones(int(whole.sum()), np.bool_), (form[whole], shingles[whole])),
        shape=(len(forms), np.iinfo(np.int64).max),
    )
    held.sum_duplicates()
    return held


def numbers(forms: list[str]) -> Words64:
    """Return a number for every five characters in a row of the forms written one after the other."""
    points = look_alike_letters.folded_points(np.frombuffer("".join(forms).encode("utf-32-le"), np.uint32))
    shingles = np.empty(len(points) - LENGTH + 1, np.uint64)
    shift = np.uint64(21)
    for start in range(0, len(shingles), _CACHED):
        part = points[start : start + _CACHED + LENGTH - 1].astype(np.uint64)
        # Characters have 21 bits: three of them, then two, fill a number of 64 bits.
        two = part[:-1] << shift | part[1:]
        three = two[:-3] << shift | part[2:-2]
        shingles[start : start + _CACHED] = mixed(mixed(three) ^ two[3:])
    return shingles


def mixed(numbers: Words64) -> Words64:
    """Return numbers of 64 bits thoroughly mixed, one to one: a step of SplitMix64."""
    result = numbers + np.uint64(0x9E3779B97F4A7C15)
    flat = result.reshape(-1)
    for start in range(0, flat.size, _CACHED):
        part = flat[start : start + _CACHED]
        part ^= part >> np.uint64(30)
        part *= np.uint64(0xBF58476D1CE4E5B9)
        part ^= part >> np.uint64(27)
        part *= np.uint64(0x94D049BB133111EB)
        part ^= part >> np.uint64(31)
    return result
