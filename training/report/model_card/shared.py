"""Values that the cards of every target share: the data, the quality of their labels, the commands."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from vigie.features.i18n import message
from vigie.features.schema import STRENGTHS
from vigie.training.report.model_card.render import Command, Table

_DATA_SCHEMA = {
    "name": pl.String, "format": pl.String, "licence": pl.String, "accounts": pl.Int64, "posts": pl.Int64,
    "labels": pl.Int64, "first": pl.String, "last": pl.String,
}  # fmt: skip


def shared(
    index: Mapping[str, Any],
    counts: pl.DataFrame,
    weights: Mapping[str, float] | None = None,
    options: Iterable[str] = (),
) -> dict[str, object]:
    """Return the values of the sections that every card has.

    Args:
        index: The bundle's index, whose shape :mod:`vigie.models.bundle` defines.
        counts: ``strength`` (null: not stated), ``y``, ``len``: accounts by the quality of their label.
        weights: Weight of a label in the training by its quality, 1 where not named; None where all weigh alike.
        options: Further options of the commands.
    """
    target = index["target"]
    folders = " ".join(f"--data {shlex.quote(entry['name'])}" for entry in index["data"])
    more = "".join(f" {option}" for option in options)
    return {
        "name": index["name"],
        "prior": index["assumed_prevalence"],
        "seed": index["config"]["seed"],
        "data_sets": _data_sets(index["data"]),
        "label_quality": label_quality(counts, weights),
        "train_command": Command(f"vigie train {target} {folders}{more} --config config.toml --out my.vigie"),
        "evaluate_command": Command(f"vigie evaluate my.vigie --data mine{more}"),
        "registry_command": Command(
            f'vigie registry add flagged.jsonl --registry confirmed --target {target} --by "who" --reason "why"'
        ),
    }


def _data_sets(entries: Iterable[Mapping[str, Any]]) -> Table:
    """Return the data sets of a bundle: what they hold, when they were collected and what they may be used for."""
    rows = [
        {name: entry.get(name) for name in ("name", "format", "licence")}
        | {
            name: entry.get("tables", {}).get(name, {}).get("rows")
            for name in ("accounts", "posts", "labels")
        }
        | {end: ((entry.get("observed_at") or {}).get(end) or "")[:10] or None for end in ("first", "last")}
        for entry in entries
    ]
    return Table(
        pl.DataFrame(rows, schema=_DATA_SCHEMA),
        {
            "name": message("training.column_data_set"),
            "format": message("training.column_format"),
            "licence": message("training.column_licence"),
            "accounts": message("training.column_accounts"),
            "posts": message("training.column_posts"),
            "labels": message("training.column_labels"),
            "first": message("training.column_observed_from"),
            "last": message("training.column_observed_to"),
        },
    )


def label_quality(counts: pl.DataFrame, weights: Mapping[str, float] | None) -> Table:
    """Return how many accounts of each class owe their label to whom, from the best label to the weakest; see :func:`shared`."""
    ranks = pl.DataFrame({"strength": STRENGTHS}).with_row_index("rank")
    grouped = (
        counts.with_columns(pl.col("strength").fill_null("weak"))
        .group_by("strength")
        .agg(yes=pl.col("len").filter("y").sum(), no=pl.col("len").filter(~pl.col("y")).sum())
    )
    frame = (
        ranks.join(grouped, on="strength", how="left")
        .sort("rank")
        .with_columns(pl.col("yes", "no").fill_null(0))
    )
    titles = {
        "strength": message("training.column_label_quality"),
        "yes": message("training.column_accounts_of_class"),
        "no": message("training.column_ordinary_accounts"),
    }
    if weights is not None:
        weight = pl.col("strength").replace_strict(dict(weights), default=1.0, return_dtype=pl.Float64)
        frame = frame.with_columns(weight=weight)
        titles["weight"] = message("training.column_weight")
    return Table(frame, titles)
