"""Plots are PNG files, also of few values."""

from __future__ import annotations

import polars as pl

from vigie.training.evaluation import plots

PNG = b"\x89PNG\r\n"


def test_the_curve_of_sizes_is_drawn() -> None:
    table = pl.DataFrame(
        {"leaves": [2, 2, 4], "trees": [20, 40, 20], "mean": [0.7, 0.8, 0.75], "error": [0.01] * 3}
    )
    assert plots.size("posts", table).startswith(PNG)


def test_held_out_sources_are_drawn() -> None:
    table = pl.DataFrame(
        {"model": ["vigie"], "source": ["a|b"], "auc": [0.9], "auc_low": [0.8], "auc_high": [0.95]}
    )
    assert plots.unseen_sources(table).startswith(PNG)
