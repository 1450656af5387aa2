"""Invented accounts, the model that ships with some of them as those it learnt on, and histograms of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest

from vigie.features.pipeline import compute
from vigie.models import bundle
from vigie.models.bundle import Bundle
from vigie.models.drift.histograms import BinLayout, Histogram, sketch, slices_of
from vigie.models.drift.psi import entry
from vigie.models.scoring import score
from vigie.training.synthetic.accounts import generate

World = tuple[pl.DataFrame, pl.DataFrame, pl.Series]
_KEYS = ["platform", "account_id"]


@cache
def _world(seed: int, ordinary: int = 500, inauthentic: int = 400) -> World:
    synthetic = generate(ordinary=ordinary, inauthentic=inauthentic, seed=seed, posts_per_account=25)
    accounts = synthetic.accounts.with_row_index("row")
    posts = synthetic.posts.join(accounts.select("row", *_KEYS), on=_KEYS).drop(_KEYS)
    truth = accounts.join(synthetic.labels, on=_KEYS, how="left", maintain_order="left")["value"]
    return accounts, posts, truth


@pytest.fixture(scope="session")
def world() -> Callable[..., World]:
    """Return a function from a seed to accounts, posts and whether each account is inauthentic."""
    return _world


@pytest.fixture(scope="session")
def model() -> Bundle:
    """Return the model that ships, with the accounts of an invented world as those it learnt on."""
    shipped = bundle.load()
    accounts, posts, truth = _world(1)
    matrix = compute(accounts, posts)
    log_odds = score(shipped, matrix).log_odds
    # Its bins come from quantiles of real accounts, which invented ones hardly fill.
    ordinary = matrix.table.filter(~truth)
    quantiles = {
        name: np.quantile(ordinary[name].drop_nulls().to_numpy(), np.linspace(0, 1, 101)).tolist()
        for name in shipped.reference
        if ordinary[name].count() >= 50
    }
    index = shipped.index | {"reference": quantiles}
    rows = matrix.table.with_columns(y=truth)
    kept = entry(index, rows, slices_of(accounts, posts), log_odds, np.ones(rows.height, np.bool_))
    reference = {name: np.array(values) for name, values in quantiles.items()}
    return replace(shipped, index=index | {"sketch": kept}, reference=reference)


@pytest.fixture(scope="session")
def seen(model: Bundle) -> Callable[[pl.DataFrame, pl.DataFrame], Histogram]:
    """Return a function from accounts and their posts to the histogram of what the model sees of them."""

    def count(accounts: pl.DataFrame, posts: pl.DataFrame) -> Histogram:
        layout = BinLayout.of(model.index)
        matrix = compute(accounts, posts)
        scores = score(model, matrix)
        return sketch(
            layout, slices_of(accounts, posts), matrix.values(layout.features), scores.log_odds, scores.status
        )

    return count


@pytest.fixture(scope="session")
def seen_of_world(seen: Callable[[pl.DataFrame, pl.DataFrame], Histogram]) -> Callable[..., Histogram]:
    """Return a function from the seed of a world to the histogram of its accounts, counted once."""

    @cache
    def count(seed: int, ordinary: int = 500, inauthentic: int = 400) -> Histogram:
        return seen(*_world(seed, ordinary, inauthentic)[:2])

    return count


@pytest.fixture(scope="session")
def subset() -> Callable[[pl.DataFrame, pl.DataFrame, pl.Series], tuple[pl.DataFrame, pl.DataFrame]]:
    """Return a function that keeps some of the accounts, with their posts."""

    def keep(
        accounts: pl.DataFrame, posts: pl.DataFrame, kept: pl.Series
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        some = accounts.filter(kept)
        return some, posts.join(some.select("row"), on="row", how="semi")

    return keep
