"""What every training gives back, whatever it learns."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import polars as pl

from vigie.training.synthetic.accounts import example

Figures = TypeVar("Figures")
# Called with each step as it begins, for progress.
Say = Callable[[str], None]


@dataclass(frozen=True)
class TrainingResult(Generic[Figures]):
    """What a training made.

    Attributes:
        folder: The bundle.
        record: What else was made, beside it.
        identity: Its name, version and feature set.
        evaluation: Its figures.
        notes: What must be known before a figure is believed.
        run_id: MLflow run.
        registered: Registered version.
    """

    folder: Path
    record: Path
    identity: dict[str, str]
    evaluation: Figures
    notes: tuple[str, ...]
    run_id: str
    registered: str


def summary(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return what a bundle keeps of a manifest: enough to know the data again, nothing of the people."""
    return {
        key: manifest[key]
        for key in ("name", "format", "licence", "tables", "observed_at")
        if key in manifest
    }


def figure_records(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Return a table as a bundle carries it, rounded."""
    return table.with_columns(pl.col(pl.Float64).round(4)).to_dicts()


def example_account() -> dict[str, Any]:
    """Return one invented account with three posts, in the shape of a request."""
    world = example()
    account = json.loads(world.accounts.head(1).write_json())[0]
    posts = json.loads(
        world.posts.filter(pl.col("account_id") == account["account_id"])
        .head(3)
        .drop("platform", "account_id")
        .write_json()
    )
    known = {key: value for key, value in account.items() if value is not None}
    return known | {"posts": [{k: v for k, v in post.items() if v is not None} for post in posts]}
