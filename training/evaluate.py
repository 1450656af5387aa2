"""Evaluation a sceptical reader would accept: unseen sources first, baselines in the same table.

All models are judged on the same accounts (those ours scores; how many it abstains on is said beside),
each by a version that never saw the source of the account, with paired bootstrap draws.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.models.bundle import Bundle
from vigie.models.calibration import probability
from vigie.models.score import Scores, score
from vigie.training.baselines import baselines, predict
from vigie.training.config import Config
from vigie.training.crossfit import CrossFit, as_matrix, bundle_of, bundle_unseen, crossfit, without
from vigie.training.discount import fit_discounts, truncated
from vigie.training.fit import Table, features_of
from vigie.training.metrics import (
    Figure,
    auc,
    average_precision,
    calibration_error,
    draws,
    recall_at_fpr,
)
from vigie.training.views import FULL

MODEL = "vigie"
PLAIN = "vigie, no discount on missing evidence"
RANDOM = "vigie, random split (optimistic)"
_FOLDS = 5


@dataclass(frozen=True)
class Evaluation:
    """Figures of one run.

    Attributes:
        table: One row per model and source: ``model``, ``source``, ``accounts``, ``positives``,
            ``abstained`` (share), and ``auc``, ``average_precision``, ``recall_at_1`` with ``_low`` and
            ``_high``, ``calibration_error``.
        means: One row per model: mean AUC over the sources with intervals over accounts and over sources.
        gains: One row per baseline and kind of source: AUC of ours minus its own, mean with both intervals.
        held_out: Per scored account: ``row``, ``source``, ``y``, ``log_odds``.
        posts_curve: Score against number of posts supplied.
        risk_coverage: Error among the most certain accounts.
        intervals: What the stated intervals are worth.
        best_single: The one feature that ranks each source best, chosen on it.
    """

    table: pl.DataFrame
    means: pl.DataFrame
    gains: pl.DataFrame
    held_out: pl.DataFrame
    posts_curve: pl.DataFrame
    risk_coverage: pl.DataFrame
    intervals: pl.DataFrame
    best_single: pl.DataFrame


def evaluate(
    fits: dict[str, CrossFit], rows: pl.DataFrame, config: Config, tick: Callable[[str], None]
) -> Evaluation:
    """Return the evaluation of fitted parts; ``tick`` is called with what was just done."""
    full = rows.filter(pl.col("view") == FULL)
    sources = [str(name) for name in full["source"].unique(maintain_order=True)]
    models, scored, plain = {}, {}, {}
    for source in sources:
        rest = without(fits, config, source)
        thin = fit_discounts(rest, rows.filter(pl.col("source") != source), config)
        models[source] = bundle_of(rest, config, thin)
        here = full.filter(pl.col("source") == source)
        scored[source] = (here, score(models[source], as_matrix(here)))
        plain[source] = score(bundle_of(rest, config), as_matrix(here)).log_odds
        tick(f"fitted and calibrated without {source}")
    random = _random_split(fits, config, full)
    tick("scored a random split")
    all_features = tuple(name for part in fits for name in features_of(part, config))
    records: list[dict[str, object]] = []
    areas: dict[str, list[NDArray[np.float64]]] = {}
    for source in sources:
        rows_here, scores = scored[source]
        keep = scores.status == "scored"
        truth = rows_here["y"].to_numpy()[keep]
        weights = draws(truth, config.bootstrap_draws, config.seed)
        ranked = {MODEL: scores.log_odds[keep], PLAIN: plain[source][keep], RANDOM: random[source][keep]}
        train = full.filter(pl.col("source") != source)
        for name, (features, make) in baselines(all_features).items():
            ranked[name] = predict(make, features, train, rows_here, config.seed)[keep]
        for name, value in ranked.items():
            drawn = auc(truth, value, weights)
            areas.setdefault(name, []).append(drawn)
            records.append(_record(name, source, truth, value, weights, drawn, float(1 - keep.mean())))
        tick(f"compared on {source}")
    return Evaluation(
        table=pl.DataFrame(records),
        means=pl.DataFrame(
            [{"model": name} | _mean(np.stack(drawn), config) for name, drawn in areas.items()]
        ),
        gains=pl.DataFrame(
            [
                {"baseline": name, "sources": label}
                | _mean(np.stack(areas[MODEL])[chosen] - np.stack(drawn)[chosen], config)
                for name, drawn in areas.items()
                if name not in (MODEL, PLAIN, RANDOM)
                for label, chosen in _kinds(fits, sources).items()
            ]
        ),
        held_out=_held_out(scored),
        posts_curve=posts_curve(models, rows, config),
        risk_coverage=_risk_coverage(scored),
        intervals=_intervals(scored),
        best_single=_best_single(full, all_features),
    )


def _kinds(fits: dict[str, CrossFit], sources: list[str]) -> dict[str, list[int]]:
    """Return positions of all sources, of those with profiles, and of those without."""
    profile = set(fits["profile"].held_out) if "profile" in fits else set()
    kinds = {
        "all": list(range(len(sources))),
        "with profiles": [place for place, name in enumerate(sources) if name in profile],
        "without profiles": [place for place, name in enumerate(sources) if name not in profile],
    }
    return {label: chosen for label, chosen in kinds.items() if chosen}


def _intervals(scored: dict[str, tuple[pl.DataFrame, Scores]]) -> pl.DataFrame:
    """Return what the stated intervals are worth on unseen sources, classes weighing alike.

    Returns:
        ``source``, ``half_width`` (median, log-odds), ``excludes_even`` (share whose interval leaves even odds
        out), ``wrong_when_excluding`` (share of those on the wrong side; null if none).
    """
    found = []
    for source, (rows, scores) in scored.items():
        keep = scores.status == "scored"
        low, high = (end[keep] for end in scores.interval())
        truth = rows["y"].to_numpy()[keep]
        weight = np.where(truth, 0.5 / max(truth.sum(), 1), 0.5 / max((~truth).sum(), 1))
        sure = (low > 0) | (high < 0)
        wrong = sure & ((low > 0) != truth)
        share = float(weight[sure].sum())
        found.append(
            {
                "source": source, "half_width": float(np.median((high - low) / 2)), "excludes_even": share,
                "wrong_when_excluding": float(weight[wrong].sum() / share) if share > 0 else None,
            }
        )  # fmt: skip
    return pl.DataFrame(found)


def _best_single(full: pl.DataFrame, features: tuple[str, ...]) -> pl.DataFrame:
    """Return the one feature that ranks each source best, chosen on that source: how easy the source is.

    Returns:
        ``source``, ``feature``, ``auc`` (of the better direction, on rows where it is known).
    """
    found = []
    for (source,), rows in full.group_by("source", maintain_order=True):
        best = ("", 0.5)
        for name in features:
            known = rows.filter(pl.col(name).is_not_null())
            truth = known["y"].to_numpy()
            if known.height < rows.height / 2 or truth.all() or not truth.any():
                continue
            value = float(auc(truth, known[name].to_numpy(), np.ones((1, known.height)))[0])
            best = max(best, (name, max(value, 1 - value)), key=lambda pair: pair[1])
        found.append({"source": source, "feature": best[0], "auc": best[1]})
    return pl.DataFrame(found)


def _random_split(
    fits: dict[str, CrossFit], config: Config, full: pl.DataFrame
) -> dict[str, NDArray[np.float64]]:
    """Return log-odds per source by models that saw other accounts of the same source: an optimistic bound."""
    fold_of = full.select("row", fold=pl.col("row").hash(seed=config.seed) % _FOLDS)
    folds = dict(zip(fold_of["row"].to_list(), fold_of["fold"].to_list(), strict=True))
    found = {str(s): np.zeros(full.filter(pl.col("source") == s).height) for s in full["source"].unique()}
    refits = {}
    for name, fitted in fits.items():
        table = fitted.table
        fold = np.array([str(folds[row]) for row in table.row])
        by_fold = Table(table.features, table.x, table.y, table.row, fold, table.full, table.weight)
        refits[name] = crossfit(by_fold, config, fitted.leaves, fitted.trees, lambda: None)
    for number in range(_FOLDS):
        scores_of = bundle_unseen(refits, config, str(number))
        for source, value in found.items():
            here = full.filter(pl.col("source") == source)
            mine = np.array([folds[row] == number for row in here["row"]])
            if mine.any():
                value[mine] = np.nan_to_num(
                    score(scores_of, as_matrix(here.filter(pl.Series(mine)))).log_odds
                )
    return found


def _record(
    name: str,
    source: str,
    truth: NDArray[np.bool_],
    value: NDArray[np.float64],
    weights: NDArray[np.float64],
    area: NDArray[np.float64],
    abstained: float,
) -> dict[str, object]:
    figures = {
        "auc": Figure.of(area),
        "average_precision": Figure.of(average_precision(truth, value, weights)),
        "recall_at_1": Figure.of(recall_at_fpr(truth, value, weights)),
    }
    stated = probability(value, 0.5) if name in (MODEL, PLAIN, RANDOM) else value
    record: dict[str, object] = {
        "model": name, "source": source, "accounts": len(truth), "positives": int(truth.sum()),
        "abstained": abstained, "calibration_error": calibration_error(truth, stated),
    }  # fmt: skip
    for label, figure in figures.items():
        record |= {label: figure.value, f"{label}_low": figure.low, f"{label}_high": figure.high}
    return record


def _mean(drawn: NDArray[np.float64], config: Config) -> dict[str, float]:
    """Return the mean over sources with its intervals: accounts resampled, and sources resampled too.

    Args:
        drawn: Shape (sources, draws + 1), the first draw being the data as it is.
        config: For the seed.
    """
    over_accounts = Figure.of(drawn.mean(axis=0))
    generator = np.random.default_rng(config.seed)
    sources, number = drawn.shape[0], drawn.shape[1] - 1
    picked = generator.integers(0, sources, size=(number, sources))
    resampled = drawn[picked, np.arange(1, number + 1)[:, None]].mean(axis=1)
    low, high = np.percentile(resampled, [2.5, 97.5])
    return {
        "auc": over_accounts.value, "low": over_accounts.low, "high": over_accounts.high,
        "low_over_sources": float(low), "high_over_sources": float(high),
    }  # fmt: skip


def _held_out(scored: dict[str, tuple[pl.DataFrame, Scores]]) -> pl.DataFrame:
    parts = [
        rows.select("row", "source", "y", "kind")
        .with_columns(log_odds=pl.Series(scores.log_odds))
        .filter(pl.Series(scores.status == "scored"))
        for rows, scores in scored.values()
    ]
    return pl.concat(parts)


def _risk_coverage(scored: dict[str, tuple[pl.DataFrame, Scores]]) -> pl.DataFrame:
    """Return the error rate (at equal classes) among the share of accounts the model is surest of.

    Sure means far from even odds.
    """
    found = []
    for source, (rows, scores) in scored.items():
        keep = scores.status == "scored"
        odds, truth = scores.log_odds[keep], rows["y"].to_numpy()[keep]
        order = np.argsort(-np.abs(odds), kind="stable")
        weight = np.where(truth, 0.5 / max(truth.sum(), 1), 0.5 / max((~truth).sum(), 1))[order]
        wrong = weight * ((odds > 0) != truth)[order]
        covered, risk = weight.cumsum(), wrong.cumsum() / weight.cumsum()
        for share in (0.1, 0.25, 0.5, 0.75, 1.0):
            at = min(int(np.searchsorted(covered, share)), len(risk) - 1)
            found.append({"source": source, "coverage": share, "error": float(risk[at])})
    return pl.DataFrame(found)


def posts_curve(models: dict[str, Bundle], rows: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Return what happens to the same accounts' scores when fewer of their posts are supplied.

    Only accounts with more posts than the largest truncation, scored by models that never saw their
    source. A score must not rise as posts vanish.

    Returns:
        ``source``, ``y``, ``posts`` (0 for the profile alone; -1 for all), ``accounts``, ``abstained``
        (share), ``probability`` (mean over scored), ``flagged`` (share of all with a probability of at
        least one half at the assumed prevalence).
    """
    found = []
    for source in rows["source"].unique(maintain_order=True):
        views = truncated(rows, source, config)
        if not views:
            continue
        model = models[source]
        for posts, table in views.items():
            scores = score(model, as_matrix(table))
            chance = probability(scores.log_odds, config.assumed_prevalence)
            for value in (False, True):
                mine = table["y"].to_numpy() == value
                known = chance[mine & (scores.status == "scored")]
                if not mine.any():
                    continue
                found.append(
                    {
                        "source": source, "y": value, "posts": posts, "accounts": int(mine.sum()),
                        "abstained": float(1 - len(known) / mine.sum()),
                        "probability": float(known.mean()) if len(known) else None,
                        "flagged": float((known >= 0.5).sum() / mine.sum()),
                    }
                )  # fmt: skip
    return pl.DataFrame(found)
