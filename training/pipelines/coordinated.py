"""The whole way of a training of the ``coordinated`` model: pools, fits, evaluation, bundle, tracking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from vigie.features.catalogue import CATALOGUE
from vigie.features.coordination.comparison import MOST_WINDOWS
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.ingest import dataset
from vigie.features.window.neighbours import BEHAVIOUR_SPACE, NEIGHBOUR_FEATURES
from vigie.features.window.windows import LEAST_ACCOUNTS, WINDOW_S
from vigie.models import bundle
from vigie.models.calibration import Calibration, probability
from vigie.models.evidence_basis import FEATURE, basis, log_bayes_factor
from vigie.training.config import Config
from vigie.training.data import windows
from vigie.training.evaluation import external, plots, robustness, suite, window_robustness
from vigie.training.evaluation.suite import EvaluationResult
from vigie.training.evaluation.windows import MODEL, Evaluation, evaluate
from vigie.training.fitting import bundle_builder, neighbour_stacking, reference_population, tuning
from vigie.training.fitting.booster import Table, check_parts, features_of, gains, matrix_of
from vigie.training.fitting.calibration import fit_calibration
from vigie.training.fitting.leave_campaign_out import (
    ACCOUNTS,
    CAMPAIGN,
    FOLDS,
    Chosen,
    Flags,
    Floats,
    HoldoutFit,
    Inputs,
    boosted,
    folds,
    logistic,
    margins,
    unseen,
)
from vigie.training.metrics import Figure
from vigie.training.published_methods import RULES
from vigie.training.registry import mlflow_tracking
from vigie.training.report import run_record
from vigie.training.report.model_card.coordinated import card
from vigie.training.result import Say, TrainingResult, figure_records, summary

PART = "pool"
COORDINATION_ONLY, CONDUCT_ONLY = (
    "vigie, coordination features only",
    "vigie, conduct of single accounts only",
)
WITHOUT_RESEMBLANCE = "vigie, without resemblance; accounts left alone not taught"
_TABLES = ("table", "campaigns", "cohorts", "backgrounds", "recovery", "rules", "abstained")
LOGISTIC = "logistic regression, coordination features"


def train(
    config: Config,
    folders: Sequence[Path],
    pools_file: Path,
    out: Path,
    *,
    registry: Path | None = None,
    uri: str | None,
    say: Say,
) -> TrainingResult[Evaluation]:
    """Train, evaluate, write the bundle and its record, and track them.

    Args:
        config: What to train.
        folders: Dataset directories. Those whose accounts have profiles and the label "not inauthentic" also
            make the reference population against which the profiles of a group are tested.
        pools_file: Who is compared with whom, see :mod:`vigie.training.data.windows`.
        out: Folder of the bundle; replaced only once the new one is whole. Its record lies beside it.
        registry: Confirmed false positives, left out of the data and replayed; None for none.
        uri: MLflow tracking server or store; None for the default.
        say: Called with each step as it begins, for progress.

    Raises:
        LabelError: The labels cannot carry the model.
        DatasetError: A folder is not a dataset directory, or was changed.
        ConfigError: The file of pools cannot be read.
        TrackingError: The tracking server does not answer; if that comes after the work, bundle and record are kept.
    """
    check_parts(config)
    mlflow_tracking.check(uri)
    say("reading data sets")
    corpus = windows.load(folders, pools_file, registry)
    counts = (
        corpus.accounts.group_by("y", "kind", "campaign", "strength").len().sort("y", "campaign", "strength")
    )
    told = windows.rows(corpus, lambda done, total: say(f"features of pool {done} of {total}"))
    told = told.filter(pl.col("used") >= config.floors.posts)
    fold, lone = folds(told["account_id"].to_list()), told["is_lone"].to_numpy()
    campaigns = told["campaign"].n_unique()
    say("fitting the first model, of conduct, with and without each fifth of the accounts and each campaign")
    quantiles = bundle_builder.reference(_ordinary(told.filter(~pl.col("is_lone"))), BEHAVIOUR_SPACE)
    names = features_of(PART, config)
    conduct = table_of(told, neighbour_stacking.first_of(names), config)
    tick = _counter(say, "conduct", FOLDS * (FOLDS + 1) // 2 * (1 + campaigns))
    alike = neighbour_stacking.learn(told, conduct, fold, FOLDS, quantiles, config, tick)
    told = told.with_columns(alike.values(None, None))
    table = table_of(told, names, config)
    rows = told.filter(~pl.col("is_lone"))
    chosen = _searched(table, lone, config, run_record.beside(out).with_suffix(".tuning"), say)
    say("fitting, with and without each fifth of the accounts and each campaign")
    tick = _counter(say, "our model", FOLDS * (1 + campaigns))
    found = unseen(table, fold, chosen, tick, _inputs(table, alike))
    judged_table = table.where(~lone)
    calibration = fit_calibration(found.margin[CAMPAIGN][~lone], judged_table.y, judged_table.source)
    log_odds = {scheme: calibration.log_odds(value) + _proven(told) for scheme, value in found.margin.items()}
    scores = _scores(rows, table, ~lone, fold, log_odds, chosen, say)
    say("evaluating")
    company = basis(told) != "behaviour"
    ours = {scheme: value[~lone] for scheme, value in log_odds.items()}
    evaluation = evaluate(rows, scores, ours, company[~lone], config.seed)
    alone = pl.DataFrame(
        [
            {"scheme": scheme, "rows": int(lone.sum())}
            | {"flagged": float((company & (value >= evaluation.threshold))[lone].mean())}
            for scheme, value in log_odds.items()
        ]
    )
    say("writing the bundle and its record")
    index = _index(chosen.whole, table, found, calibration, evaluation, rows, ours[CAMPAIGN]) | {
        "conduct": {
            "features": list(alike.features),
            "without": sorted(alike.without),
            "prevalence": neighbour_stacking.PREVALENCE,
        },
        "population": _population(folders).to_json(),
        "data": [summary(manifest) for manifest in corpus.manifests],
        "figures": _figures(evaluation) | {"alone": figure_records(alone)},
    }
    index["sketch"] = reference_population.of_pools(index, rows, corpus, ours[CAMPAIGN])
    cards = card(index, evaluation, counts, corpus.pools, alone)
    files = {f"{PART}.txt": found.booster.model_to_string()} | {
        f"{PART}.{number}.txt": found.without[name].model_to_string()
        for number, name in enumerate(sorted(found.without))
    }
    files |= {"conduct.txt": alike.booster.model_to_string()} | {
        f"conduct.{number}.txt": alike.without[name].model_to_string()
        for number, name in enumerate(sorted(alike.without))
    }
    bundle.save(out, index, files | cards)
    loaded = bundle.load(out, config.target)
    by_scheme = {scheme: ours[scheme] for scheme in (CAMPAIGN, ACCOUNTS)}
    accounts = windows.judged_rows(rows, corpus, by_scheme, company[~lone])
    hardest = accounts.filter(pl.col("scheme") == CAMPAIGN)
    own = {name: getattr(evaluation, name) for name in _TABLES} | {
        "alone": alone, f"trials_{PART}": chosen.trials, "data": counts,
    }  # fmt: skip
    say("changing pools")
    disturbed = window_robustness.robustness(
        corpus, rows, external.margin_of(loaded), names, calibration, evaluation.threshold, config, say
    )
    own |= {"robustness": disturbed.means, "robustness_by_pool": disturbed.table}
    figures = _named(evaluation, alone) | robustness.figures(disturbed)
    told_of = (
        suite.of_pools(corpus, rows, hardest, partial(external.without, loaded), loaded, config, say)
        | EvaluationResult(figures, own, {"robustness.png": plots.robustness(disturbed.means)})
        | suite.of_registry(loaded, registry)
    )
    run_record.write(run_record.beside(out), loaded, config, told_of, accounts)
    run_id, registered = mlflow_tracking.publish(out, uri, say)
    return TrainingResult(out, run_record.beside(out), loaded.identity(), evaluation, (), run_id, registered)


def _searched(table: Table, lone: Flags, config: Config, storage: Path, say: Say) -> Chosen:
    """Return what each fit is made with: the configuration as it stands, or what a search nested in the split chose."""
    if not config.tune.trials:
        return Chosen(config, {}, pl.DataFrame())
    # Accounts left alone are taught; judged are accounts as they are.
    whole, rest = tuning.nested(replace(table, full=~lone), config, part=PART, storage=storage, say=say)
    return Chosen(
        whole.config, {name: found.config for name, found in rest.items()}, tuning.trials_of(whole, rest)
    )


def _named(evaluation: Evaluation, alone: pl.DataFrame) -> dict[str, Figure]:
    """Return figures by flat name: means over pools, false positives per background, accounts left alone that are flagged."""
    ours = evaluation.table.filter((pl.col("model") == MODEL) & (pl.col("scheme") == CAMPAIGN)).row(
        0, named=True
    )
    found = {
        f"{name}.pools": Figure(ours[name], ours[f"{name}_low"], ours[f"{name}_high"])
        for name in ("average_precision", "auc", "recall_at_1", "recall_at_01")
    }
    people = evaluation.backgrounds.filter(
        (pl.col("scheme") == CAMPAIGN) & (pl.col("accounts of") != "operation")
    )
    found |= {
        f"false_positives.{row['accounts of']}": Figure(row["flagged"], row["low"], row["high"])
        for row in people.iter_rows(named=True)
    }
    return found | {"alone.flagged": Figure.alone(float(alone["flagged"].to_numpy().max()))}


def _ordinary(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of ordinary accounts, their background as source."""
    return rows.filter(~pl.col("y")).rename({"background": "source"})


def _inputs(table: Table, alike: neighbour_stacking.Resemblance) -> Inputs:
    """Return what is read of every row where a fold is judged and a campaign held out."""
    read = [name for name in NEIGHBOUR_FEATURES if name in table.features]
    columns = [table.features.index(name) for name in read]

    def inputs(number: int | None, campaign: str | None) -> Floats:
        x = table.x.copy()
        x[:, columns] = alike.values(number, campaign).select(read).to_numpy()
        return x

    return inputs


def table_of(rows: pl.DataFrame, features: tuple[str, ...], config: Config) -> Table:
    """Return the training rows: those of the pools, and coordinated accounts left alone, taught as not coordinated.

    The source of a row is the campaign of its pool; each class of each campaign has the same mass, and its lone rows
    have ``lone_mass`` of it.
    """
    share = pl.when("is_lone").then(config.lone_mass).otherwise(1.0)
    weight = rows.select(share / pl.len().over("campaign", "y", "is_lone"))[:, 0].to_numpy()
    return Table(
        features=features,
        x=matrix_of(rows, features),
        y=(rows["y"] & ~rows["is_lone"]).to_numpy(),
        row=np.arange(rows.height, dtype=np.uint32),
        source=rows["campaign"].to_numpy().astype(str),
        full=np.ones(rows.height, np.bool_),
        weight=weight * len(weight) / weight.sum(),
    )


def _proven(rows: pl.DataFrame) -> Floats:
    """Return what the groups of the pools add to the log-odds of each row."""
    return log_bayes_factor(rows[FEATURE].cast(pl.Float64).fill_null(float("nan")).to_numpy())


def _counter(say: Say, what: str, total: int) -> Callable[[], None]:
    """Return a tick that says how many fits are done."""
    done = iter(range(1, total + 1))
    return lambda: say(f"{what}: fit {next(done)} of {total}")


def _scores(
    rows: pl.DataFrame,
    table: Table,
    judged: np.ndarray[Any, np.dtype[np.bool_]],
    fold: np.ndarray[Any, np.dtype[np.int64]],
    log_odds: dict[str, Floats],
    chosen: Chosen,
    say: Say,
) -> dict[tuple[str, str], Floats]:
    """Return the scores of our model, of variants of it, of a regression and of the rules, by model and scheme."""
    group = np.array([CATALOGUE[name].group for name in table.features])
    coordination, alike = group == "coordination", group == "neighbours"
    own, folded = table.where(judged), fold[judged]
    fits = FOLDS * (1 + len(np.unique(table.source)))
    others = {
        # Without the features that must be made out of fold.
        WITHOUT_RESEMBLANCE: (own.columns(~alike), boosted(chosen, served=False)),
        COORDINATION_ONLY: (own.columns(coordination), boosted(chosen, served=False)),
        CONDUCT_ONLY: (own.columns(~coordination & ~alike), boosted(chosen, served=False)),
        LOGISTIC: (own.columns(coordination), logistic),
    }
    scores = {(MODEL, scheme): value[judged] for scheme, value in log_odds.items()}
    for name, (part, make) in others.items():
        for scheme, value in margins(part, folded, make, _counter(say, name, fits)).items():
            scores[name, scheme] = value
    for name in RULES:
        # Rules learn nothing: every account is unseen.
        scores[name, ACCOUNTS] = scores[name, CAMPAIGN] = rows[name].to_numpy()
    return scores


def _index(
    config: Config,
    table: Table,
    found: HoldoutFit,
    calibration: Calibration,
    evaluation: Evaluation,
    rows: pl.DataFrame,
    log_odds: Floats,
) -> dict[str, Any]:
    """Return the entries of ``bundle.json`` that scoring needs."""
    prior = config.assumed_prevalence
    # The lower end of "elevated" flags one ordinary account in a hundred.
    truth = rows["y"].to_numpy()
    elevated = float(np.nanquantile(np.where(truth, np.nan, np.nan_to_num(log_odds, nan=-np.inf)), 0.99))
    bands = {"low": -np.inf, "elevated": elevated, "high": evaluation.threshold}
    return {
        "name": config.name,
        "target": config.target,
        "assumed_prevalence": prior,
        "bands": {
            name: round(float(probability(np.array(value), prior)), 6) for name, value in bands.items()
        },
        "floors": {"acts": config.floors.acts, "posts": config.floors.posts, "accounts": LEAST_ACCOUNTS},
        "pool": {"hours": WINDOW_S // 3_600, "most": MOST_WINDOWS},
        "weights": {PART: config.parts[PART].weight},
        "discount": {"posts": [0, 1], "log_odds": [0.0, 0.0]},
        "missing_fields": {},
        "parts": {
            PART: {
                "features": list(table.features),
                "members": [f"{PART}.{number}.txt" for number in range(len(found.without))],
                "without": sorted(found.without),
                "calibration": {
                    "slope": calibration.slope,
                    "intercept": calibration.intercept,
                    "variance": list(calibration.variance),
                },
                "gains": [float(value) for value in gains(found.booster)],
                "floor": config.parts[PART].floor,
                "leaves": config.size.leaves[0],
                "trees": config.size.trees[0],
                "rows": len(table.y),
            }
        },
        "reference": bundle_builder.reference(
            _ordinary(rows), dict.fromkeys((*table.features, *BEHAVIOUR_SPACE))
        ),
        "config": config.model_dump(exclude={"gates"}),
    }


def _population(folders: Sequence[Path]) -> Reference:
    """Return the reference population of profiles: accounts labelled not inauthentic."""
    keys = ["platform", "account_id"]
    found = []
    for folder in folders:
        held = dataset.open(folder)
        ordinary = held.labels().filter((pl.col("target") == "inauthentic") & ~pl.col("value"))
        found.append(held.accounts().join(ordinary, on=keys, how="semi").collect())
    return Reference.of(pl.concat(found))


def _figures(evaluation: Evaluation) -> dict[str, Any]:
    return {name: figure_records(getattr(evaluation, name)) for name in _TABLES} | {
        "threshold_log_odds": round(evaluation.threshold, 4)
    }
