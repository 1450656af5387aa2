"""A record and its bundle in MLflow: registered, loadable without pickle, continued after a server was away."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import LabelError, RecordError, TrackingError
from vigie.training import config
from vigie.training.evaluation import accounts
from vigie.training.registry import mlflow_tracking
from vigie.training.report import run_record
from vigie.training.result import TrainingResult

TrainedRun = tuple[TrainingResult[accounts.Evaluation], str]


@pytest.mark.filterwarnings("ignore")
def test_a_training_is_tracked_registered_and_loads_from_mlflow_without_pickle(
    inauthentic_run: TrainedRun,
) -> None:
    import mlflow
    import pandas

    made, uri = inauthentic_run
    mlflow.set_tracking_uri(uri)
    run = mlflow.get_run(made.run_id)
    assert run.data.params["seed"] == "7"
    # Here abstentions rank last; in the evaluation only scored accounts are ranked.
    ours = made.evaluation.means.filter(pl.col("model") == accounts.MODEL)["auc"].item()
    assert ours - 0.05 < run.data.metrics["auc/mean"] <= ours + 1e-6
    client = mlflow.MlflowClient()
    names = {
        item.path for folder in ("", "tables", "plots") for item in client.list_artifacts(made.run_id, folder)
    }
    assert {
        "record.json",
        "judged.parquet",
        "report.html",
        "card.md",
        "tables/unseen_sources.csv",
        "tables/which_source_posts.csv",
        "plots/posts_curve.png",
    } <= names
    version = client.get_model_version_by_alias("vigie-inauthentic", "challenger")
    assert version.version == int(made.registered)
    assert "champion" not in client.get_registered_model("vigie-inauthentic").aliases
    assert version.tags["vigie.bundle"] == made.identity["version"]
    assert version.description == run.data.tags["mlflow.note.content"]
    assert "learnt from invented-1, invented-2, invented-3" in version.description
    datasets = {each.dataset.name: each for each in run.inputs.dataset_inputs}
    assert sorted(datasets) == ["invented-1", "invented-2", "invented-3"]
    assert len({each.dataset.digest for each in datasets.values()}) == 3
    roles = {tag.key: tag.value for tag in datasets["invented-1"].tags}
    assert roles["mlflow.data.context"] == "training and evaluation"

    assert os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"
    model = mlflow.pyfunc.load_model("models:/vigie-inauthentic@challenger")
    account = {
        "platform": "x", "account_id": "1", "handle": "anna", "display_name": "Anna", "observed_at": "2024-05-16T12:00:00Z",
        "created_at": "2020-01-01T00:00:00Z", "followers_count": 5, "following_count": 900, "posts_count": 40,
        "likes_given_count": 0, "listed_count": 0, "description": "", "location": "", "url": "", "posts": [],
    }  # fmt: skip
    answer = model.predict(pandas.DataFrame([{"account": json.dumps(account)}]))
    assert answer["status"].tolist() == ["scored"]
    assert 0 < answer["probability"].item() < 1


@pytest.mark.filterwarnings("ignore")
def test_a_server_that_goes_away_loses_nothing_and_the_run_is_gone_on_with(
    inauthentic_run: TrainedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    import mlflow

    kept = tmp_path / "kept"
    shutil.copytree(inauthentic_run[0].folder, kept)
    shutil.copytree(inauthentic_run[0].record, run_record.record_path(kept))
    run_record.set_tracking(run_record.record_path(kept), "", None)
    trials = pl.DataFrame({"study": ["on every source"] * 2, "number": [0, 1], "value": [0.7, 0.8]})
    trials.write_csv(run_record.record_path(kept) / "tables" / "trials_profile.csv")
    with pytest.raises(
        TrackingError, match=f"the bundle is in {kept}.*vigie publish {kept} --tracking-uri http"
    ):
        mlflow_tracking.publish(kept, "http://127.0.0.1:9", lambda step: None)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        mlflow.set_tracking_uri(uri)
        begun = mlflow.MlflowClient().create_run(mlflow.create_experiment("vigie-inauthentic"))
        run_record.set_tracking(run_record.record_path(kept), begun.info.run_id, None)
        run_id, registered = mlflow_tracking.publish(kept, uri, lambda step: None)
    assert run_id == begun.info.run_id
    assert run_record.read(run_record.record_path(kept))["registered"] == registered == "1"
    # Each trial of a search is a child of the run.
    children = mlflow.search_runs(
        search_all_experiments=True, filter_string=f"tags.`mlflow.parentRunId` = '{run_id}'"
    )
    assert sorted(children["metrics.value"]) == [0.7, 0.8]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("fault", "status"), [(LabelError("no label"), "FAILED"), (KeyboardInterrupt(), "KILLED")]
)
def test_a_training_that_fails_leaves_a_run_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException, status: str
) -> None:
    import mlflow

    monkeypatch.chdir(tmp_path)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    with pytest.raises(type(fault)), mlflow_tracking.opened(uri, config.shipped("inauthentic")) as run_id:
        raise fault
    run = mlflow.MlflowClient(uri).get_run(run_id)
    assert run.info.status == status
    assert run.data.tags["vigie.failure"].startswith(type(fault).__name__)


@pytest.mark.filterwarnings("ignore")
def test_a_run_whose_server_went_away_stays_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mlflow

    monkeypatch.chdir(tmp_path)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    with (
        pytest.raises(TrackingError),
        mlflow_tracking.opened(uri, config.shipped("inauthentic")) as run_id,
    ):
        raise TrackingError("away")
    assert mlflow.MlflowClient(uri).get_run(run_id).info.status == "RUNNING"


def test_the_record_of_an_older_vigie_is_not_published(tmp_path: Path) -> None:
    folder = run_record.record_path(tmp_path / "my.vigie")
    folder.mkdir()
    (folder / "record.json").write_text("{}")
    with pytest.raises(RecordError, match="older vigie"):
        mlflow_tracking.publish(tmp_path / "my.vigie", None, lambda step: None)
