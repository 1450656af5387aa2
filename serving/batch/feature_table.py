"""The features of all accounts of an input as a table: what ``vigie features --out`` writes and ``vigie.features_of`` returns."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from vigie.features.ingest.parsing import NAMES, Batch
from vigie.features.ingest.refusals import refusal
from vigie.features.pipeline import FEATURES, compute
from vigie.serving.batch.inputs import Accounts

SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(NAMES, pl.String()),
    "posts": pl.Int64(),
    "error": pl.String(),
    **dict.fromkeys(FEATURES, pl.Float64()),
}


def tables(given: Accounts) -> Iterator[tuple[pl.DataFrame, int]]:
    """Yield :data:`SCHEMA` part by part, one row per account in the order of the input, and how much of it each part stands for.

    ``posts`` counts the posts read. An account that was refused has ``error``, which says why, and no features.
    """
    return given.measured(measured, SCHEMA)


def whole(given: Accounts) -> pl.DataFrame:
    """Return :func:`tables` as one."""
    return pl.concat(rows for rows, _ in tables(given))


def measured(batch: Batch) -> pl.DataFrame:
    """Return the rows of :data:`SCHEMA` of a batch."""
    matrix = compute(batch.accounts, batch.posts)
    refused = {place: refusal(batch, place).detail for place in (*batch.refused, *batch.repeated)}
    named = pl.DataFrame(batch.names, schema=dict.fromkeys(NAMES, pl.String()), orient="row").with_row_index(
        "row"
    )
    told = named.with_columns(
        error=pl.Series([refused.get(place) for place in range(batch.size)], dtype=pl.String)
    )
    measured = matrix.table.join(matrix.coverage.select("row", posts="used"), on="row")
    return (
        told.join(measured, on="row", how="left", maintain_order="left").select(*SCHEMA).cast(SCHEMA)  # type: ignore[arg-type]  # a schema is a mapping of names to types
    )
