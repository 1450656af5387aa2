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

# Features shown, by the span of their curve.
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
    heights = head.curves.heights
    strongest = np.argsort([-np.ptp(height) for height in heights], kind="stable")[:_SHOWN]
    curves = pl.DataFrame(
        {
            "feature": [head.features[place] for place in strongest],
            "lowest": [heights[place][0] for place in strongest],
            "middle": [heights[place][len(heights[place]) // 2] for place in strongest],
            "highest": [heights[place][-1] for place in strongest],
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
        "slope": head.curves.slope,
        "curves": Table(
            curves,
            {
                "feature": message("training.column_feature"),
                "lowest": message("training.column_added_lowest"),
                "middle": message("training.column_added_middle"),
                "highest": message("training.column_added_highest"),
            },
        ),
        "left_out": max(len(head.features) - _SHOWN, 0),
    }
    return render("adapted", values)
