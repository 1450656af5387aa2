"""Margins on accounts, operators and publics that a model of windows did not see.

Three splits. *Accounts held out* holds out a fifth of the accounts at a time, in every window they are in. *Operator held out*
holds out all windows of one operator and, inside them, a fifth of the accounts, since the same ordinary people stand in the
windows of several operators. *Public held out* holds out all windows with ordinary accounts of one data set; it tells false
positives among people of a kind that the model never saw.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

from vigie.models.scoring import contributions
from vigie.training.config import Config
from vigie.training.fitting.booster import Table, fit

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Strings = NDArray[np.str_]
Predict = Callable[[Floats], Floats]
FOLDS = 5
# Values of ``scheme`` in records, those of earlier champions among them; reports show the words of report/terms.py.
ACCOUNTS, OPERATOR, PUBLIC = "accounts unseen", "operator unseen", "public unseen"
SCHEMES = (ACCOUNTS, OPERATOR, PUBLIC)


@dataclass(frozen=True)
class TunedConfig:
    """What fits are made with.

    Attributes:
        whole: Where every campaign is seen.
        rest: Operator to what a search that did not see it chose; empty where none was made.
        trials: Every trial of the searches.
    """

    whole: Config
    rest: Mapping[str, Config]
    trials: pl.DataFrame

    def of(self, table: Table) -> Config:
        """Return what to fit a table with: what was chosen without the operator that it lacks."""
        excluded = sorted(set(self.rest) - set(table.source.tolist()))
        return self.rest[excluded[0]] if len(excluded) == 1 else self.whole


@dataclass(frozen=True)
class HoldoutFit:
    """A model of windows and what it says of what it did not see.

    Attributes:
        booster: Fitted on every row.
        excluding: Operator to the Booster that did not see its windows.
        margin: Scheme to the margin of each row of the table.
    """

    booster: lightgbm.Booster
    excluding: dict[str, lightgbm.Booster]
    margin: dict[str, Floats]


def folds(accounts: Sequence[str]) -> Ints:
    """Return the fold of each account, from its id alone.

    >>> folds(["a", "b", "a"]).tolist()[0] == folds(["a"]).tolist()[0]
    True
    """
    named = {
        name: int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % FOLDS
        for name in set(accounts)
    }
    return np.array([named[name] for name in accounts], dtype=np.int64)


def margins(
    table: Table, fold: Ints, public: Strings, make: Callable[[Table], Predict], tick: Callable[[], None]
) -> dict[str, Floats]:
    """Return, per scheme, what models fitted without a row's account, operator or public say of it.

    Args:
        table: Rows; ``source`` is the operator of the window.
        fold: Fold of each row's account.
        public: Data set of the ordinary accounts of the window.
        make: From training rows to a function that scores rows of ``x``.
        tick: Called after each fit.
    """
    by_scheme = {scheme: np.zeros(len(table.y)) for scheme in SCHEMES}

    def judge(scheme: str, rows: Flags, left_out: Flags) -> None:
        # A small operator may have nobody in a fold.
        if rows.any():
            by_scheme[scheme][rows] = make(table.where(~left_out))(table.x[rows])
        tick()

    for number in range(FOLDS):
        held = fold == number
        judge(ACCOUNTS, held, held)
        for operator in np.unique(table.source):
            here = table.source == operator
            judge(OPERATOR, held & here, held | here)
    for name in np.unique(public):
        here = public == name
        judge(PUBLIC, here, here)
    return by_scheme


def fits(table: Table, public: Strings) -> int:
    """Return how many models :func:`margins` fits."""
    return FOLDS * (1 + len(np.unique(table.source))) + len(np.unique(public))


def boosted(chosen: TunedConfig, *, served: bool) -> Callable[[Table], Predict]:
    """Return how our own model is made.

    Args:
        chosen: What it is fitted with.
        served: Whether rows are scored as when it serves, missing evidence cut; that costs a hundred times more.
    """

    def make(table: Table) -> Predict:
        booster = _fit(table, chosen)
        if served:
            return lambda x: margin(booster, x)
        return lambda x: np.asarray(booster.predict(x, raw_score=True))

    return make


def logistic(table: Table) -> Predict:
    """Return a logistic regression on standardised features, missing values at the mean."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model: Any = make_pipeline(
        SimpleImputer(keep_empty_features=True), StandardScaler(), LogisticRegression(max_iter=300)
    )
    model.fit(table.x, table.y, logisticregression__sample_weight=table.weight)
    return lambda x: np.asarray(model.decision_function(x))


def margin(booster: lightgbm.Booster, x: Floats) -> Floats:
    """Return the margin of each row as serving computes it: a missing feature never adds."""
    added, base = contributions(booster, x, ~np.isnan(x))
    return np.asarray(added.sum(axis=1) + base)


def fit_held_out(
    table: Table, fold: Ints, public: Strings, chosen: TunedConfig, tick: Callable[[], None]
) -> HoldoutFit:
    """Return the model fitted on all rows, on all but each operator, and its margins on held-out rows.

    Args:
        table: Rows; ``source`` is the operator of the window.
        fold: Fold of each row's account.
        public: Data set of the ordinary accounts of the window.
        chosen: What it is fitted with.
        tick: Called after each fit.
    """
    excluding = {
        str(name): _fit(table.where(table.source != name), chosen) for name in np.unique(table.source)
    }
    made = margins(table, fold, public, boosted(chosen, served=True), tick)
    return HoldoutFit(_fit(table, chosen), excluding, made)


def _fit(table: Table, chosen: TunedConfig) -> lightgbm.Booster:
    config = chosen.of(table)
    return fit(table, config, config.size.leaves[0], config.size.trees[0])
