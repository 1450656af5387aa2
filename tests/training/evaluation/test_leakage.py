"""Leaks are found: features that tell the source, and labels that are noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.training import config
from vigie.training.evaluation import leakage
from vigie.training.fitting import booster


def test_shuffled_labels_teach_nothing(fitted: Any, settings: config.Config) -> None:
    assert leakage.permuted(fitted.fits["profile"], settings)["auc"].mean() == pytest.approx(0.5, abs=0.12)


def test_a_feature_that_is_the_source_is_caught(fitted: Any, settings: config.Config) -> None:
    table = fitted.fits["profile"].table
    telling = (table.source == "invented-2").astype(float)[:, None]
    marked = booster.Table((*table.features, "planted"), np.hstack([table.x, telling]), table.y, table.row, table.source,
                       table.full, table.weight)  # fmt: skip
    told = leakage.which_source(marked, settings)
    assert (
        told.filter((pl.col("feature") == "planted") & (pl.col("source") == "invented-2"))["auc"].item()
        == 1.0
    )
