"""The card of the ``coordinated`` model: what it learnt from, how good it is on held-out operators, who should not use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from vigie.features.i18n import Message, message
from vigie.features.window.windows import LEAST_POSTS
from vigie.models.metrics import Estimate
from vigie.training.evaluation.windows import (
    HIDDEN,
    MODEL,
    MOST_ELEVATED,
    MOST_FALSE,
    PROVEN,
    Evaluation,
)
from vigie.training.fitting.leave_operator_out import ACCOUNTS, OPERATOR, PUBLIC
from vigie.training.report.model_card.render import Table, render
from vigie.training.report.model_card.shared import shared

_METRICS = {
    "average_precision": message("training.column_average_precision"),
    "auc": message("training.column_auc"),
    "recall_at_1": message("training.column_recall_at_1"),
    "recall_at_01": message("training.column_recall_at_01"),
}
_SPLIT = message("training.column_split")
_ROWS = message("training.column_account_windows")


def cards(
    index: Mapping[str, Any],
    evaluation: Evaluation,
    counts: pl.DataFrame,
    windows: pl.DataFrame,
) -> dict[str, str]:
    """Return the card of a run in every language, Markdown, by its file name in the bundle.

    Args:
        index: The bundle's index, whose shape :mod:`vigie.models.bundle` defines.
        evaluation: Metrics on held-out accounts, operators and publics.
        counts: ``y``, ``kind``, ``campaign``, ``strength``, ``len``.
        windows: ``scenario`` and one row per account.
    """
    precision = {
        row["scheme"]: Estimate(*(row[f"average_precision{end}"] for end in ("", "_low", "_high")))
        for row in evaluation.table.filter(pl.col("model") == MODEL).iter_rows(named=True)
    }
    sizes, cohorts = windows.group_by("scenario").len()["len"], evaluation.cohorts["cohort"]
    values = {
        "hours": index["pool"]["hours"],
        "least_accounts": index["floors"]["accounts"],
        "least_active_posts": LEAST_POSTS,
        "least_posts": index["floors"]["posts"],
        "window_count": sizes.len(),
        "smallest": sizes.min(),
        "largest": sizes.max(),
        "fewest": cohorts.min(),
        "most": cohorts.max(),
        "by_account": precision[ACCOUNTS],
        "by_operator": precision[OPERATOR],
        "hidden": HIDDEN,
        "high": index["bands"]["high"],
        "elevated": index["bands"]["elevated"],
        "most_false": MOST_FALSE,
        "most_elevated": MOST_ELEVATED,
        "proven": round(10**PROVEN),
        "worst": _worst(evaluation),
        **_tables(evaluation),
        "accounts": _accounts(counts),
        "campaign_names": counts.filter("y")["campaign"].unique().sort().to_list(),
    }
    return render("coordinated", values | shared(index, counts, options=("--pools windows.parquet",)))


@dataclass(frozen=True)
class _Public:
    """A public, and the share of its account-windows that is flagged."""

    name: str
    share: float


def _worst(evaluation: Evaluation) -> _Public:
    """Return the public of which most accounts are flagged by a model that did not see it: its name and the share."""
    people = evaluation.backgrounds.filter(
        (pl.col("scheme") == PUBLIC) & (pl.col("accounts of") != "operation")
    )
    name, share = (
        people.sort("flagged", "accounts of", descending=[True, False])
        .select("accounts of", "flagged")
        .row(0)
    )
    return _Public(name, share)


def _by(column: str, title: Message, frame: pl.DataFrame) -> Table:
    """Return the metrics by split and another column."""
    titles = {"scheme": _SPLIT, column: title, "pools": message("training.column_windows")}
    return Table(frame, titles | _METRICS)


def _tables(evaluation: Evaluation) -> dict[str, Table]:
    """Return the tables of the evaluation by the name that the template uses."""
    backgrounds = evaluation.backgrounds.rename(
        {
            "accounts of": "background",
            "low": "flagged_low",
            "high": "flagged_high",
            "accounts ever flagged": "ever",
        }
    )
    return {
        "metrics": Table(
            evaluation.table, {"model": message("training.column_model"), "scheme": _SPLIT} | _METRICS
        ),
        "rules": Table(
            evaluation.rules,
            {
                "rule": message("training.column_rule"),
                "coordinated flagged": message("training.column_coordinated_flagged"),
                "ordinary flagged": message("training.column_ordinary_flagged"),
            },
        ),
        "operators": _by("operator", message("training.column_operator"), evaluation.operators),
        "campaigns": _by("campaign", message("training.column_campaign"), evaluation.campaigns),
        "ratios": Table(
            evaluation.ratios,
            {
                "scheme": _SPLIT,
                "ratio": message("training.column_ratio"),
                "pools": message("training.column_windows"),
                "average_precision": message("training.column_average_precision"),
                "flagged": message("training.column_coordinated_flagged"),
                "flagged_ordinary": message("training.column_flagged_ordinary"),
            },
        ),
        "alone": Table(
            evaluation.alone,
            {
                "scheme": _SPLIT,
                "control": message("training.column_control"),
                "rows": _ROWS,
                "flagged": message("training.column_flagged"),
                "average_precision": message("training.column_average_precision"),
                "prevalence": message("training.column_prevalence"),
            },
        ),
        "cohorts": _by("cohort", message("training.column_accounts"), evaluation.cohorts),
        "backgrounds": Table(
            backgrounds,
            {
                "scheme": _SPLIT,
                "background": message("training.column_background"),
                "rows": _ROWS,
                "flagged": message("training.column_flagged"),
                "ever": message("training.column_ever_flagged"),
            },
        ),
        "recovery": Table(
            evaluation.recovery.rename({"pools with a group": "grouped"}),
            {
                "by": message("training.column_recovered_by"),
                "f1": message("training.column_f1"),
                "precision": message("training.column_precision"),
                "recall": message("training.column_recall"),
                "grouped": message("training.column_windows_with_group"),
                "pools": message("training.column_windows"),
            },
        ),
        "abstained": Table(
            evaluation.abstained,
            {
                "y": message("training.column_coordinated"),
                "rows": _ROWS,
                "abstained": message("training.column_share"),
            },
        ),
    }


def _accounts(counts: pl.DataFrame) -> Table:
    grouped = counts.group_by("y", "kind", "campaign").agg(pl.col("len").sum())
    return Table(
        grouped.sort("y", "campaign", "kind"),
        {
            "y": message("training.column_coordinated"),
            "kind": message("training.column_kind"),
            "campaign": message("training.column_campaign"),
            "len": message("training.column_accounts"),
        },
    )
