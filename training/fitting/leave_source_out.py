"""Leave-one-source-out: one model per source that did not see it, scored by the code that serves.

From the margins on held-out sources come the calibration, the evaluation and, as members of the bundle, the
spread that makes the interval.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.json_object import JsonObject
from vigie.features.pipeline import FEATURES, FeatureMatrix
from vigie.models.bundle import Bundle, Part
from vigie.models.calibration import Calibration
from vigie.models.metrics import auc, draws
from vigie.models.scoring import contributions
from vigie.training.config import Config
from vigie.training.fitting.booster import Table, both_classes, fit, gains
from vigie.training.fitting.calibration import fit_calibration

_FOLDS = 5


@dataclass(frozen=True)
class CrossFit:
    """Models of one part.

    Attributes:
        table: The rows it was fitted on.
        leaves: Leaves per tree.
        trees: Number of trees.
        booster: Fitted on every source.
        held_out: Source to the Booster that did not see it, for the sources of the part.
        margin: Per row of ``table``, the margin by the Booster that did not see its source.
        config: What it was fitted with.
        searched: Source to the configuration that a search which did not see it chose; empty where none was made.
    """

    table: Table
    leaves: int
    trees: int
    booster: lightgbm.Booster
    held_out: dict[str, lightgbm.Booster]
    margin: NDArray[np.float64]
    config: Config
    searched: Mapping[str, Config] = field(default_factory=dict)

    def calibration(self, excluding: str | None = None) -> Calibration:
        """Return the calibration on full views of held-out sources, leaving one source out of it if both classes remain."""
        rest = self.table.full & (self.table.source != excluding)
        keep = rest if both_classes(self.table.y[rest]) else self.table.full
        return fit_calibration(self.margin[keep], self.table.y[keep], self.table.source[keep])

    def part(self, name: str, config: Config) -> Part:
        """Return the part as it ships: fitted on every source of the table, its members missing one each."""
        members = tuple(self.held_out[source] for source in sorted(self.held_out))
        return Part(
            name,
            self.table.features,
            self.booster,
            members,
            self.calibration(),
            gains(self.booster),
            config.parts[name].floor,
            tuple(sorted(self.held_out)),
            config.parts[name].least_whole,
        )


def crossfit(
    table: Table,
    config: Config,
    leaves: int,
    trees: int,
    tick: Callable[[], None],
    searched: Mapping[str, Config] | None = None,
) -> CrossFit:
    """Fit a part on all sources and on all but each.

    A source without which accounts of one class alone are left cannot be held out whole: in it accounts are, a few at
    a time. So it is where a second source is held out of two.

    Args:
        table: Its rows.
        config: What to fit with.
        leaves: Leaves per tree.
        trees: Number of trees.
        tick: Called after each fit.
        searched: Source to the configuration that a search which did not see it chose: what it is left out with.
    """
    booster = fit(table, config, leaves, trees)
    tick()
    held_out, margin = held_out_fits(table, config, leaves, trees, tick, searched)
    return CrossFit(table, leaves, trees, booster, held_out, margin, config, searched or {})


def held_out_fits(
    table: Table,
    config: Config,
    leaves: int,
    trees: int,
    tick: Callable[[], None],
    searched: Mapping[str, Config] | None = None,
) -> tuple[dict[str, lightgbm.Booster], NDArray[np.float64]]:
    """Return the Booster that did not see a source, by source, and of each row the margin by models that did not see it.

    Arguments as :func:`crossfit`.
    """
    searched = searched or {}
    held_out: dict[str, lightgbm.Booster] = {}
    margin = np.zeros(len(table.y))
    for source in np.unique(table.source):
        here = table.source == source
        if not both_classes(table.y[~here]):
            margin[here] = _accounts_unseen(table, here, config, leaves, trees)
            continue
        chosen = searched.get(str(source))
        held_out[str(source)] = (
            fit(table.where(~here), chosen, chosen.size.leaves[0], chosen.size.trees[0])
            if chosen
            else fit(table.where(~here), config, leaves, trees)
        )
        margin[here] = _margin(held_out[str(source)], table.x[here])
        tick()
    return held_out, margin


def _margin(booster: lightgbm.Booster, x: NDArray[np.float64]) -> NDArray[np.float64]:
    added, base = contributions(booster, x, ~np.isnan(x))
    margin: NDArray[np.float64] = added.sum(axis=1) + base
    return margin


def _accounts_unseen(
    table: Table, here: NDArray[np.bool_], config: Config, leaves: int, trees: int
) -> NDArray[np.float64]:
    """Return margins of a source by boosters that saw its other accounts, and all other sources."""
    accounts, place = np.unique(table.row, return_inverse=True)
    fold = np.random.default_rng(config.seed).permutation(len(accounts))[place] % _FOLDS
    margin = np.zeros(len(table.y))
    for one in np.unique(fold[here]):
        held_out = here & (fold == one)
        margin[held_out] = _margin(fit(table.where(~held_out), config, leaves, trees), table.x[held_out])
    return margin[here]


def excluding(fits: dict[str, CrossFit], source: str) -> dict[str, CrossFit]:
    """Return the parts as if a source had never existed: every search, fit and margin made without it."""
    return {
        name: _without(fit_of_part, source) if source in fit_of_part.held_out else fit_of_part
        for name, fit_of_part in fits.items()
    }


def _without(whole: CrossFit, source: str) -> CrossFit:
    rest = whole.table.where(whole.table.source != source)
    chosen = whole.searched.get(source)
    config, leaves, trees = (
        (chosen, chosen.size.leaves[0], chosen.size.trees[0])
        if chosen
        else (whole.config, whole.leaves, whole.trees)
    )
    held_out, margin = held_out_fits(rest, config, leaves, trees, lambda: None)
    # What was fitted without the source is what all of the others make.
    return CrossFit(rest, leaves, trees, whole.held_out[source], held_out, margin, config)


def bundle_of(fits: dict[str, CrossFit], config: Config, thin: Mapping[str, object] | None = None) -> Bundle:
    """Return the model of some parts as it would ship, in memory.

    Args:
        fits: The parts.
        config: The configuration.
        thin: Entries of the index that :func:`vigie.training.fitting.missing_evidence.fit_discounts` gives; None for none.
    """
    index = scoring_index(config) | dict(thin or {})
    return Bundle(index, {name: fit_of_part.part(name, config) for name, fit_of_part in fits.items()}, {}, {})


def held_out_bundle(fits: dict[str, CrossFit], config: Config, source: str) -> Bundle:
    """Return the model made of the boosters that did not see a source, calibrated on the margins of the others.

    Cheaper than :func:`excluding`, for what is fitted on held-out margins; the margins it is calibrated on come
    from boosters that did see the source.
    """
    parts = {
        name: Part(
            name, fit_of_part.table.features, booster := fit_of_part.held_out.get(source, fit_of_part.booster), (),
            fit_of_part.calibration(excluding=source), gains(booster), config.parts[name].floor,
            whole=config.parts[name].least_whole,
        )
        for name, fit_of_part in fits.items()
    }  # fmt: skip
    return Bundle(scoring_index(config), parts, {}, {})


def scoring_index(config: Config) -> JsonObject:
    """Return the entries of a bundle's index that decide scores."""
    return {
        "floors": config.floors.model_dump(),
        "weights": {name: part.weight for name, part in config.parts.items()},
        "discount": {"posts": [0, 1], "log_odds": [0.0, 0.0]},
        "missing_fields": {},
    }


def as_matrix(rows: pl.DataFrame) -> FeatureMatrix:
    """Return rows of :func:`vigie.training.data.truncated_views.rows` as the pipeline's matrix, without posts."""
    return FeatureMatrix(rows.select("row", *FEATURES), rows.select("row", "used"), pl.DataFrame())


def areas(
    booster: lightgbm.Booster, table: Table, source: str, steps: Sequence[int], number: int, seed: int
) -> NDArray[np.float64]:
    """Return the AUC on the full views of a source by the first trees of a Booster that did not see it.

    Returns:
        Shape (steps, number + 1): the data as they are, then resampled, the draws alike for every Booster.
    """
    here = (table.source == source) & table.full
    weights = draws(table.y[here], number, seed)
    return np.stack(
        [
            auc(
                table.y[here],
                np.asarray(booster.predict(table.x[here], raw_score=True, num_iteration=trees)),
                weights,
            )
            for trees in steps
        ]
    )


def smallest_near_best(
    mean: NDArray[np.float64], sizes: Sequence[tuple[int, int]]
) -> tuple[int, NDArray[np.float64]]:
    """Return the smallest candidate within one standard error of the best.

    The error is that of the paired difference over resampled accounts. Smallest has fewest leaves in all; among
    equals it has the shallowest trees, then the highest mean.

    Args:
        mean: Shape (candidates, draws + 1): mean AUC, of the data as they are and resampled.
        sizes: (leaves, trees) of each candidate.

    Returns:
        Its position, and each candidate's error.
    """
    loss = mean[mean[:, 0].argmax()] - mean
    error = loss[:, 1:].std(axis=1)
    near = np.flatnonzero(loss[:, 0] <= error + 1e-12).tolist()
    taken = min(near, key=lambda index: (sizes[index][0] * sizes[index][1], sizes[index][0], loss[index, 0]))
    return int(taken), error


def size_table(
    table: Table, config: Config, tick: Callable[[], None], number: int = 200
) -> tuple[pl.DataFrame, tuple[int, int]]:
    """Return leave-one-source-out AUC for each size, and the size to take.

    Trees are counted along one fit, since the first hundred of two hundred trees are the same hundred. The
    size taken is :func:`smallest_near_best` by mean AUC over the sources.

    Returns:
        A table ``leaves``, ``trees``, one column of AUC per source, ``mean``, ``error`` (of the difference
        to the best), ``kilobytes``; and (leaves, trees).
    """
    sources = table.judgeable()
    steps = config.size.trees
    sizes = [(leaves, trees) for leaves in config.size.leaves for trees in steps]
    area = np.zeros((len(sizes), len(sources), number + 1))
    by_leaves = area.reshape(len(config.size.leaves), len(steps), len(sources), number + 1)  # a view
    bytes_of: dict[tuple[int, int], int] = {}
    for column, source in enumerate(sources):
        rest = table.where(table.source != source)
        for depth, leaves in enumerate(config.size.leaves):
            booster = fit(rest, config, leaves, max(steps))
            by_leaves[depth, :, column] = areas(booster, table, source, steps, number, config.seed)
            for trees in steps:
                bytes_of[leaves, trees] = len(booster.model_to_string(num_iteration=trees))
            tick()
    mean = area.mean(axis=1)
    taken, error = smallest_near_best(mean, sizes)
    sizes_tried = pl.DataFrame(
        [
            {"leaves": leaves, "trees": trees}
            | {source: float(area[index, column, 0]) for column, source in enumerate(sources)}
            | {"mean": float(mean[index, 0]), "error": float(error[index])}
            | {"kilobytes": bytes_of[leaves, trees] / 1000}
            for index, (leaves, trees) in enumerate(sizes)
        ]
    )
    return sizes_tried, sizes[taken]
