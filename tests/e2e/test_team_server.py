"""MLflow as a team runs it: a real server over HTTP with a real PostgreSQL behind it, and a served model."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import polars as pl
import pytest
from typer.testing import CliRunner

from vigie.cli import app
from vigie.cli.demo import requests
from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.models.installation import installed
from vigie.serving.json_encoding import shortened
from vigie.training import config, train_model
from vigie.training.registry import mlflow_tracking
from vigie.training.registry.mlflow_tracking import CHALLENGER, CHAMPION
from vigie.training.registry.model_registry import PREVIOUS, Registry
from vigie.training.synthetic.accounts import example, generate

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own
NAME = "vigie-inauthentic"
_PATIENCE_S = 300
_TINY = {
    "size": {"leaves": [2], "trees": [20]},
    "booster": {"min_data_in_leaf": 10, "learning_rate": 0.2},
    "parts": {"profile": {"floor": 0.5}, "posts": {"floor": 0.4}},
    "views": {"truncations": [20], "windows": 1},
    "bootstrap_draws": 50,
    "gates": [
        {"figure": "auc.mean", "at_least": 0.5, "why": "better than chance"},
        {
            "figure": "champion.gain.auc",
            "end": "low",
            "at_least": -0.01,
            "why": "no worse than what is in use",
        },
    ],
}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


def _until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until something answers; fail with its log if it ends or takes too long."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        if ready():
            return
        time.sleep(0.2)
    pytest.fail(f"{process.args!r} did not start: {log.read_text()[-3000:]}")


@contextmanager
def _running(
    command: list[str], folder: Path, **options: Any
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Run a server and all it starts while the block lasts; its log goes to a file."""
    log = folder / "log"
    with (
        log.open("wb") as file,
        subprocess.Popen(  # noqa: S603
            command, stdout=file, stderr=subprocess.STDOUT, cwd=folder, start_new_session=True, **options
        ) as process,
    ):
        try:
            yield process, log
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
            # What it started may outlive it.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def database(postgresql: Any) -> str:
    """Address of an empty database."""
    return str(postgresql.database())


def _answers(address: str) -> Callable[[], bool]:
    """Return a question: does a server answer there?"""

    def ask() -> bool:
        try:
            return httpx2.get(address, timeout=5).status_code == 200
        except httpx2.TransportError:
            return False

    return ask


def _mlflow(folder: Path, *arguments: str) -> Any:
    """Run an ``mlflow`` command as a server with pickles switched off, as a team should."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}
    return _running([sys.executable, "-m", "mlflow", *arguments], folder, env=environment)


@pytest.fixture(scope="module")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an MLflow server on that database; artifacts go through it, as clients share no disk with it."""
    folder, port = tmp_path_factory.mktemp("mlflow"), _free_port()
    store = database.replace("postgresql://", "postgresql+psycopg://")
    options = {
        "backend-store-uri": store,
        "artifacts-destination": str(folder / "artifacts"),
        "host": "127.0.0.1",
    }
    arguments = [
        f"--{name}={value}" for name, value in (options | {"port": str(port), "workers": "1"}).items()
    ]
    with _mlflow(folder, "server", *arguments) as (process, log):
        _until(_answers(f"http://127.0.0.1:{port}/health"), process, log)
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def trained(server: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundle of a tiny model trained on that server; its second version is the same again."""
    root = tmp_path_factory.mktemp("training")
    folders = []
    for seed in (1, 2, 3):
        world = generate(ordinary=60, inauthentic=60, seed=seed, posts_per_account=40)
        labels = world.labels.with_columns(source=pl.lit(f"invented-{seed}"))
        read = Log().read(world.accounts, world.posts, labels)
        folders.append(root / f"invented-{seed}")
        dataset.write(
            read, folders[-1], name=f"invented-{seed}", form="invented", now=datetime(2024, 6, 1, tzinfo=UTC)
        )
    out = root / "my.vigie"
    train_model("inauthentic", folders, out, config=config.parse(_TINY), tracking_uri=server)
    _vigie("promote", "1", "--name", NAME, "--tracking-uri", server, "--force", "--reason", "the first")
    mlflow_tracking.publish(out, server, lambda step: None)
    return out


def _vigie(*arguments: Any) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_team_trains_promotes_serves_and_goes_back_over_http(
    server: str, trained: Path, database: str, tmp_path: Path
) -> None:
    import psycopg

    registry = Registry(server)
    first, second = registry.champion(NAME), registry.holder(NAME, CHALLENGER)
    assert second is not None
    assert (first.number, second.number) == ("1", "2")
    place = tmp_path / "inauthentic"
    said = _vigie("promote", CHALLENGER, "--name", NAME, "--tracking-uri", server, "--install", place)
    assert "FAILED" not in said
    assert registry.champion(NAME) == second
    assert registry.holder(NAME, PREVIOUS) == first
    assert installed(place) == registry.index(second)["version"]
    with psycopg.connect(database) as connection:
        rows = connection.execute("select alias, version from registered_model_aliases").fetchall()
    assert sorted((alias, int(version)) for alias, version in rows) == [(CHAMPION, 2), (PREVIOUS, 1)]

    world = example()
    accounts = requests(world.accounts, world.posts)
    expected = _scored(accounts, place, tmp_path)
    assert sum(probability is not None for probability in expected) > 12
    # The command writes six digits, as the service does; the model answers with all of them.
    assert shortened(_served(server, accounts, tmp_path)) == pytest.approx(expected)

    _vigie("rollback", NAME, "--tracking-uri", server, "--install", place, "--reason", "only to see")
    assert registry.champion(NAME) == first
    assert [event.reason for event in registry.events(second).values()] == ["", "only to see"]


def _scored(accounts: list[dict[str, Any]], bundle: Path, folder: Path) -> list[float | None]:
    """Return what ``vigie score`` says of accounts with a bundle; null where it abstains."""
    asked, answered = folder / "accounts.jsonl", folder / "scores.jsonl"
    asked.write_text("".join(json.dumps(account) + "\n" for account in accounts))
    _vigie("score", asked, "--out", answered, "--bundle", bundle, "--target", "inauthentic")
    lines = [json.loads(line) for line in answered.read_text().splitlines()]
    return [line["inauthentic"].get("probability") for line in lines]


def _served(server: str, accounts: list[dict[str, Any]], folder: Path) -> list[float | None]:
    """Return what the champion says of accounts when MLflow serves it; null where it abstains."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", server)
        arguments = [
            "--model-uri",
            f"models:/{NAME}@{CHAMPION}",
            "--env-manager",
            "local",
            "--host",
            "127.0.0.1",
        ]
        with _mlflow(folder, "models", "serve", *arguments, "--port", str(port)) as (process, log):
            _until(_answers(f"{address}/ping"), process, log)
            records = [{"account": json.dumps(account)} for account in accounts]
            answer = httpx2.post(f"{address}/invocations", json={"dataframe_records": records}, timeout=60)
    assert answer.status_code == 200, answer.text
    return [prediction["probability"] for prediction in answer.json()["predictions"]]


def test_the_logged_model_loads_with_pickles_switched_off(server: str, trained: Path) -> None:
    import mlflow
    import pandas

    assert os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"
    mlflow.set_tracking_uri(server)
    model = mlflow.pyfunc.load_model(f"models:/{NAME}/1")
    world = example()
    account = requests(world.accounts.head(1), world.posts)[0]
    answer = model.predict(pandas.DataFrame([{"account": json.dumps(account)}]))
    assert answer["status"].item() in {"scored", "abstained"}
