"""Pictures and videos that look the same: clusters of perceptual hashes, found exactly.

A pair within the bound is always found, by pigeonhole. A hash of 64 bits is cut into 4 bands: two hashes that
differ in at most 3 bits agree in one. A hash of 256 bits is cut into 16: two that differ in at most 31 bits
differ by at most one bit in one, since 16 bands of two bits would make 32.

Thousands of re-encoded copies of one picture make pairs by the square of these. Where they would be too many, medoids are found
among some hashes; every hash within the bound of one is of its cluster, and only the others are compared with each other.

Copies that were each re-encoded, cropped or captioned in a way of their own may differ from each other by more than the bound,
though none does from the picture that they were made from. That picture need not be there: what most of some copies show at
each bit is close to it (:func:`variants`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.similarity import medoid_clustering
from vigie.features.similarity.medoid_clustering import Halves, Ints

Hashes = NDArray[np.uint64]

# Kinds of hashes that are compared by their bits, and how many they have. A hash without a kind is of the one that has
# as many bits.
KINDS = {"phash": 64, "pdq": 256}
# Bits in which hashes of one picture may differ. 256 bits: the bound that facebook/ThreatExchange recommends
# for PDQ. 64 bits: that of [Manku2007] for fingerprints of 64 bits; hashes of small pictures hold so
# little that the looser bounds in use (up to 10) join different pictures once a corpus holds many.
BOUNDS = {64: 3, 256: 31}
# Hashes of a cluster of which the majority, bit by bit, tells the picture that they were made from.
_LEAST_COPIES = 5
# A hash of 256 bits with fewer bits set, or unset, shows a blank or nearly blank picture; in proportion for 64.
_BLANK = 16
# Pairs side by side that are compared in the time of one whose two hashes are gathered first.
_GATHERED = 8
# Pairs that are all looked at: sorting by bands would take longer.
_FEW = 500_000
# Known hashes that all others are compared with at once.
_KNOWN_AT_ONCE = 64
# Pairs within the bound that are held, and hashes among which medoids are found where there are more.
_HELD, _SOME = 10_000_000, 4_000


def clusters(hashes: pl.Series) -> pl.Series:
    """Return the cluster of each media hash, as a number: equal numbers, same picture.

    ``pdq:`` and 64 hexadecimal digits is a hash of 256 bits (PDQ [PDQ2019]), ``phash:`` and 16 digits one of 64 bits, in
    either case of letters; digits alone are of the kind that has as many. Hashes of one kind whose distance is within
    :data:`BOUNDS` meet, unless one is blank or nearly blank; every hash of a cluster is within the bound of the
    cluster's medoid. Hashes of different kinds never meet. Any other text is an id: only equal ids meet. Such are the
    ``phash:123`` of an anonymised archive, a hash of another kind or length, and ``sha256:`` with its digits.

    Args:
        hashes: Text. The order of the rows does not change who meets whom.

    Returns:
        Int64, as long as ``hashes``; null where the hash is null or blank text.

    >>> clusters(pl.Series(["f0e1d2c3b4a59687", "F0E1D2C3B4A59686", "phash:1", "phash:1", "", None])).to_list()
    [0, 0, 2, 2, None, None]
    >>> clusters(pl.Series(["phash:f0e1d2c3b4a59687", "f0e1d2c3b4a59687", "dhash:f0e1d2c3b4a59687"])).to_list()
    [1, 1, 0]
    """
    return _labelled(hashes, _near)


def variants(hashes: pl.Series) -> pl.Series:
    """Return the cluster of each media hash as :func:`clusters` does, widened to all variants of the picture it shows.

    The centre of a cluster of :data:`_LEAST_COPIES` hashes or more has at each bit what most of these have. Every hash within
    :data:`BOUNDS` of a centre is of the closest one, and centres within the bound of each other are one, the larger.

    Args:
        hashes: As in :func:`clusters`.

    Returns:
        As :func:`clusters`.
    """
    return _labelled(hashes, _near_centres)


def _labelled(hashes: pl.Series, label_words: Callable[[Hashes, int], Ints]) -> pl.Series:
    """Return the label of each media hash, hashes of a kind labelled as rows of words within a bound, ids by equality."""
    table = _keys(hashes)
    # Kinds differ in their numbers of bits, so that digits alone tell whose they are.
    distinct = table.drop_nulls("key").unique("key").sort("key").with_row_index("place")
    label = np.arange(distinct.height)
    for kind, bits in KINDS.items():
        here = distinct.filter(pl.col("kind") == kind)
        if here.is_empty():
            continue
        place = here["place"].to_numpy().astype(np.int64)
        label[place] = place[label_words(_words(here["key"], bits), BOUNDS[bits])]
    known = pl.DataFrame({"key": distinct["key"], "cluster": pl.Series(label, dtype=pl.Int64)})
    return table.join(known, on="key", how="left", maintain_order="left")["cluster"].alias(hashes.name)


def normal_form(hashes: pl.Series) -> pl.Series:
    """Return each media hash with its kind before it, digits in lower case; an id as it is, null where there is none.

    >>> normal_form(pl.Series(["F0E1D2C3B4A59687", "sha256:ab"])).to_list()
    ['phash:f0e1d2c3b4a59687', 'sha256:ab']
    """
    form = pl.concat_str(pl.col("kind") + ":", "key")
    return _keys(hashes).select(pl.coalesce(form, "key")).to_series().alias(hashes.name)


def near(hashes: pl.Series, known: pl.Series) -> pl.DataFrame:
    """Return which of some media hashes show a picture that is known: each within the bound of a known one.

    Args:
        hashes: Text, as in :func:`clusters`.
        known: The same of what is known.

    Returns:
        ``hash`` and ``known``, both distinct values as they were given. A blank or nearly blank picture is near nothing.
    """
    distinct = [each.unique() for each in (hashes, known)]
    given = [_keys(each).with_columns(value=each).drop_nulls("key") for each in distinct]
    ids = (
        given[0]
        .filter(pl.col("kind").is_null())
        .join(given[1].filter(pl.col("kind").is_null()), on="key", suffix="_known")
    )
    found = [ids.select(hash="value", known="value_known")]
    for kind, bits in KINDS.items():
        here = [each.filter(pl.col("kind") == kind) for each in given]
        shown = [each.filter(_shows(_words(each["key"], bits))) for each in here]
        one, two = (_words(each["key"], bits) for each in shown)
        for start in range(0, len(two), _KNOWN_AT_ONCE):
            left, right = np.nonzero(_distance(one, two[start : start + _KNOWN_AT_ONCE]) <= BOUNDS[bits])
            found.append(
                pl.DataFrame(
                    {"hash": shown[0]["value"].gather(left), "known": shown[1]["value"].gather(right + start)}
                )
            )
    return pl.concat(found)


def _keys(hashes: pl.Series) -> pl.DataFrame:
    """Return the ``kind`` of each hash, null for an id, and the ``key`` that tells hashes of a kind apart."""
    return (
        pl.DataFrame({"given": hashes.cast(pl.String).str.strip_chars()})
        .select(_kind(pl.col("given")), given="given")
        .select(
            kind="kind",
            key=pl.when(pl.col("kind").is_not_null())
            .then(pl.col("given").str.split(":").list.last().str.to_lowercase())
            .when(pl.col("given") != "")
            .then("given"),
        )
    )


def _words(keys: pl.Series, bits: int) -> Hashes:
    """Return hashes of a kind as rows of words of 64 bits."""
    return np.frombuffer(bytes.fromhex("".join(keys)), ">u8").astype(np.uint64).reshape(-1, bits // 64)


def _shows(words: Hashes) -> pl.Series:
    """Return which hashes are of a picture that is not blank or nearly so."""
    bits = 64 * words.shape[1]
    ones = np.bitwise_count(words).sum(axis=1, dtype=np.int64)
    least = _BLANK * bits // 256
    return pl.Series((ones >= least) & (ones <= bits - least), dtype=pl.Boolean)


def _kind(given: pl.Expr) -> pl.Expr:
    """Return the kind of each perceptual hash; null for an id."""
    return pl.coalesce(
        pl.when(given.str.contains(rf"^(?:{kind}:)?[0-9a-fA-F]{{{bits // 4}}}$")).then(pl.lit(kind))
        for kind, bits in KINDS.items()
    ).alias("kind")


def _near(words: Hashes, bound: int) -> Ints:
    """Return the cluster of each of distinct hashes, given as rows of words of 64 bits."""
    label = np.arange(len(words))
    left = np.flatnonzero(_shows(words).to_numpy())
    while (found := _pairs(np.ascontiguousarray(words[left]), bound)) is None:
        medoid = _closest(words[left], _medoids(words[left], bound), bound)
        near = left[medoid >= 0]
        _, earliest, cluster = np.unique(medoid[medoid >= 0], return_index=True, return_inverse=True)
        label[near] = near[earliest][cluster]
        left = left[medoid < 0]
    label[left] = left[medoid_clustering.groups(*found, len(left))]
    return label


def _near_centres(words: Hashes, bound: int) -> Ints:
    """Return the cluster of each of distinct hashes by the centres of clusters; by its medoid where it is near none."""
    label = _near(words, bound)
    cluster, size = np.unique(label, return_counts=True)
    large = size >= _LEAST_COPIES
    if not large.any():
        return label
    # The largest first, so that it is the one that others join.
    named = cluster[large][np.argsort(-size[large], kind="stable")]
    centres = _centres(words, label, named)
    joined = np.arange(len(named))
    for number in range(1, len(named)):
        earlier = joined[:number] == np.arange(number)
        near = earlier & (_distance(centres[number : number + 1], centres[:number])[0] <= bound)
        joined[number] = near.argmax() if near.any() else number
    shown = np.flatnonzero(_shows(words).to_numpy())
    closest = _closest(words[shown], centres, bound)
    found = shown[closest >= 0]
    label[found] = named[joined[closest[closest >= 0]]]
    return label


def _centres(words: Hashes, label: Ints, named: Ints) -> Hashes:
    """Return the hash that has at each bit what most hashes of a cluster have, one for each of the clusters named."""
    order = np.argsort(label, kind="stable")
    start, end = (np.searchsorted(label[order], named, side) for side in ("left", "right"))
    centres = []
    for one, other in zip(start, end, strict=True):
        of_cluster = words[order[one:other]].astype(">u8")
        bits = np.unpackbits(of_cluster.view(np.uint8).reshape(len(of_cluster), -1), axis=1)
        centres.append(np.packbits(2 * bits.sum(axis=0, dtype=np.int64) > len(bits)).view(">u8"))
    return np.array(centres).astype(np.uint64)


def _pairs(words: Hashes, bound: int) -> tuple[Halves, Halves, Halves] | None:
    """Return the pairs of hashes within the bound and the bits in which both agree; None where they are too many to hold."""
    found, count = [(np.empty(0, np.int32),) * 3], 0
    for first, second, distance in _within(words, bound):
        count += len(first)
        if count > _HELD:
            return None
        found.append((first, second, 64 * words.shape[1] - distance))
    first, second, agreeing = (np.concatenate(part) for part in zip(*found, strict=True))
    return first, second, agreeing


def _medoids(words: Hashes, bound: int) -> Hashes:
    """Return the medoids of the clusters of several that some of the hashes form; of more hashes where those form none."""
    size, first = _SOME, np.empty(0, np.int32)
    while not len(first):
        some = words[np.linspace(0, len(words) - 1, min(size, len(words))).astype(np.int64)]
        first, second, distance = (np.concatenate(part) for part in zip(*_of_all(some, bound), strict=True))
        size *= 2
    agreeing = 64 * words.shape[1] - distance
    label = medoid_clustering.groups(first, second, agreeing, len(some))
    inside = label[first] == label[second]
    sides = np.concatenate([first[inside], second[inside]])
    total = np.bincount(sides, np.tile(agreeing[inside], 2), len(some))
    # The first of a cluster is the one that is most alike the others of it.
    order = np.lexsort((-total, label))
    order = order[total[order] > 0]
    return some[order[np.diff(label[order], prepend=-1) > 0]]


def _closest(words: Hashes, medoids: Hashes, bound: int) -> Ints:
    """Return which of some medoids each hash is closest to; -1 where none is within the bound."""
    closest = np.empty(len(words), np.int64)
    step = max(1, medoid_clustering.BLOCK // len(medoids))
    for start in range(0, len(words), step):
        distance = _distance(words[start : start + step], medoids)
        which = distance.argmin(axis=1)
        within = np.take_along_axis(distance, which[:, None], axis=1).ravel() <= bound
        closest[start : start + step] = np.where(within, which, -1)
    return closest


def _distance(one: Hashes, other: Hashes) -> NDArray[np.int16]:
    """Return in how many bits each two hashes differ, shape (one, other)."""
    distance = np.zeros((len(one), len(other)), np.int16)
    for left, right in zip(one.T, other.T, strict=True):
        distance += np.bitwise_count(left[:, None] ^ right[None, :])
    return distance


def _within(words: Hashes, bound: int) -> Iterator[tuple[Halves, Halves, Halves]]:
    """Yield the pairs of hashes whose distance is within the bound, each once, with that distance."""
    every = len(words) * (len(words) - 1) // 2
    if every <= _FEW:
        yield from _of_all(words, bound)
        return
    bands = np.ascontiguousarray(words.view(np.uint16).T)
    # Bits by which one band at least agrees: none where there are more bands than bits, else one.
    slack = bound // len(bands)
    searches = [_searched(band, slack) for band in bands]
    candidates = sum(int(np.maximum(end - start, 0).sum()) for _, ranges in searches for start, end in ranges)
    # Copies of few pictures agree in most bands: to look at all pairs once, side by side, is then less work.
    if candidates * _GATHERED > every:
        yield from _of_all(words, bound)
        return
    for number, (order, ranges) in enumerate(searches):
        for start, end in ranges:
            for left, right in medoid_clustering.spans(start, end):
                one, two = order[left], order[right]
                distance = np.zeros(len(one), np.int32)
                for column in words.T:
                    distance += np.bitwise_count(column[one] ^ column[two])
                within = distance <= bound
                one, two, distance = one[within], two[within], distance[within]
                # A pair that an earlier band has found already is not found again.
                apart = np.bitwise_count(bands[:number, one] ^ bands[:number, two]) > slack
                new = apart.all(axis=0)
                yield one[new].astype(np.int32), two[new].astype(np.int32), distance[new]


def _searched(band: NDArray[np.uint16], slack: int) -> tuple[Ints, list[tuple[Ints, Ints]]]:
    """Return the hashes in the order of a band, and where in it those start and end that each one is compared with."""
    order = np.argsort(band, kind="stable")
    value = band[order].astype(np.int64)
    begins = np.append(0, np.cumsum(np.bincount(band, minlength=65_536)))
    ranges = [(np.arange(1, len(value) + 1), begins[value + 1])]
    for bit in range(16 if slack else 0):
        # Each two values that differ by this bit once: from the one that lacks it.
        other = value | (1 << bit)
        ranges.append((begins[other], np.where(other != value, begins[other + 1], 0)))
    return order, ranges


def _of_all(words: Hashes, bound: int) -> Iterator[tuple[Halves, Halves, Halves]]:
    """Yield what :func:`_within` does, by looking at all pairs."""
    columns = np.ascontiguousarray(words.T)
    start = 0
    while start < len(words):
        stop = start + max(1, medoid_clustering.BLOCK // (len(words) - start))
        distance = np.zeros((len(words[start:stop]), len(words) - start), np.uint16)
        for column in columns:
            distance += np.bitwise_count(column[start:stop, None] ^ column[None, start:])
        one, two = np.nonzero(distance <= bound)
        later = one < two
        one, two = one[later], two[later]
        yield (
            (one + start).astype(np.int32),
            (two + start).astype(np.int32),
            distance[one, two].astype(np.int32),
        )
        start = stop
