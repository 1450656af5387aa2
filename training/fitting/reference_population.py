"""The accounts a model learnt on, counted: what drift is told by (:mod:`vigie.models.drift.psi`).

All labelled accounts count, of both classes, as they are, each once, whatever their weight in training.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from vigie.features.json_object import JsonObject
from vigie.models.calibration import Floats
from vigie.models.drift.histograms import slices_of
from vigie.models.drift.psi import entry
from vigie.training.data import corpus as data
from vigie.training.data import windows
from vigie.training.data.truncated_views import FULL


def for_accounts(
    index: Mapping[str, Any],
    rows: pl.DataFrame,
    corpus: data.Corpus,
    held_out: pl.DataFrame,
    bands: pl.DataFrame | None = None,
) -> JsonObject:
    """Return the counts of a corpus for ``bundle.json``.

    Args:
        index: The index of the bundle that is being made.
        rows: All views (:func:`vigie.training.data.truncated_views.rows`).
        corpus: The corpus.
        held_out: ``row`` and ``log_odds`` of the accounts of evaluated sources, by models that did not see the source.
        bands: ``row`` and ``band`` of every account, by the model without its source, where it is held against known accounts.
    """
    held_out = held_out.select("row", pl.col("log_odds").fill_null(float("nan")), is_held_out=True)
    full = rows.filter(pl.col("view") == FULL).join(held_out, on="row", how="left", maintain_order="left")
    accounts = full.select("row").join(corpus.accounts, on="row", how="left", maintain_order="left")
    return entry(
        index,
        full,
        slices_of(accounts, corpus.posts),
        full["log_odds"].to_numpy(),
        full["is_held_out"].fill_null(value=False).to_numpy(),
        None if bands is None else full.join(bands, on="row", maintain_order="left")["band"].to_numpy(),
    )


def for_windows(
    index: Mapping[str, Any], rows: pl.DataFrame, corpus: windows.Corpus, log_odds: Floats
) -> JsonObject:
    """Return the counts of the accounts in the windows of a corpus for ``bundle.json``.

    Args:
        index: The index of the bundle that is being made.
        rows: One per account and window (:func:`vigie.training.data.windows.rows`), accounts without their campaign not among them.
        corpus: The corpus.
        log_odds: Of each row, by models that did not see the campaign of the window.
    """
    accounts = corpus.accounts.select("platform", row="account_id")
    spoken = slices_of(accounts, corpus.posts.select("lang", row="account_id"))
    slices_by_account = dict(zip(accounts["row"].to_list(), spoken, strict=True))
    slices = [slices_by_account[account] for account in rows["account_id"]]
    return entry(index, rows, slices, log_odds, np.ones(rows.height, np.bool_))
