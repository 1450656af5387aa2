"""Of several records of one account or post, one: each field from the newest record that knows it."""

from __future__ import annotations

import polars as pl

from vigie.features import schema
from vigie.features.ingest.reader import FIRST_VERSION, POST_AT, UNITED

# What makes a row of a table the same row.
KEYS = {
    "accounts": ("platform", "account_id"),
    "posts": ("platform", "account_id", "post_id"),
    "labels": ("platform", "account_id", "target", "source"),
}
# Names that an account had, and when it was seen with them.
NAMES_SCHEMA = pl.Schema(
    {
        "platform": pl.String(),
        "account_id": pl.String(),
        "handle": pl.String(),
        "display_name": pl.String(),
        "first_observed_at": schema.TIME,
        "last_observed_at": schema.TIME,
    }
)
# First version of a post, where it was edited; else the post itself.
_VERSION = "_version"
_ROW = "_row"
_LISTS = tuple(name for name, dtype in schema.schema("posts").items() if dtype == schema.TEXTS)


def accounts(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per account.

    Args:
        rows: Columns of the contract and :data:`~vigie.features.ingest.reader.POST_AT`, earlier records first.
            Of records observed at one moment, that with the newest post counts, then the later row.
    """
    numbered = rows.with_row_index(_ROW)
    return _latest(
        numbered.sort("observed_at", POST_AT, nulls_last=False, maintain_order=True), KEYS["accounts"]
    )


def posts(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per post; versions of an edited post are one, the last.

    Args:
        rows: Columns of the contract, :data:`~vigie.features.ingest.reader.FIRST_VERSION` and
            :data:`~vigie.features.ingest.reader.UNITED`, earlier records first. Where the latter is set, lists of
            rows of one post are united.
    """
    keys = ("platform", "account_id", _VERSION)
    versions = rows.with_columns(pl.coalesce(FIRST_VERSION, "post_id").alias(_VERSION)).with_row_index(_ROW)
    ordered = versions.sort("recorded_at", nulls_last=False, maintain_order=True)
    if versions[FIRST_VERSION].null_count() < versions.height:
        # A version is newer than another by its own time, whenever it was collected.
        ordered = ordered.sort("created_at", maintain_order=True)
    whole = _latest(ordered, keys)
    if rows[UNITED].any():
        united = versions.filter(UNITED).group_by(keys).agg(_union(name) for name in _LISTS)
        whole = whole.update(united, on=keys, how="left")
    return whole.drop(_VERSION)


def names(rows: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """Return the names that accounts were seen under, of each the oldest first (:data:`NAMES_SCHEMA`).

    Args:
        rows: Columns of the contract.
        earlier: Names that are known already, in the same form.
    """
    time = pl.col("observed_at")
    seen = rows.drop_nulls("handle").with_columns(first_observed_at=time, last_observed_at=time)
    names = list(NAMES_SCHEMA)
    spans = (
        pl.concat([earlier.select(names), seen.select(names)])
        .group_by("platform", "account_id", "handle", "display_name")
        .agg(pl.col("first_observed_at").min(), pl.col("last_observed_at").max())
    )
    return spans.sort("platform", "account_id", "first_observed_at", *names)


def torn(labels: pl.DataFrame) -> pl.DataFrame:
    """Return the faults of labels on which a source contradicts itself: ``index``, ``field``, ``reason``."""
    return (
        labels.with_row_index("index")
        .filter(pl.col("value").n_unique().over(KEYS["labels"]) > 1)
        .select(
            "index",
            field=pl.lit("value"),
            reason=pl.lit("the source labels this account both true and false"),
        )
    )


def _latest(rows: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Return the last value that is known of each field, one row per key, in the order of their first rows."""
    several = ~rows.select(pl.struct(keys).is_unique()).to_series()
    others = [name for name in rows.columns if name not in (*keys, _ROW)]
    joined = (
        rows.filter(several)
        .group_by(keys, maintain_order=True)
        .agg(pl.col(_ROW).min(), pl.col(others).drop_nulls().last())
    )
    return pl.concat([rows.filter(~several), joined.select(rows.columns)]).sort(_ROW).drop(_ROW)


def _union(name: str) -> pl.Expr:
    """Return the distinct elements of the lists of a group; null where none is known."""
    elements = pl.col(name).drop_nulls().explode(empty_as_null=False)
    return pl.when(pl.col(name).count() > 0).then(elements.unique(maintain_order=True).implode())
