"""The answer for a batch of accounts: score or abstention, in the shape clients count on.

The service sends it as JSON, the command line writes it as rows: one function, one answer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.catalogue import CATALOGUE
from vigie.features.explanations import sentence
from vigie.features.i18n.languages import Language
from vigie.features.pipeline import FeatureMatrix
from vigie.features.preprocessing import MAX_POSTS
from vigie.models.bundle import Bundle
from vigie.models.calibration import Floats, probability
from vigie.models.scoring import Scores

STATED_PREVALENCES = (0.1, 0.01, 0.001)
# Posts named per reason.
_EVIDENCE = 5
_WHY: dict[str, tuple[str, str]] = {
    "hardly_acted": (
        "The account has published fewer than {acts} posts: too few to judge it, and few posts are no sign.",
        "Le compte a publié moins de {acts} messages : trop peu pour en juger ; avoir peu publié n'est pas un indice.",
    ),
    "too_little_known": (
        "Too little is known: give the profile with its counts (posts among them) and creation date, or at least {posts} posts.",
        "Trop peu d'éléments : donnez le profil avec ses compteurs (dont celui des messages) et sa date de création, "
        "ou au moins {posts} messages.",
    ),
    "nobody_to_compare": (
        "Coordination is judged among accounts: give at least {accounts} accounts with 5 dated posts each inside 72 "
        "hours.",
        "La coordination se juge entre comptes : donnez au moins {accounts} comptes ayant chacun 5 messages datés en "
        "72 heures.",
    ),
    "hardly_present": (
        "The account has fewer than {posts} posts in the hours in which the others can be compared: too few to judge it, "
        "and few posts are no sign.",
        "Le compte a moins de {posts} messages dans les heures où les autres peuvent être comparés : trop peu pour en "
        "juger ; avoir peu publié n'est pas un indice.",
    ),
}
_DROPPED = {
    "duplicate": "duplicate post_id",
    "after_observation": "posted after observed_at",
    "older": f"older than the most recent {MAX_POSTS}",
}


def answers(
    bundle: Bundle, matrix: FeatureMatrix, scores: Scores, *, top: int, language: Language
) -> list[dict[str, Any]]:
    """Return ``coverage`` and the verdict, named after the bundle's target, for each account of the batch, in order.

    Args:
        bundle: The model.
        matrix: Features of the batch.
        scores: What :func:`vigie.models.scoring.score` returned for it.
        top: Reasons per account; 0 for none.
        language: Language of the sentences.
    """
    low, high = scores.interval()
    prior = float(bundle.index["assumed_prevalence"])
    stated = {str(rate): probability(scores.log_odds, rate) for rate in STATED_PREVALENCES}
    headline, floor, ceiling = (probability(x, prior) for x in (scores.log_odds, low, high))
    scored = scores.status == "scored"
    reasons = _reasons(bundle, matrix, scores, top, language)
    found = []
    for index, coverage in enumerate(_coverage(bundle, matrix, scores)):
        if scored[index]:
            verdict: dict[str, Any] = {
                "status": "scored",
                "probability": float(headline[index]),
                "interval": [float(floor[index]), float(ceiling[index])],
                "assumed_prevalence": prior,
                "at_prevalence": {rate: float(values[index]) for rate, values in stated.items()},
                "band": _band(bundle, float(headline[index])),
                "reasons": reasons[index],
            }
        else:
            code = str(scores.status[index])
            verdict = abstention(bundle, code, language)
        found.append({"coverage": coverage, bundle.target: verdict})
    return found


def abstention(bundle: Bundle, code: str, language: Language) -> dict[str, Any]:
    """Return the verdict of an account on which the model abstains, and why."""
    text = _WHY[code][0 if language == "en" else 1].format(**bundle.index["floors"])
    return {"status": "abstained", "why": text, "code": code}


def _band(bundle: Bundle, value: float) -> str:
    """Return the name of the highest band whose lower end the probability reaches."""
    bands = sorted(bundle.index["bands"].items(), key=lambda item: item[1])
    return str([name for name, start in bands if value >= start][-1])


def _coverage(bundle: Bundle, matrix: FeatureMatrix, scores: Scores) -> list[dict[str, Any]]:
    """Return per account the tier, the posts read and what was missing or left out."""
    groups = np.array([CATALOGUE[name].group for name in scores.features])
    missing: NDArray[np.bool_] = np.isnan(scores.values)
    names = list(dict.fromkeys(groups))
    gone = {group: np.atleast_1d(missing[:, groups == group].all(axis=1)) for group in names}
    partly = {group: np.atleast_1d(missing[:, groups == group].any(axis=1)) for group in names}
    found = []
    for index, counts in enumerate(matrix.coverage.iter_rows(named=True)):
        tier = "+".join(name for name in bundle.parts if scores.spoke[name][index]) or "none"
        found.append(
            {
                "tier": tier,
                "posts": counts["used"],
                "posts_supplied": counts["supplied"],
                "missing": [group for group in names if gone[group][index]],
                "partial": [group for group in names if partly[group][index] and not gone[group][index]],
                "dropped_posts": [
                    {"count": counts[name], "reason": reason}
                    for name, reason in _DROPPED.items()
                    if counts[name]
                ],
            }
        )
    return found


def _reasons(
    bundle: Bundle, matrix: FeatureMatrix, scores: Scores, top: int, language: Language
) -> list[list[dict[str, Any]]]:
    """Return the ``top`` known features of each account that move its score most, strongest first."""
    rows = len(scores.status)
    if top <= 0:
        return [[] for _ in range(rows)]
    strength = np.where(np.isnan(scores.values), 0.0, np.abs(scores.contributions))
    order = np.argsort(-strength, axis=1, kind="stable")[:, :top]
    chosen = [
        [int(column) for column in order[index] if strength[index, column] > 0]
        if scores.status[index] == "scored"
        else []
        for index in range(rows)
    ]
    places = {
        name: _places(bundle, name, scores.values[:, column]) for column, name in enumerate(scores.features)
    }
    ids = matrix.table["row"].to_list()
    evidence = _evidence(
        matrix.posts, [(ids[i], scores.features[c]) for i, cs in enumerate(chosen) for c in cs]
    )
    found = []
    for index, columns in enumerate(chosen):
        reasons = []
        for column in columns:
            name = scores.features[column]
            value, contribution = (
                float(scores.values[index, column]),
                float(scores.contributions[index, column]),
            )
            below, above = (float(share[index]) for share in places[name])
            place = None if np.isnan(below) else (below, above)
            reasons.append(
                {
                    "group": CATALOGUE[name].group,
                    "feature": name,
                    "value": value,
                    "percentile": None if place is None else below,
                    "contribution": contribution,
                    "sentence": sentence(name, value, place, contribution, language),
                    "post_ids": evidence.get((ids[index], CATALOGUE[name].evidence), []),
                }
            )
        found.append(reasons)
    return found


def _places(bundle: Bundle, name: str, values: Floats) -> tuple[Floats, Floats]:
    """Return the shares of reference accounts below and above each value, in percent; NaN if unknown."""
    reference = bundle.reference.get(name)
    if reference is None or not len(reference):
        return np.full(len(values), np.nan), np.full(len(values), np.nan)
    below = 100 * np.searchsorted(reference, values, side="left") / len(reference)
    above = 100 - 100 * np.searchsorted(reference, values, side="right") / len(reference)
    known = ~np.isnan(values)
    return np.where(known, below, np.nan), np.where(known, above, np.nan)


def _evidence(posts: pl.DataFrame, wanted: list[tuple[int, str]]) -> dict[tuple[int, str], list[str]]:
    """Return, for (row, evidence column), the most recent posts that show it, newest first."""
    flags: dict[str, set[int]] = {}
    for row, name in wanted:
        if CATALOGUE[name].evidence:
            flags.setdefault(CATALOGUE[name].evidence, set()).add(row)
    found: dict[tuple[int, str], list[str]] = {}
    for flag, rows in flags.items():
        shown = (
            posts.lazy()
            .filter(pl.col(flag) & pl.col("row").is_in(list(rows)))
            .group_by("row")
            .agg(pl.col("post_id").tail(_EVIDENCE).reverse())
            .collect()
        )
        found |= {(row, flag): ids for row, ids in shown.iter_rows()}
    return found
