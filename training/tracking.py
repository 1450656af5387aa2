"""Runs in MLflow: what went in, what came out, the bundle as a model, its registered version and alias.

The bundle is logged as models-from-code around its folder: nothing is pickled, and pickle deserialisation
is switched off for the process.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl

os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

CHALLENGER, CHAMPION = "challenger", "champion"


@contextmanager
def run(uri: str | None, experiment: str) -> Iterator[Any]:
    """Open an MLflow run; the default store is an SQLite file in the working folder.

    Args:
        uri: Tracking server or store; None for MLflow's own setting, else ``sqlite:///mlflow.db``.
        experiment: Name of the experiment.

    Yields:
        The active run.
    """
    import mlflow

    mlflow.set_tracking_uri(uri or os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db")
    mlflow.set_experiment(experiment)
    with mlflow.start_run() as active:
        yield active


def log_inputs(config: dict[str, Any], manifests: tuple[dict[str, Any], ...], split: pl.DataFrame) -> None:
    """Log parameters, the manifest of every data set and who is held out when."""
    import mlflow

    mlflow.log_params(_flat(config))
    mlflow.log_dict({"manifests": list(manifests)}, "data/manifests.json")
    log_table(split, "data/split")


def log_table(table: pl.DataFrame, name: str) -> None:
    """Log a table of aggregates as CSV."""
    import mlflow

    mlflow.log_text(table.write_csv(), f"{name}.csv")


def log_text(text: str, name: str) -> None:
    """Log a text file."""
    import mlflow

    mlflow.log_text(text, name)


def log_figures(metrics: dict[str, float], plots: dict[str, Any]) -> None:
    """Log numbers and plots."""
    import mlflow

    mlflow.log_metrics(metrics)
    for name, figure in plots.items():
        mlflow.log_figure(figure, f"plots/{name}")


def log_curve(name: str, points: list[tuple[int, float]]) -> None:
    """Log a curve as a metric with steps."""
    import mlflow

    for step, value in points:
        mlflow.log_metric(name, value, step=step)


def log_bundle(folder: Path, name: str, example: dict[str, Any]) -> str:
    """Log a bundle as a model with signature and example, register it and make it the challenger.

    The first version of a model is its champion too, as there is none to compare it with.

    Returns:
        The registered version.
    """
    import mlflow
    import pandas
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from mlflow.models import infer_signature

    inputs = pandas.DataFrame([{"account": json.dumps(example)}])
    outputs = pandas.DataFrame([{"status": "scored", "probability": 0.5, "answer": "{}"}])
    code = find_spec("vigie.training.served_model")
    if code is None or code.origin is None:
        raise ModuleNotFoundError("vigie.training.served_model is not installed; reinstall vigie")
    logged = mlflow.pyfunc.log_model(
        name="model",
        python_model=code.origin,
        artifacts={"bundle": str(folder)},
        signature=infer_signature(inputs, outputs),
        input_example=inputs,
        pip_requirements=[f"vigie=={_version()}"],
        registered_model_name=name,
    )
    version = str(logged.registered_model_version)
    client = MlflowClient()
    client.set_registered_model_alias(name, CHALLENGER, version)
    try:
        client.get_model_version_by_alias(name, CHAMPION)
    except MlflowException:
        client.set_registered_model_alias(name, CHAMPION, version)
    return version


def _version() -> str:
    from vigie import __version__

    return __version__


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings as ``a.b`` keys.

    >>> _flat({"a": {"b": 1}, "c": [2]})
    {'a.b': 1, 'c': '[2]'}
    """
    found: dict[str, Any] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            found |= _flat(value, f"{name}.")
        else:
            found[name] = str(value) if isinstance(value, list) else value
    return found
