"""Evaluation a sceptical reader would accept: held-out sources first, baselines in the same table.

All models are evaluated on the same accounts (those ours scores; how many it abstains on is said beside),
each by a version that did not see the source of the account, with paired bootstrap draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.errors import LabelError
from vigie.models.bundle import Bundle
from vigie.models.calibration import probability
from vigie.models.metrics import (
    DIFFERENCE,
    SHARE,
    Curve,
    Estimate,
    Range,
    auc,
    calibration_error,
    smaller_class,
)
from vigie.models.scoring import Scores, score
from vigie.training.config import Config
from vigie.training.data.corpus import Corpus, judgeable
from vigie.training.data.truncated_views import FULL
from vigie.training.evaluation.baselines import baselines, predict
from vigie.training.evaluation.held_out import COLUMNS, clustered
from vigie.training.fitting.booster import both_classes, features_of
from vigie.training.fitting.leave_source_out import (
    CrossFit,
    as_matrix,
    bundle_of,
    excluding,
    held_out_bundle,
    held_out_fits,
)
from vigie.training.fitting.missing_evidence import fit_discounts, truncated

MODEL = "vigie"
PLAIN = "vigie, no discount on missing evidence"
# Names of models in bundles and records; reports show what vigie.training.report.terms makes of them.
GROUPED = "vigie, grouped split: campaigns and kinds unseen, sources seen (optimistic)"
LATER = "vigie, time split: the later third unseen, sources seen (optimistic)"
RANDOM = "vigie, random split (optimistic)"
# Splits that let the model see other accounts of the source it is evaluated on.
OPTIMISTIC = (GROUPED, LATER, RANDOM)
SCHEME = "unseen source"
_FOLDS = 5
_CURVE = {
    "source": pl.String, "y": pl.Boolean, "posts": pl.Int64, "accounts": pl.Int64, "abstained": pl.Float64,
    "probability": pl.Float64, "flagged": pl.Float64,
}  # fmt: skip
# Of each source, the accounts last active after this share of the others are the later ones.
_EARLIER = 2 / 3


@dataclass(frozen=True)
class Evaluation:
    """Metrics of one run.

    Attributes:
        table: One row per model and source: ``model``, ``source``, ``accounts``, ``positives``,
            ``abstained`` (share), and ``auc``, ``average_precision``, ``recall_at_1`` with ``_low`` and
            ``_high``, ``calibration_error``.
        means: One row per model: mean AUC over the sources with intervals over accounts and over sources.
        gains: One row per baseline and kind of source: AUC of ours minus its own, mean with both intervals.
        held_out: Every account of the evaluated sources, see :mod:`vigie.training.evaluation.held_out`; and ``row``.
        posts_curve: Score against number of posts supplied.
        intervals: What the stated intervals are worth.
        best_single: The one feature that ranks each source best, chosen on it.
        held_out_models: Source to the model that did not see it, as it would ship.
    """

    table: pl.DataFrame
    means: pl.DataFrame
    gains: pl.DataFrame
    held_out: pl.DataFrame
    posts_curve: pl.DataFrame
    intervals: pl.DataFrame
    best_single: pl.DataFrame
    held_out_models: dict[str, Bundle]


def evaluate(
    fits: dict[str, CrossFit],
    rows: pl.DataFrame,
    corpus: Corpus,
    config: Config,
    tick: Callable[[str], None],
) -> Evaluation:
    """Return the evaluation of fitted parts.

    Args:
        fits: The parts.
        rows: All views.
        corpus: The accounts and posts they were made of.
        config: The configuration.
        tick: Called with what was just done.

    Raises:
        LabelError: The model abstains on a whole class everywhere.
    """
    full = rows.filter(pl.col("view") == FULL)
    sources = judgeable(corpus.accounts).to_list()
    models, scored, plain = {}, {}, {}
    for source in sources:
        rest = excluding(fits, source)
        thin = fit_discounts(rest, rows.filter(pl.col("source") != source), config)
        models[source] = bundle_of(rest, config, thin)
        here = full.filter(pl.col("source") == source)
        scored[source] = (here, score(models[source], as_matrix(here)))
        plain[source] = score(bundle_of(rest, config), as_matrix(here)).log_odds
        tick(f"fitted and calibrated without {source}")
    held_out = held_out_rows(scored, corpus)
    sources = [name for name in sources if both_classes(_truth(*scored[name]))]
    if not sources:
        raise LabelError(
            "the model abstains on all accounts of a class in every source: too little is known of them. Give profiles with "
            f"their counts, or at least {config.floors.posts} posts per account, or lower [floors] and floor under [parts]"
        )
    optimistic = {}
    for name, (fold, evaluated) in _folds(corpus, config).items():
        optimistic[name] = _split(fits, config, full, fold, evaluated)
        tick(f"scored {name.removeprefix('vigie, ')}")
    all_features = tuple(name for part in fits for name in features_of(part, config))
    records: list[dict[str, object]] = []
    areas: dict[str, list[NDArray[np.float64]]] = {}
    for source in sources:
        rows_here, scores = scored[source]
        keep = scores.status == "scored"
        truth = rows_here["y"].to_numpy()[keep]
        accounts = held_out.filter(pl.col("source") == source).filter(pl.Series(keep))
        weights = clustered(accounts, config)
        ranked = {MODEL: scores.log_odds[keep], PLAIN: plain[source][keep]}
        ranked |= {name: value[source][keep] for name, value in optimistic.items()}
        train = full.filter(pl.col("source") != source)
        for name, (features, make) in baselines(all_features).items():
            ranked[name] = predict(make, features, train, rows_here, config.seed)[keep]
        for name, value in ranked.items():
            # A time split judges the later accounts alone.
            evaluated = ~np.isnan(value)
            if not both_classes(truth[evaluated]):
                continue
            # Drawn anew among them, so that every draw holds both classes.
            drawn_from = (
                weights if evaluated.all() else clustered(accounts.filter(pl.Series(evaluated)), config)
            )
            sample = (truth[evaluated], value[evaluated])
            figures = Curve.of(*sample, drawn_from).figures()
            areas.setdefault(name, []).append(figures["auc"])
            records.append(_record(name, source, *sample, figures, float(1 - keep.mean())))
        tick(f"compared on {source}")
    return Evaluation(
        table=pl.DataFrame(records),
        means=pl.DataFrame(
            [{"model": name} | _mean(np.stack(drawn), config, SHARE) for name, drawn in areas.items()]
        ),
        gains=pl.DataFrame(
            [
                {"baseline": name, "sources": label}
                | _mean(np.stack(areas[MODEL])[chosen] - np.stack(drawn)[chosen], config, DIFFERENCE)
                for name, drawn in areas.items()
                if name not in (MODEL, PLAIN, *OPTIMISTIC)
                for label, chosen in _kinds(fits, sources).items()
            ]
        ),
        held_out=held_out,
        posts_curve=posts_curve(models, rows, config),
        intervals=_intervals(scored),
        best_single=_best_single(full.filter(pl.col("source").is_in(sources)), all_features),
        held_out_models=models,
    )


def _truth(rows: pl.DataFrame, scores: Scores) -> NDArray[np.bool_]:
    """Return the labels of the accounts that are scored."""
    truth: NDArray[np.bool_] = rows["y"].to_numpy()[scores.status == "scored"]
    return truth


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
    """Return what the stated intervals are worth on held-out sources, classes weighing alike.

    Returns:
        ``source``, ``half_width`` (median, log-odds), ``excludes_even`` (share whose interval leaves even odds
        out), ``wrong_when_excluding`` (share of those on the wrong side; null if none).
    """
    records = []
    for source, (rows, scores) in scored.items():
        keep = scores.status == "scored"
        low, high = (end[keep] for end in scores.interval())
        truth = rows["y"].to_numpy()[keep]
        weight = np.where(truth, 0.5 / max(truth.sum(), 1), 0.5 / max((~truth).sum(), 1))
        sure = (low > 0) | (high < 0)
        wrong = sure & ((low > 0) != truth)
        share = float(weight[sure].sum())
        records.append(
            {
                "source": source, "half_width": float(np.median((high - low) / 2)), "excludes_even": share,
                "wrong_when_excluding": float(weight[wrong].sum() / share) if share > 0 else None,
            }
        )  # fmt: skip
    return pl.DataFrame(records)


def _best_single(full: pl.DataFrame, features: tuple[str, ...]) -> pl.DataFrame:
    """Return the one feature that ranks each source best, chosen on that source: how easy the source is.

    Returns:
        ``source``, ``feature``, ``auc`` (of the better direction, on rows where it is known).
    """
    records = []
    for (source,), rows in full.group_by("source", maintain_order=True):
        best = ("", 0.5)
        for name in features:
            known = rows.filter(pl.col(name).is_not_null())
            truth = known["y"].to_numpy()
            if known.height < rows.height / 2 or truth.all() or not truth.any():
                continue
            value = float(auc(truth, known[name].to_numpy(), np.ones((1, known.height)))[0])
            best = max(best, (name, max(value, 1 - value)), key=lambda pair: pair[1])
        records.append({"source": source, "feature": best[0], "auc": best[1]})
    return pl.DataFrame(records)


def _folds(corpus: Corpus, config: Config) -> dict[str, tuple[dict[int, str], set[str]]]:
    """Return, per optimistic split, the fold of each account and the folds that are judged."""
    last = corpus.posts.group_by("row").agg(last=pl.col("created_at").max())
    at = pl.coalesce("last", "created_at")
    alone = pl.col("account_id").hash(seed=config.seed) % _FOLDS
    group = pl.struct("source", pl.coalesce("campaign", "kind")).hash(seed=config.seed) % _FOLDS
    table = corpus.accounts.join(last, on="row", how="left", maintain_order="left").select(
        "row",
        random=alone.cast(pl.String),
        grouped=pl.when("y").then(group).otherwise(alone).cast(pl.String),
        # Accounts without any time are taught, not judged.
        later=pl.when(at.rank().over("source") > _EARLIER * at.count().over("source"))
        .then(pl.lit("later"))
        .otherwise(pl.lit("earlier")),
    )
    rows = table["row"].to_list()
    every = {str(number) for number in range(_FOLDS)}
    return {
        name: (dict(zip(rows, table[column].to_list(), strict=True)), evaluated)
        for name, column, evaluated in (
            (GROUPED, "grouped", every), (LATER, "later", {"later"}), (RANDOM, "random", every)
        )
    }  # fmt: skip


def _split(
    fits: dict[str, CrossFit], config: Config, full: pl.DataFrame, fold: dict[int, str], evaluated: set[str]
) -> dict[str, NDArray[np.float64]]:
    """Return log-odds per source by models that saw the other folds of all sources: an optimistic bound.

    Accounts of folds that are not asked for, or without which one class alone is left, have NaN; where the model
    abstains the log-odds are even.
    """
    refits = {}
    for name, fitted in fits.items():
        table = fitted.table
        by_fold = replace(table, source=np.array([fold[row] for row in table.row.tolist()]))
        held_out, margin = held_out_fits(by_fold, fitted.config, fitted.leaves, fitted.trees, lambda: None)
        # On all rows it is the same model, however they are shared out.
        refits[name] = replace(fitted, table=by_fold, held_out=held_out, margin=margin, searched={})
    place = np.array([fold[row] for row in full["row"].to_list()])
    value = np.full(full.height, np.nan)
    usable = {
        one
        for one in evaluated & set(place.tolist())
        if all(both_classes(scores.table.y[scores.table.source != one]) for scores in refits.values())
    }
    for one in sorted(usable):
        here = place == one
        scores = score(held_out_bundle(refits, config, one), as_matrix(full.filter(pl.Series(here))))
        value[here] = np.nan_to_num(scores.log_odds)
    source = full["source"].to_numpy()
    return {str(name): value[source == name] for name in np.unique(source)}


def _record(
    name: str,
    source: str,
    truth: NDArray[np.bool_],
    value: NDArray[np.float64],
    figures: Mapping[str, NDArray[np.float64]],
    abstained: float,
) -> dict[str, object]:
    units = smaller_class(truth)
    stated = probability(value, 0.5) if name in (MODEL, PLAIN, *OPTIMISTIC) else value
    record: dict[str, object] = {
        "model": name, "source": source, "accounts": len(truth), "positives": int(truth.sum()),
        "abstained": abstained, "calibration_error": calibration_error(truth, stated),
    }  # fmt: skip
    for label in ("auc", "average_precision", "recall_at_1"):
        figure = Estimate.of(figures[label], units, SHARE)
        record |= {label: figure.value, f"{label}_low": figure.low, f"{label}_high": figure.high}
    return record


def _mean(drawn: NDArray[np.float64], config: Config, within: Range) -> dict[str, float]:
    """Return the mean over sources with its intervals: accounts resampled, and sources resampled too.

    Args:
        drawn: Shape (sources, draws + 1), the first draw being the data as it is.
        config: For the seed.
        within: Ends of what the metric may be.
    """
    over_accounts = Estimate.of(drawn.mean(axis=0), within=within)
    generator = np.random.default_rng(config.seed)
    sources, number = drawn.shape[0], drawn.shape[1] - 1
    picked = generator.integers(0, sources, size=(number, sources))
    resampled = drawn[picked, np.arange(1, number + 1)[:, None]].mean(axis=1)
    over_sources = Estimate.of(np.r_[over_accounts.value, resampled], within=within)
    return {
        "auc": over_accounts.value, "low": over_accounts.low, "high": over_accounts.high,
        "low_over_sources": over_sources.low, "high_over_sources": over_sources.high,
    }  # fmt: skip


def held_out_rows(scored: dict[str, tuple[pl.DataFrame, Scores]], corpus: Corpus) -> pl.DataFrame:
    """Return every account of the evaluated sources with the log-odds of the model that did not see its source.

    Args:
        scored: Source to its rows and their scores.
        corpus: Whose accounts they are.

    Returns:
        See :mod:`vigie.training.evaluation.held_out`; and ``row``.
    """
    each = [
        rows.select("row").with_columns(log_odds=pl.Series(scores.log_odds, dtype=pl.Float64).fill_nan(None))
        for rows, scores in scored.values()
    ]
    named = pl.concat(each).join(corpus.accounts, on="row", maintain_order="left")
    return named.with_columns(scheme=pl.lit(SCHEME), scenario=pl.lit(None, pl.String)).select("row", *COLUMNS)


def posts_curve(models: dict[str, Bundle], rows: pl.DataFrame, config: Config) -> pl.DataFrame:
    """Return what happens to the same accounts' scores when fewer of their posts are supplied.

    Only accounts with more posts than the largest truncation, scored by models that did not see their
    source. A score must not rise as posts vanish.

    Returns:
        ``source``, ``y``, ``posts`` (0 for the profile alone; -1 for all), ``accounts``, ``abstained``
        (share), ``probability`` (mean over scored), ``flagged`` (share of all with a probability of at
        least one half at the assumed prevalence).
    """
    records = []
    for source, model in models.items():
        views = truncated(rows, source, config)
        if not views:
            continue
        for posts, table in views.items():
            scores = score(model, as_matrix(table))
            chance = probability(scores.log_odds, config.assumed_prevalence)
            for value in (False, True):
                of_class = table["y"].to_numpy() == value
                known = chance[of_class & (scores.status == "scored")]
                if not of_class.any():
                    continue
                records.append(
                    {
                        "source": source, "y": value, "posts": posts, "accounts": int(of_class.sum()),
                        "abstained": float(1 - len(known) / of_class.sum()),
                        "probability": float(known.mean()) if len(known) else None,
                        "flagged": float((known >= 0.5).sum() / of_class.sum()),
                    }
                )  # fmt: skip
    return pl.DataFrame(records, schema=_CURVE)
