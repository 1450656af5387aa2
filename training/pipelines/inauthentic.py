"""The whole way of a training: data, rows, sizes or a search, fits, evaluation, audit, bundle, record, tracking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from vigie.models import bundle
from vigie.training.config import Config
from vigie.training.data import corpus as data
from vigie.training.data import truncated_views
from vigie.training.evaluation import leakage, plots, suite
from vigie.training.evaluation.accounts import Evaluation, evaluate
from vigie.training.evaluation.suite import EvaluationResult
from vigie.training.fitting import bundle_builder, reference_population, tuning
from vigie.training.fitting.booster import Table, check_parts, require, table_of
from vigie.training.fitting.leave_source_out import CrossFit, crossfit, size_table
from vigie.training.metrics import Figure
from vigie.training.registry import mlflow_tracking
from vigie.training.report import run_record
from vigie.training.report.model_card.inauthentic import card
from vigie.training.result import Say, TrainingResult, figure_records, summary

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
class Fitted:
    """The parts of a model and how their sizes were come by.

    Attributes:
        parts: The fits by part.
        chosen: Tables by name: AUC of every size tried, or every trial of a search.
    """

    parts: dict[str, CrossFit]
    chosen: dict[str, pl.DataFrame]


def train(
    config: Config,
    folders: Sequence[Path],
    out: Path,
    *,
    registry: Path | None = None,
    uri: str | None,
    say: Say,
) -> TrainingResult[Evaluation]:
    """Train, evaluate, examine, write the bundle and its record, and track them.

    Args:
        config: What to train.
        folders: Dataset directories.
        out: Folder of the bundle; replaced only once the new one is whole. Its record lies beside it.
        registry: Confirmed false positives, left out of the data and replayed; None for none.
        uri: MLflow tracking server or store; None for the default.
        say: Called with each step as it begins, for progress.

    Raises:
        LabelError: The labels cannot carry the model.
        DatasetError: A folder is not a dataset directory, or was changed.
        TrackingError: The tracking server does not answer; if that comes after the work, bundle and record are kept.
    """
    check_parts(config)
    mlflow_tracking.check(uri)
    say("reading data sets")
    corpus = data.load(folders, config, registry)
    for note in corpus.notes:
        say(f"note: {note}")
    say("computing features of every view")
    rows = truncated_views.rows(corpus, config.views)
    fitted = fit_parts(rows, config, run_record.beside(out).with_suffix(".tuning"), say)
    say("evaluating on unseen sources, with baselines")
    evaluation = evaluate(fitted.parts, rows, corpus, config, lambda step: say(f"evaluating: {step}"))
    say("asking whether the source can be told, and noise learnt")
    told = {part: leakage.which_source(found.table, config) for part, found in fitted.parts.items()}
    noise = {part: leakage.permuted(found, config) for part, found in fitted.parts.items()}
    say("writing the bundle")
    counts = corpus.accounts.group_by("source", "y", "kind", "strength", maintain_order=True).len()
    carried = {name: getattr(evaluation, held) for name, held in _CARRIED.items()}
    index = bundle_builder.index_of(fitted.parts, rows, config) | {
        "data": [summary(manifest) for manifest in corpus.manifests],
        "figures": {name: figure_records(table) for name, table in carried.items()},
    }
    index["sketch"] = reference_population.of_accounts(index, rows, corpus, evaluation.judged)
    cards = card(index, evaluation, fitted.chosen, told, noise, counts)
    bundle.save(out, index, bundle_builder.files_of(fitted.parts) | cards)
    loaded = bundle.load(out, config.target)
    own = {
        **carried,
        **{f"which_source_{part}": table for part, table in told.items()},
        **{f"permuted_{part}": table for part, table in noise.items()},
        **fitted.chosen,
        "data": counts,
        "removed": corpus.removed,
    }
    drawn = {
        "unseen_sources.png": plots.unseen_sources(evaluation.table),
    }
    drawn |= {
        f"{name}.png": plots.size(name.removeprefix("size_"), table)
        for name, table in fitted.chosen.items()
        if name.startswith("size_")
    }
    if not evaluation.posts_curve.is_empty():
        drawn["posts_curve.png"] = plots.posts_curve(evaluation.posts_curve, config.assumed_prevalence)
    examined = (
        suite.of_accounts(corpus, rows, evaluation.unseen, evaluation.judged, loaded, config, say)
        | EvaluationResult(_gains(evaluation) | leakage.figures(noise), own, drawn, corpus.notes)
        | suite.of_registry(loaded, registry)
    )
    say("writing the record")
    run_record.write(run_record.beside(out), loaded, config, examined, evaluation.judged.drop("row"))
    run_id, registered = mlflow_tracking.publish(out, uri, say)
    return TrainingResult(
        out, run_record.beside(out), loaded.identity(), evaluation, corpus.notes, run_id, registered
    )


def fit_parts(rows: pl.DataFrame, config: Config, searches: Path, say: Say) -> Fitted:
    """Return every part fitted at the size, and with the parameters, that rank unseen sources best.

    Args:
        rows: All views.
        config: The configuration; without trials to make only its sizes are tried.
        searches: File in which a search is kept, to go on with if it is stopped.
        say: Called with each step as it begins.
    """
    parts: dict[str, CrossFit] = {}
    chosen: dict[str, pl.DataFrame] = {}
    tables = {part: table_of(part, rows, config) for part in config.parts}
    for part, table in tables.items():
        require(table, part)
    for part, table in tables.items():
        if config.tune.trials:
            parts[part], chosen[f"trials_{part}"] = _tuned(table, config, part, searches, say)
            continue
        say(f"{part}: trying sizes on unseen sources")
        chosen[f"size_{part}"], (leaves, trees) = size_table(table, config, _nothing)
        say(f"{part}: fitting {trees} trees of {leaves} leaves, with and without each source")
        parts[part] = crossfit(table, config, leaves, trees, _nothing)
    return Fitted(parts, chosen)


def _tuned(
    table: Table, config: Config, part: str, searches: Path, say: Say
) -> tuple[CrossFit, pl.DataFrame]:
    """Return a part fitted with what a search chose, and every trial of it and of the searches without each source."""
    whole, rest = tuning.nested(table, config, part=part, storage=searches, say=say)
    say(f"{part}: fitting {whole.trees} trees of {whole.leaves} leaves, with and without each source")
    searched = {source: found.config for source, found in rest.items()}
    fitted = crossfit(table, whole.config, whole.leaves, whole.trees, _nothing, searched)
    return fitted, tuning.trials_of(whole, rest)


def _nothing() -> None:
    """Take a tick of progress nobody shows."""


def _gains(evaluation: Evaluation) -> dict[str, Figure]:
    """Return the gains in mean AUC over each baseline by flat name."""
    gains = evaluation.gains.filter(pl.col("sources") == "all")
    return {
        f"gain.{row['baseline']}.auc": Figure(row["auc"], row["low"], row["high"])
        for row in gains.iter_rows(named=True)
    }
