"""What fewer posts may cost, so that they never pay: the discount on thin evidence.

Cut to fewer posts, the same accounts get other scores; on average they rise, since the model then misses
what spoke for the account. "Few posts" would be read as a sign. So what keeps the mean
probability of either class from rising, measured on unseen sources, is taken off wherever so few posts
were supplied.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from vigie.models.calibration import Floats, probability
from vigie.models.score import score
from vigie.training.config import Config
from vigie.training.crossfit import CrossFit, as_matrix, bundle_without
from vigie.training.fit import features_of
from vigie.training.views import FULL

# Fewer accounts than this tell no mean.
_LEAST = 20
_GRID = np.linspace(0.0, 6.0, 601)


def _rise(cells: list[tuple[Floats, Floats]], prevalence: float) -> float:
    """Return what to take off thin scores so that their mean probability is not above that of whole ones.

    Args:
        cells: Log-odds of the same accounts, thin and whole, per source; sources weigh alike.
        prevalence: At which probabilities are stated.
    """
    if not cells:
        return 0.0
    goal = np.mean([probability(whole, prevalence).mean() for _, whole in cells])
    means = np.mean(
        [[probability(thin - step, prevalence).mean() for step in _GRID] for thin, _ in cells], axis=0
    )
    return float(_GRID[int((means <= goal).argmax())] if (means <= goal).any() else _GRID[-1])


def truncated(rows: pl.DataFrame, source: str, config: Config) -> dict[int, pl.DataFrame]:
    """Return the same accounts of a source with 0, fewer, … and all (-1) of their posts.

    Only accounts with more posts than the largest truncation; an empty dictionary if there is none.
    """
    sizes = sorted(config.views.truncations)
    here = rows.filter(pl.col("source") == source)
    eligible = here.filter(pl.col("view") == f"last {sizes[-1]}")["row"].implode()
    here = here.filter(pl.col("row").is_in(eligible))
    whole = here.filter(pl.col("view") == FULL)
    if whole.is_empty():
        return {}
    none = whole.with_columns(pl.lit(None, pl.Float64).alias(name) for name in features_of("posts", config))
    views = {0: none.with_columns(used=pl.lit(0, pl.Int64))}
    views |= {size: here.filter(pl.col("view") == f"last {size}") for size in sizes}
    views[-1] = whole
    return views


def fit_discount(
    fits: dict[str, CrossFit], rows: pl.DataFrame, config: Config, without: str | None = None
) -> dict[str, Any]:
    """Return the discount as knots ``posts`` (0 for none) and ``log_odds``, falling to 0 at the last.

    Args:
        fits: The parts.
        rows: All views.
        config: The configuration.
        without: A source to leave out of it.
    """
    sizes = [0, *(size for size in sorted(config.views.truncations) if size >= config.floors.posts)]
    cells: dict[tuple[int, bool], list[tuple[Floats, Floats]]] = {}
    for source in rows["source"].unique(maintain_order=True):
        views = truncated(rows, source, config)
        if source == without or not views:
            continue
        model = bundle_without(fits, config, source)
        whole = score(model, as_matrix(views[-1])).log_odds
        truth = views[-1]["y"].to_numpy()
        for size in sizes:
            thin = score(model, as_matrix(views[size])).log_odds
            known = ~np.isnan(thin) & ~np.isnan(whole)
            for value in (False, True):
                cell = known & (truth == value)
                if cell.sum() >= _LEAST:
                    cells.setdefault((size, value), []).append((thin[cell], whole[cell]))
    worst = [
        max(_rise(cells.get((size, value), []), config.assumed_prevalence) for value in (False, True))
        for size in sizes
    ]
    falling = np.maximum.accumulate(worst[::-1])[::-1]
    return {"posts": [*sizes, rows["used"].max()], "log_odds": [*map(float, falling), 0.0]}
