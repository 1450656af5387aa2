"""The service over HTTP beside a bare FastAPI and ``mlflow models serve``: CPU and time of a request, all in turns.

Two kinds of requests. *Accounts*, each with 200 posts: the service; the same engine behind a bare FastAPI, which checks no rights, keeps
no counts and gives no reasons; and the bundle served by MLflow, which gives five reasons. *Features* that were computed before: a bare
FastAPI that calls ``Booster.predict``, and MLflow again. The service takes accounts alone, so a ratio is to the bare FastAPI of its kind.

One process and one client each. CPU seconds are those of the server and all its children over all rounds.

Run: python benchmarks/serving_peers.py [--rounds 3] [--seconds 2] [--write]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from dated import shown
from load import spent
from rich.table import Table
from serving import ONE, POSTS, invented, serving  # noqa: TID251  # the benchmark beside this one

COUNTS = (1, 100)
_PATIENCE_S = 120
# MLflow calls uvicorn by its name.
_FOUND = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


@dataclass
class Load:
    """A request, and what it took of a server.

    Attributes:
        server: Name of the server.
        kind: ``accounts`` or ``features``.
        count: How many accounts it is about.
        port: Where the server listens.
        process: Its process.
        path: Where the request goes.
        body: The request.
        seconds: What each answer took.
        cpu: Seconds of processor time of all of them.
    """

    server: str
    kind: str
    count: int
    port: int
    process: int
    path: str
    body: bytes
    seconds: list[float] = field(default_factory=list)
    cpu: float = 0.0

    def ask(self, seconds: float, *, counted: bool) -> None:
        """Ask again and again for so long."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_S)
        end, before = time.perf_counter() + seconds, spent(self.process)
        took: list[float] = []
        while not took or time.perf_counter() < end:
            begin = time.perf_counter()
            connection.request("POST", self.path, self.body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = answer.read()
            took.append(time.perf_counter() - begin)
            if answer.status != 200:
                sys.exit(f"{self.server} answered {answer.status}: {said[:500]!r}")
        connection.close()
        if counted:
            self.seconds += took
            self.cpu += spent(self.process) - before


def application() -> Any:
    """Return the bare application: what somebody writes who has the engine and FastAPI, and nothing else."""
    from fastapi import Body, FastAPI

    from vigie.features.ingest.parsing import from_requests
    from vigie.models import bundle
    from vigie.models.engine import Models, ScoringEngine

    model = bundle.load()
    engine = ScoringEngine(Models.of(model))
    app = FastAPI()

    @app.post("/accounts")
    def of_accounts(accounts: list[dict[str, Any]] = Body(embed=True)) -> list[float | None]:  # noqa: B008
        batch = from_requests(accounts, datetime.now(UTC))
        scores = engine.score(batch.accounts, batch.posts, ONE)
        told = (getattr(verdict, "probability", None) for verdict in scores.verdicts(top=0, language="en"))
        return [None if one is None else float(one) for one in told]

    @app.post("/features")
    def of_features(rows: dict[str, list[list[float | None]]]) -> list[float]:
        parts = (
            part.booster.predict(np.array(rows[name], dtype=float), raw_score=True, num_threads=1)
            for name, part in model.parts.items()
        )
        return [float(one) for one in sum(parts)]

    return app


def requests(count: int, accounts: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[str, bytes]]:
    """Return the path and the body of each server's request about some accounts, by server and kind."""
    from vigie.features.ingest.parsing import from_requests
    from vigie.features.pipeline import MODEL_FEATURES, compute
    from vigie.models import bundle

    some = accounts[:count]
    batch = from_requests(some, datetime.now(UTC))
    matrix = compute(batch.accounts, batch.posts)
    model = bundle.load()
    values = {
        name: [
            [None if np.isnan(one) else one for one in row] for row in matrix.values(part.features).tolist()
        ]
        for name, part in model.parts.items()
    }
    table = matrix.table.join(matrix.coverage.select("row", posts="used"), on="row")
    split = table.select("posts", *MODEL_FEATURES).fill_nan(None)

    def frame(columns: list[str], rows: list[Any]) -> bytes:
        return json.dumps({"dataframe_split": {"columns": columns, "data": rows}}).encode()

    own = {"accounts": some, "targets": ONE, "top_reasons": 0}
    return {
        ("bare FastAPI", "accounts"): ("/accounts", json.dumps({"accounts": some}).encode()),
        ("vigie serve", "accounts"): ("/v1/score", json.dumps(own).encode()),
        ("vigie serve, five reasons", "accounts"): ("/v1/score", json.dumps(own | {"top_reasons": 5}).encode()),
        ("mlflow models serve", "accounts"): (
            "/invocations", frame(["account"], [[json.dumps(account)] for account in some]),
        ),
        ("bare FastAPI", "features"): ("/features", json.dumps(values).encode()),
        ("mlflow models serve", "features"): (
            "/invocations", frame(split.columns, [list(row) for row in split.iter_rows()]),
        ),
    }  # fmt: skip


@contextmanager
def listening(command: Callable[[int], list[str]], path: str) -> Iterator[tuple[int, int]]:
    """Start a server on a port of its own, and yield port and process once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = int(bound.getsockname()[1])
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(command(port), stdout=log, stderr=log, env=_FOUND, start_new_session=True) as server,
    ):
        try:
            end = time.monotonic() + _PATIENCE_S
            while not _answers(port, path):
                if server.poll() is not None or time.monotonic() > end:
                    log.seek(0)
                    sys.exit(log.read()[-2_000:])
                time.sleep(0.2)
            yield port, server.pid
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)


def _answers(port: int, path: str) -> bool:
    """Return whether a server answers there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def saved(folder: Path) -> Path:
    """Return the shipped bundle as a model of MLflow, in a folder."""
    import mlflow
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    from vigie.models.bundle import default_folder
    from vigie.training.registry import mlflow_pyfunc, mlflow_tracking

    place = folder / "model"
    outputs = Schema(
        [ColSpec("string", "status"), ColSpec("double", "probability"), ColSpec("string", "answer")]
    )
    mlflow.pyfunc.save_model(
        place,
        python_model=mlflow_pyfunc.__file__,
        artifacts={"bundle": str(default_folder("inauthentic"))},
        signature=ModelSignature(mlflow_tracking.input_schema("inauthentic"), outputs),
        pip_requirements=[],
    )
    return place


def table_of(loads: list[Load]) -> Table:
    """Return the table of what was measured."""
    table = Table(
        title="HTTP beside a bare FastAPI and MLflow",
        caption=f"Accounts have {POSTS} posts each. One process, one client; servers take turns. Ratios are to the bare FastAPI of "
        "the same request.",
        title_justify="left",
    )
    for name in ("request", "server", "CPU ms", "CPU ratio", "p50 ms", "p99 ms", "p50 ratio", "requests"):
        table.add_column(name, justify="left" if name in ("request", "server") else "right")
    bare = {(one.kind, one.count): one for one in loads if one.server == "bare FastAPI"}
    for one in sorted(loads, key=lambda load: (load.kind, load.count)):
        floor = bare[one.kind, one.count]
        cpu, least = one.cpu / len(one.seconds), floor.cpu / len(floor.seconds)
        p50, p99 = np.percentile(one.seconds, [50, 99])
        table.add_row(
            f"{one.count} × {'200 posts' if one.kind == 'accounts' else 'features'}", one.server, f"{1_000 * cpu:.2f}",
            f"{cpu / least:.1f}", f"{1_000 * p50:.1f}", f"{1_000 * p99:.1f}",
            f"{p50 / np.percentile(floor.seconds, 50):.1f}", f"{len(one.seconds):,}",
        )  # fmt: skip
    return table


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="turns of each request (default 3)")
    parser.add_argument("--seconds", type=float, default=2, help="of each request in a turn (default 2)")
    parser.add_argument("--write", action="store_true", help="put the table into the documentation")
    parser.add_argument("--bare", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        import uvicorn

        uvicorn.run(application(), port=options.bare, log_level="warning")
        return
    accounts = invented(max(COUNTS))
    loads: list[Load] = []
    with ExitStack() as stack:
        model = saved(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        connection, process = stack.enter_context(serving(None))
        own = (int(connection.port), process)
        bare = stack.enter_context(
            listening(lambda port: [sys.executable, __file__, "--bare", str(port)], "/docs")
        )
        mlflow = stack.enter_context(
            listening(
                lambda port: [
                    sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", str(model), "--env-manager", "local",
                    "--port", str(port), "--workers", "1",
                ],
                "/ping",
            )
        )  # fmt: skip
        places = {"bare FastAPI": bare, "mlflow models serve": mlflow}
        for count in COUNTS:
            for (server, kind), (path, body) in requests(count, accounts).items():
                loads.append(Load(server, kind, count, *places.get(server, own), path, body))
        # First once each, uncounted, to warm up.
        for turn in range(options.rounds + 1):
            for each in loads:
                each.ask(options.seconds if turn else 0.5, counted=turn > 0)
    shown(table_of(loads), write=options.write)


if __name__ == "__main__":
    main()
