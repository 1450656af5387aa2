"""From fits to the bundle's index and files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import lightgbm
import numpy as np
import polars as pl

from vigie.features.json_object import JsonObject
from vigie.features.pipeline import FEATURES
from vigie.models import rehearsal
from vigie.models.calibration import Calibration
from vigie.training.config import Config
from vigie.training.data.truncated_views import FULL
from vigie.training.fitting.booster import Table, gains
from vigie.training.fitting.leave_source_out import CrossFit, scoring_index
from vigie.training.fitting.missing_evidence import fit_discounts

# A manifest holds more: a bundle keeps what tells the data again, and nothing of the people.
_KEPT = ("name", "format", "licence", "tables", "observed_at")


def files_of(fits: Mapping[str, CrossFit]) -> dict[str, str]:
    """Return the text models of a bundle by file name: each part, then its members in order of source."""
    files: dict[str, str] = {}
    for name, fit in fits.items():
        files |= booster_files(name, fit.booster, fit.held_out)
    return files


def booster_files(
    name: str, booster: lightgbm.Booster, excluding: Mapping[str, lightgbm.Booster]
) -> dict[str, str]:
    """Return the text of a model, and of its members in order of the group that each lacks, by file name."""
    members = {
        f"{name}.{number}.txt": excluding[group].model_to_string()
        for number, group in enumerate(sorted(excluding))
    }
    return {f"{name}.txt": booster.model_to_string()} | members


def data_entries(manifests: Iterable[Mapping[str, Any]]) -> list[JsonObject]:
    """Return what a bundle keeps of the manifests of its data, as JSON."""
    return [{key: manifest[key] for key in _KEPT if key in manifest} for manifest in manifests]


def table_records(table: pl.DataFrame) -> list[JsonObject]:
    """Return a table as a bundle carries it, rounded."""
    return table.with_columns(pl.col(pl.Float64).round(4)).to_dicts()


def index_of(fits: dict[str, CrossFit], rows: pl.DataFrame, config: Config) -> JsonObject:
    """Return the entries of ``bundle.json`` that scoring needs; metrics and data are added by the run.

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
        "parts": {
            name: part_entry(name, fit.table, fit.booster, sorted(fit.held_out), fit.calibration(), config)
            | {"leaves": fit.leaves, "trees": fit.trees}
            for name, fit in fits.items()
        },
        "reference": reference(rows.filter((pl.col("view") == FULL) & ~pl.col("y")), FEATURES),
        "config": config.model_dump(exclude={"gates"}),
    }


def part_entry(
    name: str,
    table: Table,
    booster: lightgbm.Booster,
    excluded: Sequence[str],
    calibration: Calibration,
    config: Config,
) -> JsonObject:
    """Return the entry of a part in ``bundle.json``, but for its size.

    Args:
        name: Of the part.
        table: Its training rows.
        booster: The model of all rows.
        excluded: Groups without which a member was fitted, sorted.
        calibration: Margin to log-odds.
        config: The configuration.
    """
    return {
        "features": list(table.features),
        "members": [f"{name}.{number}.txt" for number in range(len(excluded))],
        "without": list(excluded),
        "calibration": {
            "slope": calibration.slope,
            "intercept": calibration.intercept,
            "variance": list(calibration.variance),
        },
        "gains": [float(value) for value in gains(booster)],
        "floor": config.parts[name].floor,
        "whole": config.parts[name].least_whole,
        "rows": len(table.y),
        "rehearsal": rehearsal.choose(table.x, table.y, booster, calibration),
    }


def reference(ordinary: pl.DataFrame, names: Iterable[str]) -> dict[str, list[float]]:
    """Return the quantiles 0, 1, …, 100 % of features among ordinary accounts, sources weighing alike.

    Only quantiles leave the data set, never an account's values. Sources weigh alike because each is
    repeated to the size of the largest.

    Args:
        ordinary: ``source`` and the features, one row per account.
        names: Features.
    """
    quantiles_of: dict[str, list[float]] = {}
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
        percentiles = np.quantile(np.concatenate(spread), np.linspace(0, 1, 101))
        quantiles_of[name] = [float(f"{value:.6g}") for value in percentiles]
    return quantiles_of
