"""Leave-one-source-out: one model per source that never saw it, scored by the code that serves.

From the margins on unseen sources come the calibration, the evaluation and, as members of the bundle, the
spread that makes the interval.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.pipeline import FEATURES, FeatureMatrix
from vigie.models.bundle import Bundle, Part
from vigie.models.calibration import Calibration
from vigie.models.score import contributions
from vigie.training.calibrate import fit_calibration
from vigie.training.config import Config
from vigie.training.fit import Table, fit, gains


@dataclass(frozen=True)
class CrossFit:
    """Models of one part.

    Attributes:
        table: The rows it was fitted on.
        leaves: Leaves per tree.
        trees: Number of trees.
        booster: Fitted on every source.
        held_out: Source to the Booster that never saw it, for the sources of the part.
        margin: Per row of ``table``, the margin by the Booster that never saw its source.
    """

    table: Table
    leaves: int
    trees: int
    booster: lightgbm.Booster
    held_out: dict[str, lightgbm.Booster]
    margin: NDArray[np.float64]

    def calibration(self, without: str | None = None) -> Calibration:
        """Return the calibration on full views of unseen sources, leaving one source out of it."""
        keep = self.table.full & (self.table.source != without)
        return fit_calibration(self.margin[keep], self.table.y[keep], self.table.source[keep])


def crossfit(table: Table, config: Config, leaves: int, trees: int, tick: Callable[[], None]) -> CrossFit:
    """Fit a part on all sources and on all but each; ``tick`` is called after each fit."""
    booster = fit(table, config, leaves, trees)
    tick()
    held_out: dict[str, lightgbm.Booster] = {}
    margin = np.zeros(len(table.y))
    for source in np.unique(table.source):
        here = table.source == source
        held_out[str(source)] = fit(table.where(~here), config, leaves, trees)
        added, base = contributions(held_out[str(source)], table.x[here], ~np.isnan(table.x[here]))
        margin[here] = added.sum(axis=1) + base
        tick()
    return CrossFit(table, leaves, trees, booster, held_out, margin)


def bundle_without(fits: dict[str, CrossFit], config: Config, source: str) -> Bundle:
    """Return the model as it would be had a source never existed: fitted and calibrated on the others."""
    parts = {
        name: Part(
            name=name,
            features=found.table.features,
            booster=found.held_out.get(source, found.booster),
            members=(),
            calibration=found.calibration(without=source),
            gains=gains(found.held_out.get(source, found.booster)),
            floor=config.parts[name].floor,
        )
        for name, found in fits.items()
    }
    return Bundle(scoring_index(config), parts, {}, "")


def scoring_index(config: Config) -> dict[str, Any]:
    """Return the entries of a bundle's index that decide scores."""
    return {
        "floors": {"acts": config.floors.acts, "posts": config.floors.posts},
        "weights": {name: part.weight for name, part in config.parts.items()},
    }


def as_matrix(rows: pl.DataFrame) -> FeatureMatrix:
    """Return rows of :func:`vigie.training.views.rows` as the pipeline's matrix, without posts."""
    return FeatureMatrix(rows.select("row", *FEATURES), rows.select("row", "used"), pl.DataFrame())


def size_table(table: Table, config: Config, truths: Sequence[str], tick: Callable[[], None]) -> pl.DataFrame:
    """Return leave-one-source-out AUC for each size, and what it costs in bytes.

    Trees are counted along one fit, since the first hundred of two hundred trees are the same hundred.

    Returns:
        ``leaves``, ``trees``, ``source``, ``auc``, ``bytes``.
    """
    from vigie.training.metrics import auc

    found = []
    most = max(config.size.trees)
    for leaves in config.size.leaves:
        for source in truths:
            here = table.source == source
            booster = fit(table.where(~here), config, leaves, most)
            seen = here & table.full
            for trees in config.size.trees:
                score = np.asarray(booster.predict(table.x[seen], raw_score=True, num_iteration=trees))
                value = auc(table.y[seen], score, np.ones((1, int(seen.sum()))))[0]
                size = len(booster.model_to_string(num_iteration=trees))
                found.append(
                    {"leaves": leaves, "trees": trees, "source": source, "auc": float(value), "bytes": size}
                )
            tick()
    return pl.DataFrame(found)


def smallest_within_one_error(sizes: pl.DataFrame) -> tuple[int, int]:
    """Return leaves and trees of the smallest model within one standard error of the best.

    The standard error is that of the paired difference to the best, over sources.
    """
    wide = sizes.group_by("leaves", "trees", maintain_order=True).agg("auc", pl.col("bytes").mean())
    values = np.array(wide["auc"].to_list())
    best = int(values.mean(axis=1).argmax())
    loss = values[best] - values
    error = (
        loss.std(axis=1, ddof=1) / np.sqrt(values.shape[1]) if values.shape[1] > 1 else np.zeros(len(values))
    )
    near = wide.filter(pl.Series(loss.mean(axis=1) <= error + 1e-12)).sort("bytes")
    return int(near["leaves"][0]), int(near["trees"][0])
