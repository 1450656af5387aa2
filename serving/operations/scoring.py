"""Accounts judged among all that an operation has seen, without being kept in it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import polars as pl

from vigie.features.coordination.comparison import Limits
from vigie.features.ingest.nested_posts import FROM_ACCOUNT
from vigie.features.ingest.parsing import Batch
from vigie.features.similarity.near_duplicate_text import SimilarTexts
from vigie.models.engine import ScoringEngine, ScoringResult
from vigie.serving.operations.corpus import Corpus


def score_among(
    engine: ScoringEngine,
    batch: Batch,
    held: Corpus,
    targets: Collection[str],
    limits: Limits,
    progress: Callable[[str], None],
    texts: SimilarTexts | None = None,
) -> ScoringResult:
    """Return what the models make of accounts, compared with those of an operation.

    An account that the operation knows is judged by the posts of both.

    Args:
        engine: The models.
        batch: The accounts.
        held: What the operation holds.
        targets: What is asked.
        limits: How much is looked at.
        progress: Called with the name of each step as it begins.
        texts: Texts of the operation that were compared before: what is known of them is not found out again.
    """
    rows = batch.accounts.select("row", *FROM_ACCOUNT)
    known = held.accounts.select((*FROM_ACCOUNT, "row")).rename({"row": "held"}).join(rows, on=FROM_ACCOUNT)
    own = pl.concat([batch.posts, _moved(held.posts, known.select("held", "row"), batch.posts.columns)])
    posts = own.unique(("row", "post_id"), keep="first", maintain_order=True)
    alone = engine.score(batch.accounts, posts, set(targets) - {"coordinated"}, limits, progress)
    if "coordinated" not in targets:
        return alone
    others = held.accounts.drop("key").join(rows, on=FROM_ACCOUNT, how="anti", maintain_order="left")
    numbers = others.select(held="row", row=(pl.int_range(pl.len()) + batch.size).cast(pl.UInt32))
    widened = pl.concat([batch.accounts, others.with_columns(numbers["row"]).select(batch.accounts.columns)])
    among = engine.score(
        widened,
        pl.concat([posts, _moved(held.posts, numbers, posts.columns)]),
        ["coordinated"],
        limits,
        progress,
        texts,
    )
    return replace(
        alone,
        coordination=among.coordination,
        notes=(*alone.notes, *among.notes),
        seconds={**alone.seconds, **among.seconds},
    )


def _moved(posts: pl.DataFrame, numbers: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Return the posts of some accounts, under other rows."""
    return posts.rename({"row": "held"}).join(numbers, on="held", maintain_order="left").select(columns)
