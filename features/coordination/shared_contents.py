"""Shared contents: how many contents each two accounts published both, at whatever time.

Sharing what everybody passes on is ordinary. So an account is compared only where a good part of its own posts are copies.

Contents of thousands of accounts make pairs by the square of these. Where they would be too many, each holder of such a content is
compared with those next to it in time only. What two accounts share is counted in full, so that only pairs are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from vigie.features import on_disk
from vigie.features.similarity import medoid_clustering

Ints = NDArray[np.int64]

# Distinct contents that two accounts share at least.
LEAST = 2
# Share of an account's own posts that other accounts published too.
LEAST_COPIED = 0.3
# Pairs of holders of one content that are compared, over all contents, and holders next to one that it is compared with at
# least, whatever that makes.
MEETINGS, LEAST_NEXT = 5_000_000, 32
# Products of accounts and contents computed at once.
_BLOCK = 20_000_000
# Contents of both accounts of the pairs that are compared at once: accounts that pass on much have hundreds each.
_COMPARED = 20_000_000
# Of so many pairs one is looked at to tell where ranges of them end.
_SAMPLED = 1_000


@dataclass(frozen=True)
class SharedContents:
    """Pairs of accounts that share :data:`LEAST` contents or more.

    Attributes:
        first: Rows of one side.
        second: Rows of the other side.
        objects: Distinct contents shared.
        posts_first: Own posts of the one.
        posts_second: Own posts of the other.
        accounts: Accounts that published anything.
        bounded: Contents whose holders were compared with those next to them in time only.
        following: How many of those after it, and of those before it, each was compared with.
    """

    first: Ints
    second: Ints
    objects: Ints
    posts_first: Ints
    posts_second: Ints
    accounts: int
    bounded: int
    following: int


def pairs(published: pl.DataFrame) -> SharedContents:
    """Return the pairs that share contents, of accounts of which a good part of the posts are copies.

    Args:
        published: What :func:`vigie.features.coordination.published_contents.contents` returned.
    """
    posts = on_disk.by_keys(
        [published.select("account", "shared")],
        ["account"],
        lambda some: some.group_by("account").agg(posts=pl.len(), copied=pl.col("shared").mean()),
    ).sort("account")
    accounts, n = posts["account"].to_numpy(), posts["posts"].to_numpy().astype(np.int64)
    # Accounts before contents: those that copy much are few, and contents are long words.
    copying = posts.filter(pl.col("copied") >= LEAST_COPIED)["account"]
    row, thing = _copied(published, copying, accounts)
    holders = np.bincount(thing)
    following = _following(holders)
    bounded = int((holders > following + 1).sum())
    if bounded:
        first, second, shared = _of_next(row, thing, len(accounts), following)
    else:
        first, second, shared = _of_all(row, thing, len(accounts))
    return SharedContents(
        accounts[first], accounts[second], shared, n[first], n[second], len(accounts), bounded, following
    )


def holders(published: pl.DataFrame, content: str = "object") -> pl.DataFrame:
    """Return which accounts published which shared contents, each pair once, in any order: ``account`` and the content.

    Args:
        published: What :func:`vigie.features.coordination.published_contents.contents` returned.
        content: ``object`` or ``wording``.
    """
    return on_disk.by_keys(
        [published.select("account", content, "shared")],
        ["account"],
        lambda some: some.filter("shared").select("account", content).unique(),
    )


def _copied(published: pl.DataFrame, copying: pl.Series, accounts: Ints) -> tuple[Ints, Ints]:
    """Return the places of accounts that published a shared content, each once, in order of time, and the contents, ascending.

    Args:
        published: What :func:`vigie.features.coordination.published_contents.contents` returned.
        copying: The accounts that are asked for.
        accounts: All accounts, ascending.
    """
    # Each account once for each content, some accounts at a time: to look for that among all takes eight times what is found.
    once = on_disk.by_keys(
        [published.select("account", "object", "time", "shared")],
        ["account"],
        lambda some: (
            some.filter(pl.col("shared") & pl.col("account").is_in(copying.implode()))
            .group_by("account", "object")
            .agg(pl.col("time").min())
        ),
    )
    held = on_disk.stacked(
        some.sort("object", "time", "account") for some in on_disk.by_ranges(once, "object")
    )
    row = np.searchsorted(accounts, held["account"].to_numpy())
    return row, held["object"].rle_id().to_numpy().astype(np.int64)


def _following(holders: Ints) -> int:
    """Return with how many of those after it each holder of a content is compared: all, halved until they are few enough."""
    following = int(holders.max(initial=1)) - 1

    def meetings() -> int:
        after = np.minimum(holders, following + 1)
        return int((after * (after - 1) // 2 + (holders - after) * following).sum())

    while following > LEAST_NEXT and meetings() > MEETINGS:
        following = max(following // 2, LEAST_NEXT)
    return following


def _of_all(row: Ints, thing: Ints, size: int) -> tuple[Ints, Ints, Ints]:
    """Return the pairs of accounts that share :data:`LEAST` contents or more, and how many."""
    held = _held(row, thing, size)
    work = np.cumsum(held @ np.asarray(held.sum(axis=0)).ravel())
    parts = [(np.empty(0, np.int64),) * 3]
    for rows in np.split(np.arange(size), np.flatnonzero(np.diff(work // _BLOCK)) + 1):
        both = (held[rows] @ held.T).tocoo()
        one, other = rows[both.row], both.col.astype(np.int64)
        keep = (one < other) & (both.data >= LEAST - 0.5)
        parts.append((one[keep], other[keep], both.data[keep].round().astype(np.int64)))
    one, other, count = (np.concatenate(part) for part in zip(*parts, strict=True))
    return one, other, count


def _of_next(row: Ints, thing: Ints, size: int, following: int) -> tuple[Ints, Ints, Ints]:
    """Return what :func:`_of_all` does, of the pairs that are next to each other on a content.

    Args:
        row: Accounts, in order of time for each content.
        thing: The contents, ascending.
        size: Number of accounts.
        following: With how many of those after it each is compared.
    """
    held = _held(row, thing, size)
    contents = np.diff(held.indptr)
    parts = [(np.empty(0, np.int64),) * 3]
    for pairs in _next(row, thing, size, following):
        compared = np.cumsum(contents[pairs // size] + contents[pairs % size], dtype=np.int64)
        for part in np.split(pairs, np.flatnonzero(np.diff(compared // _COMPARED)) + 1):
            first, second = np.divmod(part, size)
            shared = np.asarray(held[first].multiply(held[second]).sum(axis=1)).ravel()
            keep = shared >= LEAST - 0.5
            parts.append((first[keep], second[keep], shared[keep].round().astype(np.int64)))
    first, second, shared = (np.concatenate(part) for part in zip(*parts, strict=True))
    return first, second, shared


def _next(row: Ints, thing: Ints, size: int, following: int) -> Iterator[Ints]:
    """Yield the pairs of accounts that are next to each other on a content, each once, as ascending numbers, in blocks.

    Args:
        row: As in :func:`_of_next`.
        thing: As there.
        size: As there; a pair is the first account times it and the second.
        following: As there.
    """
    place = np.arange(len(thing))
    end = np.minimum(np.searchsorted(thing, thing, "right"), place + following + 1)
    lots = []
    for left, right in medoid_clustering.spans(place + 1, end, _BLOCK):
        one, other = row[left], row[right]
        found = _distinct(np.minimum(one, other) * size + np.maximum(one, other))
        lots.append(on_disk.laid(pl.DataFrame({"pair": found}), least=1)["pair"])
    # A pair that is next to each other on many contents stands in many lots: of all, one range of numbers at a time.
    blocks = sum(map(len, lots)) // _BLOCK + 1
    sample = pl.concat([lot.gather_every(_SAMPLED) for lot in lots]).sort().to_numpy()
    ends = sample[np.arange(1, blocks) * len(sample) // blocks].tolist()
    for begin, until in pairwise([0, *ends, size * size]):
        sides = ((lot.search_sorted(begin), lot.search_sorted(until)) for lot in lots)
        yield _distinct(
            np.concatenate([lot[low:high].to_numpy() for lot, (low, high) in zip(lots, sides, strict=True)])
        )


def _distinct(numbers: Ints) -> Ints:
    """Return the distinct ones of numbers from 0, ascending."""
    # Polars sorts whole numbers at less than half the cost of NumPy.
    ordered = pl.Series(numbers).sort().to_numpy()
    distinct: Ints = ordered[np.diff(ordered, prepend=-1) != 0]
    return distinct


def _held(row: Ints, thing: Ints, size: int) -> csr_matrix:
    """Return which accounts published which contents."""
    return csr_matrix(
        (np.ones(len(row), np.float32), (row, thing)), shape=(size, int(thing.max(initial=0)) + 1)
    )
