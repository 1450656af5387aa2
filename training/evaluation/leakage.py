"""Two questions before a metric is believed: does a feature tell the data set, and can noise be learnt?"""

from __future__ import annotations

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.models.metrics import Estimate, auc
from vigie.training.config import Config
from vigie.training.fitting.booster import Table
from vigie.training.fitting.leave_source_out import CrossFit, held_out_fits

_FOLDS = 3


def which_source(table: Table, config: Config) -> pl.DataFrame:
    """Return how well the source can be told among ordinary accounts: per feature, and by all of them.

    Returns:
        ``feature`` ("all features" for a model of them all, cross-validated), ``source``, ``auc``
        (one source against the others, 0.5 to 1).
    """
    keep = table.full & ~table.y
    x, source = table.x[keep], table.source[keep]
    records = []
    for name in np.unique(source):
        truth = source == name
        ones = np.ones((1, len(truth)))
        for column, feature in enumerate(table.features):
            known = ~np.isnan(x[:, column])
            if truth[known].all() or not truth[known].any():
                continue
            value = float(auc(truth[known], x[known, column], ones[:, known])[0])
            records.append({"feature": feature, "source": str(name), "auc": max(value, 1 - value)})
        records.append(
            {"feature": "all features", "source": str(name), "auc": _all_features(x, truth, config)}
        )
    return pl.DataFrame(records)


def _all_features(x: NDArray[np.float64], truth: NDArray[np.bool_], config: Config) -> float:
    fold = np.random.default_rng(config.seed).integers(0, _FOLDS, len(truth))
    score = np.zeros(len(truth))
    parameters = {"objective": "binary", "num_leaves": 15, "verbosity": -1, "num_threads": 1,
                  "seed": config.seed, "deterministic": True, "force_row_wise": True}  # fmt: skip
    for here in range(_FOLDS):
        data = lightgbm.Dataset(x[fold != here], truth[fold != here].astype(float))
        booster = lightgbm.train(parameters, data, num_boost_round=60)
        score[fold == here] = np.asarray(booster.predict(x[fold == here]))
    return float(auc(truth, score, np.ones((1, len(truth))))[0])


def permuted(fitted: CrossFit, config: Config) -> pl.DataFrame:
    """Return the AUC on held-out sources when labels are shuffled inside each source: it must be about 0.5.

    Returns:
        ``source``, ``auc``.
    """
    table = fitted.table
    generator = np.random.default_rng(config.seed)
    shuffled = table.y.copy()
    for source in np.unique(table.source):
        accounts = np.unique(table.row[table.source == source])
        label = dict(zip(table.row.tolist(), table.y.tolist(), strict=True))
        new = dict(
            zip(
                accounts.tolist(),
                generator.permutation([label[row] for row in accounts.tolist()]),
                strict=True,
            )
        )
        here = table.source == source
        shuffled[here] = [new[row] for row in table.row[here].tolist()]
    noise = Table(table.features, table.x, shuffled, table.row, table.source, table.full, table.weight)
    _, margin = held_out_fits(noise, fitted.config, fitted.leaves, fitted.trees, lambda: None)
    return pl.DataFrame(
        [
            {
                "source": str(source),
                "auc": float(
                    auc(
                        shuffled[here := (table.source == source) & table.full],
                        margin[here],
                        np.ones((1, int(here.sum()))),
                    )[0]
                ),
            }
            for source in table.judgeable()
        ]
    )


def metrics(noise: dict[str, pl.DataFrame]) -> dict[str, Estimate]:
    """Return the mean AUC with shuffled labels that is farthest from one half, over the parts, by flat name."""
    means = [float(table["auc"].to_numpy().mean()) for table in noise.values()]
    return {"leaks.permuted_auc": Estimate.alone(max(means, key=lambda value: abs(value - 0.5)))}
