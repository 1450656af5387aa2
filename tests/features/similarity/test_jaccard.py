"""Pairs are told to be similar as sets in plain Python say."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from vigie.features.similarity import jaccard
from vigie.features.similarity.shingles import sets

from .wordings import shingles, variants


def test_marks_keep_whatever_is_similar_and_little_else() -> None:
    given = sorted(set(variants(5, templates=12, count=150)))
    held = sets(given)
    one, two = np.array(list(combinations(range(len(given)), 2))).T
    kept = jaccard._may_be_similar(jaccard._marks(held), np.diff(held.indptr).astype(np.int64), one, two)
    pairs = [(shingles(given[a]), shingles(given[b])) for a, b in zip(one, two, strict=True)]
    similar = np.array([10 * len(a & b) >= 7 * len(a | b) for a, b in pairs])
    assert similar.sum() > 100
    assert kept[similar].all()
    assert kept[~similar].mean() < 0.02
