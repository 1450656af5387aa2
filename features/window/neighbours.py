"""Behavioural neighbours: whether other accounts of a window behave like an account and are as suspicious.

Accounts of one operation are run alike: their posts hold links, hashtags and replies in the same measure, at the same
pace. One account of suspicious behaviour is weak evidence, and a dozen that behave alike rarely meet by chance. A first
model gives each account a suspicion from its behaviour alone (:mod:`vigie.models.neighbour_features`). The other accounts
of the window then count by their suspicion and their similarity. A suspicious account without similar accounts in the
window has low values.

An account is left out of its own neighbours. The features follow the aggregates over neighbours of [Xu2021], with
similarity of behaviour in place of friendship.
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
# Distance, in standard deviations of ordinary accounts, at which the similarity of two accounts has fallen to 0.6.
_WIDTH = 1.0
# Weight of a neighbour without suspicion that is added to every mean, so that an account without neighbours has 0.
_AT_LEAST = 0.5
# Pairs compared at once; bounds memory.
_BLOCK = 4_000_000
# Most accounts an account is compared with: of more, the most suspicious for the largest values, and every n-th for the
# mean. Bounds time.
_MOST = 5_000


def normal_scores(values: Floats, quantiles: dict[str, Floats]) -> Floats:
    """Return behaviour as normal scores among ordinary accounts, ties at their middle rank, missing values at the median.

    Args:
        values: Columns of :data:`BEHAVIOUR_SPACE`, shape (accounts, columns).
        quantiles: Quantiles (0, 1, …, 100 %) of each among ordinary accounts.
    """
    scores = np.zeros(values.shape)
    for column, name in enumerate(BEHAVIOUR_SPACE):
        known = np.asarray(quantiles.get(name, ()))
        if not len(known):
            continue
        observed = values[:, column]
        below, upto = np.searchsorted(known, observed, "left"), np.searchsorted(known, observed, "right")
        share = np.clip((below + upto + 1) / 2 / (len(known) + 1), 0.5 / len(known), 1 - 0.5 / len(known))
        scores[:, column] = np.where(np.isnan(observed), 0.0, ndtri(share))
    return scores


def peer_suspicion(
    place: Floats, suspicion: Floats, others: Floats, of_others: Floats, itself: Ints
) -> pl.DataFrame:
    """Return how suspicious the accounts are that behave like each account.

    Args:
        place: Accounts asked about, from :func:`normal_scores`, shape (accounts, columns).
        suspicion: Suspicion of each by its behaviour, 0 to 1.
        others: Accounts of the window they are compared with.
        of_others: Suspicion of each of those by its behaviour.
        itself: Position of each account asked about among the others, to leave it out; -1 where it is not among them.

    Returns:
        ``own`` (its own suspicion), ``first``, ``second`` and ``third`` (suspicion times similarity of the accounts for
        which that is largest, 0 where there are fewer) and ``share`` (mean suspicion of the others, by similarity).
    """
    suspects = np.sort(np.argsort(-of_others, kind="stable")[:_MOST])
    sample = np.linspace(0, len(others) - 1, min(_MOST, len(others))).astype(np.int64)
    top = min(3, len(others))
    largest = np.zeros((len(place), 3))
    share = np.zeros(len(place))

    def mean(weighted: Floats, similarity: Floats) -> Floats:
        return np.asarray(weighted.sum(axis=1) / (similarity.sum(axis=1) + _AT_LEAST))

    for part, similarity in _similarities(place, others, itself, suspects):
        weighted = similarity * of_others[suspects]
        if top:
            largest[part, :top] = -np.sort(-np.partition(weighted, -top, axis=1)[:, -top:], axis=1)
        share[part] = mean(weighted, similarity)
    if len(sample) < len(others):
        for part, similarity in _similarities(place, others, itself, sample):
            share[part] = mean(similarity * of_others[sample], similarity)
    return pl.DataFrame(
        {
            "own": suspicion,
            "first": largest[:, 0],
            "second": largest[:, 1],
            "third": largest[:, 2],
            "share": share,
        }
    )


def _similarities(
    place: Floats, others: Floats, itself: Ints, chosen: Ints
) -> Iterator[tuple[slice, Floats]]:
    """Yield stretches of the accounts asked about, and their similarity to the others chosen; 0 to themselves."""
    at = np.full(len(others) + 1, -1)  # the last for accounts that are not among the others
    at[chosen] = np.arange(len(chosen))
    block = max(1, _BLOCK // max(len(chosen), 1))
    for start in range(0, len(place), block):
        part = slice(start, start + block)
        similarity = np.exp(-_squared_distance(place[part], others[chosen]) / (2 * _WIDTH**2))
        own = at[itself[part]]
        among = np.flatnonzero(own >= 0)
        similarity[among, own[among]] = 0.0
        yield part, similarity


def _squared_distance(one: Floats, other: Floats) -> Floats:
    crossed = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.asarray(np.maximum(crossed, 0.0))


@feature(unit="share", source="Xu2021")
def resemblance_own_suspicion_share() -> pl.Expr:
    """Probability at 1.6 % prevalence that a first model gives to the account's own behaviour."""
    return pl.col("own")


@feature(unit="share", monotone=1, source="Xu2021")
def resemblance_first_suspicion_share() -> pl.Expr:
    """Suspicion times similarity of the account for which that product is largest."""
    return pl.col("first")


@feature(unit="share", monotone=1, source="Xu2021")
def resemblance_second_suspicion_share() -> pl.Expr:
    """Suspicion times similarity of the account for which that product is second largest."""
    return pl.col("second")


@feature(unit="share", monotone=1, source="Xu2021")
def resemblance_third_suspicion_share() -> pl.Expr:
    """Suspicion times similarity of the account for which that product is third largest."""
    return pl.col("third")


@feature(unit="share", monotone=1, source="Xu2021")
def resemblance_alike_suspicion_share() -> pl.Expr:
    """Mean suspicion of the other accounts of the window, weighted by similarity."""
    return pl.col("share")


NEIGHBOUR_FEATURES: tuple[str, ...] = tuple(f.name for f in CATALOGUE.values() if f.table == "neighbours")


def neighbour_features(table: pl.DataFrame) -> pl.DataFrame:
    """Return every feature of what :func:`peer_suspicion` returned, one row each."""
    found = table.select(CATALOGUE[name].expression for name in NEIGHBOUR_FEATURES)
    return found.with_columns(pl.all().round_sig_figs(12))
