"""The target ``inauthentic``: each account is evaluated by itself, and each data source is held out whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from vigie.features.i18n import Message
from vigie.models.bundle import Bundle
from vigie.models.conformal import KnownAccounts
from vigie.models.metrics import Estimate
from vigie.training.config import Config
from vigie.training.data import corpus, truncated_views
from vigie.training.data.corpus import Corpus
from vigie.training.data.truncated_views import FULL
from vigie.training.evaluation import accounts, external, leakage, plots, publics, suite
from vigie.training.evaluation.accounts import Evaluation
from vigie.training.evaluation.suite import EvaluationResult
from vigie.training.fitting import bundle_builder, reference_population, tuning
from vigie.training.fitting.booster import Table, require, table_of
from vigie.training.fitting.known_accounts import (
    WHOLE,
    Source,
    bands,
    held_accounts,
    known_accounts,
    realised,
    with_flagged,
)
from vigie.training.fitting.leave_source_out import CrossFit, as_matrix, bundle_of, crossfit, size_table
from vigie.training.pipelines.task import BundleContent, Examination, TrainingInputs, TrainingTask
from vigie.training.report.model_card import inauthentic as model_card
from vigie.training.report.model_card.known_accounts import section, with_section
from vigie.training.result import Progress

# Tables that the bundle carries and the record shows, and what the evaluation calls them.
_CARRIED = {
    "unseen_sources": "table",
    "means": "means",
    "gains": "gains",
    "intervals": "intervals",
    "best_single": "best_single",
    "posts_curve": "posts_curve",
}


@dataclass(frozen=True)
class LabelledViews:
    """What the model learns from.

    Attributes:
        corpus: The labelled accounts and their posts.
        rows: Their features in every view, see :mod:`vigie.training.data.truncated_views`.
    """

    corpus: Corpus
    rows: pl.DataFrame

    def counts(self) -> pl.DataFrame:
        """Return the number of accounts (``len``) by source, label, kind and quality of the label."""
        table = self.corpus.accounts
        return table.group_by("source", "y", "kind", "strength", maintain_order=True).len()


@dataclass(frozen=True)
class FittedParts:
    """The parts of a model, and what their sizes were chosen from.

    Attributes:
        parts: The fits by part.
        searched: Tables by name: AUC of every size tried, or every trial of a search.
    """

    parts: dict[str, CrossFit]
    searched: dict[str, pl.DataFrame]


@dataclass(frozen=True)
class SourceEvaluation(Evaluation):
    """Metrics on held-out sources, and what the model could have learnt besides the labels.

    Attributes:
        source_leakage: Per part, how well each feature tells the sources apart.
        permuted: Per part, AUC with the labels shuffled inside each source.
    """

    source_leakage: dict[str, pl.DataFrame]
    permuted: dict[str, pl.DataFrame]


class InauthenticTask(TrainingTask[LabelledViews, FittedParts, SourceEvaluation]):
    """Bought followers, spambots, trolls and personas against ordinary accounts."""

    target = "inauthentic"
    parts = ("profile", "posts")

    def load(self, inputs: TrainingInputs, config: Config, say: Progress) -> LabelledViews:
        """Return the features of every view of the labelled accounts; see the base class."""
        labelled = corpus.load(inputs.folders, config, inputs.false_positives)
        say("computing features of every view")
        return LabelledViews(labelled, truncated_views.rows(labelled, config.views))

    def notes(self, data: LabelledViews) -> tuple[Message, ...]:
        """Return what the labels can and cannot carry."""
        return data.corpus.notes

    def fit(self, data: LabelledViews, config: Config, searches: Path, say: Progress) -> FittedParts:
        """Return every part fitted at the size, and with the parameters, that rank held-out sources best."""
        parts: dict[str, CrossFit] = {}
        searched: dict[str, pl.DataFrame] = {}
        tables = {part: table_of(part, data.rows, config) for part in config.parts}
        for part, table in tables.items():
            require(table, part)
        for part, table in tables.items():
            if config.tune.trials:
                parts[part], searched[f"trials_{part}"] = _tuned(table, config, part, searches, say)
                continue
            say(f"{part}: trying sizes on held-out sources")
            searched[f"size_{part}"], (leaves, trees) = size_table(table, config, _ignore)
            say(f"{part}: fitting {trees} trees of {leaves} leaves, with and without each source")
            parts[part] = crossfit(table, config, leaves, trees, _ignore)
        return FittedParts(parts, searched)

    def evaluate(
        self, data: LabelledViews, model: FittedParts, config: Config, say: Progress
    ) -> SourceEvaluation:
        """Return the metrics on held-out sources beside baselines, and two checks for leaks."""
        measured = accounts.evaluate(
            model.parts, data.rows, data.corpus, config, lambda step: say(f"evaluating: {step}")
        )
        say("checking whether features tell the sources apart, and whether shuffled labels are learnt")
        return SourceEvaluation(
            **vars(measured),
            source_leakage={
                part: leakage.which_source(fit.table, config) for part, fit in model.parts.items()
            },
            permuted={part: leakage.permuted(fit, config) for part, fit in model.parts.items()},
        )

    def bundle(
        self, data: LabelledViews, model: FittedParts, evaluation: SourceEvaluation, config: Config
    ) -> BundleContent:
        """Return the entries and files of the bundle; see the base class."""
        index = bundle_builder.index_of(model.parts, data.rows, config) | {
            "data": bundle_builder.data_entries(data.corpus.manifests),
            "figures": {
                name: bundle_builder.table_records(table) for name, table in _carried(evaluation).items()
            },
        }
        sources = _sources(data)
        held = held_accounts(bundle_of(model.parts, config, index), sources)
        known = known_accounts(held, config.sets)
        reached: pl.DataFrame | None = None
        # Of too few people nothing is promised: bands are those of the probability then.
        if any(not group.inauthentic for group in known.groups):
            index["known_accounts"] = known.to_json()
            table = realised(held, config.sets)
            index["figures"]["known_accounts"] = bundle_builder.table_records(table)
            reached = bands(known, (view for view in held if view.shown == WHOLE), sources)
        index["sketch"] = reference_population.for_accounts(
            index, data.rows, data.corpus, evaluation.held_out, reached
        )
        return BundleContent(index, bundle_builder.files_of(model.parts))

    def cards(
        self, data: LabelledViews, model: FittedParts, evaluation: SourceEvaluation, content: BundleContent
    ) -> dict[str, str]:
        """Return the model card; see the base class."""
        cards = model_card.cards(
            content.index,
            evaluation,
            model.searched,
            evaluation.source_leakage,
            evaluation.permuted,
            data.counts(),
        )
        if "known_accounts" not in content.index:
            return cards
        known = KnownAccounts.from_json(content.index["known_accounts"])
        return with_section(cards, section(known, pl.DataFrame(content.index["figures"]["known_accounts"])))

    def examine(
        self,
        data: LabelledViews,
        model: FittedParts,
        evaluation: SourceEvaluation,
        bundle: Bundle,
        config: Config,
        say: Progress,
    ) -> Examination:
        """Return the evaluation of the record; see the base class."""
        tables = {
            **_carried(evaluation),
            **{f"which_source_{part}": table for part, table in evaluation.source_leakage.items()},
            **{f"permuted_{part}": table for part, table in evaluation.permuted.items()},
            **model.searched,
            "data": data.counts(),
            "removed": data.corpus.removed,
        }
        drawn = {"unseen_sources.png": plots.unseen_sources(evaluation.table)}
        drawn |= {
            f"{name}.png": plots.size(name.removeprefix("size_"), table)
            for name, table in model.searched.items()
            if name.startswith("size_")
        }
        if not evaluation.posts_curve.is_empty():
            drawn["posts_curve.png"] = plots.posts_curve(evaluation.posts_curve, config.assumed_prevalence)
        held_out = with_flagged(evaluation.held_out, bundle, _sources(data))
        common = suite.for_accounts(
            data.corpus, data.rows, evaluation.held_out_models, held_out, bundle, config, say
        )
        own = EvaluationResult(
            _gains(evaluation) | leakage.metrics(evaluation.permuted) | _people(bundle),
            tables,
            drawn,
            data.corpus.notes,
        )
        return Examination(common | own, held_out.drop("row"))

    def evaluate_bundle(self, bundle: Bundle, inputs: TrainingInputs, say: Progress) -> EvaluationResult:
        """Return how a bundle does on labelled accounts; see the base class."""
        return external.evaluate_accounts(bundle, inputs.folders, inputs.false_positives, say)

    def headline(self, evaluation: SourceEvaluation) -> dict[str, pl.DataFrame]:
        """Return AUC and recall by source, and the mean AUC with intervals over accounts and over sources."""
        sources = evaluation.table.select(
            "model", "source", pl.col("accounts").alias("scored"), "abstained", "auc", "auc_low", "auc_high",
            "recall_at_1", "recall_at_1_low", "recall_at_1_high",
        )  # fmt: skip
        means = evaluation.means.select(
            "model", auc="auc", auc_low="low", auc_high="high",
            auc_over_sources="auc", auc_over_sources_low="low_over_sources",
            auc_over_sources_high="high_over_sources",
        )  # fmt: skip
        return {"Held-out sources": sources, "Mean over held-out sources": means}


def _sources(data: LabelledViews) -> list[Source]:
    """Return the accounts of each source as they are, with all of their posts."""
    full = data.rows.filter(pl.col("view") == FULL)
    return [
        Source(str(name), as_matrix(rows), rows["y"].to_numpy())
        for (name,), rows in full.group_by("source", maintain_order=True)
    ]


def _tuned(
    table: Table, config: Config, part: str, searches: Path, say: Progress
) -> tuple[CrossFit, pl.DataFrame]:
    """Return a part fitted with what a search chose, and every trial of it and of the searches without each source."""
    whole, rest = tuning.nested(table, config, part=part, storage=searches, say=say)
    say(f"{part}: fitting {whole.trees} trees of {whole.leaves} leaves, with and without each source")
    configs = {source: search.config for source, search in rest.items()}
    fitted = crossfit(table, whole.config, whole.leaves, whole.trees, _ignore, configs)
    return fitted, tuning.trials_of(whole, rest)


def _ignore() -> None:
    """Take a tick of progress that is not shown."""


def _carried(evaluation: Evaluation) -> dict[str, pl.DataFrame]:
    """Return the tables that the bundle carries, by name."""
    return {name: getattr(evaluation, attribute) for name, attribute in _CARRIED.items()}


def _people(bundle: Bundle) -> dict[str, Estimate]:
    """Return how many ordinary people are in each band by flat name; none where the bundle promises nothing of them."""
    if bundle.known is None:
        return {}
    return publics.metrics(pl.DataFrame(bundle.index["figures"]["known_accounts"]), list(bundle.known.bands))


def _gains(evaluation: Evaluation) -> dict[str, Estimate]:
    """Return the gains in mean AUC over each baseline by flat name."""
    gains = evaluation.gains.filter(pl.col("sources") == "all")
    return {
        f"gain.{row['baseline']}.auc": Estimate(row["auc"], row["low"], row["high"])
        for row in gains.iter_rows(named=True)
    }
