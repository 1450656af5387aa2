"""Runs in MLflow: a record and its bundle become a run, its children, a registered version and an alias.

Everything is on disk before the first call, so that a server that goes away loses nothing and can be asked again. The
bundle is logged as models-from-code around its folder: nothing is pickled, and pickle deserialisation is switched off
for the process.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl

from vigie.errors import TrackingError
from vigie.training.report import run_record
from vigie.training.report.run_record import MetricEntry
from vigie.training.result import Progress
from vigie.version import VERSION

os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# A server that is away is said to be so after some 15 seconds, not after four minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")

CHALLENGER, CHAMPION = "challenger", "champion"
TRIALS = "trials_"
# Shown with a registered model: one synthetic account in the shape of a request.
_INPUT_EXAMPLE = {
    "platform": "x",
    "account_id": "1000",
    "handle": "synthetic_account",
    "display_name": "Synthetic account",
    "description": "An account of nobody, as an example of the input.",
    "created_at": "2021-03-04T08:00:00Z",
    "observed_at": "2024-05-16T12:00:00Z",
    "followers_count": 120,
    "following_count": 340,
    "posts_count": 2,
    "posts": [
        {
            "post_id": "1",
            "created_at": "2024-05-15T18:20:00Z",
            "kind": "original",
            "text": "Good evening from the river bank.",
            "lang": "en",
        },
        {
            "post_id": "2",
            "created_at": "2024-05-16T07:05:00Z",
            "kind": "original",
            "text": "Rain again this morning.",
            "lang": "en",
        },
    ],
}


def store(uri: str | None) -> str:
    """Return the tracking server or store: the one named, else MLflow's own setting, else a file in the working folder."""
    return uri or os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db"


def check(uri: str | None) -> None:
    """Ask whether the tracking server answers, before hours of work are done for it.

    Raises:
        TrackingError: It does not.
    """
    with _connected(uri, "nothing was begun"):
        from mlflow import MlflowClient

        MlflowClient().search_experiments(max_results=1)


def publish(bundle: Path, uri: str | None, say: Progress) -> tuple[str, str]:
    """Log the record of a bundle, and the bundle, as a run; register it and make it the challenger.

    A run that was begun and not finished is gone on with. The first version of a model is its champion too, as there
    is none to compare it with.

    Args:
        bundle: The bundle's folder; its record lies beside it.
        uri: Tracking server or store; None for the default.
        say: Called with each step as it begins.

    Returns:
        The run and the registered version.

    Raises:
        RecordError: The bundle has no record.
        TrackingError: The server cannot be reached or refuses; bundle and record are where they were.
    """
    folder = run_record.record_path(bundle)
    content = run_record.read(folder)
    kept = (
        f"the bundle is in {bundle}, its record in {folder}; when the server is back: vigie publish {bundle}"
    )
    with _connected(uri, kept + (f" --tracking-uri {uri}" if uri else "")):
        import mlflow

        say("tracking in MLflow")
        mlflow.set_experiment(content["name"])
        with mlflow.start_run(run_id=content["run_id"] and _open_run(content["run_id"])) as run:
            run_record.set_tracking(folder, run.info.run_id, None)
            mlflow.log_params(_flat(content["config"]))
            mlflow.log_metrics(_metrics(content["figures"]))
            mlflow.log_artifacts(str(folder))
            for trials in sorted((folder / "tables").glob(f"{TRIALS}*.csv")):
                say(f"tracking {trials.stem.replace('_', ' ')}")
                _log_trials(run, trials)
            registered = _log_bundle(bundle, content["name"])
    run_record.set_tracking(folder, run.info.run_id, registered)
    return str(run.info.run_id), registered


@contextmanager
def _connected(uri: str | None, kept: str) -> Iterator[None]:
    """Turn what MLflow raises of a server that is away or refuses into one sentence."""
    import mlflow
    from mlflow.exceptions import MlflowException
    from requests import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    mlflow.set_tracking_uri(store(uri))
    try:
        yield
    except (MlflowException, RequestException, SQLAlchemyError) as error:
        raise TrackingError(
            f"{without_password(store(uri))} cannot be used ({str(error).splitlines()[0][:300]}); {kept}"
        ) from error


def without_password(uri: str) -> str:
    """Return an address as it may be shown.

    >>> without_password("postgresql://me:secret@host/mlflow")
    'postgresql://host/mlflow'
    """
    scheme, separator, rest = uri.partition("://")
    return scheme + separator + rest.rpartition("@")[2]


def _open_run(run_id: str) -> str | None:
    """Return a run that can be gone on with, or None if the server does not know it or has finished it."""
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        return run_id if MlflowClient().get_run(run_id).info.status != "FINISHED" else None
    except MlflowException:
        return None


def _metrics(metrics: Mapping[str, MetricEntry]) -> dict[str, float]:
    """Return metrics and the ends of their intervals as MLflow's metrics."""
    flat: dict[str, float] = {}
    for name, figure in metrics.items():
        ends = {name: figure["value"], f"{name}.low": figure["low"], f"{name}.high": figure["high"]}
        flat |= {_metric(key): value for key, value in ends.items() if value is not None}
    return flat


def _metric(name: str) -> str:
    """Return a name MLflow takes.

    >>> _metric("gain.forest, all features.auc")
    'gain.forest all features.auc'
    """
    return "".join(letter for letter in name if letter.isalnum() or letter in "_-. /")


def _log_trials(parent: Any, path: Path) -> None:
    """Log each trial of a tuning as a child of a run."""
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param
    from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME

    client = MlflowClient()
    for row in pl.read_csv(path).iter_rows(named=True):
        name = f"{path.stem.removeprefix(TRIALS)} {row['study']} {row['number']}"
        child = client.create_run(
            parent.info.experiment_id,
            tags={MLFLOW_PARENT_RUN_ID: parent.info.run_id, MLFLOW_RUN_NAME: name},
        )
        numbers = {
            key: value for key, value in row.items() if isinstance(value, int | float) and value == value
        }
        metrics = [Metric(_metric(key), float(value), 0, 0) for key, value in numbers.items()]
        params = [Param(_metric(key), str(value)) for key, value in row.items() if value is not None]
        client.log_batch(child.info.run_id, metrics=metrics, params=params)
        client.set_terminated(child.info.run_id)


def _log_bundle(folder: Path, name: str) -> str:
    """Log a bundle as a model with signature and example, and return the registered version, now the challenger."""
    import mlflow
    import pandas
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from mlflow.models import infer_signature

    inputs = pandas.DataFrame([{"account": json.dumps(_INPUT_EXAMPLE)}])
    outputs = pandas.DataFrame([{"status": "scored", "probability": 0.5, "answer": "{}"}])
    code = find_spec("vigie.training.registry.mlflow_pyfunc")
    if code is None or code.origin is None:
        raise ModuleNotFoundError("vigie.training.registry.mlflow_pyfunc is not installed; reinstall vigie")
    logged = mlflow.pyfunc.log_model(
        name="model",
        python_model=code.origin,
        artifacts={"bundle": str(folder)},
        signature=infer_signature(inputs, outputs),
        input_example=inputs,
        pip_requirements=[f"vigie=={VERSION}"],
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


def _flat(tree: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Return nested settings as ``a.b`` keys.

    >>> _flat({"a": {"b": 1}, "c": [2]})
    {'a.b': 1, 'c': '[2]'}
    """
    flat: dict[str, object] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            flat |= _flat(value, f"{name}.")
        else:
            flat[name] = str(value) if isinstance(value, list) else value
    return flat
