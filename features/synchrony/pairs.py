"""Pairs of accounts that act on the same object within a window: exact, in bounded memory, viral or not.

The lag-join: actions sorted by (object, time) are compared with the next, the second next, … as long as any
pair of that distance lies within the window, so the work is that of the pairs found and not of all pairs of
an object. In a burst, an action with more than ``cap`` others within the window pairs with none of them: it
says little about whom the account follows, and its account is credited with a burst instead. The object as
such is kept: away from its burst it still tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# Others within the window on one object beyond which an action pairs with none.
CAP = 200
# Actions compared at once: bounds memory at some hundreds of megabytes whatever the corpus.
_BLOCK = 2_000_000


@dataclass(frozen=True)
class Actions:
    """Actions of one trace, sorted by object and time, one per account and object (the earliest).

    Attributes:
        account: Row of the account.
        object: Row of the object, 0 … number of objects - 1.
        time: Seconds since 1970.
        post: Index of the post it was done with.
        author: Row of the author of each object, -1 if unknown; one entry per object.
        kind: Number of the trace of each object.
    """

    account: Ints
    object: Ints
    time: Ints
    post: Ints
    author: Ints
    kind: Ints

    @property
    def objects(self) -> int:
        """Number of objects."""
        return len(self.author)


def actions(events: pl.DataFrame) -> Actions:
    """Return the actions of one trace.

    Args:
        events: ``account``, ``object`` (any hashable), ``time`` (seconds), ``post``, ``author`` (null if
            unknown), and ``kind`` (number of the trace) where there are several. An account acting on its own
            object is left out, and so are objects of one account.
    """
    first = (
        events.filter(pl.col("author").is_null() | (pl.col("author") != pl.col("account")))
        .sort("object", "time", "account", "post")
        .unique(["object", "account"], keep="first", maintain_order=True)
        .filter(pl.len().over("object") > 1)
        .with_columns(object=pl.col("object").rle_id().cast(pl.Int64))
    )
    several = "kind" in first.columns
    kind = pl.col("kind").first() if several else pl.lit(0, pl.Int64).alias("kind")
    authors = first.group_by("object", maintain_order=True).agg(pl.col("author").first(), kind)
    return Actions(
        account=first["account"].to_numpy().astype(np.int64),
        object=first["object"].to_numpy(),
        time=first["time"].to_numpy().astype(np.int64),
        post=first["post"].to_numpy().astype(np.int64),
        author=authors["author"].fill_null(-1).to_numpy().astype(np.int64),
        kind=authors["kind"].to_numpy().astype(np.int64),
    )


def crowded(found: Actions, window: int, cap: int = CAP) -> Bools:
    """Return which actions have more than ``cap`` others on their object within the window around them."""
    key = _key(found, window)
    around = np.searchsorted(key, key + window, "right") - np.searchsorted(key, key - window, "left") - 1
    return np.asarray(around > cap)


def joined(found: Actions, window: int, cap: int = CAP) -> Iterator[tuple[Ints, Ints]]:
    """Yield positions (earlier, later) of actions on one object within the window, in blocks.

    No pair is yielded twice; actions that :func:`crowded` names yield none.
    """
    keep = np.flatnonzero(~crowded(found, window, cap))
    key = _key(found, window)[keep]
    for start in range(0, len(keep), _BLOCK):
        left = np.arange(start, min(start + _BLOCK, len(keep)))
        lag = 1
        while len(left):
            left = left[left + lag < len(keep)]
            left = left[key[left + lag] - key[left] <= window]
            if len(left):
                yield keep[left], keep[left + lag]
            lag += 1


def counted(found: Actions, window: int, cap: int = CAP, least: int = 2) -> pl.DataFrame:
    """Return the pairs of accounts with at least ``least`` distinct objects within the window.

    Returns:
        ``first``, ``second`` (account rows, first < second), ``objects``, ``days`` and ``authors`` (distinct
        ones among those objects; authors null where none is known), ``first_leads`` (objects on which
        ``first`` acted before ``second``) and ``second_leads``.
    """
    if not len(found.account):
        return _NONE
    width = int(found.account.max()) + 1
    totals: dict[str, Ints] = {}
    parts = [np.unique(_pair(found, a, b, width), return_counts=True) for a, b in joined(found, window, cap)]
    if not parts:
        return _NONE
    totals["pair"], place = np.unique(np.concatenate([pair for pair, _ in parts]), return_inverse=True)
    totals["objects"] = np.bincount(place, np.concatenate([count for _, count in parts])).astype(np.int64)
    often = totals["pair"][totals["objects"] >= least]
    if not len(often):
        return _NONE
    details = [_details(found, a, b, width, often) for a, b in joined(found, window, cap)]
    table = (
        pl.concat(details)
        .group_by("pair", maintain_order=False)
        .agg(
            objects=pl.col("object").n_unique(),
            days=pl.col("day").n_unique(),
            authors=pl.when(pl.col("author").is_not_null().any()).then(
                pl.col("author").drop_nulls().n_unique()
            ),
            first_leads=(pl.col("lead") > 0).sum(),
            second_leads=(pl.col("lead") < 0).sum(),
        )
    )
    return table.select(
        first=pl.col("pair") // width, second=pl.col("pair") % width,
        objects=pl.col("objects").cast(pl.Int64), days=pl.col("days").cast(pl.Int64),
        authors=pl.col("authors").cast(pl.Int64),
        first_leads=pl.col("first_leads").cast(pl.Int64), second_leads=pl.col("second_leads").cast(pl.Int64),
    ).sort("first", "second")  # fmt: skip


_NONE = pl.DataFrame(
    schema=dict.fromkeys(
        ("first", "second", "objects", "days", "authors", "first_leads", "second_leads"), pl.Int64
    )
)


def _key(found: Actions, window: int) -> Ints:
    """Return one number that sorts by object and time, objects further apart than any window."""
    start = int(found.time.min()) if len(found.time) else 0
    span = int(found.time.max()) - start + 2 * window + 2 if len(found.time) else 1
    return np.asarray(found.object * span + (found.time - start))


def _pair(found: Actions, a: Ints, b: Ints, width: int) -> Ints:
    one, other = found.account[a], found.account[b]
    return np.asarray(np.minimum(one, other) * width + np.maximum(one, other))


def _details(found: Actions, a: Ints, b: Ints, width: int, often: Ints) -> pl.DataFrame:
    """Return the actions behind the pairs that met often."""
    pair = _pair(found, a, b, width)
    keep = often[np.minimum(np.searchsorted(often, pair), len(often) - 1)] == pair
    a, b, pair = a[keep], b[keep], pair[keep]
    author = found.author[found.object[a]]
    forward = np.where(found.account[a] < found.account[b], 1, -1) * (found.time[a] < found.time[b])
    return pl.DataFrame(
        {"pair": pair, "object": found.object[a], "day": found.time[a] // 86_400, "lead": forward,
         "author": pl.Series(author).replace(-1, None)}
    )  # fmt: skip
