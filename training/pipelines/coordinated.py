"""The target ``coordinated``: accounts compared in windows of time, and each operator is held out whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl
import polars.selectors as cs

from vigie.features.coordination.comparison import MOST_WINDOWS
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.ingest import dataset
from vigie.features.json_object import JsonObject
from vigie.features.window.windows import LEAST_ACCOUNTS, WINDOW_S
from vigie.models.bundle import Bundle
from vigie.models.calibration import Calibration, probability
from vigie.models.joint_standing import told_by
from vigie.models.metrics import Estimate
from vigie.training.config import Config
from vigie.training.data import windows
from vigie.training.evaluation import external, plots, robustness, suite, window_robustness
from vigie.training.evaluation.suite import EvaluationResult
from vigie.training.evaluation.windows import MODEL, Evaluation, evaluate, held_out_rows, with_evidence
from vigie.training.fitting import bundle_builder, reference_population, tuning
from vigie.training.fitting.booster import Table, features_of, matrix_of
from vigie.training.fitting.calibration import fit_calibration
from vigie.training.fitting.leave_operator_out import (
    ACCOUNTS,
    OPERATOR,
    PUBLIC,
    SCHEMES,
    Flags,
    Floats,
    HoldoutFit,
    Ints,
    TunedConfig,
    fit_held_out,
    fits,
    folds,
    logistic,
    margins,
)
from vigie.training.pipelines.task import BundleContent, Examination, TrainingInputs, TrainingTask
from vigie.training.published_methods import RULES
from vigie.training.report.model_card import coordinated as model_card
from vigie.training.result import Progress

# Part of the bundle, and name of the option with the file of comparison windows.
PART, WINDOWS = "pool", "windows"
# Names of models in bundles and records; reports show what vigie.training.report.terms makes of them.
EVIDENCE_ONLY = "evidence alone, without a model"
LOGISTIC = "logistic regression, coordination features"
_TABLES = (
    "table", "operators", "campaigns", "cohorts", "ratios", "backgrounds", "recovery", "rules", "abstained", "alone",
)  # fmt: skip
# How much the smallest p-value of its pairs orders accounts of equal evidence.
_ORDER = 1e-3


@dataclass(frozen=True)
class WindowRows:
    """What the model learns from.

    Attributes:
        corpus: The comparison windows, their accounts and posts.
        rows: Features of every account in every window, and of coordinated accounts without their campaign.
        population: Ordinary accounts, with which profiles are compared.
    """

    corpus: windows.Corpus
    rows: pl.DataFrame
    population: Reference

    @property
    def isolated(self) -> Flags:
        """Which rows are of coordinated accounts that have nobody to act in concert with."""
        return self.rows.select(pl.col("is_lone") | (pl.col("placebo") & pl.col("y"))).to_series().to_numpy()

    @property
    def regular(self) -> Flags:
        """Which rows are of accounts in windows in which nothing was taken apart."""
        return self.rows.select(~pl.col("is_lone") & ~pl.col("placebo")).to_series().to_numpy()

    def counts(self) -> pl.DataFrame:
        """Return the number of accounts (``len``) by label, kind, campaign and quality of the label."""
        table = self.corpus.accounts
        return (
            table.group_by("y", "kind", "campaign", "strength")
            .len()
            .sort("y", "campaign", "strength", "kind")
        )


@dataclass(frozen=True)
class FittedWindows:
    """The model and its held-out scores.

    Attributes:
        table: Training rows.
        fold: Fold of each row's account.
        tuned: What the model is fitted with.
        held_out: The model, and its margins on rows that it did not see.
        calibration: Margin to log-odds.
        log_odds: Scheme to the log-odds of every row, out of fold.
    """

    table: Table
    fold: Ints
    tuned: TunedConfig
    held_out: HoldoutFit
    calibration: Calibration
    log_odds: dict[str, Floats]


class CoordinatedTask(TrainingTask[WindowRows, FittedWindows, Evaluation]):
    """Accounts that act in concert with others of their comparison window."""

    target = "coordinated"
    parts = (PART,)
    options: ClassVar[Mapping[str, str]] = {
        WINDOWS: "a Parquet file with the columns scenario, start, hours, account and shift_minutes that says which "
        "accounts are compared with each other"
    }

    def load(self, inputs: TrainingInputs, config: Config, say: Progress) -> WindowRows:
        """Return the features of every account in every window; see the base class.

        Dataset directories whose accounts have profiles and the label "not inauthentic" also make the reference
        population against which the profiles of a group are tested.
        """
        corpus = windows.load(
            inputs.folders, inputs.options[WINDOWS], inputs.false_positives, unlabelled=config.unlabelled
        )
        population = _population(inputs.folders)
        rows = windows.rows(
            corpus, population, lambda done, total: say(f"features of window {done} of {total}")
        )
        windows.check_several(rows)
        return WindowRows(corpus, rows.filter(pl.col("used") >= config.floors.posts), population)

    def fit(self, data: WindowRows, config: Config, searches: Path, say: Progress) -> FittedWindows:
        """Return the model, with and without each fold of the accounts, each operator and each public."""
        rows, isolated, regular = data.rows, data.isolated, data.regular
        fold, public = folds(rows["account_id"].to_list()), rows["public"].to_numpy().astype(str)
        table = table_of(rows, isolated, features_of(PART, config), config)
        tuned = _tuned(table, regular, config, searches, say)
        say("fitting, with and without each fifth of the accounts, each operator and each public")
        tick = _counter(say, "our model", fits(table, public))
        held_out = fit_held_out(table, fold, public, tuned, tick)
        whole = table.where(regular)
        calibration = fit_calibration(held_out.margin[OPERATOR][regular], whole.y, whole.source)
        log_odds = {
            scheme: with_evidence(rows, calibration.log_odds(margin))
            for scheme, margin in held_out.margin.items()
        }
        return FittedWindows(table, fold, tuned, held_out, calibration, log_odds)

    def evaluate(self, data: WindowRows, model: FittedWindows, config: Config, say: Progress) -> Evaluation:
        """Return the metrics over windows beside evidence alone, a regression and published rules; and the controls."""
        return evaluate(
            data.rows, _scores(data, model, say), model.log_odds, data.isolated, data.regular, config.seed
        )

    def bundle(
        self, data: WindowRows, model: FittedWindows, evaluation: Evaluation, config: Config
    ) -> BundleContent:
        """Return the entries and files of the bundle; see the base class."""
        rows = data.rows.filter(pl.Series(data.regular))
        log_odds = model.log_odds[OPERATOR][data.regular]
        index = _index(model, evaluation, rows) | {
            "population": data.population.to_json(),
            "data": bundle_builder.data_entries(data.corpus.manifests),
            "figures": _tables_of(evaluation),
        }
        index["sketch"] = reference_population.for_windows(index, rows, data.corpus, log_odds)
        return BundleContent(
            index, bundle_builder.booster_files(PART, model.held_out.booster, model.held_out.excluding)
        )

    def cards(
        self, data: WindowRows, model: FittedWindows, evaluation: Evaluation, content: BundleContent
    ) -> dict[str, str]:
        """Return the model card; see the base class."""
        return model_card.cards(content.index, evaluation, data.counts(), data.corpus.windows)

    def examine(
        self,
        data: WindowRows,
        model: FittedWindows,
        evaluation: Evaluation,
        bundle: Bundle,
        config: Config,
        say: Progress,
    ) -> Examination:
        """Return the evaluation of the record; see the base class."""
        regular = data.regular
        rows = data.rows.filter(pl.Series(regular))
        by_scheme = {scheme: model.log_odds[scheme][regular] for scheme in (OPERATOR, ACCOUNTS)}
        held_out = held_out_rows(rows, data.corpus, by_scheme)
        hardest = held_out.filter(pl.col("scheme") == OPERATOR)
        say("changing windows")
        disturbed = window_robustness.robustness(
            data.corpus, rows, data.population, external.margin_of(bundle), model.table.features, model.calibration,
            evaluation.threshold, config, say,
        )  # fmt: skip
        tables = {name: getattr(evaluation, name) for name in _TABLES} | {
            f"trials_{PART}": model.tuned.trials, "data": data.counts(),
            "robustness": disturbed.means, "robustness_by_pool": disturbed.table,
        }  # fmt: skip
        common = suite.for_windows(
            data.corpus, rows, hardest, partial(external.excluding, bundle), bundle, config, say
        )
        own = EvaluationResult(
            _named(evaluation) | robustness.metrics(disturbed),
            tables,
            {"robustness.png": plots.robustness(disturbed.means)},
        )
        return Examination(common | own, held_out)

    def evaluate_bundle(self, bundle: Bundle, inputs: TrainingInputs, say: Progress) -> EvaluationResult:
        """Return how a bundle does on the accounts of some windows; see the base class."""
        return external.evaluate_windows(
            bundle, inputs.folders, inputs.options[WINDOWS], inputs.false_positives, say
        )

    def headline(self, evaluation: Evaluation) -> dict[str, pl.DataFrame]:
        """Return average precision, AUC and recall by model and scheme."""
        return {"Means over comparison windows": evaluation.table.drop(cs.starts_with("recall_at_01"))}


def _tuned(table: Table, regular: Flags, config: Config, storage: Path, say: Progress) -> TunedConfig:
    """Return what each fit is made with: the configuration as it stands, or what a search nested in the split chose."""
    if not config.tune.trials:
        return TunedConfig(config, {}, pl.DataFrame())
    # Accounts without their campaign are learnt from; trials are compared on accounts in their whole window.
    whole, rest = tuning.nested(replace(table, full=regular), config, part=PART, storage=storage, say=say)
    return TunedConfig(
        whole.config,
        {operator: search.config for operator, search in rest.items()},
        tuning.trials_of(whole, rest),
    )


def _named(evaluation: Evaluation) -> dict[str, Estimate]:
    """Return metrics by flat name: means over windows, each operator, false positives per kind of people, the controls."""
    ours = (pl.col("model") == MODEL) & (pl.col("scheme") == OPERATOR)
    metrics = {
        f"{name}.pools": _estimate(evaluation.table.filter(ours).row(0, named=True), name)
        for name in ("average_precision", "auc", "recall_at_1", "recall_at_01")
    }
    for row in evaluation.operators.filter(pl.col("scheme") == OPERATOR).iter_rows(named=True):
        metrics[f"average_precision.{row['operator']}"] = _estimate(row, "average_precision")
        metrics[f"recall_at_1.{row['operator']}"] = _estimate(row, "recall_at_1")
    people = evaluation.backgrounds.filter(
        (pl.col("scheme") == PUBLIC) & (pl.col("accounts of") != "operation")
    )
    rates = {
        row["accounts of"]: Estimate(row["flagged"], row["low"], row["high"])
        for row in people.iter_rows(named=True)
    }
    metrics |= {f"false_positives.{name}": rate for name, rate in rates.items()}
    metrics["false_positives.worst"] = max(rates.values(), key=lambda rate: rate.value)
    metrics |= {f"gain.{model}.average_precision": gain for model, gain in evaluation.gains.items()}
    held_out = evaluation.alone.filter(pl.col("scheme") == OPERATOR)
    return metrics | {
        "alone.flagged": Estimate.alone(float(held_out["flagged"].max() or 0.0)),  # type: ignore[arg-type]  # a share
        "placebo.average_precision": Estimate.alone(
            float(held_out.filter(control="placebo")["average_precision"].max() or 0.0)  # type: ignore[arg-type]
        ),
    }


def _estimate(row: Mapping[str, float], name: str) -> Estimate:
    """Return a metric of a row of a table with the ends of its interval."""
    return Estimate(row[name], row[f"{name}_low"], row[f"{name}_high"])


def _ordinary(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of ordinary accounts, their background as source."""
    return rows.filter(~pl.col("y")).rename({"background": "source"})


def table_of(rows: pl.DataFrame, isolated: Flags, features: tuple[str, ...], config: Config) -> Table:
    """Return the training rows: accounts in their windows, and those with nobody to act in concert with as not coordinated.

    The source of a row is the operator of its window. Each class of each operator has the same mass; rows of accounts with
    nobody to act in concert with have ``lone_mass`` of it.

    Args:
        rows: What :func:`vigie.training.data.windows.rows` returned.
        isolated: Which rows are of coordinated accounts that have nobody to act in concert with.
        features: Columns to learn from.
        config: The configuration.
    """
    named = rows.with_columns(isolated=pl.Series(isolated))
    share = pl.when("isolated").then(config.lone_mass).otherwise(1.0)
    weight = named.select(share / pl.len().over("operator", "y", "isolated"))[:, 0].to_numpy()
    return Table(
        features=features,
        x=matrix_of(rows, features),
        y=rows["y"].to_numpy() & ~isolated,
        row=np.arange(rows.height, dtype=np.uint32),
        source=rows["operator"].to_numpy().astype(str),
        full=np.ones(rows.height, np.bool_),
        weight=weight * len(weight) / weight.sum(),
    )


def _counter(say: Progress, what: str, total: int) -> Callable[[], None]:
    """Return a tick that says how many fits are done."""
    done = iter(range(1, total + 1))
    return lambda: say(f"{what}: fit {next(done)} of {total}")


def _scores(data: WindowRows, model: FittedWindows, say: Progress) -> dict[tuple[str, str], Floats]:
    """Return the scores of our model, of its evidence alone, of a regression and of the rules, by model and scheme."""
    rows, public = data.rows, data.rows["public"].to_numpy().astype(str)
    scores = {(MODEL, scheme): value for scheme, value in model.log_odds.items()}
    tick = _counter(say, LOGISTIC, fits(model.table, public))
    for scheme, value in margins(model.table, model.fold, public, logistic, tick).items():
        scores[LOGISTIC, scheme] = value
    # Neither the evidence nor the rules learn anything: every account is held out.
    closest = (
        rows["coordination_surprise_index"].fill_null(rows["coordination_surprise_index"].min()).to_numpy()
    )
    unlearnt = {EVIDENCE_ONLY: with_evidence(rows, np.zeros(rows.height)) + _ORDER * closest}
    unlearnt |= {name: rows[name].to_numpy() for name in RULES}
    return scores | {(name, scheme): value for name, value in unlearnt.items() for scheme in SCHEMES}


def _index(model: FittedWindows, evaluation: Evaluation, rows: pl.DataFrame) -> JsonObject:
    """Return the entries of ``bundle.json`` that scoring needs; their shape is that of :mod:`vigie.models.bundle`."""
    config = model.tuned.whole
    prior = config.assumed_prevalence
    bands = {"low": -np.inf, "elevated": evaluation.elevated, "high": evaluation.threshold}
    part = bundle_builder.part_entry(
        PART, model.table, model.held_out.booster, sorted(model.held_out.excluding), model.calibration, config
    )
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
        "parts": {PART: part | {"leaves": config.size.leaves[0], "trees": config.size.trees[0]}},
        "reference": bundle_builder.reference(_ordinary(rows), told_by(model.table.features)),
        "config": config.model_dump(exclude={"gates"}),
    }


def _population(folders: Sequence[Path]) -> Reference:
    """Return the reference population of profiles: accounts labelled not inauthentic."""
    keys = ["platform", "account_id"]
    tables = []
    for folder in folders:
        opened = dataset.open(folder)
        ordinary = opened.labels().filter((pl.col("target") == "inauthentic") & ~pl.col("value"))
        tables.append(opened.accounts().join(ordinary, on=keys, how="semi").collect())
    return Reference.of(pl.concat(tables))


def _tables_of(evaluation: Evaluation) -> JsonObject:
    """Return the tables of an evaluation as a bundle carries them, and the threshold."""
    return {name: bundle_builder.table_records(getattr(evaluation, name)) for name in _TABLES} | {
        "threshold_log_odds": round(evaluation.threshold, 4)
    }
