"""What missing evidence may cost, so that it never pays: the discounts on few posts and on missing fields.

Cut to fewer posts, the same accounts get other scores; on average they rise, since the model then misses
what spoke for the account. "Few posts" would be read as a sign. So what keeps the mean
probability of either class from rising, measured on held-out sources, is taken off wherever so few posts
were supplied. The same for each field of the profile. It holds in the mean, not for every account.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TypedDict

import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.features.catalogue import CATALOGUE
from vigie.features.preprocessing import MAX_POSTS
from vigie.features.schema import ACCOUNT_FIELDS
from vigie.models.bundle import Bundle
from vigie.models.calibration import Floats, probability
from vigie.models.scoring import score
from vigie.training.config import Config
from vigie.training.data.truncated_views import FULL
from vigie.training.fitting.booster import features_of
from vigie.training.fitting.leave_source_out import CrossFit, as_matrix, held_out_bundle

# Scores with thin and with whole evidence, per kind of thinness and class, one pair of arrays per source.
Cells = dict[tuple[object, bool], list[tuple[Floats, Floats]]]
# Fewer accounts than this tell no mean.
_LEAST = 20
_GRID = np.linspace(0.0, 6.0, 601)


def least_discount(cells: list[tuple[Floats, Floats]], prevalence: float) -> float:
    """Return what to take off thin scores so that their mean probability is not above that of whole ones.

    Args:
        cells: Log-odds of the same accounts, thin and whole, per source; sources weigh alike.
        prevalence: At which probabilities are stated.
    """
    if not cells:
        return 0.0
    goal = np.mean([probability(whole, prevalence).mean() for _, whole in cells])

    def enough(place: int) -> bool:
        means = [probability(thin - _GRID[place], prevalence).mean() for thin, _ in cells]
        return bool(np.mean(means) <= goal)

    # The more is taken off, the lower the mean: the least step that is enough is found by halving.
    last = len(_GRID) - 1
    return float(_GRID[bisect_left(range(last), True, key=enough)])


class MissingField(TypedDict):
    """What the absence of a field of an account takes off, as ``bundle.json`` holds it."""

    features: list[str]
    log_odds: float


class Discounts(TypedDict):
    """The entries of ``bundle.json`` that keep missing evidence from raising a score."""

    discount: dict[str, list[float]]
    missing_fields: dict[str, MissingField]


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


def fit_discounts(fits: dict[str, CrossFit], rows: pl.DataFrame, config: Config) -> Discounts:
    """Return the entries of a bundle's index that keep missing evidence from raising a score.

    Args:
        fits: The parts.
        rows: All views of the sources the parts were fitted on.
        config: The configuration.

    Returns:
        ``discount``: knots ``posts`` (0 for none) and ``log_odds``, falling to 0 at the last.
        ``missing_fields``: per field of an account, the ``features`` that go with it and the ``log_odds``
        taken off where all of them are missing.
    """
    models = {
        str(name): held_out_bundle(fits, config, str(name))
        for name in rows["source"].unique(maintain_order=True)
    }
    return {"discount": _for_posts(models, rows, config), "missing_fields": _for_fields(models, rows, config)}


def _for_posts(models: dict[str, Bundle], rows: pl.DataFrame, config: Config) -> dict[str, list[float]]:
    sizes = [0, *(size for size in sorted(config.views.truncations) if size >= config.floors.posts)]
    cells: Cells = {}
    for source, model in models.items():
        views = truncated(rows, source, config)
        if not views:
            continue
        whole, truth = _log_odds(model, views[-1]), views[-1]["y"].to_numpy()
        for size in sizes:
            _compare(cells, size, _log_odds(model, views[size]), whole, truth)
    worst = [_worst(cells, size, config) for size in sizes]
    falling = np.maximum.accumulate(worst[::-1])[::-1]
    return {"posts": [*map(float, sizes), float(MAX_POSTS)], "log_odds": [*map(float, falling), 0.0]}


def _for_fields(models: dict[str, Bundle], rows: pl.DataFrame, config: Config) -> dict[str, MissingField]:
    read = features_of("profile", config)
    if not read:
        return {}
    roots = {name: set(CATALOGUE[name].expression.meta.root_names()) for name in read}
    full = {source: rows.filter((pl.col("source") == source) & (pl.col("view") == FULL)) for source in models}
    whole = {source: _log_odds(model, full[source]) for source, model in models.items()}
    missing: dict[str, MissingField] = {}
    for field in (item.name for item in ACCOUNT_FIELDS):
        features = [name for name in read if field in roots[name]]
        if not features or field == "observed_at":
            continue
        cells: Cells = {}
        for source, model in models.items():
            accounts = full[source]
            has = accounts.select(pl.any_horizontal(pl.col(features).is_not_null())).to_series()
            if not has.any():
                continue
            bare = accounts.filter(has).with_columns(
                pl.lit(None, pl.Float64).alias(name) for name in features
            )
            _compare(
                cells, field, _log_odds(model, bare), whole[source][has.to_numpy()], bare["y"].to_numpy()
            )
        worst = _worst(cells, field, config)
        if worst > 0:
            missing[field] = {"features": features, "log_odds": worst}
    return missing


def _log_odds(model: Bundle, rows: pl.DataFrame) -> Floats:
    return score(model, as_matrix(rows)).log_odds


def _compare(cells: Cells, key: object, thin: Floats, whole: Floats, truth: NDArray[np.bool_]) -> None:
    """Add what a source's accounts score with thin and with whole evidence, per class."""
    known = ~np.isnan(thin) & ~np.isnan(whole)
    for value in (False, True):
        cell = known & (truth == value)
        if cell.sum() >= _LEAST:
            cells.setdefault((key, value), []).append((thin[cell], whole[cell]))


def _worst(cells: Cells, key: object, config: Config) -> float:
    return max(
        least_discount(cells.get((key, value), []), config.assumed_prevalence) for value in (False, True)
    )
