"""Resemblance: whether others of a pool act like an account and are as suspicious by their conduct.

Accounts of one operation are run alike: their posts hold links, hashtags and replies in the same measure, at the same
pace. One account of suspicious conduct proves nothing, and a dozen that act alike seldom meet by chance. A first model
says how suspicious the conduct of each account is (:mod:`vigie.models.neighbour_features`); the others of the pool then count
by that and by how near they are. Who is suspicious with nobody like it in the pool has low values here.

An account weighs itself out: nothing it does makes it resemble others more than they resemble it. After the aggregates
over neighbours of Xu et al. 2021 ("Deep Entity Classification", USENIX Security), with likeness in place of friendship.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtri

# Importing the family fills its part of the catalogue.
import vigie.features.window.behaviour  # noqa: F401
from vigie.features.catalogue import CATALOGUE, feature

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# What an account did in the window, all without words, hours and language.
BEHAVIOUR_SPACE: tuple[str, ...] = tuple(name for name in CATALOGUE if name.startswith("conduct_"))
# Distance, in standard deviations of ordinary people, at which two accounts count as half alike or so.
_WIDTH = 1.0
# How many accounts stand behind a share: of nobody alike the share is 0.
_AT_LEAST = 0.5
# Pairs weighed at once; bounds memory.
_BLOCK = 4_000_000
# Others compared with at most: of more, the most suspicious for the nearest, and every n-th for the mean. Bounds time.
_MOST = 5_000


def normal_scores(values: Floats, quantiles: dict[str, Floats]) -> Floats:
    """Return conduct as normal scores among ordinary accounts, ties at the middle; missing values at the median.

    Args:
        values: Columns of :data:`BEHAVIOUR_SPACE`, shape (accounts, columns).
        quantiles: Quantiles (0, 1, …, 100 %) of each among ordinary accounts.
    """
    found = np.zeros(values.shape)
    for column, name in enumerate(BEHAVIOUR_SPACE):
        known = np.asarray(quantiles.get(name, ()))
        if not len(known):
            continue
        seen = values[:, column]
        below, upto = np.searchsorted(known, seen, "left"), np.searchsorted(known, seen, "right")
        share = np.clip((below + upto + 1) / 2 / (len(known) + 1), 0.5 / len(known), 1 - 0.5 / len(known))
        found[:, column] = np.where(np.isnan(seen), 0.0, ndtri(share))
    return found


def peer_suspicion(
    place: Floats, suspicion: Floats, others: Floats, of_others: Floats, itself: Ints
) -> pl.DataFrame:
    """Return how suspicious those are who act like each account.

    Args:
        place: Accounts asked about, from :func:`normal_scores`, shape (accounts, columns).
        suspicion: How suspicious the conduct of each is, 0 to 1.
        others: Accounts of the pool they are compared with.
        of_others: How suspicious the conduct of each of them is.
        itself: Position of each account asked about among the others, to leave it out; -1 where it is not among them.

    Returns:
        ``own`` (its own suspicion), ``first``, ``second`` and ``third`` (suspicion times likeness of the accounts for
        which that is largest, 0 where there are fewer) and ``share`` (mean suspicion of the others, by likeness).
    """
    suspects = np.sort(np.argsort(-of_others, kind="stable")[:_MOST])
    sample = np.linspace(0, len(others) - 1, min(_MOST, len(others))).astype(np.int64)
    top = min(3, len(others))
    largest = np.zeros((len(place), 3))
    share = np.zeros(len(place))

    def mean(weighed: Floats, likeness: Floats) -> Floats:
        return np.asarray(weighed.sum(axis=1) / (likeness.sum(axis=1) + _AT_LEAST))

    for part, likeness in _likeness(place, others, itself, suspects):
        weighed = likeness * of_others[suspects]
        if top:
            largest[part, :top] = -np.sort(-np.partition(weighed, -top, axis=1)[:, -top:], axis=1)
        share[part] = mean(weighed, likeness)
    if len(sample) < len(others):
        for part, likeness in _likeness(place, others, itself, sample):
            share[part] = mean(likeness * of_others[sample], likeness)
    return pl.DataFrame(
        {
            "own": suspicion,
            "first": largest[:, 0],
            "second": largest[:, 1],
            "third": largest[:, 2],
            "share": share,
        }
    )


def _likeness(place: Floats, others: Floats, itself: Ints, chosen: Ints) -> Iterator[tuple[slice, Floats]]:
    """Yield stretches of the accounts asked about, and their likeness to the others chosen; 0 to themselves."""
    at = np.full(len(others) + 1, -1)  # the last for accounts that are not among the others
    at[chosen] = np.arange(len(chosen))
    block = max(1, _BLOCK // max(len(chosen), 1))
    for start in range(0, len(place), block):
        part = slice(start, start + block)
        likeness = np.exp(-_squared_distance(place[part], others[chosen]) / (2 * _WIDTH**2))
        own = at[itself[part]]
        among = np.flatnonzero(own >= 0)
        likeness[among, own[among]] = 0.0
        yield part, likeness


def _squared_distance(one: Floats, other: Floats) -> Floats:
    crossed = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.asarray(np.maximum(crossed, 0.0))


_SOURCE = "Xu et al. 2021 (DEC), with likeness for friendship"


@feature(
    unit="share",
    english="On its conduct alone in those hours, how likely it is to be operated: {value}",
    french="À sa seule conduite dans ces heures, probabilité que le compte soit piloté : {value}",
    source=_SOURCE,
)
def resemblance_own_suspicion_share() -> pl.Expr:
    """Probability at 1.6 % prevalence that a first model gives to the account's own conduct."""
    return pl.col("own")


@feature(
    unit="share",
    english="Another account acts alike in those hours and is likely operated too (likeness times likelihood): {value}",
    french="Un autre compte agit de même dans ces heures et paraît piloté lui aussi (ressemblance × probabilité) : {value}",
    monotone=1,
    source=_SOURCE,
)
def resemblance_first_suspicion_share() -> pl.Expr:
    """Suspicion times likeness of the account for which that is largest."""
    return pl.col("first")


@feature(
    unit="share",
    english="A second account acts alike in those hours and is likely operated too (likeness times likelihood): {value}",
    french="Un deuxième compte agit de même dans ces heures et paraît piloté lui aussi (ressemblance × probabilité) : {value}",
    monotone=1,
    source=_SOURCE,
)
def resemblance_second_suspicion_share() -> pl.Expr:
    """Suspicion times likeness of the account for which that is second."""
    return pl.col("second")


@feature(
    unit="share",
    english="A third account acts alike in those hours and is likely operated too (likeness times likelihood): {value}",
    french="Un troisième compte agit de même dans ces heures et paraît piloté lui aussi (ressemblance × probabilité) : {value}",
    monotone=1,
    source=_SOURCE,
)
def resemblance_third_suspicion_share() -> pl.Expr:
    """Suspicion times likeness of the account for which that is third."""
    return pl.col("third")


@feature(
    unit="share",
    english="Of the accounts that act alike in those hours, share likely operated: {value}",
    french="Parmi les comptes qui agissent de même dans ces heures, part probablement pilotée : {value}",
    monotone=1,
    source=_SOURCE,
)
def resemblance_alike_suspicion_share() -> pl.Expr:
    """Mean suspicion of the others of the pool, weighed by likeness."""
    return pl.col("share")


NEIGHBOUR_FEATURES: tuple[str, ...] = tuple(f.name for f in CATALOGUE.values() if f.table == "neighbours")


def neighbour_features(table: pl.DataFrame) -> pl.DataFrame:
    """Return every feature of what :func:`peer_suspicion` returned, one row each."""
    found = table.select(CATALOGUE[name].expression for name in NEIGHBOUR_FEATURES)
    return found.with_columns(pl.all().round_sig_figs(12))
