"""What a notebook calls: the same trainings and examinations as the command line, with the same defaults."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from vigie.errors import ConfigError, choices
from vigie.models.bundle import check_place, load
from vigie.training import config as configurations
from vigie.training.config import Config
from vigie.training.evaluation import external
from vigie.training.evaluation.suite import EvaluationResult
from vigie.training.result import Say, TrainingResult

_POOLS = (
    "pools and the target coordinated go together: a Parquet file with the columns scenario, start, hours, account and "
    "shift_minutes says which accounts are compared with each other"
)


def _quiet(step: str) -> None:
    """Show no step."""


def configuration(target: str, path: Path | None = None) -> Config:
    """Return the configuration in a TOML file, or the one that made the shipped model of a target.

    Raises:
        ConfigError: There is no such target, the file cannot be used, or it is for another target.

    >>> configuration("coordinated").size.leaves
    [16]
    >>> configuration("coordinatd")
    Traceback (most recent call last):
    vigie.errors.ConfigError: coordinatd is not a target. Allowed: coordinated, inauthentic. Did you mean coordinated?
    """
    shipped = Path(str(resources.files("vigie.training"))) / "configs"
    known = [file.stem for file in shipped.glob("*.toml")]
    if target not in known:
        raise ConfigError(f"{target} is not a target. {choices(target, known)}")
    found = configurations.load(path or shipped / f"{target}.toml")
    if found.target != target:
        raise ConfigError(f"{path} is for the target {found.target}, not {target}")
    return found


def train_model(
    target: str,
    data: Sequence[Path],
    out: Path,
    *,
    config: Config | None = None,
    pools: Path | None = None,
    registry: Path | None = None,
    tracking_uri: str | None = None,
    say: Say = _quiet,
) -> TrainingResult[Any]:
    """Train, evaluate and examine a model, write its bundle and record, and track them: ``vigie train``.

    Args:
        target: What to learn: inauthentic or coordinated.
        data: Dataset directories.
        out: Folder of the bundle; its record lies beside it, in ``OUT.run``.
        config: Default: the one that made the shipped model.
        pools: For coordinated: who is compared with whom, see :mod:`vigie.training.data.windows`.
        registry: Confirmed false positives, left out of the data and replayed.
        tracking_uri: MLflow server or store; default: ``MLFLOW_TRACKING_URI``, else ``sqlite:///mlflow.db``.
        say: Called with each step as it begins.

    Raises:
        ConfigError: There is no such target, or pools are missing or too many.
        LabelError: The labels cannot carry the model.
        DatasetError: A folder is not a dataset directory, or was changed.
        BundlePlaceError: Where the bundle is to be written is something else.
        TrackingError: The tracking server does not answer; if that comes after the work, bundle and record are kept.
    """
    settings = config or configuration(target)
    if settings.target != target:
        raise ConfigError(f"the configuration is for the target {settings.target}, not {target}")
    if (target == "coordinated") != (pools is not None):
        raise ConfigError(_POOLS)
    check_place(out)
    if pools is not None:
        from vigie.training.pipelines.coordinated import train as train_coordinated

        return train_coordinated(settings, data, pools, out, registry=registry, uri=tracking_uri, say=say)
    from vigie.training.pipelines.inauthentic import train as train_inauthentic

    return train_inauthentic(settings, data, out, registry=registry, uri=tracking_uri, say=say)


def judge_bundle(
    bundle: Path,
    data: Sequence[Path],
    *,
    pools: Path | None = None,
    registry: Path | None = None,
    say: Say = _quiet,
) -> EvaluationResult:
    """Judge a bundle on labelled data without fitting: ``vigie evaluate``.

    Args:
        bundle: Its folder.
        data: Dataset directories.
        pools: For a model of coordination: who is compared with whom.
        registry: Confirmed false positives to replay.
        say: Called with each step as it begins.

    Raises:
        BundleError: The bundle is absent or altered.
        ConfigError: Pools are missing or too many.
        LabelError: There is no label of the target, or of one class only.
        DatasetError: A folder is not a dataset directory, or was changed.
    """
    loaded = load(bundle, target=None)
    if (loaded.target == "coordinated") != (pools is not None):
        raise ConfigError(f"{bundle} scores {loaded.target}; {_POOLS}")
    if pools is None:
        return external.judge_accounts(loaded, data, registry, say)
    return external.judge_pools(loaded, data, pools, registry, say)
