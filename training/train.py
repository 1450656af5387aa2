"""The whole way of a training: data, rows, sizes or a search, fits, evaluation, audit, bundle, record, tracking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from vigie.models import bundle
from vigie.models.calibration import log_odds
from vigie.training import assemble, data, judged, leaks, plots, population, record, tracking, tuning, views
from vigie.training.card import card
from vigie.training.config import Config
from vigie.training.crossfit import CrossFit, crossfit, size_table
from vigie.training.evaluate import MODEL, Evaluation, evaluate
from vigie.training.fit import Table, table_of
from vigie.training.metrics import Figure
from vigie.training.outcome import Outcome, Say, figure_records, summary
from vigie.training.robustness import figures as robustness_figures
from vigie.training.robustness import robustness


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
    config: Config, folders: Sequence[Path], out: Path, *, uri: str | None, say: Say
) -> Outcome[Evaluation]:
    """Train, evaluate, examine, write the bundle and its record, and track them.

    Args:
        config: What to train.
        folders: Dataset directories.
        out: Folder of the bundle; replaced only once the new one is whole. Its record lies beside it.
        uri: MLflow tracking server or store; None for the default.
        say: Called with each step as it begins, for progress.

    Raises:
        LabelError: The labels cannot carry the model.
        DatasetError: A folder is not a dataset directory, or was changed.
        TrackingError: The tracking server does not answer; if that comes after the work, bundle and record are kept.
    """
    tracking.check(uri)
    say("reading data sets")
    corpus = data.load(
        folders, config.target, config.sources,
        strengths=config.strengths, unlabelled=config.unlabelled, by=config.split.by,
    )  # fmt: skip
    for note in corpus.notes:
        say(f"note: {note}")
    say("computing features of every view")
    rows = views.rows(corpus, config.views)
    fitted = fit_parts(rows, config, record.beside(out).with_suffix(".tuning"), say)
    say("evaluating on unseen sources, with baselines")
    evaluation = evaluate(fitted.parts, rows, corpus, config, lambda step: say(f"evaluating: {step}"))
    say("asking whether the source can be told, and noise learnt")
    told = {part: leaks.which_source(found.table, config) for part, found in fitted.parts.items()}
    noise = {part: leaks.permuted(found, config) for part, found in fitted.parts.items()}
    disturbed = robustness(corpus, rows, evaluation.unseen, config, say)
    say("writing the bundle and its record")
    counts = corpus.accounts.group_by("source", "y", "kind", maintain_order=True).len()
    index = assemble.index_of(fitted.parts, rows, config) | {
        "data": [summary(manifest) for manifest in corpus.manifests],
        "figures": _figures(evaluation),
    }
    index["sketch"] = population.of_accounts(index, rows, corpus, evaluation.judged)
    text = card(index, evaluation, fitted.chosen, told, noise, counts)
    bundle.save(out, index, {**assemble.files_of(fitted.parts), "card.md": text})
    loaded = bundle.load(out, config.target)
    groups = judged.groups(evaluation.judged, config)
    threshold = log_odds(config.bands["high"], config.assumed_prevalence)
    tables = {
        "unseen_sources": evaluation.table,
        "means": evaluation.means,
        "gains": evaluation.gains,
        "at_prevalence": judged.at_prevalence(groups, threshold),
        "budget": judged.budget(groups),
        "operating": judged.operating(groups),
        "calibration": judged.calibration(groups, config.assumed_prevalence),
        "intervals": evaluation.intervals,
        "risk_coverage": judged.risk_coverage(groups),
        "label_noise": judged.label_noise(groups, threshold),
        **{f"which_source_{part}": table for part, table in told.items()},
        **{f"permuted_{part}": table for part, table in noise.items()},
        "best_single": evaluation.best_single,
        "robustness": disturbed.means,
        "robustness_by_source": disturbed.table,
        "posts_curve": evaluation.posts_curve,
        **fitted.chosen,
        "data": counts,
        "removed": corpus.removed,
    }
    drawn = plots.of_judged(groups) | {
        "unseen_sources.png": plots.unseen_sources(evaluation.table),
        "posts_curve.png": plots.posts_curve(evaluation.posts_curve, config.assumed_prevalence),
    }
    figures = judged.means(groups) | _named(evaluation) | robustness_figures(disturbed) | leaks.figures(noise)
    told_in = record.beside(out)
    record.write(told_in, loaded, config, corpus.notes, figures, evaluation.judged.drop("row"), tables, drawn)
    run_id, registered = tracking.publish(out, uri, say)
    return Outcome(out, told_in, loaded.identity(), evaluation, corpus.notes, run_id, registered)


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
    for part in config.parts:
        table = table_of(part, rows, config)
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
    fitted = crossfit(table, whole.config, whole.leaves, whole.trees, _nothing)
    searched = {source: found.config for source, found in rest.items()}
    return replace(fitted, searched=searched), tuning.trials_of(whole, rest)


def _nothing() -> None:
    """Take a tick of progress nobody shows."""


def _named(evaluation: Evaluation) -> dict[str, Figure]:
    """Return the gains over baselines and the calibration errors by flat name."""
    gains = evaluation.gains.filter(pl.col("sources") == "all")
    found = {
        f"gain.{row['baseline']}.auc": Figure(row["auc"], row["low"], row["high"])
        for row in gains.iter_rows(named=True)
    }
    ours = evaluation.table.filter(pl.col("model") == MODEL)
    errors = dict(ours.select("source", "calibration_error").iter_rows())
    errors["mean"] = sum(errors.values()) / len(errors)
    return found | {f"calibration_error.{name}": Figure.alone(value) for name, value in errors.items()}


def _figures(evaluation: Evaluation) -> dict[str, Any]:
    """Return the figures a bundle carries, rounded."""
    return {
        "unseen_sources": figure_records(evaluation.table),
        "means": figure_records(evaluation.means),
        "gains": figure_records(evaluation.gains),
        "intervals": figure_records(evaluation.intervals),
        "best_single": figure_records(evaluation.best_single),
        "posts_curve": figure_records(evaluation.posts_curve),
    }
