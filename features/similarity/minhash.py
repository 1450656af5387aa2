"""MinHash of the shingles of normal forms: what forms are compared by before their sets are.

128 permutations in 32 bands of 4: of the pairs with similarity 0.7, 99.98 % share a band. Beside them one bit of each
minimum [LiKonig2010].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features import on_disk, steps
from vigie.features.similarity import shingles
from vigie.features.similarity.medoid_clustering import Ints
from vigie.features.similarity.shingles import Words64

Words32 = NDArray[np.uint32]

BANDS, ROWS = 32, 4
# Shingles hashed at once: small enough for the processor's cache.
_BLOCK = 1 << 17
# And so few that a table of them, whatever its padding, costs less than the steps that make it.
_FEW = 1 << 14


@dataclass(frozen=True)
class Sketch:
    """What distinct forms are compared by.

    Attributes:
        keys: (band, form): equal in a band where its four minima are equal.
        bits: (2, form): one bit of each of the 128 minima.
    """

    keys: Words32
    bits: Words64

    def of(self, forms: Ints) -> Sketch:
        """Return what some of the forms are compared by."""
        return Sketch(self.keys[:, forms], self.bits[:, forms])

    def table(self) -> pl.DataFrame:
        """Return the same as ``keys`` and ``bits``, a row a form."""
        return pl.DataFrame(
            {"keys": self.keys.T, "bits": self.bits.T},
            schema={"keys": pl.Array(pl.UInt32, BANDS), "bits": pl.Array(pl.UInt64, 2)},
        )


def sketched(forms: pl.Series) -> Sketch:
    """Return what distinct forms, each of at least five characters, are compared by: of many, some at a time."""
    if len(forms) <= on_disk.ROWS:
        return _sketched(forms)
    keys = on_disk.numbers((BANDS, len(forms)), np.uint32)
    bits = on_disk.numbers((2, len(forms)), np.uint64)
    starts = range(0, len(forms), on_disk.ROWS)
    for part, start in enumerate(starts):
        some = slice(start, start + on_disk.ROWS)

        def made(chosen: pl.Series = forms[some]) -> pl.DataFrame:
            return _sketched(chosen).table()

        told = steps.kept("texts", made, part, len(starts))
        keys[:, some], bits[:, some] = told["keys"].to_numpy().T, told["bits"].to_numpy().T
    return Sketch(keys, bits)


def _sketched(forms: pl.Series) -> Sketch:
    """Return what so few forms as can be held with all of it are compared by."""
    counts = forms.str.len_chars().to_numpy().astype(np.int64) - shingles.LENGTH + 1
    order = np.argsort(counts, kind="stable")
    ordered = counts[order]
    generator = np.random.Generator(np.random.PCG64(20_070_521))
    factors = generator.integers(0, 1 << 32, BANDS * ROWS // 2, np.uint32) | np.uint32(1)
    keys = np.empty((BANDS, len(forms)), np.uint32)
    bits = np.empty((2, len(forms)), np.uint64)
    start = 0
    while start < len(order):
        # Forms of about one length at a time: they make a table with little padding.
        alike = int(np.searchsorted(ordered, ordered[start] * 1.1 + 4, "right"))
        following = ordered[start : start + _FEW // int(ordered[start])]
        few = int(np.searchsorted(following * np.arange(1, len(following) + 1), _FEW, "right"))
        stop = max(start + few, min(alike, start + max(1, _BLOCK // int(ordered[alike - 1]))))
        rows = order[start:stop]
        minima = _minima(_table(forms[rows].to_list(), ordered[start:stop]), factors)
        keys[:, start:stop] = _keys(minima)
        # A bit below those that tell how small a minimum is.
        drawn = np.ascontiguousarray((minima & np.uint32(1 << 8) != 0).T)
        bits[:, start:stop] = np.packbits(drawn, axis=1).view(np.uint64).T
        start = stop
    for row in (*keys, *bits):
        row[order] = row.copy()
    return Sketch(keys, bits)


def _table(forms: list[str], counts: Ints) -> Words32:
    """Return the shingles of each form as a column of numbers, the last repeated to fill the column."""
    numbers = (shingles.numbers(forms) >> np.uint64(32)).astype(np.uint32)
    begins = np.cumsum(counts + shingles.LENGTH - 1) - (counts + shingles.LENGTH - 1)
    places = np.minimum(np.arange(int(counts.max()))[:, None], counts - 1)
    places += begins
    return np.asarray(numbers[places])


def _minima(table: Words32, factors: Words32) -> Words32:
    """Return the minimum of each column of shingles under each permutation: shape (permutations, columns).

    A permutation of the numbers of 32 bits is x -> factor * x with an odd factor, modulo 2^32, which is what
    unsigned arithmetic of 32 bits gives; the same in reverse order is another. The numbers are mixed already, so
    that no order among them outlives it.
    """
    minima = np.empty((2, len(factors), table.shape[1]), np.uint32)
    permuted = np.empty_like(table)
    for factor, least, most in zip(factors, *minima, strict=True):
        np.multiply(table, factor, out=permuted)
        permuted.min(axis=0, out=least)
        permuted.max(axis=0, out=most)
    np.invert(minima[1], out=minima[1])
    return minima.reshape(-1, table.shape[1])


def _keys(minima: Words32) -> Words32:
    """Return one key per band and column out of the minima of the band."""
    keys = np.zeros((BANDS, minima.shape[1]), np.uint64)
    for row in range(ROWS):
        keys = shingles.mixed(keys ^ minima[row::ROWS])
    return (keys >> np.uint64(32)).astype(np.uint32)
