"""The card of a model that was adapted to one collection: its parent, the labels, and what they changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from vigie.features.i18n import message
from vigie.models.adaptation.head import Head
from vigie.models.metrics import Estimate
from vigie.training.report.model_card.render import Table, render

# Features shown, by the size of their weight.
_SHOWN = 15


def cards(index: Mapping[str, Any], head: Head) -> dict[str, str]:
    """Return the card in every language, Markdown, by its file name in the bundle.

    Args:
        index: The bundle's index, with its entry ``adaptation``.
        head: The head.
    """
    entry = index["adaptation"]
    figures = {
        row["model"]: Estimate(row["auc"], row["low"], row["high"]) for row in index["figures"]["adaptation"]
    }
    strongest = np.argsort(-np.abs(head.line.weights), kind="stable")[:_SHOWN]
    weights = pl.DataFrame(
        {
            "feature": [head.features[place] for place in strongest],
            "weight": head.line.weights[strongest],
        }
    )
    values = {
        "name": index["name"],
        "parent": entry["parent"],
        "collection": entry["collection"],
        "accounts": entry["accounts"],
        "labels": entry["labels"],
        "before": figures["parent"],
        "after": figures["adapted"],
        "gain": figures["gain"],
        "prior": index["assumed_prevalence"],
        "slope": head.line.slope,
        "weights": Table(
            weights,
            {
                "feature": message("training.column_feature"),
                "weight": message("training.column_log_odds_per_deviation"),
            },
        ),
        "left_out": max(len(head.features) - _SHOWN, 0),
    }
    return render("adapted", values)
