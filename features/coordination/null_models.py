"""What chance would give: two nulls for the number of objects a pair acts on together.

Class null: objects as popular as this one (same power of two) have their actions within the window of each
other at some rate. Two accounts that acted on the same objects at any time are expected to meet on each at the
rate of its class; the count is Poisson. A campaign that makes most objects of a class would set the class's
rate itself and so hide in it; therefore accounts in pairs that meet too often to be chance are left out of the
rates, and the rates and the accounts left out are found in turns, starting from pairs that met three times. Of
the objects, the 5 % with the highest rates are left out too.

A rate is raised to that of the object itself where the accounts that count prove it: what people repost during
a live event is reposted faster than other objects as popular (empirical Bayes; the class counts as
:data:`_PRIOR` pairs, and as many are the least that prove anything). On an object that a campaign made hardly
any account counts, and it keeps the rate of its class.

Author null: the same with the rate of the author's own objects, all pairs counted, so that fans who all wait
for one idol are expected to meet. It explains away campaigns that boost one author too: both p-values are
published.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import gammainc

from vigie.features.coordination.pairs import CAP, Actions, Ints, OfObjects, reach
from vigie.features.coordination.sharing import Shared, Sharing

Floats = NDArray[np.float64]

_TRIMMED = 0.05
# Pairs left out of the rates at first, by objects they met on, and then by p-value.
_OFTEN, _STRANGE = 3, 1e-3
# Chance pairs that prove a class's rate.
_PAIRS = 200
# Chance pairs that the rate of a class weighs against those of one object.
_PRIOR = 50
# Chance pairs that a reference rate weighs against those of the collection.
_REFERENCE_PRIOR = 2_000
# Columns that the collection's own nulls add to pairs, and those that the reference null adds.
COMPARED = ("expected", "p_class", "expected_author", "p_author", "p_class_corrected", "p_author_corrected")
REFERRED = ("expected_reference", "p_reference", "p_reference_corrected")
# Turns of finding rates and the pairs they do not explain.
_TURNS = 3


@dataclass(frozen=True)
class _Meetings:
    """How often actions on each object met, and could have.

    Attributes:
        within: Pairs of actions within the window of each other.
        possible: Pairs of actions, none of them in a burst.
    """

    within: Ints
    possible: Floats


def rates(
    found: Actions, window: OfObjects, strange: pl.DataFrame, cap: OfObjects = CAP
) -> tuple[Floats, Floats]:
    """Return, per object, the chance that two actions on it meet: by its class or itself, and by its author.

    Where the author is unknown, or has one object only, the author's rate is that of the class.

    Args:
        found: The actions.
        window: The window, in seconds: one for all objects, or one for each.
        strange: Pairs (``first``, ``second``) whose accounts do not count for the class.
        cap: The cap: one for all objects, or one for each.
    """
    ends = np.concatenate([strange["first"].to_numpy(), strange["second"].to_numpy()])
    by_class = _plain_rates(found, ends, window, cap)
    return by_class, _by_author(found, _meetings(found, window, cap), by_class)


def grades(found: Actions) -> Ints:
    """Return the popularity class of each object: log2 of the accounts on it, rounded down."""
    return np.log2(np.maximum(np.bincount(found.object, minlength=found.objects), 1)).astype(np.int64)


def meetings(found: Actions, window: OfObjects, cap: OfObjects = CAP) -> tuple[Ints, Floats]:
    """Return, per object, the pairs of acts within the window of each other, and those that could be."""
    met = _meetings(found, window, cap)
    return met.within, met.possible


def _meetings(found: Actions, window: OfObjects, cap: OfObjects) -> _Meetings:
    """Return how often actions on each object met, and could have."""
    calm, after = reach(found, window, cap)
    thing = found.object[calm]
    within = np.bincount(thing, after, minlength=found.objects).astype(np.int64)
    # Actions in a burst pair with none, so they are not among those that could.
    size = np.bincount(thing, minlength=found.objects)
    return _Meetings(within, size * (size - 1) / 2)


def _by_author(found: Actions, meetings: _Meetings, by_class: Floats) -> Floats:
    """Return the rate of each object's author over all its objects, at least that of the object's class."""
    known = np.flatnonzero(found.author >= 0)
    own = np.zeros(found.objects)
    _, author = np.unique(found.author[known], return_inverse=True)
    author = _joint(found.part[known], author)
    within = np.bincount(author, meetings.within[known])
    possible = np.bincount(author, np.maximum(meetings.possible[known], 1))
    several = np.bincount(author) > 1
    own[known] = np.where(several, within / np.maximum(possible, 1), 0.0)[author]
    return np.asarray(np.minimum(np.maximum(by_class, own), 1.0))


def _plain_rates(found: Actions, suspects: Ints, window: OfObjects, cap: OfObjects) -> Floats:
    """Return the rate of each object among all accounts but the suspects: its class's, or its own if higher."""
    suspect = np.zeros(found.width, np.bool_)
    suspect[suspects] = True
    plain = ~suspect[found.account]
    meetings = _meetings(found.where(plain), window, cap)
    by_class = _by_class(found, meetings.within.astype(float), meetings.possible)
    own = (meetings.within + _PRIOR * by_class) / (meetings.possible + _PRIOR)
    return np.asarray(np.where(meetings.possible >= _PRIOR, np.clip(own, by_class, 1.0), by_class))


def _by_class(found: Actions, explained: Floats, ordinary: Floats) -> Floats:
    """Return the rate of each object's class: meetings over pairs that could meet, chance pairs alone.

    A class in which fewer than :data:`_PAIRS` chance pairs could meet proves no rate; it takes that of the
    nearest class of its kind that does (of two as near, the higher), else that of all objects together.
    """
    rate = np.minimum(explained / np.maximum(ordinary, 1), 1.0)
    own, grade = _joint(found.part, found.kind), grades(found)
    classes, place = np.unique(_joint(own, grade), return_inverse=True)
    ordered = np.lexsort((rate, place))
    size = np.bincount(place)
    rank = np.arange(len(place)) - np.repeat(np.cumsum(size) - size, size)
    kept = ordered[rank < np.maximum(1, np.ceil(size * (1 - _TRIMMED)))[place[ordered]]]
    met, possible = (
        np.bincount(place[kept], of[kept], minlength=len(classes)) for of in (explained, ordinary)
    )
    of_class = (met + 1) / (possible + 1)
    opening = ordered[np.cumsum(size) - size]
    overall = _sum_of_part(found, explained, 1.0) / _sum_of_part(found, ordinary, 1.0)
    near = _nearest(own[opening], grade[opening], of_class, possible >= _PAIRS)
    by_class = np.where(np.isnan(near), overall[found.part[opening]], near)
    return np.asarray(np.minimum(by_class, 1.0)[place])


def _nearest(kind: Ints, grade: Ints, rate: Floats, proven: NDArray[np.bool_]) -> Floats:
    """Return the rate of the nearest class of the same kind that proves one, of two as near the higher; NaN where none does.

    Args:
        kind: Of each class, ascending.
        grade: Of each class, ascending within a kind.
        rate: What each class has shown.
        proven: Whether that proves its rate.
    """
    places = np.flatnonzero(proven)
    if not len(places):
        return np.full(len(kind), np.nan)
    every = np.arange(len(kind))
    at = np.searchsorted(places, every)
    sides = np.stack([places[np.maximum(at - 1, 0)], places[np.minimum(at, len(places) - 1)]])
    away = np.where(kind[sides] == kind, np.abs(grade[sides] - grade), np.inf)
    before, after = np.where(np.isfinite(away), rate[sides], np.nan)
    is_after = (away[1] < away[0]) | ((away[1] == away[0]) & (after > before))
    return np.asarray(np.where(is_after, after, before))


def _joint(one: Ints, other: Ints) -> Ints:
    """Return one number for every two, none below zero; sorted as the twos are."""
    return one * (int(other.max(initial=0)) + 1) + other


def _sum_of_part(found: Actions, value: Floats, more: float) -> Floats:
    """Return the sum over the objects of each part, and so much more."""
    return np.asarray(np.bincount(found.part, value) + more)


def compared(
    found: Actions,
    pairs: pl.DataFrame,
    window: OfObjects,
    cap: OfObjects = CAP,
    sharing: Iterable[Shared] | None = None,
) -> pl.DataFrame:
    """Return pairs with what chance would give, and how surprising they are.

    Args:
        found: The actions they come from.
        pairs: What :func:`vigie.features.coordination.pairs.counted` returned.
        window: The window, in seconds: one for all objects, or one for each.
        cap: The cap: one for all objects, or one for each.
        sharing: The objects that the accounts of each pair share; None: they are found.

    Returns:
        The pairs with ``expected``, ``p_class``, ``expected_author``, ``p_author``, and ``p_class_corrected`` and
        ``p_author_corrected`` (false discovery rate [BenjaminiHochberg1995], over all pairs of active accounts of a part:
        the share of false pairs among those as surprising or more).
    """
    if pairs.is_empty():
        return pl.DataFrame(schema={**pairs.schema, **dict.fromkeys(COMPARED, pl.Float64)})
    count = pairs["objects"].to_numpy().astype(float)
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    meetings = _meetings(found, window, cap)
    shared = Sharing(found, pairs) if sharing is None else sharing
    strange = count >= _OFTEN
    for _ in range(_TURNS):
        suspects = np.concatenate([first[strange], second[strange]])
        by_class = _plain_rates(found, suspects, window, cap)
        expected = _expected(shared, by_class, len(count))
        p_class = _tail(count, expected)
        known, strange = strange, p_class < _STRANGE
        # The same accounts would be left out again.
        if np.array_equal(known, strange):
            break
    expected_author = _expected(shared, _by_author(found, meetings, by_class), len(count))
    p_author = _tail(count, expected_author)
    return pairs.with_columns(
        expected=expected, p_class=p_class, expected_author=expected_author, p_author=p_author,
        p_class_corrected=_corrected(found, first, p_class), p_author_corrected=_corrected(found, first, p_author),
    )  # fmt: skip


def _corrected(found: Actions, first: Ints, p: Floats) -> Floats:
    """Return the p-values of pairs adjusted for the share of false discoveries in their part, given their first accounts."""
    home = _home(found)
    active = np.bincount(home[home >= 0])
    adjusted, part = np.empty(len(p)), home[first]
    for number in np.unique(part):
        here = part == number
        adjusted[here] = false_discovery_share(p[here], active[number] * (active[number] - 1) / 2)
    return adjusted


def _home(found: Actions) -> Ints:
    """Return the part of each account, -1 where it did nothing."""
    home = np.full(found.width, -1)
    home[found.account] = found.part[found.object]
    return home


@dataclass(frozen=True)
class ReferredPairs:
    """Pairs judged by the rates of ordinary accounts.

    Attributes:
        pairs: The pairs with ``expected_reference``, ``p_reference`` and ``p_reference_corrected``.
        met: Meetings of two accounts on one content, of each part.
        ratio: Those over what the reference expects.
        left_out: Share of the active accounts of each part that do not count for the rates, as they are in pairs that
            ordinary accounts do not form.
    """

    pairs: pl.DataFrame
    met: Ints
    ratio: Floats
    left_out: Floats


def referred(
    found: Actions,
    pairs: pl.DataFrame,
    window: OfObjects,
    reference: Floats,
    span: int,
    cap: OfObjects = CAP,
    parts: int = 1,
    sharing: Iterable[Shared] | None = None,
) -> ReferredPairs:
    """Return pairs judged by reference rates, which the collection may raise but not set.

    A class has the rate of the reference, weighed as :data:`_REFERENCE_PRIOR` chance pairs, with the chance pairs of the
    collection added. An account that ordinary rates do not explain once counts for no rate again. An object has a rate of
    its own only from accounts that have no pair with such an account. No rate is below twice the window over the
    span of the collection: acts of one hour are all within an hour of each other.

    Args:
        found: The actions the pairs come from.
        pairs: What :func:`vigie.features.coordination.pairs.counted` returned.
        window: The window, in seconds: one for all objects, or one for each.
        reference: Rate of ordinary accounts, one per object.
        span: Seconds from the first to the last post of the collection.
        cap: The cap: one for all objects, or one for each.
        parts: How many parts there are; those without an action have met nowhere.
        sharing: As in :func:`compared`.
    """
    met = _meetings(found, window, cap)
    # Summed part by part, as a part alone is: sums of many numbers depend on how they are grouped.
    likely, bounds = met.possible * reference, np.searchsorted(found.part, np.arange(parts + 1))
    usual = np.array([likely[begin:end].sum() for begin, end in pairwise(bounds)])
    within = np.bincount(found.part, met.within, minlength=parts)
    home = _home(found)
    active = np.bincount(home[home >= 0], minlength=parts)
    suspect = np.zeros(found.width, np.bool_)
    expected = p = corrected = np.empty(0)
    if pairs.height:
        floor = np.minimum(1.0, 2 * np.asarray(window) / max(span, 1))
        count = pairs["objects"].to_numpy().astype(float)
        first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
        shared = Sharing(found, pairs) if sharing is None else sharing
        expected = _expected(shared, np.maximum(reference, floor), len(count))
        for turn in range(_TURNS):
            strange = _tail(count, expected) < _STRANGE
            # No other account is left out than before.
            if turn and suspect[first[strange]].all() and suspect[second[strange]].all():
                break
            suspect[first[strange]] = suspect[second[strange]] = True
            near = suspect.copy()
            near[second[suspect[first]]] = near[first[suspect[second]]] = True
            plain = _meetings(found.where(~suspect[found.account]), window, cap)
            apart = _meetings(found.where(~near[found.account]), window, cap)
            by_class = _blended(found, plain, reference)
            own = (apart.within + _PRIOR * by_class) / (apart.possible + _PRIOR)
            rate = np.where(apart.possible >= _PRIOR, np.maximum(own, by_class), by_class)
            expected = _expected(shared, np.clip(rate, floor, 1.0), len(count))
        p = _tail(count, expected)
        corrected = _corrected(found, first, p)
    judged = pairs.with_columns(
        pl.Series(name, values) for name, values in zip(REFERRED, (expected, p, corrected), strict=True)
    )
    left_out = np.bincount(home[suspect], minlength=parts) / np.maximum(active, 1)
    return ReferredPairs(judged, within.astype(np.int64), (within + 1) / (usual + 1), left_out)


def _blended(found: Actions, plain: _Meetings, reference: Floats) -> Floats:
    """Return the rate of each object's class: that of the reference, with the chance pairs of the collection added."""
    of_class = np.unique(_joint(found.part, grades(found)), return_inverse=True)[1]
    within, possible = (np.bincount(of_class, value) for value in (plain.within, plain.possible))
    return np.asarray(
        (within[of_class] + _REFERENCE_PRIOR * reference) / (possible[of_class] + _REFERENCE_PRIOR)
    )


def _tail(count: Floats, expected: Floats) -> Floats:
    """Return P[Poisson(expected) >= count], the regularised lower incomplete gamma function; never 0."""
    return np.asarray(np.maximum(gammainc(count, expected), np.finfo(float).tiny))


def false_discovery_share(p: Floats, tests: float) -> Floats:
    """Return p-values adjusted for the share of false discoveries; tests beyond those given had p of 1."""
    order = np.argsort(p, kind="stable")
    raised = np.minimum(p[order] * tests / np.arange(1, len(p) + 1), 1.0)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum.accumulate(raised[::-1])[::-1]
    return adjusted


def _expected(sharing: Iterable[Shared], rate: Floats, size: int) -> Floats:
    """Return how often each of ``size`` pairs is expected to meet: the rates of what both acted on, summed."""
    total = np.zeros(size)
    for some in sharing:
        total += np.bincount(some.place, rate[some.object], minlength=size)
    return total
