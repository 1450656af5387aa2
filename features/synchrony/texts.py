"""Texts that say the same in the same words or nearly: clusters of near-duplicates.

Texts are compared in a normal form, letters only. Equal forms are one object. Distinct forms are compared by
the Jaccard similarity of their sets of 5 characters in a row: candidates by MinHash (128 permutations in 32
bands of 4; of the pairs with similarity 0.7, 99.98 % become candidates), each verified on the sets themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from vigie.features import text
from vigie.features.synchrony import medoid
from vigie.features.synchrony.medoid import Halves, Ints

Words64 = NDArray[np.uint64]

# Texts with less prose say too little for a coincidence to tell anything.
LEAST_CHARACTERS = 30
LEAST_WORDS = 5
# The same for scripts without spaces between words, in letters of the normal form.
LEAST_UNSPACED = 15
# Jaccard similarity from which two texts are near duplicates, as a fraction: tested in whole numbers.
SIMILAR = (7, 10)
# Distinct texts in one bucket of the MinHash beyond which they are compared with the first of it only. Without
# it, hundreds of variants per message cost minutes (100 messages of 1,000 variants: over 120 s, then 25 s).
CROWD = 200
FIRST = 20

_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
_SHINGLE = 5
_BANDS, _ROWS = 32, 4
# Shingles hashed at once: small enough for the processor's cache.
_BLOCK = 1 << 17
# Shingles of the pairs verified at once.
_VERIFIED = 4_000_000


def clusters(texts: pl.Series) -> pl.Series:
    """Return the cluster of near-duplicates of each text, as a number: equal numbers, same object.

    Every text of a cluster is similar to the cluster's medoid, see :mod:`vigie.features.synchrony.medoid`.

    Args:
        texts: Texts of posts. The order of the rows does not change which texts meet.

    Returns:
        Int64, as long as ``texts``; null where the text is null or too short to be an object: less than 30
        characters of prose (no links, mentions, hashtags) or 5 words; in scripts without spaces, 15 letters.

    >>> clusters(pl.Series(["We saw it all with our own eyes today!", "we saw it ALL with our own eyes, today 2", "no"]))
    ... # doctest: +NORMALIZE_WHITESPACE
    shape: (3,)
    Series: '' [i64]
    [ 0 0 null ]
    """
    return clustered(texts)[0]


def clustered(texts: pl.Series) -> tuple[pl.Series, int]:
    """Return the clusters, and in how many buckets texts were compared with the first of them only."""
    given = texts.cast(pl.String)
    distinct = pl.DataFrame({"text": given}).drop_nulls().unique()
    formed = distinct.with_columns(form=_form(distinct["text"])).drop_nulls()
    forms = formed["form"].unique().sort()
    label, crowded = _near(forms)
    cluster = pl.DataFrame({"form": forms, "cluster": pl.Series(label, dtype=pl.Int64)})
    known = formed.join(cluster, on="form").drop("form")
    found = pl.DataFrame({"text": given}).join(known, on="text", how="left", maintain_order="left")
    return found["cluster"].alias(texts.name), crowded


def _form(texts: pl.Series) -> pl.Series:
    """Return the normal form of each text, null where it says too little."""
    table = pl.DataFrame({"text": texts}).select(
        prose=text.prose(text.visible(pl.col("text")).str.normalize("NFKC"))
    )
    table = table.with_columns(form=text.letters(pl.col("prose")))
    form = pl.col("form")
    solid = form.str.replace_all(" ", "", literal=True)
    unspaced = form.str.count_matches(_UNSPACED) * 2 >= solid.str.len_chars()
    words = form.str.count_matches(" ", literal=True) + 1
    spaced = (pl.col("prose").str.len_chars() >= LEAST_CHARACTERS) & (words >= LEAST_WORDS)
    return table.select(
        pl.when(unspaced & (solid.str.len_chars() >= LEAST_UNSPACED)).then(solid)
        .when(~unspaced & spaced).then(form)
    ).to_series()  # fmt: skip


@dataclass(frozen=True)
class _Sketch:
    """What distinct forms are compared by.

    Attributes:
        sets: One row per form, with the shingles it holds as columns.
        row: Row of each form in ``sets``.
        sizes: Number of distinct shingles of each form.
        keys: (band, form): equal in a band where its four minima are equal.
    """

    sets: csr_matrix
    row: Ints
    sizes: Ints
    keys: Words64


def _near(forms: pl.Series) -> tuple[Ints, int]:
    """Return the cluster of each of sorted distinct forms, and the number of crowded buckets."""
    size = len(forms)
    if size < 2:
        return np.arange(size), 0
    sketch = _sketch(forms)
    late = np.zeros((_BANDS, size), np.bool_)
    crowded = 0
    found: list[tuple[Halves, Halves, Halves]] = []
    for band, keys in enumerate(sketch.keys):
        order = np.argsort(keys, kind="stable")
        ends = np.flatnonzero(np.append(np.diff(keys[order]) != 0, True)) + 1
        counts = np.diff(ends, prepend=0)
        end, count = np.repeat(ends, counts), np.repeat(counts, counts)
        place = np.arange(size)
        beyond = (count > CROWD) & (place - (end - count) >= FIRST)
        late[band, order] = beyond
        crowded += int((counts > CROWD).sum())
        for left, right in medoid.spans(place + 1, np.where(beyond, 0, end)):
            one, two = _plausible(sketch.sizes, order[left], order[right])
            # A pair that an earlier band has compared already is not compared again.
            for earlier in range(band):
                again = (sketch.keys[earlier, one] == sketch.keys[earlier, two]) & ~late[earlier, one]
                one, two = one[~again], two[~again]
            found.extend(_verified(sketch, one, two))
    if not found:
        return np.arange(size), crowded
    first, second, similarity = (np.concatenate(part) for part in zip(*found, strict=True))
    return medoid.groups(first, second, similarity, size), crowded


def _plausible(sizes: Ints, one: Ints, two: Ints) -> tuple[Ints, Ints]:
    """Return the pairs whose sets are not too unequal in size to be similar."""
    small, large = np.minimum(sizes[one], sizes[two]), np.maximum(sizes[one], sizes[two])
    keep = SIMILAR[1] * small >= SIMILAR[0] * large
    return one[keep], two[keep]


def _verified(sketch: _Sketch, one: Ints, two: Ints) -> Iterator[tuple[Halves, Halves, Halves]]:
    """Yield the pairs that are similar, with their Jaccard similarity in millionths."""
    if not len(one):
        return
    work = np.cumsum(sketch.sizes[one] + sketch.sizes[two])
    for part in np.split(np.arange(len(one)), np.flatnonzero(np.diff(work // _VERIFIED)) + 1):
        a, b = one[part], two[part]
        shared = np.diff(sketch.sets[sketch.row[a]].multiply(sketch.sets[sketch.row[b]]).indptr).astype(
            np.int64
        )
        union = sketch.sizes[a] + sketch.sizes[b] - shared
        keep = SIMILAR[1] * shared >= SIMILAR[0] * union
        similarity = shared[keep] * 1_000_000 // union[keep]
        yield a[keep].astype(np.int32), b[keep].astype(np.int32), similarity.astype(np.int32)


def _sketch(forms: pl.Series) -> _Sketch:
    """Return what distinct forms, each of at least five characters, are compared by."""
    counts = forms.str.len_chars().to_numpy().astype(np.int64) - _SHINGLE + 1
    order = np.argsort(counts, kind="stable")
    ordered = counts[order]
    generator = np.random.Generator(np.random.PCG64(20_070_521))
    factors = generator.integers(0, 1 << 64, _BANDS * _ROWS, np.uint64) | np.uint64(1)
    offsets = generator.integers(0, 1 << 64, _BANDS * _ROWS, np.uint64)
    keys = np.empty((_BANDS, len(forms)), np.uint64)
    sizes = np.empty(len(forms), np.int64)
    columns: list[Ints] = []
    start = 0
    while start < len(order):
        # Forms of about one length at a time: they make a table with little padding.
        alike = int(np.searchsorted(ordered, ordered[start] * 1.1 + 4, "right"))
        stop = min(alike, start + max(1, _BLOCK // int(ordered[alike - 1])))
        rows = order[start:stop]
        table = _shingles(forms[rows].to_list(), ordered[start:stop])
        new = np.ones(table.shape, np.bool_)
        new[:, 1:] = table[:, 1:] != table[:, :-1]
        sizes[rows] = new.sum(axis=1)
        columns.append(table[new].view(np.int64))
        keys[:, rows] = _minima(np.ascontiguousarray(table.T), factors, offsets)
        start = stop
    until = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes[order])])
    flat = np.concatenate(columns)
    sets = csr_matrix((np.ones(len(flat), np.bool_), flat, until), shape=(len(order), np.iinfo(np.int64).max))
    row = np.empty(len(order), np.int64)
    row[order] = np.arange(len(order))
    return _Sketch(sets, row, sizes, keys)


def _shingles(forms: list[str], counts: Ints) -> Words64:
    """Return the shingles of each form as a row of numbers below 2^63, sorted, repeated to fill the row."""
    points = np.frombuffer("".join(forms).encode("utf-32-le"), np.uint32).astype(np.uint64)
    numbers = np.zeros(len(points) - _SHINGLE + 1, np.uint64)
    for place in range(_SHINGLE):
        numbers = _mixed(numbers ^ points[place : place + len(numbers)])
    begins = np.cumsum(counts + _SHINGLE - 1) - (counts + _SHINGLE - 1)
    within = np.minimum(np.arange(int(counts.max())), counts[:, None] - 1)
    return np.sort(numbers[begins[:, None] + within] >> np.uint64(1), axis=1)


def _minima(table: Words64, factors: Words64, offsets: Words64) -> Words64:
    """Return one key per band and column of shingles: its minima under the permutations of the band.

    A permutation of the numbers of 64 bits is x -> factor * x + offset with an odd factor, modulo 2^64, which
    is what unsigned arithmetic of 64 bits gives.
    """
    keys = np.zeros((_BANDS, table.shape[1]), np.uint64)
    permuted = np.empty_like(table)
    for number, (factor, offset) in enumerate(zip(factors, offsets, strict=True)):
        np.multiply(table, factor, out=permuted)
        permuted += offset
        keys[number // _ROWS] = _mixed(keys[number // _ROWS] ^ permuted.min(axis=0))
    return keys


def _mixed(numbers: Words64) -> Words64:
    """Return numbers of 64 bits thoroughly mixed, one to one: a step of SplitMix64."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
