"""Plots people would look at: one function each, table in, PNG out."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import matplotlib
import numpy as np
import polars as pl

from vigie.models.calibration import probability
from vigie.models.metrics import Curve
from vigie.training.evaluation import held_out
from vigie.training.evaluation.accounts import MODEL
from vigie.training.evaluation.held_out import HeldOutGroup

matplotlib.use("Agg")
from matplotlib import pyplot


def for_held_out(groups: Sequence[HeldOutGroup]) -> dict[str, bytes]:
    """Return the plots of held-out accounts, whatever the target, by file name."""
    return {
        "reliability.png": reliability(groups),
        "risk_coverage.png": risk_coverage(held_out.risk_coverage(groups)),
        "small_rates.png": small_rates(groups),
        "precision.png": precision(groups),
    }


def unseen_sources(table: pl.DataFrame) -> bytes:
    """AUC on each source by models that did not see it, with 95 % intervals."""
    figure, axes = pyplot.subplots(figsize=(10, 6.5))
    sources = table["source"].unique(maintain_order=True).to_list()
    models = table["model"].unique(maintain_order=True).to_list()
    step = 0.8 / len(models)
    for place, model in enumerate(models):
        rows = table.filter(pl.col("model") == model)
        at = (
            np.array([sources.index(name) for name in rows["source"]])
            + (place - (len(models) - 1) / 2) * step
        )
        error = np.abs(np.stack([rows["auc"] - rows["auc_low"], rows["auc_high"] - rows["auc"]]))
        axes.errorbar(at, rows["auc"], yerr=error, fmt="o" if model == MODEL else "x", label=model, capsize=2)
    axes.axhline(0.5, color="grey", linewidth=0.8)
    axes.set_xticks(range(len(sources)), sources, rotation=15)
    axes.set_ylabel("AUC")
    axes.set_title("Sources the model did not see")
    axes.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.15), ncol=2)
    return _done(figure)


def posts_curve(table: pl.DataFrame, prevalence: float) -> bytes:
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


def reliability(groups: Sequence[HeldOutGroup]) -> bytes:
    """Stated against seen share of accounts of the class, classes of equal mass, per held-out source."""
    figure, axes = pyplot.subplots(figsize=(5.5, 5))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    for group in groups:
        known = np.isfinite(group.score)
        stated, truth = probability(group.score[known], 0.5), group.truth[known]
        weight = np.where(truth, 0.5 / max(truth.sum(), 1), 0.5 / max((~truth).sum(), 1))
        place = np.minimum((stated * 10).astype(int), 9)
        mass = np.bincount(place, weight, 10)
        full = mass > 0.01
        x = np.bincount(place, weight * stated, 10)[full] / mass[full]
        axes.plot(
            x, np.bincount(place, weight * truth, 10)[full] / mass[full], marker="o", label=group.source
        )
    axes.set_xlabel("stated probability (classes of equal mass)")
    axes.set_ylabel("share of the class")
    axes.set_title("Reliability on what the model did not see")
    axes.legend(fontsize=8)
    return _done(figure)


def small_rates(groups: Sequence[HeldOutGroup]) -> bytes:
    """Recall against false positive rate, on a logarithmic scale: what is found while few people are bothered."""
    figure, axes = pyplot.subplots(figsize=(6.5, 4.5))
    for group in groups:
        found = Curve.of(group.truth, group.score, group.weights[:1])
        positive, negative = found.positive[0], found.negative[0]
        rate = np.maximum(negative / negative[-1], 1 / (2 * (~group.truth).sum()))
        axes.plot(rate, positive / positive[-1], label=group.source, drawstyle="steps-post")
    for mark in (0.001, 0.01):
        axes.axvline(mark, color="grey", linewidth=0.6, linestyle=":")
    axes.set_xscale("log")
    axes.set_xlabel("false positive rate")
    axes.set_ylabel("recall")
    axes.set_title("Recall at small false positive rates")
    axes.legend(fontsize=8)
    return _done(figure)


def precision(groups: Sequence[HeldOutGroup]) -> bytes:
    """Precision against recall at stated prevalences, mean over sources: the same ranking where such accounts are rare."""
    figure, axes = pyplot.subplots(figsize=(6.5, 4.5))
    grid = np.linspace(0.02, 1, 50)
    for prevalence in held_out.PREVALENCES:
        each = []
        for group in groups:
            found = Curve.of(group.truth, group.score, group.at(prevalence)[:1])
            positive, negative = found.positive[0], found.negative[0]
            each.append(np.interp(grid, positive / prevalence, positive / (positive + negative)))
        axes.plot(grid, np.mean(each, axis=0), label=f"{prevalence:.1%} of accounts")
    axes.set_xlabel("recall")
    axes.set_ylabel("precision, mean over sources")
    axes.set_ylim(0, 1.02)
    axes.set_title("What the same ranking is worth where such accounts are rare")
    axes.legend(fontsize=8)
    return _done(figure)


def risk_coverage(table: pl.DataFrame) -> bytes:
    """Error among the share of accounts the model is surest of."""
    figure, axes = pyplot.subplots(figsize=(6, 4.5))
    for (source,), rows in table.group_by("source", maintain_order=True):
        axes.plot(rows["coverage"], rows["error"], marker="o", label=str(source))
    axes.set_xlabel("share of accounts kept, surest first")
    axes.set_ylabel("error at equal classes")
    axes.set_title("Risk and coverage on held-out sources")
    axes.legend(fontsize=8)
    return _done(figure)


def robustness(means: pl.DataFrame) -> bytes:
    """Change of recall at a fixed threshold after each change of the input, mean over sources, with 95 % intervals."""
    rows = means.drop_nulls("recall_change")
    figure, axes = pyplot.subplots(figsize=(8, 0.28 * rows.height + 1.2))
    names = [" ".join(name for name in pair if name) for pair in rows.select("what", "how").iter_rows()]
    at = np.arange(rows.height)[::-1]
    change, low, high = (rows[f"recall_change{end}"].to_numpy() for end in ("", "_low", "_high"))
    axes.errorbar(change, at, xerr=np.abs(np.stack([change - low, high - change])), fmt="o", capsize=2)
    axes.axvline(0, color="grey", linewidth=0.8, linestyle=":")
    axes.set_yticks(at, names, fontsize=8)
    axes.set_xlabel("change of recall at a fixed threshold")
    axes.set_title("What is left when the input changes")
    return _done(figure)


def error_analysis(table: pl.DataFrame) -> bytes:
    """False positive rate of each slice of people at the threshold that flags one in a hundred, with 95 % intervals."""
    last = table["threshold"].unique(maintain_order=True)[-1]
    rows = table.filter((pl.col("threshold") == last) & ~pl.col("too_few"))
    figure, axes = pyplot.subplots(figsize=(8, 0.24 * rows.height + 1.2))
    names = [f"{name} {value} ({people:,})".replace("_", " ") for name, value, people in
             rows.select("slice", "value", "people").iter_rows()]  # fmt: skip
    at = np.arange(rows.height)[::-1]
    rate = rows["rate"].to_numpy()
    error = np.abs(np.stack([rate - rows["low"].to_numpy(), rows["high"].to_numpy() - rate]))
    axes.errorbar(rate, at, xerr=error, fmt="o", capsize=2)
    for everybody in rate[:1]:  # none where no slice holds enough people
        axes.axvline(everybody, color="grey", linewidth=0.8, linestyle=":")
    axes.set_yticks(at, names, fontsize=8)
    axes.set_xlabel(f"share of people flagged, threshold: {last}")
    axes.set_title("Who is flagged by mistake")
    return _done(figure)


def size(part: str, table: pl.DataFrame) -> bytes:
    """Leave-one-source-out AUC against the number of trees: what each doubling buys."""
    figure, axes = pyplot.subplots(figsize=(6, 4.5))
    for (leaves,), rows in table.group_by("leaves", maintain_order=True):
        axes.plot(rows["trees"], rows["mean"], marker="o", label=f"{leaves} leaves")
    axes.set_xscale("log", base=2)
    axes.set_xlabel("trees")
    axes.set_ylabel("mean AUC on held-out sources")
    axes.set_title(f"Size of the {part} part")
    axes.legend(fontsize=8)
    return _done(figure)


def _done(figure: Any) -> bytes:
    figure.tight_layout()
    held = BytesIO()
    # No date and no version in the file: the same metrics give the same bytes.
    figure.savefig(held, format="png", dpi=110, metadata={"Software": None})
    pyplot.close(figure)
    return held.getvalue()
