"""Fitting one part: which rows, which features, which weights, which Booster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.errors import ConfigError, LabelError, choices
from vigie.features.catalogue import CATALOGUE
from vigie.features.pipeline import ACCOUNT_FEATURES, POST_FEATURES
from vigie.features.window.windows import WINDOW_FEATURES
from vigie.training.config import Config
from vigie.training.data.corpus import LEAST_JUDGED, judgeable
from vigie.training.data.truncated_views import FULL

# A class of a source with fewer accounts than this has less mass: one account must not weigh like a thousand.
FULL_MASS = 50
# The tables are small: several threads wait for each other longer than they work, and far longer beside other work. What is learnt
# does not depend on their number, but LightGBM writes it into the text of a model. There it stays what it was, so that the same
# training gives the same bytes.
_STATED_THREADS = "[num_threads: 2]"
# Without these a profile says too little to learn from.
_PROFILE_NEEDS = ("profile_followers_following_ratio", "profile_posts_per_day")
_OF_PART = {
    "profile": ACCOUNT_FEATURES,
    "posts": POST_FEATURES,
    "pool": WINDOW_FEATURES,
}
# What an account must show for a part to learn from it.
_NEEDS = {
    "profile": "followers, accounts followed, posts in all and the time of creation",
    "posts": "as many posts as the least of [views] truncations",
    "pool": "posts in the window",
}


@dataclass(frozen=True)
class Table:
    """Training rows of one part.

    Attributes:
        features: Columns of ``x``, in order.
        x: Shape (rows, features), NaN where missing.
        y: Labels.
        row: Account of each row.
        source: Data set of each row.
        full: Whether the row is the account's full view.
        weight: Equal mass for each class of each source (less where it has few accounts), and inside for each account,
            by the trust in its label.
    """

    features: tuple[str, ...]
    x: NDArray[np.float64]
    y: NDArray[np.bool_]
    row: NDArray[np.uint32]
    source: NDArray[np.str_]
    full: NDArray[np.bool_]
    weight: NDArray[np.float64]

    def judgeable(self) -> list[str]:
        """Return the sources whose full views hold enough accounts of each class to be evaluated on."""
        rows = pl.DataFrame({"source": self.source, "y": self.y}).filter(pl.Series(self.full))
        return [str(name) for name in judgeable(rows)]

    def where(self, keep: NDArray[np.bool_]) -> Table:
        """Return some of the rows, weights as they are."""
        return Table(
            self.features,
            self.x[keep],
            self.y[keep],
            self.row[keep],
            self.source[keep],
            self.full[keep],
            self.weight[keep],
        )

    def columns(self, keep: NDArray[np.bool_]) -> Table:
        """Return some of the features of every row."""
        names = tuple(name for name, kept in zip(self.features, keep, strict=True) if kept)
        return replace(self, features=names, x=self.x[:, keep])


def features_of(part: str, config: Config) -> tuple[str, ...]:
    """Return what a part may read: its table's features that no leak keeps out; none if the model has no such part.

    Raises:
        ConfigError: A part or an excluded feature does not exist.
    """
    if part not in _OF_PART:
        raise ConfigError(f"parts.{part} is not a part. {choices(part, _OF_PART)}")
    if part not in config.parts:
        return ()
    chosen = config.parts[part]
    for key, names in (("only", chosen.only), ("exclude", chosen.exclude)):
        for name in names:
            if name not in CATALOGUE:
                raise ConfigError(f"parts.{part}.{key}: {name} is not a feature. {choices(name, CATALOGUE)}")
    return tuple(
        name
        for name in _OF_PART[part]
        if not CATALOGUE[name].leak and name not in chosen.exclude and name in (chosen.only or _OF_PART[part])
    )


def matrix_of(rows: pl.DataFrame, names: tuple[str, ...]) -> NDArray[np.float64]:
    """Return columns of a table as an array, NaN where missing."""
    return rows.select(pl.col(name).cast(pl.Float64).fill_null(float("nan")) for name in names).to_numpy()


def check_parts(config: Config, allowed: Sequence[str]) -> None:
    """Refuse parts and features that do not exist, before hours of work are done.

    Args:
        config: The configuration.
        allowed: Parts that the target has.

    Raises:
        ConfigError: There is no part, or one or a feature of it is not of the target.
    """
    if not config.parts:
        raise ConfigError(f"no part is to be learnt; write [parts.NAME] with a floor. {choices('', allowed)}")
    for part in config.parts:
        if part not in allowed:
            raise ConfigError(f"parts.{part} is not a part of {config.target}. {choices(part, allowed)}")
        features_of(part, config)


def table_of(part: str, rows: pl.DataFrame, config: Config) -> Table:
    """Return the training rows of a part out of all views."""
    if part == "profile":
        enough = pl.all_horizontal(pl.col(name).is_not_null() for name in _PROFILE_NEEDS) & (
            pl.col("view") == FULL
        )
    else:
        enough = pl.col("used") >= min(config.views.truncations, default=config.floors.posts)
    accounts = pl.col("row").n_unique().over("source", "y")
    mass = pl.min_horizontal(accounts / FULL_MASS, 1.0) * pl.col("trust")
    kept = rows.filter(enough).with_columns(weight=mass / (pl.len().over("row") * accounts))
    features = features_of(part, config)
    weight = kept["weight"].to_numpy()
    return Table(
        features=features,
        x=matrix_of(kept, features),
        y=kept["y"].to_numpy(),
        row=kept["row"].to_numpy(),
        source=kept["source"].to_numpy().astype(str),
        full=(kept["view"] == FULL).to_numpy(),
        weight=weight * len(weight) / weight.sum() if len(weight) else weight,
    )


def both_classes(truth: NDArray[np.bool_]) -> bool:
    """Return whether there are accounts of either class.

    >>> both_classes(np.array([True, True])), both_classes(np.array([], bool))
    (False, False)
    """
    return bool(truth.any() and not truth.all())


def require(table: Table, part: str) -> None:
    """Refuse rows from which a part cannot be learnt and judged.

    Raises:
        LabelError: There is none, no source holds enough accounts of both classes, or without a source that does one
            class alone is left.
    """
    counted = pl.DataFrame({"source": table.source, "y": table.y}).filter(pl.Series(table.full))
    counts = "; ".join(
        f"{source}: {yes} and {total - yes}"
        for source, yes, total in counted.group_by("source", maintain_order=True)
        .agg(yes=pl.col("y").sum(), all=pl.len())
        .iter_rows()
    )
    units = table.judgeable()
    alone = [name for name in units if not both_classes(table.y[table.source != name])]
    if units and not alone:
        return
    fault = f"too few accounts show what it reads ({counts or 'none'})"
    if alone:
        fault = f"without {alone[0]} there are no accounts of both classes that show what it reads ({counts})"
    raise LabelError(
        f"the part {part} cannot be learnt: {fault}. By source it needs {LEAST_JUDGED} accounts of each class in one, and both "
        f"classes in the others, with {_NEEDS[part]}. Add data, or train without it: copy the configuration without "
        f"[parts.{part}] and give it with --config"
    )


def fit(table: Table, config: Config, leaves: int, trees: int) -> lightgbm.Booster:
    """Return a Booster, the same for the same rows, configuration and seed.

    Monotone directions come from the catalogue. The weights give every class of every source the same
    mass, so that neither the size of a source nor its share of positives is learnt.
    """
    parameters = config.booster.model_dump() | {
        "objective": "binary",
        "num_leaves": leaves,
        "monotone_constraints": [CATALOGUE[name].monotone for name in table.features],
        "seed": config.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(
        table.x,
        table.y.astype(float),
        weight=table.weight,
        feature_name=list(table.features),
        free_raw_data=True,
    )
    text = lightgbm.train(parameters, data, num_boost_round=trees).model_to_string()
    return lightgbm.Booster(model_str=text.replace("[num_threads: 1]", _STATED_THREADS))


def gains(booster: lightgbm.Booster) -> NDArray[np.float64]:
    """Return each feature's share of the gain; sums to 1."""
    raw = np.asarray(booster.feature_importance("gain"), dtype=float)
    return raw / raw.sum() if raw.sum() > 0 else np.full(len(raw), 1 / len(raw))
