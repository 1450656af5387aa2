"""What a notebook calls: the trainings and evaluations of the command line, with the same defaults."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from vigie.errors import ConfigError
from vigie.models.bundle import check_place, load
from vigie.training import config as configurations
from vigie.training.config import Config
from vigie.training.evaluation.suite import EvaluationResult
from vigie.training.pipelines import run
from vigie.training.pipelines.task import TrainingInputs
from vigie.training.pipelines.tasks import task_of
from vigie.training.result import Progress, TrainingResult


def _quiet(step: str) -> None:
    """Show no step."""


def configuration(target: str, path: Path | None = None) -> Config:
    """Return the configuration in a TOML file, or the one that made the shipped model of a target.

    Raises:
        ConfigError: There is no such target, the file cannot be used, or it is for another target.

    >>> configuration("coordinated").size.leaves
    [8]
    >>> configuration("coordinatd")
    Traceback (most recent call last):
    vigie.errors.ConfigError: coordinatd is not a target. Allowed: coordinated, inauthentic. Did you mean coordinated?
    """
    task = task_of(target)
    shipped = Path(str(resources.files("vigie.training"))) / "configs" / f"{task.target}.toml"
    settings = configurations.load(path or shipped)
    if settings.target != target:
        raise ConfigError(f"{path} is for the target {settings.target}, not {target}")
    return settings


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
