"""Minima are those of whole numbers, and agree as often as the sets overlap."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from vigie.features.similarity import minhash
from vigie.features.similarity.shingles import numbers as shingle_numbers

from .wordings import LONG, shingles, variants


def minima(given: list[str], permutations: int = 64) -> np.ndarray:
    factors = np.random.default_rng(0).integers(0, 1 << 32, permutations, np.uint32) | np.uint32(1)
    return minhash._minima(minhash._table(given, np.array([len(one) - 4 for one in given])), factors)


def test_minima_agree_as_often_as_the_sets_overlap() -> None:
    # The share of equal minima estimates the similarity: with 128 of them, within 0.15 but once in thousands.
    given = sorted(set(variants(9, templates=3, count=60)))
    found = minima(given)
    assert found.shape == (128, len(given))
    off = []
    for a, b in combinations(range(len(given)), 2):
        one, two = shingles(given[a]), shingles(given[b])
        off.append((found[:, a] == found[:, b]).mean() - len(one & two) / len(one | two))
    assert np.abs(off).max() < 0.2
    assert abs(np.mean(off)) < 0.02


def test_minima_are_those_of_whole_numbers_in_plain_python() -> None:
    given = [LONG, LONG[7:40]]
    factors = (np.random.default_rng(0).integers(0, 1 << 32, 64, np.uint32) | np.uint32(1)).tolist()
    found = minima(given).T.tolist()
    for form, row in zip(given, found, strict=True):
        numbers = [int(shingle_numbers([form[place : place + 5]])[0]) >> 32 for place in range(len(form) - 4)]
        permuted = [[x * factor % 2**32 for x in numbers] for factor in factors]
        assert row == [min(one) for one in permuted] + [2**32 - 1 - max(one) for one in permuted]
