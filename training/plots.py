"""Plots people would look at: one function each, table in, Matplotlib figure out."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import polars as pl

from vigie.models.calibration import probability
from vigie.training.evaluate import MODEL, Evaluation

matplotlib.use("Agg")
from matplotlib import pyplot


def all_plots(evaluation: Evaluation, sizes: dict[str, pl.DataFrame], prevalence: float) -> dict[str, Any]:
    """Return every figure of a run by file name."""
    figures = {
        "unseen_sources.png": unseen_sources(evaluation.table),
        "posts_curve.png": posts_curve(evaluation.posts_curve, prevalence),
        "reliability.png": reliability(evaluation.held_out),
        "risk_coverage.png": risk_coverage(evaluation.risk_coverage),
    }
    return figures | {f"size_{part}.png": size(part, table) for part, table in sizes.items()}


def unseen_sources(table: pl.DataFrame) -> Any:
    """AUC on each source by models that never saw it, with 95 % intervals."""
    figure, axes = pyplot.subplots(figsize=(9, 4.5))
    sources = table["source"].unique(maintain_order=True).to_list()
    models = table["model"].unique(maintain_order=True).to_list()
    for place, model in enumerate(models):
        rows = table.filter(pl.col("model") == model)
        at = np.arange(len(sources)) + (place - len(models) / 2) * 0.13
        error = np.abs(np.stack([rows["auc"] - rows["auc_low"], rows["auc_high"] - rows["auc"]]))
        axes.errorbar(at, rows["auc"], yerr=error, fmt="o" if model == MODEL else "x", label=model, capsize=2)
    axes.axhline(0.5, color="grey", linewidth=0.8)
    axes.set_xticks(range(len(sources)), sources, rotation=15)
    axes.set_ylabel("AUC")
    axes.set_title("Sources the model never saw")
    axes.legend(fontsize=8)
    return _done(figure)


def posts_curve(table: pl.DataFrame, prevalence: float) -> Any:
    """Mean probability of the same accounts against the number of their posts supplied."""
    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    for (source, value), rows in table.group_by("source", "y", maintain_order=True):
        drawn = rows.drop_nulls("probability")
        label = f"{source}, {'inauthentic' if value else 'ordinary'}"
        names = ["all" if count < 0 else str(count) for count in drawn["posts"]]
        axes.plot(names, drawn["probability"], marker="o", linestyle="-" if value else "--", label=label)
    axes.set_xlabel("posts supplied (0: profile alone)")
    axes.set_ylabel(f"mean probability at {prevalence:.0%} prevalence")
    axes.set_title("A score must not rise as posts vanish")
    axes.legend(fontsize=8)
    return _done(figure)


def reliability(held_out: pl.DataFrame) -> Any:
    """Stated against seen share of inauthentic accounts, classes of equal mass, per unseen source."""
    figure, axes = pyplot.subplots(figsize=(5.5, 5))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    for (source,), rows in held_out.group_by("source", maintain_order=True):
        stated, truth = probability(rows["log_odds"].to_numpy(), 0.5), rows["y"].to_numpy()
        weight = np.where(truth, 0.5 / max(truth.sum(), 1), 0.5 / max((~truth).sum(), 1))
        place = np.minimum((stated * 10).astype(int), 9)
        mass = np.bincount(place, weight, 10)
        full = mass > 0.01
        x = np.bincount(place, weight * stated, 10)[full] / mass[full]
        axes.plot(x, np.bincount(place, weight * truth, 10)[full] / mass[full], marker="o", label=str(source))
    axes.set_xlabel("stated probability (classes of equal mass)")
    axes.set_ylabel("share inauthentic")
    axes.set_title("Reliability on unseen sources")
    axes.legend(fontsize=8)
    return _done(figure)


def risk_coverage(table: pl.DataFrame) -> Any:
    """Error among the share of accounts the model is surest of."""
    figure, axes = pyplot.subplots(figsize=(6, 4.5))
    for (source,), rows in table.group_by("source", maintain_order=True):
        axes.plot(rows["coverage"], rows["error"], marker="o", label=str(source))
    axes.set_xlabel("share of accounts kept, surest first")
    axes.set_ylabel("error at equal classes")
    axes.set_title("Risk and coverage on unseen sources")
    axes.legend(fontsize=8)
    return _done(figure)


def size(part: str, table: pl.DataFrame) -> Any:
    """Leave-one-source-out AUC against the number of trees: what each doubling buys."""
    figure, axes = pyplot.subplots(figsize=(6, 4.5))
    for (leaves,), rows in table.group_by("leaves", maintain_order=True):
        axes.plot(rows["trees"], rows["mean"], marker="o", label=f"{leaves} leaves")
    axes.set_xscale("log", base=2)
    axes.set_xlabel("trees")
    axes.set_ylabel("mean AUC on unseen sources")
    axes.set_title(f"Size of the {part} part")
    axes.legend(fontsize=8)
    return _done(figure)


def _done(figure: Any) -> Any:
    figure.tight_layout()
    pyplot.close(figure)
    return figure
