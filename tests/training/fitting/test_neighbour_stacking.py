"""The first model reads nothing of other accounts."""

from __future__ import annotations

from vigie.features.catalogue import CATALOGUE
from vigie.features.window.neighbours import NEIGHBOUR_FEATURES
from vigie.features.window.windows import WINDOW_FEATURES
from vigie.training import config
from vigie.training.fitting.booster import features_of
from vigie.training.fitting.neighbour_stacking import first_model_features

SETTINGS = config.parse({"target": "coordinated", "parts": {"pool": {"floor": 0.2}}})


def test_the_first_model_reads_neither_coordination_nor_neighbours() -> None:
    names = features_of("pool", SETTINGS)
    first = first_model_features(names)
    assert set(NEIGHBOUR_FEATURES) & set(names)
    assert set(WINDOW_FEATURES) & set(first)
    assert {CATALOGUE[name].group for name in first}.isdisjoint({"coordination", "neighbours"})
    assert list(first) == [name for name in names if name in first]
