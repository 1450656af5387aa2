"""Pairs of normal forms that may be similar: those that share a bucket of the MinHash and agree in most of its bits.

Texts of few words are all a little alike, and nearly all pairs of them become candidates. What is compared is therefore
bounded by the number of texts: candidates that agree in the fewest bits go first, and that they went is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features import on_disk
from vigie.features.similarity import medoid_clustering, minhash
from vigie.features.similarity.medoid_clustering import Halves, Ints
from vigie.features.similarity.minhash import Sketch, Words32
from vigie.features.similarity.shingles import Words64

# Distinct texts in one bucket of the MinHash beyond which they are compared with the first of it only. Without
# it, hundreds of variants per message cost minutes (100 messages of 1,000 variants: over 120 s, then 25 s).
CROWD = 200
FIRST = 20
# Pairs in one bucket that are looked at, and candidates that are verified: for each distinct text, and at least. Real
# collections have below 85 and 30 for each text, and no more than 500,000 and 200,000 pairs.
SIEVED, SIEVED_AT_LEAST = 100, 20_000_000
VERIFIED, VERIFIED_AT_LEAST = 10, 1_000_000
# Bits in which a candidate differs at most. Of the 128 bits of two texts with similarity 0.7, 109 agree in the mean, and fewer
# than 88 once in millions; of two with similarity 0.1, 70 agree in the mean, and 88 once in a thousand.
DIFFERING = minhash.BANDS * minhash.ROWS - 88


@dataclass(frozen=True)
class Candidates:
    """Pairs of forms that may be similar, sorted by the first, so that those of a form are verified together.

    Attributes:
        first: One side of each pair.
        second: The other side.
        crowded: Buckets in which forms pair with the first of them only.
        cut: Whether the bounds left out pairs that may be similar.
    """

    first: Halves
    second: Halves
    crowded: int
    cut: bool


@dataclass(frozen=True)
class _Buckets:
    """The forms of one band that share a key with others.

    Attributes:
        order: The forms, bucket by bucket.
        ends: Place after the last form of each bucket.
    """

    order: Halves
    ends: Ints

    @cached_property
    def sizes(self) -> Ints:
        """Forms of each bucket."""
        return np.diff(self.ends, prepend=0)

    def pairs(self, crowd: int, first: int) -> int:
        """Return the pairs that are looked at, where a bucket of more than ``crowd`` pairs with its ``first`` only."""
        sizes = self.sizes
        return int(np.where(sizes > crowd, first * sizes, sizes * (sizes - 1) // 2).sum())


def of_sketch(sketch: Sketch) -> Candidates:
    """Return the pairs of forms that share a bucket and agree in most bits, each once."""
    size = sketch.keys.shape[1]
    bands = [_buckets(keys) for keys in sketch.keys]
    crowd, first = CROWD, FIRST
    while sum(band.pairs(crowd, first) for band in bands) > max(SIEVED * size, SIEVED_AT_LEAST) and first > 1:
        crowd, first = crowd // 2, first // 2
    late = on_disk.numbers((minhash.BANDS, size), np.bool_)
    kept = _Kept(max(VERIFIED * size, VERIFIED_AT_LEAST), DIFFERING)
    crowded = 0
    for number, band in enumerate(bands):
        # Of few forms hardly any two share a bucket.
        if band.sizes.max(initial=0) < 2:
            continue
        order = band.order
        place = np.arange(len(order))
        end, count = np.repeat(band.ends, band.sizes), np.repeat(band.sizes, band.sizes)
        beyond = (count > crowd) & (place - (end - count) >= first)
        late[number, order] = beyond
        crowded += int((band.sizes > crowd).sum())
        bits = sketch.bits[:, order]
        for left, right in medoid_clustering.spans(place + 1, np.where(beyond, 0, end)):
            unlike = differing(bits, left, right)
            alike = np.flatnonzero(unlike <= kept.differing)
            one, two, unlike = order[left[alike]], order[right[alike]], unlike[alike]
            # A pair that an earlier band has found already is not found again.
            for earlier in range(number):
                if not len(one):
                    break
                fresh = (sketch.keys[earlier, one] != sketch.keys[earlier, two]) | late[earlier, one]
                one, two, unlike = one[fresh], two[fresh], unlike[fresh]
            if len(one):
                kept.add(one, two, unlike)
    one, two = kept.pairs()
    by_first = np.argsort(one, kind="stable")
    return Candidates(one[by_first], two[by_first], crowded, first < FIRST or kept.differing < DIFFERING)


def differing(bits: Words64, one: Ints | Halves, two: Ints | Halves) -> NDArray[np.uint8]:
    """Return in how many bits the forms of each pair differ."""
    low, high = bits
    return np.asarray(np.bitwise_count(low[one] ^ low[two]) + np.bitwise_count(high[one] ^ high[two]))


class _Kept:
    """Keeps at most so many pairs: those that differ in the fewest bits.

    Attributes:
        differing: Bits in which pairs that are kept differ at most; falls as more pairs come.
    """

    def __init__(self, most: int, differing: int) -> None:
        self.differing = differing
        self._most = most
        self._parts: list[tuple[Halves, Halves, NDArray[np.uint8]]] = []
        self._counts = np.zeros(differing + 1, np.int64)

    def add(self, one: Halves, two: Halves, unlike: NDArray[np.uint8]) -> None:
        """Take pairs and the number of bits in which they differ, none beyond :attr:`differing`."""
        self._parts.append((one, two, unlike))
        self._counts += np.bincount(unlike, minlength=len(self._counts))
        fitting = int(np.searchsorted(np.cumsum(self._counts), self._most, "right")) - 1
        if fitting < self.differing:
            self.differing = max(fitting, 0)
            self._counts[self.differing + 1 :] = 0
            keep = [part[2] <= self.differing for part in self._parts]
            self._parts = [
                (one[mine], two[mine], bits[mine])
                for (one, two, bits), mine in zip(self._parts, keep, strict=True)
            ]

    def pairs(self) -> tuple[Halves, Halves]:
        """Return both sides of the pairs that are kept."""
        none = np.empty(0, np.int32)
        return (
            np.concatenate([none, *(one for one, _, _ in self._parts)]),
            np.concatenate([none, *(two for _, two, _ in self._parts)]),
        )


def _buckets(keys: Words32) -> _Buckets:
    """Return the forms of a band whose keys stand more than once, by key."""
    repeated = _repeated(keys)
    # Key and form in one number: sorted by Polars, at less than half the cost of NumPy's argsort.
    ordered = (
        pl.Series(keys[repeated].astype(np.uint64) << np.uint64(32) | repeated.astype(np.uint64))
        .sort()
        .to_numpy()
    )
    order = (ordered & np.uint64(0xFFFFFFFF)).astype(np.int32)
    last = np.append(np.diff(ordered >> np.uint64(32)) != 0, True)[: len(ordered)]
    return _Buckets(order, np.flatnonzero(last) + 1)


def _repeated(keys: Words32) -> Ints:
    """Return the positions of all keys that stand more than once, and of few others."""
    # Counted by some of their bits, so many that most keys are alone in their count.
    bits = min(32, len(keys).bit_length() + 2)
    part = keys >> np.uint32(32 - bits)
    return np.flatnonzero(np.bincount(part, minlength=1 << bits)[part] > 1)
