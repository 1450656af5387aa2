"""Accounts made in batches: nearly all within a few short spans, far apart, with hardly any in between.

A community that moves, or an examination, brings many people onto a platform in one month. Others of it were there before, or come
later. Accounts that were made for something, or bought, come in batches: there are several, and hardly any account is of none. So a
single span tells nothing here (:mod:`vigie.features.coordination.created_together` looks for that), and neither do spans that
follow each other, as those of one wave do, nor those in which the other accounts of the collection were created too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import betainc

from vigie.features.coordination import one_object
from vigie.features.coordination.report.profile_tests import LEAST_OTHERS, SCAN_DAYS
from vigie.features.coordination.traces import DAY
from vigie.features.group_test.beside import RARE
from vigie.features.group_test.report import SIGNIFICANCE

Ints = NDArray[np.int64]

# Accounts of a batch, at least: as many as one content needs within a minute.
LEAST = one_object.LEAST
# Share of the accounts that batches hold, and of the members of a campaign whose creation is known, at least.
MOST, KNOWN = 0.9, 1 / 3
# Lengths of a batch between it and the next, at least.
_APART = 3


@dataclass(frozen=True)
class Batches:
    """The batches in which accounts were made.

    Attributes:
        count: How many.
        accounts: Accounts that they hold.
        days: How long each is, at most.
        outside: ``row`` of the accounts that were created at other times.
    """

    count: int
    accounts: int
    days: int
    outside: frozenset[int]


def of(members: pl.DataFrame, others: pl.DataFrame) -> Batches | None:
    """Return the batches in which nearly all members were made; None where there are no two, or too little is known.

    Chance that as many would be of these days, if each were as often as others are (binomial), times the ways to choose the days,
    must be below the level of the tests of profiles.

    Args:
        members: ``row`` and ``created_at`` of the accounts of a campaign.
        others: ``created_at`` of accounts of the collection that are of no campaign or group.
    """
    day = (pl.col("created_at").dt.epoch("s") // DAY).alias("day")
    born = members.select("row", day).drop_nulls().sort("day")
    days, beside = (
        table.drop_nulls().to_numpy().astype(np.int64) for table in (born["day"], others.select(day)["day"])
    )
    if len(days) < max(2 * LEAST, KNOWN * members.height) or len(beside) < LEAST_OTHERS:
        return None
    for span in SCAN_DAYS:
        starts = _starts(days, span)
        of_batch = _of(days, starts, span)
        inside = of_batch >= 0
        count = int(inside.sum())
        apart = np.diff(starts) >= (1 + _APART) * span
        # Spans that are not far apart are of one batch.
        sizes = np.bincount(np.append(0, np.cumsum(apart))[of_batch[inside]])
        if count < MOST * len(days) or (sizes >= LEAST).sum() < 2:
            continue
        # One more of each, so that what a few hundred others do not show is not held to be impossible.
        share = (int((_of(beside, starts, span) >= 0).sum()) + 1) / (len(beside) + 2)
        chance = float(betainc(count, len(days) - count + 1, share)) * float(len(days)) ** len(starts)
        if share <= RARE and chance < SIGNIFICANCE:
            rows = born["row"].filter(pl.Series(~inside)).to_list()
            return Batches(len(sizes), count, span, frozenset(rows))
    return None


def _starts(days: Ints, span: int) -> Ints:
    """Return the first days of the spans that hold most accounts, no two with an account in common, ascending; of :data:`LEAST` each."""
    starts: list[int] = []
    left = days
    while True:
        held = np.searchsorted(left, left + span) - np.arange(len(left))
        if held.max(initial=0) < LEAST:
            return np.array(sorted(starts), np.int64)
        first = int(left[np.argmax(held)])
        starts.append(first)
        left = left[(left < first) | (left >= first + span)]


def _of(days: Ints, starts: Ints, span: int) -> Ints:
    """Return the number of the span that each day is of, -1 for none."""
    number = np.searchsorted(starts, days, "right") - 1
    return (
        np.where((number >= 0) & (days < starts[np.maximum(number, 0)] + span), number, -1)
        if len(starts)
        else np.full(len(days), -1)
    )
