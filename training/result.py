"""What every training returns, whatever its target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import polars as pl

from vigie.features.i18n import Message

Evaluation = TypeVar("Evaluation")
# Called with the name of each step as it begins.
Progress = Callable[[str], None]


@dataclass(frozen=True)
class TrainingResult(Generic[Evaluation]):
    """What a training made.

    Attributes:
        folder: The bundle.
        record: The folder with everything else that was made, beside the bundle.
        identity: Name, version and feature set of the bundle.
        evaluation: How the model does on held-out accounts, as its task measures it.
        headline: Tables that sum up the evaluation, by title; see :func:`vigie.training.report.markdown.table`.
        notes: What a reader must know before they rely on a metric.
        run_id: MLflow run.
        registered: Registered version.
    """

    folder: Path
    record: Path
    identity: dict[str, str]
    evaluation: Evaluation
    headline: Mapping[str, pl.DataFrame]
    notes: tuple[Message, ...]
    run_id: str
    registered: str
