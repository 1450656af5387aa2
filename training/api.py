"""What a notebook calls: the trainings and evaluations of the command line, with the same defaults."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from vigie.errors import ConfigError, LabelError
from vigie.models.adaptation.collection import ScoredCollection, suggest
from vigie.models.bundle import check_place, default_folder, load
from vigie.models.calibration import probability
from vigie.training import config as configurations
from vigie.training.config import Config
from vigie.training.evaluation.suite import EvaluationResult
from vigie.training.pipelines import adapt, calibrate, run
from vigie.training.pipelines.adapt import AdaptedModel
from vigie.training.pipelines.calibrate import CalibratedModel
from vigie.training.pipelines.task import TrainingInputs
from vigie.training.pipelines.tasks import task_of
from vigie.training.result import Progress, TrainingResult


def _quiet(step: str) -> None:
    """Show no step."""


def configuration(target: str, path: Path | None = None) -> Config:
    """Return the configuration in a TOML file, which extends the one that made the shipped model of a target; or that one.

    Raises:
        ConfigError: There is no such target, the file cannot be used, or it is for another target.

    >>> configuration("coordinated").size.leaves
    [8]
    >>> configuration("coordinatd")
    Traceback (most recent call last):
    vigie.errors.ConfigError: coordinatd is not a target. Allowed: coordinated, inauthentic. Did you mean coordinated?
    """
    known = task_of(target).target
    return configurations.shipped(known) if path is None else configurations.load(path, known)


def train_model(
    target: str,
    data: Sequence[Path],
    out: Path,
    *,
    config: Config | None = None,
    registry: Path | None = None,
    tracking_uri: str | None = None,
    say: Progress = _quiet,
    **options: Path,
) -> TrainingResult[Any]:
    """Train and evaluate a model, write its bundle and record, and track them: ``vigie train``.

    Args:
        target: What to learn: a key of :data:`vigie.training.pipelines.tasks.TASKS`.
        data: Dataset directories.
        out: Folder of the bundle; its record lies beside it, in ``OUT.run``.
        config: Default: the one that made the shipped model.
        registry: Confirmed false positives, left out of the data and replayed.
        tracking_uri: MLflow server or store; default: ``MLFLOW_TRACKING_URI``, else ``sqlite:///mlflow.db``.
        say: Called with each step as it begins.
        options: Further files of the target. ``coordinated`` needs ``windows``: which accounts are compared with each
            other, see :mod:`vigie.training.data.windows`.

    Raises:
        ConfigError: There is no such target, or an option is missing or unknown.
        LabelError: The labels cannot carry the model.
        DatasetError: A folder is not a dataset directory, or was changed.
        BundlePlaceError: Where the bundle is to be written is something else.
        TrackingError: The tracking server does not answer; if that comes after the work, bundle and record are kept.
    """
    task = task_of(target)
    settings = config or configuration(target)
    if settings.target != target:
        raise ConfigError(f"the configuration is for the target {settings.target}, not {target}")
    task.check_options(options)
    check_place(out)
    return run.train(task, settings, TrainingInputs(data, options, registry), out, uri=tracking_uri, say=say)


def judge_bundle(
    bundle: Path,
    data: Sequence[Path],
    *,
    registry: Path | None = None,
    say: Progress = _quiet,
    **options: Path,
) -> EvaluationResult:
    """Evaluate a bundle on labelled data without fitting: ``vigie evaluate``.

    Args:
        bundle: Its folder.
        data: Dataset directories.
        registry: Confirmed false positives to replay.
        say: Called with each step as it begins.
        options: Further files of the bundle's target, see :func:`train_model`.

    Raises:
        BundleError: The bundle is absent or altered.
        ConfigError: An option is missing or unknown.
        LabelError: There is no label of the target, or of one class only.
        DatasetError: A folder is not a dataset directory, or was changed.
    """
    loaded = load(bundle, target=None)
    return run.evaluate(task_of(loaded.target), loaded, TrainingInputs(data, options, registry), say)


def adapt_model(
    accounts: pl.DataFrame,
    posts: pl.DataFrame,
    labels: pl.DataFrame,
    out: Path,
    *,
    name: str,
    parent: Path | None = None,
    say: Progress = _quiet,
) -> AdaptedModel:
    """Adapt a model of inauthenticity to one collection, and write it where it surely ranks better: ``vigie adapt``.

    Args:
        accounts: All accounts of the collection: contract columns and ``row``.
        posts: Their posts: contract columns (without platform and account_id) and ``row`` of the author.
        labels: As :func:`vigie.features.ingest.own_labels.read` returns them.
        out: Folder of the bundle.
        name: What the collection is called.
        parent: Folder of the model to adapt; None: the one that ships.
        say: Called with each step as it begins.

    Raises:
        LabelError: The labels name no account, contradict each other, are too few or of one class.
        AdaptationRefusedError: The adapted model does not surely rank better.
        ConfigError: The model was adapted itself.
        BundleError: The model is absent or altered, or something else is at ``out``.
    """
    say("scoring the collection")
    collection = ScoredCollection.of(name, accounts, posts, load(parent))
    return adapt.adapt_bundle(collection, labels, out, parent or default_folder(), say)


def calibrate_model(
    data: Sequence[Path], out: Path, *, bundle: Path | None = None, say: Progress = _quiet
) -> CalibratedModel:
    """Hold a model of inauthenticity against the accounts of more sources, and write it: ``vigie calibrate``.

    Args:
        data: Dataset directories. Without labels all their accounts count as ordinary.
        out: Folder of the bundle; replaced only once the new one is whole.
        bundle: Folder of the model; None: the one that ships.
        say: Called with each step as it begins.

    Raises:
        LabelError: A source has too few accounts of a label and a tier.
        ConfigError: The model was adapted to one collection.
        DatasetError: A folder is not a dataset directory, or was changed.
        BundleError: The model is absent or altered, or something else is at ``out``.
    """
    return calibrate.calibrate_bundle(bundle or default_folder(), data, out, say)


def accounts_to_label(
    accounts: pl.DataFrame,
    posts: pl.DataFrame,
    number: int,
    *,
    labels: pl.DataFrame | None = None,
    parent: Path | None = None,
) -> pl.DataFrame:
    """Return accounts to label next, and why each: ``vigie adapt --suggest``.

    Args:
        accounts: As for :func:`adapt_model`.
        posts: As for :func:`adapt_model`.
        number: How many are wanted.
        labels: Those there are; None: none.
        parent: Folder of the model to adapt; None: the one that ships.

    Returns:
        ``platform``, ``account_id``, ``handle``, an empty ``value``, ``probability`` and ``why``; the highest scores first.

    Raises:
        LabelError: The model scores no account, or the labels do not fit the accounts.
    """
    loaded = load(parent)
    collection = ScoredCollection.of("", accounts, posts, loaded)
    if not (collection.scores.status == "scored").any():
        raise LabelError(
            f"the model scores none of the {accounts.height} accounts, so that no label would teach it; give more of their "
            "fields and posts"
        )
    chosen = suggest(collection, labels, number)
    made = pl.DataFrame(
        {
            "row": [row for row, _, _ in chosen],
            "value": pl.Series([None] * len(chosen), dtype=pl.String),
            "log_odds": [log_odds for _, log_odds, _ in chosen],
            "why": [reason.why.say("en") for _, _, reason in chosen],
        },
        schema_overrides={"row": accounts.schema["row"], "log_odds": pl.Float64, "why": pl.String},
    )
    chance = probability(made["log_odds"].to_numpy(), float(loaded.index["assumed_prevalence"]))
    told = made.with_columns(probability=pl.Series(chance).round(4))
    named = told.join(accounts, on="row", how="left", maintain_order="left")
    return named.select("platform", "account_id", "handle", "value", "probability", "why")
