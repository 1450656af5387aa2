"""The card of the ``inauthentic`` model: what it learnt from, how good it is on held-out sources, who should not use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from vigie.features.i18n import message
from vigie.models.metrics import Estimate
from vigie.training.evaluation.accounts import MODEL, RANDOM, Evaluation
from vigie.training.fitting.booster import FULL_MASS
from vigie.training.report.model_card.render import Table, render
from vigie.training.report.model_card.shared import shared


def cards(
    index: Mapping[str, Any],
    evaluation: Evaluation,
    searched: Mapping[str, pl.DataFrame],
    leaks: Mapping[str, pl.DataFrame],
    permuted: Mapping[str, pl.DataFrame],
    counts: pl.DataFrame,
) -> dict[str, str]:
    """Return the card of a run in every language, Markdown, by its file name in the bundle.

    Args:
        index: The bundle's index, whose shape :mod:`vigie.models.bundle` defines.
        evaluation: Metrics on held-out sources.
        searched: Sizes or trials tried per part, see :class:`vigie.training.pipelines.inauthentic.FittedParts`.
        leaks: Per part, how well each feature tells the sources apart.
        permuted: AUC with shuffled labels per part.
        counts: ``source``, ``y``, ``kind``, ``strength``, ``len``.
    """
    mean = evaluation.means.filter(pl.col("model") == MODEL).row(0, named=True)
    random = evaluation.means.filter(pl.col("model") == RANDOM).row(0, named=True)
    config = index["config"]
    values = {
        "source_count": evaluation.table["source"].n_unique(),
        "mean": Estimate(mean["auc"], mean["low"], mean["high"]),
        "mean_over_sources": Estimate(mean["auc"], mean["low_over_sources"], mean["high_over_sources"]),
        "random": random["auc"],
        **_metrics(evaluation),
        "missing": missing(index["missing_fields"]),
        "sizes": [_size(part, entry, searched) for part, entry in index["parts"].items()],
        "leaks": [{"part": part, "table": _leaks(table)} for part, table in leaks.items()],
        "permuted": _permuted(permuted),
        "full_mass": FULL_MASS,
        "accounts": _accounts(counts),
        "unlabelled": [{"name": name, "share": share} for name, share in config["unlabelled"].items()],
        "learnt_from_coordination": any(entry["name"] == "coordination" for entry in index["data"]),
    }
    return render("inauthentic", values | shared(index, counts, config["strengths"]))


def _metrics(evaluation: Evaluation) -> dict[str, Table | None]:
    """Return the tables of the evaluation by the name that the template uses."""
    gains = evaluation.gains.select(
        "baseline", "sources", "auc", "low_over_sources", "high_over_sources", auc_low="low", auc_high="high",
        wide="auc", wide_low="low_over_sources", wide_high="high_over_sources",
    )  # fmt: skip
    return {
        "sources": Table(
            evaluation.table,
            {
                "source": message("training.column_held_out_source"),
                "model": message("training.column_model"),
                "accounts": message("training.column_accounts_scored"),
                "positives": message("training.column_inauthentic_accounts"),
                "abstained": message("training.column_abstained"),
                "auc": message("training.column_auc"),
                "average_precision": message("training.column_auprc"),
                "recall_at_1": message("training.column_recall_at_1"),
                "calibration_error": message("training.column_calibration_error"),
            },
        ),
        "gains": Table(
            gains,
            {
                "baseline": message("training.column_baseline"),
                "sources": message("training.column_sources"),
                "auc": message("training.column_gain_over_accounts"),
                "wide": message("training.column_gain_over_sources"),
            },
        ),
        "best_single": Table(
            evaluation.best_single,
            {
                "source": message("training.column_source"),
                "feature": message("training.column_feature"),
                "auc": message("training.column_auc"),
            },
        ),
        "intervals": Table(
            evaluation.intervals,
            {
                "source": message("training.column_source"),
                "half_width": message("training.column_half_width"),
                "excludes_even": message("training.column_excludes_even"),
                "wrong_when_excluding": message("training.column_wrong_side"),
            },
        ),
        "posts_curve": _posts_curve(evaluation.posts_curve),
    }


def _posts_curve(curve: pl.DataFrame) -> Table | None:
    if curve.is_empty():
        return None
    return Table(
        curve,
        {
            "source": message("training.column_source"),
            "y": message("training.column_inauthentic"),
            "posts": message("training.column_posts"),
            "accounts": message("training.column_accounts"),
            "abstained": message("training.column_abstained"),
            "probability": message("training.column_mean_probability"),
            "flagged": message("training.column_share_at_half"),
        },
    )


def missing(fields: Mapping[str, Mapping[str, float]]) -> Table | None:
    """Return what is subtracted for each missing field of a profile; None where nothing is."""
    if not fields:
        return None
    frame = pl.DataFrame(
        [(name, entry["log_odds"]) for name, entry in fields.items()],
        schema={"field": pl.String, "log_odds": pl.Float64}, orient="row",
    )  # fmt: skip
    return Table(
        frame,
        {"field": message("training.column_field"), "log_odds": message("training.column_subtracted")},
    )


def _size(part: str, entry: Mapping[str, Any], searched: Mapping[str, pl.DataFrame]) -> dict[str, object]:
    """Return the size of a part, and what it was chosen from: sizes tried, or trials of a search."""
    size = {"part": part, "trees": entry["trees"], "leaves": entry["leaves"]}
    if f"size_{part}" not in searched:
        return size | {"table": None, "trials": searched[f"trials_{part}"].height}
    tried = Table(
        searched[f"size_{part}"],
        {
            "leaves": message("training.column_leaves"),
            "trees": message("training.column_trees"),
            "mean": message("training.column_mean_auc"),
            "error": message("training.column_error_of_loss"),
            "kilobytes": message("training.column_kilobytes"),
        },
    )
    return size | {"table": tried, "trials": None}


def _leaks(table: pl.DataFrame) -> Table:
    """Return how well all features together, and the ten that reveal most, tell a source apart."""
    worst = (
        table.group_by("feature").agg(pl.col("auc").max()).sort("auc", "feature", descending=[True, False])
    )
    together = worst.filter(pl.col("feature") == "all features")
    return Table(
        pl.concat([together, worst.filter(pl.col("feature") != "all features").head(10)]),
        {"feature": message("training.column_feature"), "auc": message("training.column_worst_auc")},
    )


def _permuted(permuted: Mapping[str, pl.DataFrame]) -> Table:
    return Table(
        pl.concat(table.select("source", "auc", part=pl.lit(part)) for part, table in permuted.items()),
        {
            "part": message("training.column_part"),
            "source": message("training.column_source"),
            "auc": message("training.column_auc"),
        },
    )


def _accounts(counts: pl.DataFrame) -> Table:
    return Table(
        counts.group_by("source", "y", "kind", maintain_order=True).agg(pl.col("len").sum()),
        {
            "source": message("training.column_source"),
            "y": message("training.column_inauthentic"),
            "kind": message("training.column_kind"),
            "len": message("training.column_accounts"),
        },
    )
