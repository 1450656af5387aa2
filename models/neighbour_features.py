"""Neighbour features: a first model says how suspicious each behaviour is, then the others of a window count."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from vigie.features.pipeline import FeatureMatrix
from vigie.features.window.neighbours import (
    BEHAVIOUR_SPACE,
    NEIGHBOUR_FEATURES,
    neighbour_features,
    normal_scores,
    peer_suspicion,
)
from vigie.models.bundle import Bundle
from vigie.models.calibration import Floats, probability
from vigie.models.lightgbm_io import margins

if TYPE_CHECKING:
    from lightgbm import Booster


def suspicion(booster: Booster, seen: Floats, prevalence: float) -> Floats:
    """Return how suspicious each behaviour is, 0 to 1, stated at a prevalence.

    Args:
        booster: The first model.
        seen: What it reads, shape (accounts, features).
        prevalence: Of accounts that act in concert.
    """
    return probability(margins(booster, seen), prevalence)


def added(bundle: Bundle, matrix: FeatureMatrix) -> FeatureMatrix:
    """Return the features of a window with neighbour features, where a model reads them.

    Every account of the matrix is compared with all others of it that have posts enough to be judged.
    """
    if bundle.conduct is None:
        return matrix
    own = suspicion(bundle.conduct.booster, matrix.values(bundle.conduct.features), bundle.conduct.prevalence)
    place = normal_scores(matrix.values(BEHAVIOUR_SPACE), bundle.reference)
    present = (matrix.coverage["used"] >= bundle.index["floors"]["posts"]).to_numpy()
    itself = np.where(present, present.cumsum() - 1, -1)
    found = neighbour_features(peer_suspicion(place, own, place[present], own[present], itself))
    table = matrix.table.drop(NEIGHBOUR_FEATURES, strict=False)
    return replace(matrix, table=pl.concat([table, found], how="horizontal"))
