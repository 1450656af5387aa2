"""From fits to the bundle's index and files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl

from vigie.features.pipeline import FEATURES
from vigie.training.config import Config
from vigie.training.data.truncated_views import FULL
from vigie.training.fitting.booster import gains
from vigie.training.fitting.leave_source_out import CrossFit, scoring_index
from vigie.training.fitting.missing_evidence import fit_discounts


def files_of(fits: dict[str, CrossFit]) -> dict[str, str]:
    """Return the text models of a bundle by file name: each part, then its members in order of source."""
    texts = {f"{name}.txt": found.booster.model_to_string() for name, found in fits.items()}
    for name, found in fits.items():
        for number, source in enumerate(sorted(found.held_out)):
            texts[f"{name}.{number}.txt"] = found.held_out[source].model_to_string()
    return texts


def index_of(fits: dict[str, CrossFit], rows: pl.DataFrame, config: Config) -> dict[str, Any]:
    """Return the entries of ``bundle.json`` that scoring needs; figures and data are added by the run.

    Args:
        fits: The parts.
        rows: All views, for the reference quantiles.
        config: The configuration, stored whole but for the gates: they judge a model and are none of it.
    """
    return {
        "name": config.name,
        "target": config.target,
        "assumed_prevalence": config.assumed_prevalence,
        "bands": config.bands,
        **scoring_index(config),
        **fit_discounts(fits, rows, config),
        "parts": {name: _part(name, found, config) for name, found in fits.items()},
        "reference": reference(rows.filter((pl.col("view") == FULL) & ~pl.col("y")), FEATURES),
        "config": config.model_dump(exclude={"gates"}),
    }


def _part(name: str, found: CrossFit, config: Config) -> dict[str, Any]:
    calibration = found.calibration()
    return {
        "features": list(found.table.features),
        "members": [f"{name}.{number}.txt" for number in range(len(found.held_out))],
        "without": sorted(found.held_out),
        "calibration": {
            "slope": calibration.slope,
            "intercept": calibration.intercept,
            "variance": list(calibration.variance),
        },
        "gains": [float(value) for value in gains(found.booster)],
        "floor": config.parts[name].floor,
        "leaves": found.leaves,
        "trees": found.trees,
        "rows": len(found.table.y),
    }


def reference(ordinary: pl.DataFrame, names: Iterable[str]) -> dict[str, list[float]]:
    """Return the quantiles 0, 1, …, 100 % of features among ordinary accounts, sources weighing alike.

    Only quantiles leave the data set, never an account's values. Sources weigh alike because each is
    repeated to the size of the largest.

    Args:
        ordinary: ``source`` and the features, one row per account.
        names: Features.
    """
    found: dict[str, list[float]] = {}
    for name in names:
        known = ordinary.select("source", name).drop_nulls()
        if known.height < 50:
            continue
        parts = [np.sort(part[name].to_numpy()) for part in known.partition_by("source", maintain_order=True)]
        longest = max(len(part) for part in parts)
        # Quantiles of sorted values, by interpolation: as many as the largest source has accounts.
        spread = [
            np.interp(np.linspace(0, len(part) - 1, longest), np.arange(len(part)), part) for part in parts
        ]
        quantiles = np.quantile(np.concatenate(spread), np.linspace(0, 1, 101))
        found[name] = [float(f"{value:.6g}") for value in quantiles]
    return found
