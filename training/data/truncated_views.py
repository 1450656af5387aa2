"""Training rows: an account as it is, as it was with fewer posts, and as it was earlier.

A model that only ever saw full accounts reads "few posts" as a class. So each account enters also cut to
its most recent posts, and prolific ones in windows further back in time. All views of an account share
its weight and its side of every split.
"""

from __future__ import annotations

import polars as pl

from vigie.features.pipeline import FEATURES, compute
from vigie.features.preprocessing import MAX_POSTS
from vigie.training.config import Views
from vigie.training.data.corpus import Corpus

FULL = "full"


def rows(corpus: Corpus, views: Views) -> pl.DataFrame:
    """Return features of every view of every account.

    Returns:
        ``row``, ``view`` ("full", "last 20", "window 3"), ``used`` (posts read), every feature, ``source``,
        ``y``, ``kind``, ``campaign``, ``trust``. The full view of each account comes first, in the corpus's order.
    """
    ranked = corpus.posts.sort("row", "created_at", "post_id", descending=[False, True, True]).with_columns(
        rank=pl.int_range(pl.len()).over("row")
    )
    total = (
        corpus.accounts.select("row")
        .join(ranked.group_by("row").agg(total=pl.len()), on="row", how="left")
        .with_columns(pl.col("total").fill_null(0))
    )
    tables = [_view(corpus, ranked, FULL, 0, MAX_POSTS, None)]
    tables += [
        _view(corpus, ranked, f"last {size}", 0, size, total.filter(pl.col("total") > size))
        for size in views.truncations
    ]
    tables += [
        _view(
            corpus,
            ranked,
            f"window {index}",
            index * MAX_POSTS,
            (index + 1) * MAX_POSTS,
            total.filter(pl.col("total") >= (index + 1) * MAX_POSTS),
        )
        for index in range(1, views.windows)
    ]
    labels = corpus.accounts.select("row", "source", "y", "kind", "campaign", "trust")
    return pl.concat(tables).join(labels, on="row", how="left", maintain_order="left")


def _view(
    corpus: Corpus, ranked: pl.DataFrame, name: str, start: int, stop: int, only: pl.DataFrame | None
) -> pl.DataFrame:
    accounts = corpus.accounts if only is None else corpus.accounts.join(only, on="row", how="semi")
    posts = ranked.filter(pl.col("rank").is_between(start, stop, closed="left")).drop("rank")
    posts = posts.join(accounts.select("row"), on="row", how="semi")
    matrix = compute(accounts, posts)
    return matrix.table.with_columns(view=pl.lit(name), used=matrix.coverage["used"].cast(pl.Int64)).select(
        "row", "view", "used", *FEATURES
    )
