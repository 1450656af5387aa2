"""The target ``coordinated``: accounts compared in windows of time, and each campaign is held out whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl
import polars.selectors as cs

from vigie.features.catalogue import CATALOGUE
from vigie.features.coordination.comparison import MOST_WINDOWS
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.ingest import dataset
from vigie.features.json_object import JsonObject
from vigie.features.window.neighbours import BEHAVIOUR_SPACE, NEIGHBOUR_FEATURES
from vigie.features.window.windows import LEAST_ACCOUNTS, WINDOW_S
from vigie.models.bundle import Bundle
from vigie.models.calibration import Calibration, probability
from vigie.models.evidence_basis import FEATURE, basis, log_bayes_factor
from vigie.training.config import Config
from vigie.training.data import windows
from vigie.training.evaluation import external, plots, robustness, suite, window_robustness
from vigie.training.evaluation.suite import EvaluationResult
from vigie.training.evaluation.windows import MODEL, Evaluation, evaluate, held_out_rows
from vigie.training.fitting import bundle_builder, neighbour_stacking, reference_population, tuning
from vigie.training.fitting.booster import Table, features_of, matrix_of
from vigie.training.fitting.calibration import fit_calibration
from vigie.training.fitting.leave_campaign_out import (
    ACCOUNTS,
    CAMPAIGN,
    FOLDS,
    Flags,
    Floats,
    HoldoutFit,
    Inputs,
    Ints,
    TunedConfig,
    boosted,
    fit_held_out,
    folds,
    logistic,
    margins,
)
from vigie.training.metrics import Estimate
from vigie.training.pipelines.task import BundleContent, Examination, TrainingInputs, TrainingTask
from vigie.training.published_methods import RULES
from vigie.training.report.model_card import coordinated as model_card
from vigie.training.result import Progress

# Part of the bundle, and name of the option with the file of comparison windows.
PART, WINDOWS = "pool", "windows"
# Names of models in bundles and records; reports show what vigie.training.report.terms makes of them.
COORDINATION_ONLY = "vigie, coordination features only"
BEHAVIOUR_ONLY = "vigie, conduct of single accounts only"
WITHOUT_NEIGHBOURS = "vigie, without resemblance; accounts left alone not taught"
LOGISTIC = "logistic regression, coordination features"
_TABLES = ("table", "campaigns", "cohorts", "backgrounds", "recovery", "rules", "abstained")


@dataclass(frozen=True)
class WindowRows:
    """What the model learns from.

    Attributes:
        corpus: The comparison windows, their accounts and posts.
        rows: Features of every account in every window, and of coordinated accounts without their campaign.
        folders: Dataset directories, for the reference population of profiles.
    """

    corpus: windows.Corpus
    rows: pl.DataFrame
    folders: Sequence[Path]

    @property
    def isolated(self) -> Flags:
        """Which rows are of coordinated accounts with the rest of their campaign removed."""
        return self.rows["is_lone"].to_numpy()

    def whole(self) -> pl.DataFrame:
        """Return the rows of accounts in their whole window."""
        return self.rows.filter(~pl.col("is_lone"))

    def counts(self) -> pl.DataFrame:
        """Return the number of accounts (``len``) by label, kind, campaign and quality of the label."""
        table = self.corpus.accounts
        return table.group_by("y", "kind", "campaign", "strength").len().sort("y", "campaign", "strength")


@dataclass(frozen=True)
class FittedWindows:
    """The two models and their held-out scores.

    Attributes:
        rows: All rows with the features of neighbours, made by first models that did not see them.
        table: The same as training rows of the second model.
        fold: Fold of each row's account.
        first: The first model, of behaviour.
        tuned: What the second model is fitted with.
        held_out: The second model, and its margins on rows that it did not see.
        calibration: Margin to log-odds.
        log_odds: Scheme to the log-odds of every row, out of fold.
    """

    rows: pl.DataFrame
    table: Table
    fold: Ints
    first: neighbour_stacking.NeighbourModel
    tuned: TunedConfig
    held_out: HoldoutFit
    calibration: Calibration
    log_odds: dict[str, Floats]


@dataclass(frozen=True)
class WindowEvaluation(Evaluation):
    """Metrics over windows, and the control with campaigns removed.

    Attributes:
        alone: ``scheme``, ``rows`` and share ``flagged`` of coordinated accounts without the rest of their campaign.
        flaggable: Of each row in its whole window, whether the score rests on more than behaviour.
    """

    alone: pl.DataFrame
    flaggable: Flags


class CoordinatedTask(TrainingTask[WindowRows, FittedWindows, WindowEvaluation]):
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
        corpus = windows.load(inputs.folders, inputs.options[WINDOWS], inputs.false_positives)
        rows = windows.rows(corpus, lambda done, total: say(f"features of window {done} of {total}"))
        return WindowRows(corpus, rows.filter(pl.col("used") >= config.floors.posts), inputs.folders)

    def fit(self, data: WindowRows, config: Config, searches: Path, say: Progress) -> FittedWindows:
        """Return both models, with and without each fold of the accounts and each campaign."""
        rows, isolated = data.rows, data.isolated
        fold = folds(rows["account_id"].to_list())
        campaigns = rows["campaign"].n_unique()
        say(
            "fitting the first model, of behaviour, with and without each fifth of the accounts and each campaign"
        )
        quantiles = bundle_builder.reference(_ordinary(data.whole()), BEHAVIOUR_SPACE)
        names = features_of(PART, config)
        behaviour = table_of(rows, neighbour_stacking.first_model_features(names), config)
        tick = _counter(say, "first model", FOLDS * (FOLDS + 1) // 2 * (1 + campaigns))
        first = neighbour_stacking.fit_neighbour_model(rows, behaviour, fold, FOLDS, quantiles, config, tick)
        rows = rows.with_columns(first.values(None, None))
        table = table_of(rows, names, config)
        tuned = _tuned(table, isolated, config, searches, say)
        say("fitting, with and without each fifth of the accounts and each campaign")
        tick = _counter(say, "our model", FOLDS * (1 + campaigns))
        held_out = fit_held_out(table, fold, tuned, tick, _inputs(table, first))
        whole = table.where(~isolated)
        calibration = fit_calibration(held_out.margin[CAMPAIGN][~isolated], whole.y, whole.source)
        log_odds = {
            scheme: calibration.log_odds(margin) + _group_evidence(rows)
            for scheme, margin in held_out.margin.items()
        }
        return FittedWindows(rows, table, fold, first, tuned, held_out, calibration, log_odds)

    def evaluate(
        self, data: WindowRows, model: FittedWindows, config: Config, say: Progress
    ) -> WindowEvaluation:
        """Return the metrics over windows beside variants, a regression and published rules; and the control."""
        isolated = data.isolated
        rows = model.rows.filter(~pl.col("is_lone"))
        scores = _scores(rows, model, ~isolated, say)
        flaggable = basis(model.rows) != "behaviour"
        measured = evaluate(rows, scores, _whole(model.log_odds, isolated), flaggable[~isolated], config.seed)
        alone = pl.DataFrame(
            [
                {"scheme": scheme, "rows": int(isolated.sum())}
                | {"flagged": float((flaggable & (value >= measured.threshold))[isolated].mean())}
                for scheme, value in model.log_odds.items()
            ]
        )
        return WindowEvaluation(**vars(measured), alone=alone, flaggable=flaggable[~isolated])

    def bundle(
        self, data: WindowRows, model: FittedWindows, evaluation: WindowEvaluation, config: Config
    ) -> BundleContent:
        """Return the entries and files of the bundle; see the base class."""
        rows = model.rows.filter(~pl.col("is_lone"))
        log_odds = model.log_odds[CAMPAIGN][~data.isolated]
        index = _index(model, evaluation, rows, log_odds) | {
            "conduct": {
                "features": list(model.first.features),
                "without": sorted(model.first.excluding),
                "prevalence": neighbour_stacking.PREVALENCE,
            },
            "population": _population(data.folders).to_json(),
            "data": bundle_builder.data_entries(data.corpus.manifests),
            "figures": _tables_of(evaluation) | {"alone": bundle_builder.table_records(evaluation.alone)},
        }
        index["sketch"] = reference_population.for_windows(index, rows, data.corpus, log_odds)
        files = bundle_builder.booster_files(PART, model.held_out.booster, model.held_out.excluding)
        files |= bundle_builder.booster_files("conduct", model.first.booster, model.first.excluding)
        return BundleContent(index, files)

    def cards(
        self, data: WindowRows, model: FittedWindows, evaluation: WindowEvaluation, content: BundleContent
    ) -> dict[str, str]:
        """Return the model card; see the base class."""
        return model_card.cards(
            content.index, evaluation, data.counts(), data.corpus.windows, evaluation.alone
        )

    def examine(
        self,
        data: WindowRows,
        model: FittedWindows,
        evaluation: WindowEvaluation,
        bundle: Bundle,
        config: Config,
        say: Progress,
    ) -> Examination:
        """Return the evaluation of the record; see the base class."""
        rows = model.rows.filter(~pl.col("is_lone"))
        log_odds = _whole(model.log_odds, data.isolated)
        by_scheme = {scheme: log_odds[scheme] for scheme in (CAMPAIGN, ACCOUNTS)}
        held_out = held_out_rows(rows, data.corpus, by_scheme, evaluation.flaggable)
        hardest = held_out.filter(pl.col("scheme") == CAMPAIGN)
        say("changing windows")
        disturbed = window_robustness.robustness(
            data.corpus, rows, external.margin_of(bundle), model.table.features, model.calibration,
            evaluation.threshold, config, say,
        )  # fmt: skip
        tables = {name: getattr(evaluation, name) for name in _TABLES} | {
            "alone": evaluation.alone, f"trials_{PART}": model.tuned.trials, "data": data.counts(),
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

    def headline(self, evaluation: WindowEvaluation) -> dict[str, pl.DataFrame]:
        """Return average precision, AUC and recall by model and scheme."""
        return {"Means over comparison windows": evaluation.table.drop(cs.starts_with("recall_at_01"))}


def _whole(log_odds: Mapping[str, Floats], isolated: Flags) -> dict[str, Floats]:
    """Return the log-odds of the rows of accounts in their whole window, by scheme."""
    return {scheme: value[~isolated] for scheme, value in log_odds.items()}


def _tuned(table: Table, isolated: Flags, config: Config, storage: Path, say: Progress) -> TunedConfig:
    """Return what each fit is made with: the configuration as it stands, or what a search nested in the split chose."""
    if not config.tune.trials:
        return TunedConfig(config, {}, pl.DataFrame())
    # Accounts without their campaign are learnt from; trials are compared on accounts in their whole window.
    whole, rest = tuning.nested(replace(table, full=~isolated), config, part=PART, storage=storage, say=say)
    return TunedConfig(
        whole.config,
        {campaign: search.config for campaign, search in rest.items()},
        tuning.trials_of(whole, rest),
    )


def _named(evaluation: WindowEvaluation) -> dict[str, Estimate]:
    """Return metrics by flat name: means over windows, false positives per background, and the control."""
    own = evaluation.table.filter((pl.col("model") == MODEL) & (pl.col("scheme") == CAMPAIGN)).row(
        0, named=True
    )
    metrics = {
        f"{name}.pools": Estimate(own[name], own[f"{name}_low"], own[f"{name}_high"])
        for name in ("average_precision", "auc", "recall_at_1", "recall_at_01")
    }
    people = evaluation.backgrounds.filter(
        (pl.col("scheme") == CAMPAIGN) & (pl.col("accounts of") != "operation")
    )
    metrics |= {
        f"false_positives.{row['accounts of']}": Estimate(row["flagged"], row["low"], row["high"])
        for row in people.iter_rows(named=True)
    }
    return metrics | {"alone.flagged": Estimate.alone(float(evaluation.alone["flagged"].to_numpy().max()))}


def _ordinary(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of ordinary accounts, their background as source."""
    return rows.filter(~pl.col("y")).rename({"background": "source"})


def _inputs(table: Table, first: neighbour_stacking.NeighbourModel) -> Inputs:
    """Return what is read of every row where a fold and a campaign are held out."""
    read = [name for name in NEIGHBOUR_FEATURES if name in table.features]
    columns = [table.features.index(name) for name in read]

    def inputs(fold: int | None, campaign: str | None) -> Floats:
        x = table.x.copy()
        x[:, columns] = first.values(fold, campaign).select(read).to_numpy()
        return x

    return inputs


def table_of(rows: pl.DataFrame, features: tuple[str, ...], config: Config) -> Table:
    """Return the training rows: accounts in their windows, and coordinated accounts without their campaign as not coordinated.

    The source of a row is the campaign of its window. Each class of each campaign has the same mass; the rows without
    the campaign have ``lone_mass`` of it.
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


def _group_evidence(rows: pl.DataFrame) -> Floats:
    """Return what the groups of a window add to the log-odds of each row."""
    return log_bayes_factor(rows[FEATURE].cast(pl.Float64).fill_null(float("nan")).to_numpy())


def _counter(say: Progress, what: str, total: int) -> Callable[[], None]:
    """Return a tick that says how many fits are done."""
    done = iter(range(1, total + 1))
    return lambda: say(f"{what}: fit {next(done)} of {total}")


def _scores(
    rows: pl.DataFrame, model: FittedWindows, whole: Flags, say: Progress
) -> dict[tuple[str, str], Floats]:
    """Return the scores of our model, of variants of it, of a regression and of the rules, by model and scheme."""
    group = np.array([CATALOGUE[name].group for name in model.table.features])
    coordination, neighbours = group == "coordination", group == "neighbours"
    table, fold, tuned = model.table.where(whole), model.fold[whole], model.tuned
    fits = FOLDS * (1 + len(np.unique(table.source)))
    others = {
        # Without the features that must be made out of fold.
        WITHOUT_NEIGHBOURS: (table.columns(~neighbours), boosted(tuned, served=False)),
        COORDINATION_ONLY: (table.columns(coordination), boosted(tuned, served=False)),
        BEHAVIOUR_ONLY: (table.columns(~coordination & ~neighbours), boosted(tuned, served=False)),
        LOGISTIC: (table.columns(coordination), logistic),
    }
    scores = {(MODEL, scheme): value[whole] for scheme, value in model.log_odds.items()}
    for name, (part, make) in others.items():
        for scheme, value in margins(part, fold, make, _counter(say, name, fits)).items():
            scores[name, scheme] = value
    for name in RULES:
        # Rules learn nothing: every account is held out.
        scores[name, ACCOUNTS] = scores[name, CAMPAIGN] = rows[name].to_numpy()
    return scores


def _index(model: FittedWindows, evaluation: Evaluation, rows: pl.DataFrame, log_odds: Floats) -> JsonObject:
    """Return the entries of ``bundle.json`` that scoring needs; their shape is that of :mod:`vigie.models.bundle`."""
    config = model.tuned.whole
    prior = config.assumed_prevalence
    # The lower end of "elevated" flags one ordinary account in a hundred.
    truth = rows["y"].to_numpy()
    elevated = float(np.nanquantile(np.where(truth, np.nan, np.nan_to_num(log_odds, nan=-np.inf)), 0.99))
    bands = {"low": -np.inf, "elevated": elevated, "high": evaluation.threshold}
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
        "reference": bundle_builder.reference(
            _ordinary(rows), dict.fromkeys((*model.table.features, *BEHAVIOUR_SPACE))
        ),
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
