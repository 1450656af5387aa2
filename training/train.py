"""The whole way of a training: data, rows, sizes, fits, evaluation, audit, bundle, tracking."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from vigie.features.pipeline import FEATURES
from vigie.models import bundle
from vigie.training import assemble, data, leaks, tracking, views
from vigie.training.card import card
from vigie.training.config import Config
from vigie.training.crossfit import CrossFit, crossfit, size_table
from vigie.training.evaluate import MODEL, Evaluation, evaluate
from vigie.training.fit import table_of
from vigie.training.outcome import Outcome, Say, example_account, figure_records, summary
from vigie.training.plots import all_plots


def train(
    config: Config, folders: Sequence[Path], out: Path, *, uri: str | None, say: Say
) -> Outcome[Evaluation]:
    """Train, evaluate, write the bundle and track it all.

    Args:
        config: What to train.
        folders: Dataset directories.
        out: Folder of the bundle; replaced only once the new one is whole and tracked.
        uri: MLflow tracking server or store; None for the default.
        say: Called with each step as it begins, for progress.

    Raises:
        LabelError: The labels cannot carry the model.
        DatasetError: A folder is not a dataset directory, or was changed.
    """
    say("reading data sets")
    corpus = data.load(folders, config.target, config.sources)
    with tracking.run(uri, config.name) as run:
        tracking.log_inputs(config.model_dump(), corpus.manifests, _split(corpus))
        say("computing features of every view")
        rows = views.rows(corpus, config.views)
        tables = {part: table_of(part, rows, config) for part in config.parts}
        told = {part: leaks.which_source(table, config) for part, table in tables.items()}
        fits: dict[str, CrossFit] = {}
        sizes: dict[str, pl.DataFrame] = {}
        for part, table in tables.items():
            say(f"{part}: trying sizes on unseen sources")
            sizes[part], (leaves, trees) = size_table(table, config, _nothing)
            say(f"{part}: fitting {trees} trees of {leaves} leaves, with and without each source")
            fits[part] = crossfit(table, config, leaves, trees, _nothing)
        say("evaluating on unseen sources, with baselines")
        evaluation = evaluate(fits, rows, config, lambda step: say(f"evaluating: {step}"))
        say("asking whether noise can be learnt")
        noise = {part: leaks.permuted(found, config) for part, found in fits.items()}
        say("writing the bundle")
        index = assemble.index_of(fits, rows, config) | {
            "data": [summary(manifest) for manifest in corpus.manifests],
            "figures": _figures(evaluation),
        }
        counts = corpus.accounts.group_by("source", "y", "kind", maintain_order=True).len()
        text = card(index, evaluation, sizes, told, noise, counts)
        with tempfile.TemporaryDirectory() as scratch:
            fresh = Path(scratch) / "bundle"
            bundle.save(fresh, index, {**assemble.files_of(fits), "card.md": text})
            loaded = bundle.load(fresh, config.target)
            say("tracking in MLflow")
            _log(evaluation, sizes, told, noise, corpus, config, text)
            registered = tracking.log_bundle(fresh, config.name, example_account())
            out.parent.mkdir(parents=True, exist_ok=True)
            if out.exists():
                shutil.rmtree(out)
            shutil.copytree(fresh, out)
    return Outcome(out, loaded.identity(), evaluation, run.info.run_id, registered)


def _nothing() -> None:
    """Take a tick of progress nobody shows."""


def _split(corpus: data.Corpus) -> pl.DataFrame:
    """Return who is held out together: accounts per source, label and campaign."""
    return corpus.accounts.group_by("source", "y", "kind", "campaign", maintain_order=True).len()


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


def _log(
    evaluation: Evaluation,
    sizes: dict[str, pl.DataFrame],
    told: dict[str, pl.DataFrame],
    noise: dict[str, pl.DataFrame],
    corpus: data.Corpus,
    config: Config,
    text: str,
) -> None:
    """Log every figure, table, curve and plot of a run."""
    mean = evaluation.means.filter(pl.col("model") == MODEL).row(0, named=True)
    metrics = {f"mean_{key}": float(value) for key, value in mean.items() if key != "model"}
    for row in evaluation.table.filter(pl.col("model") == MODEL).iter_rows(named=True):
        metrics |= {
            f"{figure}.{row['source']}": float(row[figure])
            for figure in ("auc", "average_precision", "recall_at_1", "calibration_error", "abstained")
        }
    tracking.log_figures(metrics, all_plots(evaluation, sizes, config.assumed_prevalence))
    tables = {
        "evaluation/unseen_sources": evaluation.table,
        "evaluation/means": evaluation.means,
        "evaluation/gains": evaluation.gains,
        "evaluation/posts_curve": evaluation.posts_curve,
        "evaluation/risk_coverage": evaluation.risk_coverage,
        "evaluation/intervals": evaluation.intervals,
        "evaluation/best_single": evaluation.best_single,
        "data/removed_duplicates": corpus.removed,
    }
    tables |= {f"evaluation/size_{part}": table for part, table in sizes.items()}
    tables |= {f"leaks/which_source_{part}": table for part, table in told.items()}
    tables |= {f"leaks/permuted_{part}": table for part, table in noise.items()}
    for name, table in tables.items():
        tracking.log_table(table, name)
    for part, table in sizes.items():
        for (leaves,), rows in table.group_by("leaves", maintain_order=True):
            tracking.log_curve(f"size.{part}.{leaves}_leaves", list(rows.select("trees", "mean").iter_rows()))
    tracking.log_text(text, "card.md")
    tracking.log_text("\n".join(FEATURES) + "\n", "features.txt")
