"""What an engine costs beyond this machine's own, and what a second executor gains: processor time of three commands.

The same dataset is measured, judged and compared by this machine and through a server that is started here, each with one
thread for a function. Processor time is that of the command and, on an engine, of the server with all its processes.

With two workers, each is a process of its own whose time is known. The gain is the time of all over that of all but the less
busy worker: how many times faster two executors are than one where each has a core, and nothing waits. It is told from
processor time, as the time of a clock says nothing on a machine that others use. The columns say where the time goes: to the command
that asks, to the server (of Spark the driver; of Sail everything that is not the command), and to the workers.

Run: python benchmarks/cluster.py [--posts 300_000] [--commands features score network] [--spark-home FOLDER] [--write]
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
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from dated import shown
from invented import write
from rich.table import Table

_TICK = os.sysconf("SC_CLK_TCK")
# Commands, with their options, and the name of what they write.
_COMMANDS = {
    "features": ("features.parquet",),
    "score": ("--target", "inauthentic", "scores.jsonl"),
    "network": ("network",),
}
_CALM = os.environ | {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "PYSPARK_PYTHON": sys.executable}


@dataclass(frozen=True)
class Cost:
    """What a command took.

    Attributes:
        seconds: From start to end.
        asking: Seconds of processor time of the command.
        serving: Those of the server, without its workers.
        working: Those of each worker that is a group of processes of its own.
    """

    seconds: float
    asking: float
    serving: float = 0.0
    working: tuple[float, ...] = ()

    @property
    def cpu(self) -> float:
        """Return the seconds of all together."""
        return self.asking + self.serving + sum(self.working)

    @property
    def gain(self) -> float | None:
        """Return how many times faster two workers are than one; None where there are not two."""
        return self.cpu / (self.cpu - min(self.working)) if self.working else None


@dataclass(frozen=True)
class Server:
    """An engine that was started here.

    Attributes:
        address: Where it listens.
        groups: Its groups of processes: that of the server, and those of its workers.
    """

    address: str
    groups: tuple[int, ...]

    def cpu(self) -> list[float]:
        """Return the seconds of processor time of each group, those of processes that ended included."""
        ticks = dict.fromkeys(self.groups, 0)
        parents, own = {}, {}
        for file in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = file.read_text().rpartition(") ")[2].split()
            except OSError:  # it ended meanwhile
                continue
            process = int(file.parent.name)
            parents[process], own[process] = int(fields[1]), sum(map(int, fields[11:15]))
        for process, used in own.items():
            # The Python of an executor leads a group of its own.
            while process in parents and process not in ticks:
                process = parents[process]
            if process in ticks:
                ticks[process] += used
        return [used / _TICK for used in ticks.values()]


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


@contextmanager
def running(command: list[str], port: int) -> Iterator[int]:
    """Yield the process of a command when it listens; it is killed with its children when the body ends."""
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            command,
            env=_CALM,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd=folder,
        )
        try:
            for _ in range(1_000):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.2)
            yield server.pid
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


@contextmanager
def sail() -> Iterator[Server]:
    """Yield Sail."""
    port = free_port()
    with running([sys.executable, "-m", "pysail", "spark", "server", "--port", str(port)], port) as server:
        yield Server(f"sc://127.0.0.1:{port}", (server,))


@contextmanager
def spark(home: Path) -> Iterator[Server]:
    """Yield Apache Spark: a master, two workers with one executor of one core each, and a Connect server."""
    start = [str(home / "bin" / "spark-class"), "org.apache.spark.deploy"]
    place = ["--host", "127.0.0.1", "--webui-port", "0", "--port"]
    with ExitStack() as stack:
        port = free_port()
        master = f"spark://127.0.0.1:{port}"
        stack.enter_context(running([start[0], f"{start[1]}.master.Master", *place, str(port)], port))
        workers = []
        for _ in range(2):
            at = free_port()
            size = ["--cores", "1", "--memory", "1g", "--work-dir", "work"]
            worker = [start[0], f"{start[1]}.worker.Worker", *place, str(at), *size, master]
            workers.append(stack.enter_context(running(worker, at)))
        port = free_port()
        settings = {
            "spark.connect.grpc.binding.port": port,
            "spark.ui.enabled": "false",
            "spark.executor.cores": 1,
            "spark.executor.memory": "512m",
            "spark.scheduler.minRegisteredResourcesRatio": 1,
            "spark.scheduler.maxRegisteredResourcesWaitingTime": "120s",
            "spark.sql.shuffle.partitions": 8,
        }
        options = [option for name, value in settings.items() for option in ("--conf", f"{name}={value}")]
        main_class = ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
        submit = [
            str(home / "bin" / "spark-submit"),
            *main_class,
            "--master",
            master,
            *options,
            "spark-internal",
        ]
        server = stack.enter_context(running(submit, port))
        yield Server(f"sc://127.0.0.1:{port}", (server, *workers))


def measure(command: list[str], server: Server | None) -> Cost:
    """Return what a command of vigie took."""
    remote = ["--engine", "spark", "--remote", server.address] if server else []
    before = server.cpu() if server else []
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "vigie", *command, *remote], env=_CALM, check=True, capture_output=True
    )
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    if server is None:
        return Cost(seconds, own)
    serving, *working = (now - then for now, then in zip(server.cpu(), before, strict=True))
    return Cost(seconds, own, serving, tuple(working))


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--posts", type=int, default=300_000, help="of the invented dataset (default 300,000)"
    )
    parser.add_argument(
        "--commands", nargs="+", choices=tuple(_COMMANDS), default=list(_COMMANDS), help="default: all"
    )
    parser.add_argument("--spark-home", type=Path, help="Apache Spark to measure beside Sail")
    parser.add_argument("--write", action="store_true", help="put the table into the documentation")
    options = parser.parse_args()
    engines: dict[str, Callable[[], AbstractContextManager[Server | None]]] = {
        "local": nullcontext,
        "Sail": sail,
    }
    if options.spark_home:
        engines["Spark, 2 workers"] = lambda: spark(options.spark_home)
    table = Table(
        title="A cluster beside one machine",
        caption=f"{options.posts:,} posts, start of the command included. CPU seconds of all processes, and of the command, the server "
        "and the two workers.",
        title_justify="left",
    )
    for name in (
        "command",
        "engine",
        "seconds",
        "CPU s",
        "CPU to local",
        "command, server, workers",
        "gain of the second",
    ):
        table.add_column(name, justify="left" if name in ("command", "engine") else "right")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write(folder / "d", options.posts)
        costs: dict[tuple[str, str], Cost] = {}
        for engine, start in engines.items():
            with start() as server:
                for name in options.commands:
                    # On an engine once more, first, to start the workers, which stay.
                    for turn in range(2 if server else 1):
                        out = folder / f"{engine} {turn} {_COMMANDS[name][-1]}"
                        costs[name, engine] = measure(
                            [name, str(folder / "d"), *_COMMANDS[name][:-1], "--out", str(out)], server
                        )
        for (name, engine), cost in sorted(costs.items()):
            spent = [cost.asking, cost.serving, *cost.working] if engine != "local" else []
            table.add_row(
                name, engine, f"{cost.seconds:.1f}", f"{cost.cpu:.1f}", f"{cost.cpu / costs[name, 'local'].cpu:.2f}",
                ", ".join(f"{one:.1f}" for one in spent), "" if cost.gain is None else f"{cost.gain:.2f}",
            )  # fmt: skip
    shown(table, write=options.write)


if __name__ == "__main__":
    main()
