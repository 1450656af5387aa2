"""The first model of a model of windows, and the features of neighbours, out of fold.

What the second model reads of an account must not come from a first model that saw it (stacking: Wolpert 1992; FIELD
c.6). So every account is scored by first models that saw neither its own fifth of the accounts nor the fifth that is
evaluated, and nothing of a campaign that is held out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.catalogue import CATALOGUE
from vigie.features.window.neighbours import (
    BEHAVIOUR_SPACE,
    NEIGHBOUR_FEATURES,
    neighbour_features,
    normal_scores,
    peer_suspicion,
)
from vigie.models.calibration import Floats
from vigie.models.neighbour_features import suspicion
from vigie.training.config import Config
from vigie.training.fitting.booster import Table, fit, matrix_of

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

# At which the first model states its suspicion: that of the windows.
PREVALENCE = 0.016
# The first model only has to be quick: it is fitted 75 times.
_TREES, _LEARNING_RATE = 150, 0.1
# Ordinary account-windows it learns from: they resemble each other from window to window.
_SHARE = 0.25


@dataclass(frozen=True)
class NeighbourModel:
    """The first model, and what the second may read of each row of windows.

    Attributes:
        features: What the first model reads, in order.
        booster: Fitted on all campaigns.
        excluding: Campaign to the Booster that did not see its windows.
        place: Behaviour of each row, standardised.
        suspicion: (fold evaluated or None, campaign held out or None) to the suspicion of each row.
        windows: Rows of each window: accounts as they are, and those left alone in it.
        ordinary: Which rows are of ordinary accounts.
    """

    features: tuple[str, ...]
    booster: lightgbm.Booster
    excluding: Mapping[str, lightgbm.Booster]
    behaviour: Floats
    suspicion: Mapping[tuple[int | None, str | None], Floats]
    windows: tuple[tuple[Ints, Ints], ...]
    ordinary: Flags

    def values(self, fold: int | None, campaign: str | None) -> pl.DataFrame:
        """Return the features of every row where a fold is evaluated and a campaign held out."""
        own = self.suspicion[fold, campaign]
        features_of_rows = np.full((len(own), len(NEIGHBOUR_FEATURES)), np.nan)
        for whole, alone in self.windows:
            features_of_rows[whole] = _of_window(self.behaviour, own, whole, whole, np.arange(len(whole)))
            people = whole[self.ordinary[whole]]
            features_of_rows[alone] = _of_window(self.behaviour, own, alone, people, np.full(len(alone), -1))
        return pl.DataFrame(features_of_rows, schema=list(NEIGHBOUR_FEATURES))


def first_model_features(features: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the first model reads out of what the second does: everything but what others of the window did."""
    return tuple(name for name in features if CATALOGUE[name].group not in ("coordination", "neighbours"))


def fit_neighbour_model(
    rows: pl.DataFrame,
    table: Table,
    fold: Ints,
    folds: int,
    quantiles: Mapping[str, list[float]],
    config: Config,
    tick: Callable[[], None],
) -> NeighbourModel:
    """Return the first model and the features of neighbours of every row, out of fold.

    Args:
        rows: What :func:`vigie.training.data.windows.rows` returned.
        table: The same as training rows, of what the first model reads.
        fold: Fold of each row's account.
        folds: Number of folds.
        quantiles: Of behaviour among ordinary accounts.
        config: The configuration.
        tick: Called after each fit.
    """
    lone, label = rows["is_lone"].to_numpy(), rows["y"].to_numpy()
    picked = np.random.default_rng(config.seed).random(len(label)) < _SHARE
    taught = ~lone & (label | picked)
    campaigns = [None, *(str(name) for name in np.unique(table.source))]
    scores = {}
    for campaign in campaigns:
        known = taught & (table.source != campaign)
        out_of_fold: dict[tuple[int, int], Floats] = {}
        for one, other in combinations_with_replacement(range(folds), 2):
            held_out = (fold == one) | (fold == other)
            shown = known & ~held_out
            score = np.full(len(label), np.nan)
            score[held_out] = suspicion(_fit(table.where(shown), config), table.x[held_out], PREVALENCE)
            out_of_fold[one, other] = score
            tick()
        for held_out in (None, *range(folds)):
            # Each row by the model that lacks its own fold and the one that is judged.
            pairs = [
                (own, own) if held_out is None else (min(own, held_out), max(own, held_out))
                for own in range(folds)
            ]
            scores[held_out, campaign] = np.choose(fold, [out_of_fold[pair] for pair in pairs])
    return NeighbourModel(
        features=table.features,
        booster=_fit(table.where(taught), config),
        excluding={
            name: _fit(table.where(taught & (table.source != name)), config)
            for name in campaigns
            if name is not None
        },
        behaviour=normal_scores(
            matrix_of(rows, BEHAVIOUR_SPACE), {name: np.array(knots) for name, knots in quantiles.items()}
        ),
        suspicion=scores,
        windows=tuple(_windows(rows["scenario"], lone)),
        ordinary=~label,
    )


def add_neighbour_features(
    rows: pl.DataFrame,
    booster: lightgbm.Booster,
    features: tuple[str, ...],
    quantiles: Mapping[str, NDArray[np.float64]],
) -> pl.DataFrame:
    """Return rows of windows with the features of their neighbours, every account of a window compared with all others of it.

    Args:
        rows: ``scenario`` and the features of windows, one row per account and window.
        booster: A first model that saw none of them.
        features: What it reads, in order.
        quantiles: Of behaviour among ordinary accounts.
    """
    own = suspicion(booster, matrix_of(rows, features), PREVALENCE)
    behaviour = normal_scores(matrix_of(rows, BEHAVIOUR_SPACE), dict(quantiles))
    features_of_rows = np.full((rows.height, len(NEIGHBOUR_FEATURES)), np.nan)
    for whole, _ in _windows(rows["scenario"], np.zeros(rows.height, np.bool_)):
        features_of_rows[whole] = _of_window(behaviour, own, whole, whole, np.arange(len(whole)))
    return rows.drop(NEIGHBOUR_FEATURES, strict=False).with_columns(
        pl.DataFrame(features_of_rows, schema=list(NEIGHBOUR_FEATURES))
    )


def _fit(table: Table, config: Config) -> lightgbm.Booster:
    quick = config.booster.model_copy(update={"learning_rate": _LEARNING_RATE})
    return fit(table, config.model_copy(update={"booster": quick}), config.size.leaves[0], _TREES)


def _windows(scenario: pl.Series, lone: Flags) -> list[tuple[Ints, Ints]]:
    """Return, of each window, the rows of its accounts as they are and of those left alone in it."""
    name = scenario.to_numpy().astype(str)
    return [
        (np.flatnonzero((name == one) & ~lone), np.flatnonzero((name == one) & lone))
        for one in np.unique(name)
    ]


def _of_window(behaviour: Floats, own: Floats, rows: Ints, others: Ints, itself: Ints) -> Floats:
    """Return the features of some rows compared with others, shape (rows, features)."""
    computed = neighbour_features(
        peer_suspicion(behaviour[rows], own[rows], behaviour[others], own[others], itself)
    )
    return computed.to_numpy()
