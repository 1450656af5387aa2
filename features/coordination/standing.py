"""How far an account stands out from the others of its window: in what it shares, and in when it is active.

People on one topic all share much and are active in the same hours, and what is much in one collection is little in the
next. A model that reads absolute values learns the collections of its operators. So each value is set against those of the
accounts of the same window that post enough to be compared.

Campaigns act at paces of their own: a scheduler within the minute, people who follow one call within the hour or the day.
What two accounts did at one pace weighs log2 of the accounts of the window over those that did it around the same time, so a
viral object brings two accounts closer only where few others acted on it just then.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.coordination import pairs
from vigie.features.coordination.pairs import Ints
from vigie.features.coordination.parts import Parts
from vigie.features.coordination.traces import DAY, HOUR, MINUTE

Floats = NDArray[np.float64]

PACES = (MINUTE, HOUR, DAY)
# Others on one object around the same time beyond which it brings nobody closer; bounds the pairs looked at.
_CROWD = 60
# Rarity that two accounts of any window may share by chance: one thing that two accounts of 128 did.
_BY_CHANCE = 6.0
# Standard scores say no more beyond these.
_LEAST, _MOST = -2.0, 3.0
# Meetings of two accounts held at once.
_HELD = 5_000_000


def closest_partners(acts: pl.DataFrame, size: Floats, parts: Parts) -> pl.DataFrame:
    """Return how much that few did at its pace each account did with the account closest to it, and with the third closest.

    Args:
        acts: ``account``, ``object`` (any hashable), ``time`` (seconds), ``post`` and ``author`` (null if unknown).
        size: Accounts of each window.
        parts: The windows that the accounts are of.

    Returns:
        ``account``, and ``closest_PACE`` and ``third_PACE`` in bits for each of :data:`PACES`, null where there is no such account.
    """
    found = pairs.actions(acts, parts)
    table = pl.DataFrame({"account": np.unique(found.account)}, schema={"account": pl.Int64})
    for pace in PACES:
        shared = _shared(found, pace, size)
        sides = pl.concat(shared.select("bits", account=side) for side in ("first", "second"))
        most = pl.col("bits").top_k(3).sort(descending=True)
        closest = sides.group_by("account").agg(
            most.first().alias(f"closest_{pace}"), most.get(2, null_on_oob=True).alias(f"third_{pace}")
        )
        table = table.join(closest, on="account", how="left", maintain_order="left")
    return table


def partner_standing() -> pl.Expr:
    """Return how far an account is above the median, with its closest or its third partner, at the pace that says most.

    Reads the columns of :func:`closest_partners`, ``part``, ``compared`` and ``resolution`` (seconds between two ticks of the
    clock). A pace finer than the clock does not count.
    """
    return pl.max_horizontal(
        pl.when(pl.col("resolution") <= pace).then(above_median(pl.col(f"{rank}_{pace}").fill_null(0.0)))
        for pace in PACES
        for rank in ("closest", "third")
    )


def above_median(bits: pl.Expr) -> pl.Expr:
    """Return the natural logarithm of bits over those of the median account of the window.

    Reads ``part`` (the window) and ``compared`` (whether an account posts enough to set the median); null where none does.
    """
    median = bits.filter(pl.col("compared")).median().over("part")
    return (bits + _BY_CHANCE).log() - (median + _BY_CHANCE).log()


def standard_score(value: pl.Expr) -> pl.Expr:
    """Return by how many standard deviations a value is above the mean of the window, within bounds; reads as :func:`above_median`.

    Where the accounts of a window are all alike a small difference says little: the deviation is one more than measured.
    """
    others = value.filter(pl.col("compared"))
    deviation = others.std().over("part").fill_null(0.0) + 1
    return ((value - others.mean().over("part")) / deviation).clip(_LEAST, _MOST)


def _shared(found: pairs.Actions, pace: int, size: Floats) -> pl.DataFrame:
    """Return ``first``, ``second`` and ``bits`` of the accounts that acted on one object at a pace.

    Objects that the same two posts share are one, the rarest.

    Args:
        found: The actions.
        pace: Seconds.
        size: Accounts of each window.
    """
    near = pairs.around(found, pace)
    shares = 1 + int(pairs.reach(found, pace, _CROWD)[1].sum()) // _HELD
    tables = [pl.DataFrame(schema={"first": pl.Int64, "second": pl.Int64, "bits": pl.Float64})]
    for share in range(shares):
        met = [
            _met(found, size, near, earlier, later).filter(pl.col("first") % shares == share)
            for earlier, later in pairs.joined(found, pace, _CROWD)
        ]
        if met:
            once = pl.concat(met).group_by("first", "second", "post", "answer").agg(pl.col("bits").max())
            tables.append(once.group_by("first", "second").agg(pl.col("bits").sum()))
    return pl.concat(tables)


def _met(found: pairs.Actions, size: Floats, near: Ints, earlier: Ints, later: Ints) -> pl.DataFrame:
    """Return meetings: the two accounts, their posts, and the rarity of what they met on."""
    ascending = found.account[earlier] < found.account[later]
    first, second = np.where(ascending, earlier, later), np.where(ascending, later, earlier)
    share = size[found.part[found.object[first]]] / np.maximum(near[first], near[second])
    return pl.DataFrame(
        {
            "first": found.account[first], "second": found.account[second],
            "post": found.post[first], "answer": found.post[second], "bits": np.maximum(np.log2(share), 0.0),
        }
    )  # fmt: skip
