"""What an engine costs beyond this machine's own: processor time of ``vigie features`` and of ``vigie score``.

The same dataset is measured and judged by this machine and through a server that is started here, each with one thread for a
function. Processor time is that of the command and, on an engine, of the server with all its processes.

Run: python benchmarks/cluster.py [--accounts 5000] [--spark-home FOLDER]
"""

import argparse
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.training.synthetic.accounts import generate

_TICK = os.sysconf("SC_CLK_TCK")
_CALM = os.environ | {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "PYSPARK_PYTHON": sys.executable}


@dataclass(frozen=True)
class Cost:
    """What a command took.

    Attributes:
        seconds: From start to end.
        cpu: Seconds of processor time, those of a server included.
    """

    seconds: float
    cpu: float


@dataclass(frozen=True)
class Server:
    """An engine that was started here.

    Attributes:
        address: Where it listens.
        group: Its group of processes.
    """

    address: str
    group: int

    def cpu(self) -> float:
        """Return the seconds of processor time of all its processes, those that ended included."""
        ticks = 0
        for file in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = file.read_text().rpartition(") ")[2].split()
            except OSError:  # it ended meanwhile
                continue
            if int(fields[2]) == self.group:
                ticks += sum(map(int, fields[11:15]))
        return ticks / _TICK


@contextmanager
def started(command: list[str], port: int) -> Iterator[Server]:
    """Yield a server when it listens; it is killed when the body ends."""
    server = subprocess.Popen(
        command, env=_CALM, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield Server(f"sc://127.0.0.1:{port}", server.pid)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def measure(command: list[str], server: Server | None) -> Cost:
    """Return what a command of vigie took."""
    remote = ["--engine", "spark", "--remote", server.address] if server else []
    before = server.cpu() if server else 0.0
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "vigie", *command, *remote], env=_CALM, check=True, capture_output=True
    )
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return Cost(seconds, cpu + (server.cpu() - before if server else 0.0))


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=5000, help="accounts of the invented dataset")
    parser.add_argument("--spark-home", type=Path, help="Apache Spark to measure beside Sail")
    options = parser.parse_args()
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = int(bound.getsockname()[1])
    engines = {
        "local": None,
        "Sail": [sys.executable, "-m", "pysail", "spark", "server", "--port", str(port)],
    }
    if options.spark_home:
        main_class = "org.apache.spark.sql.connect.service.SparkConnectServer"
        settings = ["--conf", f"spark.connect.grpc.binding.port={port}", "--conf", "spark.ui.enabled=false"]
        submit = str(options.spark_home / "bin" / "spark-submit")
        engines["Spark local[2]"] = [
            submit, "--class", main_class, "--master", "local[2]", *settings, "spark-internal"
        ]  # fmt: skip
    table = Table(title="accounts on an engine, start of the command included", title_justify="left")
    for name in ("command", "engine", "posts", "seconds", "CPU s", "CPU to local"):
        table.add_column(name, justify="left" if name in ("command", "engine") else "right")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        half = options.accounts // 2
        world = generate(ordinary=half, inauthentic=options.accounts - half, seed=1)
        read = Log().read(world.accounts, world.posts, world.labels)
        dataset.write(read, folder / "d", name="invented", form="invented", now=datetime.now(UTC))
        commands = {
            "features": ["features", str(folder / "d"), "--out", str(folder / "out.parquet")],
            "score": [
                "score", str(folder / "d"), "--out", str(folder / "out.jsonl"), "--target", "inauthentic"
            ],
        }  # fmt: skip
        costs: dict[tuple[str, str], Cost] = {}
        for engine, server in engines.items():
            for name, command in commands.items():
                if server is None:
                    costs[name, engine] = measure(command, None)
                    continue
                with started(server, port) as running:
                    # Once to start the workers, which stay.
                    measure(command, running)
                    costs[name, engine] = measure(command, running)
        for (name, engine), cost in sorted(costs.items()):
            table.add_row(
                name, engine, f"{world.posts.height:,}", f"{cost.seconds:.1f}", f"{cost.cpu:.1f}",
                f"{cost.cpu / costs[name, 'local'].cpu:.2f}",
            )  # fmt: skip
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
