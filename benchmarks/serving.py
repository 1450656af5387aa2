"""How long ``POST /v1/score`` takes under a real uvicorn, and where the time goes.

Run: python benchmarks/serving.py [--rounds 60] [--bundle DIR]
"""

import argparse
import http.client
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from vigie.cli.demo import requests
from vigie.serving.metrics import STAGES
from vigie.training.synthetic.accounts import generate

POSTS = 200
ONE, BOTH = ["inauthentic"], ["inauthentic", "coordinated"]
# Accounts, reasons, targets.
CASES = ((1, 5, BOTH), (1, 5, ONE), (100, 5, BOTH), (100, 0, BOTH), (100, 5, ONE), (100, 0, ONE))


def invented(count: int) -> list[dict[str, Any]]:
    """Return that many invented accounts with exactly 200 posts each."""
    world = generate(ordinary=2 * count, inauthentic=2 * count, seed=1, posts_per_account=600)
    accounts = [a for a in requests(world.accounts, world.posts) if len(a["posts"]) >= POSTS][:count]
    if len(accounts) < count:
        sys.exit(f"only {len(accounts)} of {count} invented accounts have {POSTS} posts")
    return [account | {"posts": account["posts"][:POSTS]} for account in accounts]


def stages(connection: http.client.HTTPConnection) -> dict[str, float]:
    """Return the seconds the server has spent per stage so far."""
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    return {
        name: float(re.findall(rf'vigie_stage_seconds_total{{stage="{name}"}} (\S+)', text)[0])
        for name in STAGES
    }


def measure(
    connection: http.client.HTTPConnection, body: bytes, rounds: int
) -> tuple[list[float], dict[str, float]]:
    """Return the seconds of each request, and those of each stage per request."""
    headers = {"Content-Type": "application/json"}
    seconds: list[float] = []
    before: dict[str, float] = {}
    for index in range(rounds + 3):
        if index == 3:  # the first ones warm up
            before = stages(connection)
            seconds.clear()
        start = time.perf_counter()
        connection.request("POST", "/v1/score", body, headers)
        answer = connection.getresponse()
        answer.read()
        seconds.append(time.perf_counter() - start)
        if answer.status != 200:
            sys.exit(f"the service answered {answer.status}")
    after = stages(connection)
    return seconds, {name: (after[name] - before[name]) / rounds for name in STAGES}


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=60, help="requests per case of 100 accounts; of 1: five times"
    )
    parser.add_argument("--bundle", type=Path)
    options = parser.parse_args()
    accounts = invented(max(count for count, _, _ in CASES))
    table = Table(title=f"POST /v1/score, {POSTS} posts per account, milliseconds", title_justify="left")
    for name in (
        "accounts",
        "reasons",
        "targets",
        "MB",
        "p50",
        "p99",
        *(f"{name} (share)" for name in STAGES),
        "rest",
    ):
        table.add_column(name, justify="right")
    command = [sys.executable, "-m", "vigie", "serve", "--port", "0"]
    if options.bundle:
        command += ["--bundle", str(options.bundle)]
    with tempfile.NamedTemporaryFile("w+") as log, subprocess.Popen(command, stderr=log) as server:
        while not (found := re.search(r"http://(\S+):(\d+)", Path(log.name).read_text())):
            if server.poll() is not None:
                sys.exit(Path(log.name).read_text())
            time.sleep(0.05)
        connection = http.client.HTTPConnection(found[1], int(found[2]), timeout=60)
        while True:
            try:
                connection.connect()
                break
            except OSError:
                time.sleep(0.05)
        for count, reasons, targets in CASES:
            body = json.dumps(
                {"accounts": accounts[:count], "top_reasons": reasons, "targets": targets}
            ).encode()
            rounds = options.rounds * (5 if count == 1 else 1)
            seconds, spent = measure(connection, body, rounds)
            mean = float(np.mean(seconds))
            shares = [f"{1000 * value:.1f} ({value / mean:.0%})" for value in spent.values()]
            rest = mean - sum(spent.values())
            p50, p99 = np.percentile(seconds, [50, 99])
            table.add_row(
                str(count), str(reasons), str(len(targets)), f"{len(body) / 1e6:.2f}", f"{1000 * p50:.1f}", f"{1000 * p99:.1f}",
                *shares, f"{1000 * rest:.1f} ({rest / mean:.0%})",
            )  # fmt: skip
        server.terminate()
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
