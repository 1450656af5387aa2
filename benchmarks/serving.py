"""How long ``POST /v1/score`` takes under a real uvicorn, where the time goes, and what large requests cost.

Two tables: latency by stage, and the processor time and peak memory of whole requests, each asked of a server of its own,
with their ratio to another. The ordinary request is 500 accounts of 200 posts; beside it stand texts of few words, of which
nearly all are a little alike (near-duplicates are verified pair by pair), and a flood of 1,640 accounts beside 3,000 people,
sent to the service in one request and read by ``vigie network`` as a file. Processor time and memory are read from Linux.

Run: python benchmarks/serving.py [--rounds 60] [--bundle DIR] [--parts latency cost]
"""

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from scoring import Cost
from scoring import measure as run

from vigie.cli.demo import requests
from vigie.serving.metrics import STAGES
from vigie.training.synthetic.accounts import generate
from vigie.training.synthetic.corpus import corpus
from vigie.training.synthetic.floods import flooded

POSTS = 200
# Words that texts are drawn from, and words of a text, where nearly all texts are a little alike.
FEW_WORDS, TEXT_WORDS = 10, 40
ORDINARY, FILE = "500 × 200 posts", "flood, vigie network"
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


@contextmanager
def serving(bundle: Path | None, *options: str) -> Iterator[tuple[http.client.HTTPConnection, int]]:
    """Start a server with options, and yield a connection to it and its process id once it is ready."""
    command = [sys.executable, "-m", "vigie", "serve", "--port", "0", *options]
    if bundle:
        command += ["--bundle", str(bundle)]
    with tempfile.NamedTemporaryFile("w+") as log, subprocess.Popen(command, stderr=log) as server:
        while not (found := re.search(r"http://(\S+):(\d+)", Path(log.name).read_text())):
            if server.poll() is not None:
                sys.exit(Path(log.name).read_text())
            time.sleep(0.05)
        connection = http.client.HTTPConnection(found[1], int(found[2]), timeout=900)
        while True:
            try:
                connection.request("GET", "/readyz")
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    break
            except OSError:
                connection.close()
            time.sleep(0.05)
        try:
            yield connection, server.pid
        finally:
            server.terminate()


def latency(rounds: int, bundle: Path | None) -> Table:
    """Return the table of latencies by stage."""
    accounts = invented(max(count for count, _, _ in CASES))
    table = Table(title=f"POST /v1/score, {POSTS} posts per account, milliseconds", title_justify="left")
    stages_shown = (f"{name} (share)" for name in STAGES)
    for name in ("accounts", "reasons", "targets", "MB", "p50", "p99", *stages_shown, "rest"):
        table.add_column(name, justify="right")
    with serving(bundle) as (connection, _):
        for count, reasons, targets in CASES:
            body = json.dumps(
                {"accounts": accounts[:count], "top_reasons": reasons, "targets": targets}
            ).encode()
            seconds, spent = measure(connection, body, rounds * (5 if count == 1 else 1))
            mean = float(np.mean(seconds))
            shares = [f"{1000 * value:.1f} ({value / mean:.0%})" for value in spent.values()]
            rest = mean - sum(spent.values())
            p50, p99 = np.percentile(seconds, [50, 99])
            table.add_row(
                str(count), str(reasons), str(len(targets)), f"{len(body) / 1e6:.2f}", f"{1000 * p50:.1f}", f"{1000 * p99:.1f}",
                *shares, f"{1000 * rest:.1f} ({rest / mean:.0%})",
            )  # fmt: skip
    return table


def few_words(accounts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return accounts whose texts are drawn from :data:`FEW_WORDS` words."""
    draw = np.random.default_rng(1)
    letters = list("abcdefghijklmnopqrstuvwxyz")
    words = ["".join(draw.choice(letters, size=draw.integers(2, 8))) for _ in range(FEW_WORDS)]
    return [
        account
        | {
            "posts": [
                post | {"text": " ".join(words[place] for place in draw.integers(0, FEW_WORDS, TEXT_WORDS))}
                for post in account["posts"]
            ]
        }
        for account in accounts
    ]


def flood() -> list[dict[str, Any]]:
    """Return a flood of 1,640 accounts beside 3,000 people, fans, a union's kit and a newsroom."""
    people = corpus(organic=3_000, benign=("fans", "union_kit", "newsroom"), days=3, seed=1)
    made = flooded(people, "waves", accounts=1_640, seed=1)
    return requests(made.accounts, made.posts)


def lines(accounts: list[dict[str, Any]]) -> bytes:
    """Return accounts as a body of lines."""
    return "".join(json.dumps(account) + "\n" for account in accounts).encode()


def asked(path: str, accounts: list[dict[str, Any]], bundle: Path | None) -> Cost:
    """Return what one request of both targets costs a server that has warmed up, and the most memory it ever held."""
    body, headers = lines(accounts), {"Content-Type": "application/x-ndjson"}
    with serving(bundle) as (connection, process):
        before, start = processor(process), time.perf_counter()
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"the service answered {answer.status}")
        peak = int(re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())[0]) * 1024
        return Cost(time.perf_counter() - start, processor(process) - before, peak)


def processor(process: int) -> float:
    """Return the seconds of processor time that a process has taken."""
    ticks = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def cost(bundle: Path | None) -> Table:
    """Return the table of what whole requests cost, and of their ratios."""
    table = Table(title="Whole requests, both targets", title_justify="left")
    for name in ("request", "accounts", "MB", "CPU s", "peak MB", "CPU ratio", "of"):
        table.add_column(name, justify="right" if name not in ("request", "of") else "left")
    ordinary = invented(500)
    spread = flood()
    few = few_words(ordinary)
    cases: list[tuple[str, str, list[dict[str, Any]]]] = [
        ("1 × 200 posts", "/v1/score", ordinary[:1]),
        ("100 × 200 posts", "/v1/score", ordinary[:100]),
        (ORDINARY, "/v1/score", ordinary),
        ("500 × 200, few words", "/v1/score", few),
        ("flood, /v1/network", "/v1/network", spread),
        ("flood, /v1/score", "/v1/score", spread),
    ]
    found = {name: asked(path, accounts, bundle) for name, path, accounts in cases}
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "flood.jsonl"
        file.write_bytes(lines(spread))
        found[FILE] = run("network", str(file), "--out", str(Path(scratch) / "network"))
    sizes = {name: accounts for name, _, accounts in cases} | {FILE: spread}
    for name, one in found.items():
        other = FILE if name.startswith("flood") else ORDINARY
        table.add_row(
            name, f"{len(sizes[name]):,}", f"{len(lines(sizes[name])) / 1e6:.1f}", f"{one.cpu:.1f}",
            f"{one.peak / 1e6:,.0f}", f"{one.cpu / found[other].cpu:.2f}", other,
        )  # fmt: skip
    return table


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rounds", type=int, default=60, help="requests per case of 100 accounts; of 1: five times"
    )
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--parts", nargs="+", choices=("latency", "cost"), default=["latency", "cost"])
    options = parser.parse_args()
    console = Console(width=140)
    if "latency" in options.parts:
        console.print(latency(options.rounds, options.bundle))
    if "cost" in options.parts:
        console.print(cost(options.bundle))


if __name__ == "__main__":
    main()
