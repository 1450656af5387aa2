"""A cluster of Apache Spark, one master and two workers, gives the files of one machine, byte for byte; real processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.conftest import free_port, listening, spark_connect, spark_program
from typer.testing import CliRunner

from vigie.cli import app
from vigie.features.cluster import by_account, by_object
from vigie.features.cluster.session import connected
from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.training.synthetic.accounts import generate

if TYPE_CHECKING:
    import pyarrow as pa

WORKERS = 2


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Address of the Connect server of a standalone cluster, each worker with one executor of one core."""
    if find_spec("pyspark") is None:
        pytest.skip("pyspark-client is not installed: no cluster is asked (pip install 'vigie[cluster]')")
    start = [spark_program("spark-class"), "org.apache.spark.deploy"]
    place = ["--host", "127.0.0.1", "--webui-port", "0", "--port"]
    with ExitStack() as running:
        port = free_port()
        master = f"spark://127.0.0.1:{port}"
        running.enter_context(listening([start[0], f"{start[1]}.master.Master", *place, str(port)], port))
        for _ in range(WORKERS):
            at = free_port()
            size = ["--cores", "1", "--memory", "1g", "--work-dir", "work"]
            worker = [start[0], f"{start[1]}.worker.Worker", *place, str(at), *size, master]
            running.enter_context(listening(worker, at))
        port = free_port()
        settings = {
            "spark.executor.memory": "512m",
            "spark.executor.cores": 1,
            "spark.scheduler.minRegisteredResourcesRatio": 1,
            "spark.scheduler.maxRegisteredResourcesWaitingTime": "120s",
        }
        running.enter_context(listening(spark_connect(port, master, **settings), port))
        yield f"sc://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = generate(ordinary=40, inauthentic=40, seed=4, posts_per_account=40)
    place = tmp_path_factory.mktemp("stored") / "d"
    now = datetime(2026, 1, 1, tzinfo=UTC)
    dataset.write(
        Log().read(world.accounts, world.posts, world.labels), place, name="d", form="invented", now=now
    )
    return place


def run(*arguments: object) -> None:
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert done.exit_code == 0, done.output


def test_two_workers_give_the_files_of_one_machine(
    cluster: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_account, "POSTS", 500)
    monkeypatch.setattr(by_object, "WORK", 100)
    here, there = tmp_path / "here", tmp_path / "there"
    for place, engine in ((here, []), (there, ["--engine", "spark", "--remote", cluster])):
        place.mkdir()
        run("features", folder, "--out", place / "features.csv", *engine)
        run("score", folder, "--out", place / "scores.jsonl", *engine)
        run("network", folder, "--out", place / "network", *engine)
    network = ("groups", "campaigns", "ungrouped")
    for name in ("features.csv", "scores.jsonl", *(f"network/{name}.json" for name in network)):
        assert (here / name).read_bytes() == (there / name).read_bytes(), name
    found, expected = (pl.read_parquet(place / "network" / "pairs.parquet") for place in (there, here))
    assert found.equals(expected)
    assert expected.height > 0


def test_both_workers_work(cluster: str) -> None:
    def executors(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        for batch in batches:
            # The process that starts the Python of every task of an executor.
            yield pa.RecordBatch.from_pydict({"executor": [os.getppid()] * batch.num_rows})

    with connected(cluster) as session:
        done = session.range(0, 40, 1, 8).mapInArrow(executors, "executor bigint").toArrow()
    assert len(set(done["executor"].to_pylist())) == WORKERS
