"""A champion served under load while challengers are refused, promoted and rolled back: how many requests are lost.

Three models are trained on invented worlds: a champion, one taught on mislabelled accounts, one taught on more. A real
server follows the link that ``vigie promote --install`` moves; clients ask without a pause; every command is the one a
person would type.

Run: python benchmarks/promotion.py [--clients 4]
"""

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.training.synthetic.accounts import World, generate

BODY = json.dumps(EXAMPLE)
TOML = """
[size]
leaves = [4]
trees = [40]
[booster]
min_data_in_leaf = 10
learning_rate = 0.1
[parts.profile]
floor = 0.5
[parts.posts]
floor = 0.4
[views]
truncations = [20, 40]
windows = 2
"""
GATES = """
[[gates]]
figure = "champion.gain.auc"
end = "low"
at_least = -0.02
why = "no worse than what is in use"
"""


class Clients:
    """Ask for scores without a pause, and note which version answered when."""

    def __init__(self, address: str, number: int) -> None:
        self.answers: list[tuple[float, str]] = []
        self.lost: list[str] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(address,)) for _ in range(number)]
        for thread in self._threads:
            thread.start()

    def _ask(self, address: str) -> None:
        connection = http.client.HTTPConnection(address, timeout=60)
        while not self._over.is_set():
            try:
                connection.request("POST", "/v1/score", BODY, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                said = json.loads(answer.read())
                if answer.status == 200:
                    self.answers.append((time.monotonic(), said["model"]["version"]))
                else:
                    self.lost.append(str(said))
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.lost.append(repr(error))

    def stop(self) -> None:
        """Let the last answers come."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def first(self, version: str, after: float) -> float:
        """Return the seconds from a moment to the first answer of a version, waiting for it."""
        while True:
            came = [at for at, name in self.answers if name == version and at > after]
            if came:
                return came[0] - after
            time.sleep(0.05)


def write(world: World, folder: Path, name: str) -> Path:
    """Write a world as a dataset directory."""
    labels = world.labels.with_columns(source=pl.lit(name))
    read = Log().read(world.accounts, world.posts, labels)
    dataset.write(read, folder / name, name=name, form="generic", now=datetime(2024, 6, 1, tzinfo=UTC))
    return folder / name


def mislabelled(world: World, share: float) -> World:
    """Return a world some of whose labels are the contrary of what they should be."""
    wrong = pl.Series(np.random.default_rng(1).random(world.labels.height) < share)
    return World(world.accounts, world.posts, world.labels.with_columns(value=pl.col("value") ^ wrong))


def vigie(folder: Path, *arguments: object, code: int = 0) -> tuple[str, float]:
    """Run a command in a folder; return what it printed and the seconds it took."""
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "vigie", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != code:
        sys.exit(
            f"vigie {' '.join(map(str, arguments))} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return done.stdout + done.stderr, time.monotonic() - start


def trained(root: Path, name: str, folders: list[Path]) -> tuple[str, str]:
    """Return the registered version and the bundle's version of a new training."""
    data = [part for folder in folders for part in ("--data", folder)]
    vigie(root, "train", "inauthentic", "--config", root / "my.toml", *data, "--out", root / name)
    record = json.loads((root / f"{name}.run" / "record.json").read_text())
    return record["registered"], record["version"]


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=4)
    clients_wanted = parser.parse_args().clients
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{root}/mlflow.db"
        (root / "my.toml").write_text(TOML)
        (root / "gates.toml").write_text(GATES)
        worlds = [
            generate(ordinary=150, inauthentic=150, seed=seed, posts_per_account=60) for seed in (1, 2, 3)
        ]
        sets = [write(world, root / "data", f"invented-{number}") for number, world in enumerate(worlds)]
        bad = [
            write(mislabelled(world, 0.4), root / "bad", f"invented-{number}")
            for number, world in enumerate(worlds)
        ]
        _, champion = trained(root, "champion", sets)
        place = root / "served"
        vigie(root, "pull", "vigie-inauthentic", "--install", place)
        log = root / "log"
        serve = ["serve", "--port", "0", "--bundle", str(place), "--reload-seconds", "1"]
        with log.open("w") as file:
            server = subprocess.Popen([sys.executable, "-m", "vigie", *serve], stderr=file)
        while not (found := re.search(r"http://(\S+:\d+)", log.read_text())):
            time.sleep(0.1)
        address = found.group(1)
        worse, _ = trained(root, "worse", bad)
        more = write(
            generate(ordinary=150, inauthentic=150, seed=9, posts_per_account=60), root / "data", "invented-9"
        )
        better, promoted = trained(root, "better", [*sets, more])
        clients = Clients(address, clients_wanted)
        time.sleep(3)
        gates = ("--gates", root / "gates.toml", "--install", place, "--name", "vigie-inauthentic")
        said, refused_s = vigie(root, "promote", worse, *gates, code=1)
        moved = time.monotonic()
        _, accepted_s = vigie(root, "promote", better, *gates)
        to_new = clients.first(promoted, moved)
        time.sleep(3)
        moved = time.monotonic()
        _, back_s = vigie(root, "rollback", "vigie-inauthentic", "--install", place, "--reason", "benchmark")
        to_old = clients.first(champion, moved)
        time.sleep(3)
        clients.stop()
        server.terminate()
        server.wait()
    failed = next((line.strip() for line in said.splitlines() if "champion.gain.auc" in line), "")
    table = Table("what", "seconds", title="A champion served under load")
    table.add_row("vigie promote, refused", f"{refused_s:.1f}")
    table.add_row("vigie promote, accepted", f"{accepted_s:.1f}")
    table.add_row("from that command's start to the first answer of the new champion", f"{to_new:.1f}")
    table.add_row("vigie rollback", f"{back_s:.1f}")
    table.add_row("from that command's start to the first answer of the old champion", f"{to_old:.1f}")
    console = Console(width=140)
    console.print(table)
    console.print(f"refused: {failed}", markup=False)
    console.print(
        f"{len(clients.answers):,} requests answered by {clients_wanted} clients, by "
        f"{len({name for _, name in clients.answers})} versions; lost: {len(clients.lost)}"
    )


if __name__ == "__main__":
    main()
