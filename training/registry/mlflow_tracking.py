"""Runs in MLflow: a record and its bundle become a run, its children, a registered version and an alias.

Everything is on disk before the first call, so that a server that goes away loses nothing and can be asked again. The
bundle is logged as models-from-code around its folder: nothing is pickled, and pickle deserialisation is switched off
for the process.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from vigie.errors import RecordError, TrackingError
from vigie.features.pipeline import MODEL_FEATURES
from vigie.models.metrics import MetricEntry
from vigie.training.config import Config
from vigie.training.report import run_record
from vigie.training.report.run_record import RecordContent
from vigie.training.result import Progress
from vigie.version import VERSION

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput
    from mlflow.types import Schema

os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# A server that is away is said to be so after some 15 seconds, not after four minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")

CHALLENGER, CHAMPION = "challenger", "champion"
TRIALS = "trials_"
# Characters of a tag that every store of MLflow takes.
_LONGEST_TAG = 4_000
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


@contextmanager
def opened(uri: str | None, config: Config) -> Iterator[str]:
    """Open the run of a training before its work, which may take hours, and lend its id.

    Work that fails leaves a failed run with the reason, and work that is interrupted a killed one. A run whose server goes
    away stays open, for :func:`publish` to go on with.

    Raises:
        TrackingError: The server does not answer.
    """
    with _connected(uri, "nothing was begun"):
        import mlflow
        from mlflow import MlflowClient

        experiment = mlflow.set_experiment(config.name).experiment_id
        tags = {"vigie.target": config.target, "vigie.version": VERSION}
        client = MlflowClient()
        run_id = str(client.create_run(experiment, tags=tags, run_name=f"train {config.target}").info.run_id)
    try:
        yield run_id
    except TrackingError:
        raise
    except BaseException as error:
        reason = f"{type(error).__name__}: {error}"[:_LONGEST_TAG]
        # The fault that is raised is the one to read, whatever the server says now.
        with suppress(TrackingError), _connected(uri, reason):
            client.set_tag(run_id, "vigie.failure", reason)
            client.set_terminated(run_id, "FAILED" if isinstance(error, Exception) else "KILLED")
        raise


def publish(bundle: Path, uri: str | None, say: Progress) -> tuple[str, str]:
    """Log the record of a bundle, and the bundle, as a run; register it and make it the challenger.

    A run that was begun and not finished is gone on with.

    Args:
        bundle: The bundle's folder; its record lies beside it.
        uri: Tracking server or store; None for the default.
        say: Called with each step as it begins.

    Returns:
        The run and the registered version.

    Raises:
        RecordError: The bundle has no record, or one of an older vigie.
        TrackingError: The server cannot be reached or refuses; bundle and record are where they were.
    """
    folder = run_record.record_path(bundle)
    content = run_record.read(folder)
    if "standing" not in content:
        raise RecordError(f"the record in {folder} was written by an older vigie; train its bundle anew")
    kept = (
        f"the bundle is in {bundle}, its record in {folder}; when the server is back: vigie publish {bundle}"
    )
    with _connected(uri, kept + (f" --tracking-uri {uri}" if uri else "")):
        import mlflow

        say("tracking in MLflow")
        mlflow.set_experiment(content["name"])
        with mlflow.start_run(run_id=content["run_id"] and _open_run(content["run_id"])) as run:
            run_record.set_tracking(folder, run.info.run_id, None)
            mlflow.set_tags(_tags(content))
            mlflow.log_params(_flat(content["config"]))
            mlflow.log_metrics(_metrics(content["figures"]))
            mlflow.MlflowClient().log_inputs(run.info.run_id, _datasets(content))
            mlflow.log_artifacts(str(folder))
            for trials in sorted((folder / "tables").glob(f"{TRIALS}*.csv")):
                say(f"tracking {trials.stem.replace('_', ' ')}")
                _log_trials(run, trials)
            registered = _log_bundle(bundle, content)
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


def _tags(content: RecordContent) -> dict[str, str]:
    """Return what a run, and the version that it makes, are found by and told as."""
    standing = content["standing"]
    return {
        "vigie.target": content["target"],
        "vigie.bundle": content["version"],
        "vigie.feature_set": content["feature_set"],
        "vigie.compared_with": standing["champion"] or "none",
        "vigie.gates": f"{len(standing['passed'])} of {len(standing['passed']) + len(standing['failed'])} passed",
        "mlflow.note.content": _description(content),
    }


def _description(content: RecordContent) -> str:
    """Return what a person reads first of a run or a version, in Markdown."""
    standing = content["standing"]
    lines = [
        f"Bundle {content['version']} of the target {content['target']}, learnt from "
        f"{', '.join(str(entry['name']) for entry in content['manifests'])}. Compared with "
        f"{standing['champion'] or 'no champion'}. The artifact report.html holds the evaluation.",
        *(f"- failed: {gate}" for gate in standing["failed"]),
        *(f"- passed: {gate}" for gate in standing["passed"]),
    ]
    return "\n".join(lines)


def _datasets(content: RecordContent) -> list[DatasetInput]:
    """Return the data sets of a training with their digests and roles."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    unlabelled = cast("Mapping[str, object]", content["config"].get("unlabelled", {}))
    inputs = []
    for entry in content["manifests"]:
        name = str(entry["name"])
        tables = json.dumps(entry.get("tables", {}), sort_keys=True)
        evaluated = f"auc.{name}" in content["figures"]
        role = "accounts without a label count as ordinary" if name in unlabelled else "labelled accounts"
        dataset = Dataset(
            name=name,
            # MLflow takes 36 characters.
            digest=hashlib.sha256(tables.encode()).hexdigest()[:32],
            source_type="vigie dataset directory",
            source=json.dumps({"format": entry.get("format"), "licence": entry.get("licence")}),
            profile=tables,
        )
        tags = {
            "mlflow.data.context": "training and evaluation" if evaluated else "training",
            "vigie.role": f"{role}; held out in turn" if evaluated else role,
        }
        inputs.append(DatasetInput(dataset, [InputTag(key, value) for key, value in tags.items()]))
    return inputs


def _metrics(metrics: Mapping[str, MetricEntry]) -> dict[str, float]:
    """Return metrics and the ends of their intervals as MLflow's metrics."""
    flat: dict[str, float] = {}
    for name, figure in metrics.items():
        ends = {name: figure["value"], f"{name}.low": figure["low"], f"{name}.high": figure["high"]}
        flat |= {_metric(key): value for key, value in ends.items() if value is not None}
    return flat


def _metric(name: str) -> str:
    """Return a name that MLflow takes, with a slash after its family, by which MLflow groups charts.

    >>> _metric("gain.forest, all features.auc")
    'gain/forest all features.auc'
    """
    kept = "".join(letter for letter in name if letter.isalnum() or letter in "_-. /")
    return kept.replace(".", "/", 1)


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


def _log_bundle(folder: Path, content: RecordContent) -> str:
    """Log a bundle as a model with signature and example, and return the registered version, now the challenger."""
    import mlflow
    import pandas
    from mlflow import MlflowClient
    from mlflow.models import ModelSignature, infer_signature

    name = content["name"]
    inputs = pandas.DataFrame([{"account": json.dumps(_INPUT_EXAMPLE)}])
    outputs = pandas.DataFrame([{"status": "scored", "probability": 0.5, "answer": "{}"}])
    code = find_spec("vigie.training.registry.mlflow_pyfunc")
    if code is None or code.origin is None:
        raise ModuleNotFoundError("vigie.training.registry.mlflow_pyfunc is not installed; reinstall vigie")
    logged = mlflow.pyfunc.log_model(
        name="model",
        python_model=code.origin,
        artifacts={"bundle": str(folder)},
        signature=ModelSignature(input_schema(content["target"]), infer_signature(inputs, outputs).outputs),
        input_example=inputs,
        pip_requirements=[f"vigie=={VERSION}"],
        registered_model_name=name,
    )
    version = str(logged.registered_model_version)
    client = MlflowClient()
    client.set_registered_model_alias(name, CHALLENGER, version)
    client.update_model_version(name, version, _description(content))
    for key, value in _tags(content).items():
        if key.startswith("vigie."):
            client.set_model_version_tag(name, version, key, value)
    if not client.get_registered_model(name).description:
        client.update_registered_model(
            name,
            f"Model of the target {content['target']}. The alias challenger is the last one trained, champion the one in use "
            "(vigie promote), previous the champion before it (vigie rollback).",
        )
    return version


def input_schema(target: str) -> Schema:
    """Return what a model takes: an account as JSON or, of inauthenticity, its features instead."""
    from mlflow.types import ColSpec, Schema

    if target != "inauthentic":
        return Schema([ColSpec("string", "account")])
    features = [ColSpec("double", name, required=False) for name in MODEL_FEATURES]
    return Schema(
        [ColSpec("string", "account", required=False), ColSpec("long", "posts", required=False), *features]
    )


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
