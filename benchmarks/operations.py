"""What operations cost as they grow, what an hour of collection costs, and what is left where the service is killed.

``growth``: the processor time of a batch of 1,000 posts, new and sent again, and of 100 accounts with ten posts each, in operations
of 10,000 to 1,000,000 posts; how long a dossier takes; what lies on the disk. ``judging``: the processor time of the first judgement,
and of a batch of 1,000 posts with the judgement after it, in operations that grow by accounts (50 posts of each, on the same 18 days)
and in operations that grow by days (1,000 accounts, 2,000 posts a day). ``hour``: 1,000 accounts with 100 posts each, sent to a
served operation in requests of ten accounts, and judged; any answer but 200 ends it. ``kills``: the service is killed (SIGKILL) at
random moments while two collectors send, and started again; every post that was acknowledged must be there once, and nothing
half-written.

Run: python benchmarks/operations.py [--parts growth judging hour kills] [--sizes 10000 100000 1000000] [--kills 50] [--store ADDRESS]
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from vigie.features.coordination.comparison import Limits
from vigie.features.ingest.parsing import from_posts
from vigie.models.engine import Models, ScoringEngine
from vigie.serving.operations import corpus, tables
from vigie.serving.operations.catalogue import Catalogue, Opening, Theme
from vigie.serving.operations.judgement import judge
from vigie.serving.operations.observation import observe_accounts, observe_posts, read_accounts
from vigie.serving.operations.questions import dossier
from vigie.serving.operations.store import Store

START, NOW = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 5, 20, tzinfo=UTC)
BATCH, LARGE, TURNS = 1_000, 20_000, 9
# Posts of an account in a corpus of the growth, and words that texts are drawn from.
OF_ACCOUNT = 50
WORDS = np.array(
    [f"{first}{last}" for first in "bcdfglmnprst" for last in ("ado", "eri", "ilo", "one", "ula", "ame")]
)
OPENING = Opening("Invented", Theme(), "none: nobody exists", NOW + timedelta(days=9_000), None)
# Accounts and posts a day of an operation that grows by days, and batches after which it is judged.
WATCHED, OF_DAY, JUDGEMENTS = 1_000, 2_000, 3
# Seconds to wait for a service: on a busy machine it takes minutes to start.
PATIENCE_S = 600


def posts(first: int, count: int, authors: int, seed: int) -> list[dict[str, Any]]:
    """Return invented posts, numbered from one on, of so many authors."""
    draw = np.random.default_rng((seed, first))
    author, second = draw.integers(0, authors, count), draw.integers(0, 18 * 86_400, count)
    texts = WORDS[draw.integers(0, len(WORDS), (count, 12))]
    return [
        {
            "platform": "x",
            "account_id": str(10_001 + author[place]),
            "post_id": str(10_000_001 + first + place),
            "created_at": (START + timedelta(seconds=int(second[place]))).isoformat(),
            "text": " ".join(texts[place]),
            "hashtags": [str(texts[place][0])],
            "like_count": int(second[place]) % 40,
        }
        for place in range(count)
    ]


def accounts(number: int, of_each: int, first: int) -> list[dict[str, Any]]:
    """Return invented accounts, numbered from one on, with so many posts each."""
    made = []
    for place in range(first, first + number):
        own = posts(place * of_each, of_each, 1, 3)
        for post in own:
            del post["platform"], post["account_id"]
        made.append(
            {
                "platform": "x",
                "account_id": str(900_001 + place),
                "observed_at": NOW.isoformat(),
                "handle": f"voice_{place}",
                "created_at": "2020-01-01T00:00:00Z",
                "followers_count": place,
                "posts": own,
            }
        )
    return made


def spent(work: Callable[..., object], *what: object) -> tuple[float, float]:
    """Return the seconds of the processor and of the clock that some work takes."""
    cpu, wall = time.process_time(), time.perf_counter()
    work(*what)
    return time.process_time() - cpu, time.perf_counter() - wall


def growth(address: str, sizes: list[int]) -> Table:
    """Return the table of costs by size."""
    table = Table(title=f"Operations as they grow (medians of {TURNS})", title_justify="left")
    names = (
        "new",
        "ratio",
        "again",
        "ratio",
        "accounts",
        "ratio",
        "dossier ms",
        "disk MB",
    )
    for name in (
        "posts",
        *(f"{name} CPU ms" if name in ("new", "again", "accounts") else name for name in names),
    ):
        table.add_column(name, justify="right")
    catalogue = Catalogue(Store(address), lambda: NOW)
    first: list[float] = []
    for size in sizes:
        name, authors = catalogue.create(OPENING, "").id, size // OF_ACCOUNT

        def observe_them(sent: list[dict[str, Any]], name: str = name) -> None:
            with catalogue.observing(name) as connection:
                observe_posts(connection, from_posts(sent, NOW), NOW)

        def observe_owners(sent: list[dict[str, Any]], name: str = name) -> None:
            with catalogue.observing(name) as connection:
                observe_accounts(connection, read_accounts(sent, NOW), NOW)

        def ask(name: str = name) -> None:
            with catalogue.database(name).reading() as connection:
                dossier(connection, "x", "10007", "en")

        for start in range(0, size, LARGE):
            observe_them(posts(start, min(LARGE, size - start), authors, 1))
        fresh = [posts(size + turn * BATCH, BATCH, authors, 2) for turn in range(TURNS)]
        owned = [accounts(BATCH // 10, 10, size + turn * BATCH // 10) for turn in range(TURNS)]
        costs = [
            float(np.median([spent(how, some)[0] for some in sent]))
            for how, sent in ((observe_them, fresh), (observe_them, fresh), (observe_owners, owned))
        ]
        first = first or costs
        told = float(np.median([spent(ask)[1] for _ in range(TURNS)]))
        disk = sum(file.stat().st_size for file in Path(address).rglob(f"{name}/*")) / 1e6
        ratios = [
            text
            for cost, base in zip(costs, first, strict=True)
            for text in (f"{1000 * cost:.0f}", f"{cost / base:.2f}")
        ]
        table.add_row(f"{size:,}", *ratios, f"{1000 * told:.0f}", f"{disk:.0f}" if disk else "")
    return table


def by_days(first: int, count: int) -> list[dict[str, Any]]:
    """Return the next posts of an operation that goes on, numbered from one on, the last of them the latest."""
    made = posts(first, count, WATCHED, 4)
    for place, post in enumerate(made, first):
        post["created_at"] = (START + timedelta(days=place / OF_DAY)).isoformat()
    return made


def judged(
    address: str, size: int, now: datetime, made: Callable[[int, int], list[dict[str, Any]]]
) -> tuple[float, float]:
    """Return what judging an operation of some size costs: at first, and with a batch that comes in after."""
    catalogue, engine = Catalogue(Store(address), lambda: now), ScoringEngine(Models.load(None, None))
    opening = replace(OPENING, expires_at=now + timedelta(days=9))
    database = catalogue.database(catalogue.create(opening, "").id)

    def observe(sent: list[dict[str, Any]]) -> None:
        with database.writing() as connection:
            observe_posts(connection, from_posts(sent, now), now)

    def judge_it() -> None:
        judge(database, engine, Limits(), now)

    for start in range(0, size, LARGE):
        observe(made(start, min(LARGE, size - start)))
    whole, _ = spent(judge_it)
    after = []
    for turn in range(JUDGEMENTS):
        batch = made(size + turn * BATCH, BATCH)
        after.append(spent(observe, batch)[0] + spent(judge_it)[0])
    return whole, float(np.median(after))


def judging(address: str, sizes: list[int]) -> Table:
    """Return the table of what judging costs by size."""
    table = Table(
        title=f"Judging, CPU s (medians of {JUDGEMENTS} batches of {BATCH:,} posts)", title_justify="left"
    )
    for column in ("grows by", "posts", "at first", "a batch and a judgement", "ratio"):
        table.add_column(column, justify="right")
    now = START + timedelta(days=2 * max(sizes) / OF_DAY)
    for way in ("accounts", "days"):
        base = 0.0
        for size in sizes:

            def made(first: int, count: int, way: str = way, size: int = size) -> list[dict[str, Any]]:
                return by_days(first, count) if way == "days" else posts(first, count, size // OF_ACCOUNT, 1)

            whole, after = judged(address, size, now, made)
            base = base or after
            table.add_row(way, f"{size:,}", f"{whole:.2f}", f"{after:.2f}", f"{after / base:.2f}")
    return table


class Service:
    """``vigie serve`` with a store, that can be killed and started again."""

    def __init__(self, address: str, log: Path) -> None:
        self.address, self.log = address, log
        self.url = ""

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", "vigie", "serve", "--port", "0", "--store", self.address]
        with self.log.open("w") as file:
            self.process = subprocess.Popen(command, stderr=file)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self.process.poll() is None:
            said = [word for word in self.log.read_text().split() if word.startswith("http://")]
            try:
                if said and httpx2.get(f"{said[0]}/readyz").status_code == 200:
                    self.url = said[0]
                    return
            except httpx2.TransportError:
                pass
            time.sleep(0.05)
        self.kill()
        sys.exit(f"the service did not answer within {PATIENCE_S} s: {self.log.read_text()}")

    def kill(self) -> None:
        """End it at once."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def serving(address: str) -> Iterator[Service]:
    """Run a service for the time of the body."""
    with tempfile.TemporaryDirectory() as scratch:
        service = Service(address, Path(scratch) / "log")
        service.start()
        try:
            yield service
        finally:
            service.kill()


def opened(service: Service) -> str:
    """Return the address of a new operation of a service."""
    body = {"title": "Invented", "legal_basis": "none: nobody exists", "expires_at": "2090-01-01T00:00:00Z"}
    return f"/v1/operations/{httpx2.post(f'{service.url}/v1/operations', json=body).json()['id']}"


def hour(address: str) -> Table:
    """Return the table of one hour's worth of accounts, sent as fast as it goes."""
    requests = [json.dumps({"accounts": accounts(10, 100, first)}) for first in range(0, 1_000, 10)]
    headers = {"Content-Type": "application/json"}
    with serving(address) as service:
        name = opened(service)

        def send(body: str) -> int:
            answer = httpx2.post(
                f"{service.url}{name}/accounts", content=body, headers=headers, timeout=PATIENCE_S
            )
            return answer.status_code

        start = time.perf_counter()
        with ThreadPoolExecutor(2) as collectors:
            statuses = list(collectors.map(send, requests))
        sent = time.perf_counter() - start
        judged = httpx2.post(f"{service.url}{name}/judgements", timeout=900)
        whole = time.perf_counter() - start
        held = httpx2.get(f"{service.url}{name}").json()["holdings"]
    table = Table(title="1,000 accounts of 100 posts, two collectors", title_justify="left")
    for column in ("requests", "errors", "sent s", "judged s", "accounts", "posts"):
        table.add_column(column, justify="right")
    errors = sum(status != 200 for status in (*statuses, judged.status_code))
    table.add_row(
        str(len(statuses)), str(errors), f"{sent:.0f}", f"{whole - sent:.0f}", f"{held['accounts']:,}", f"{held['posts']:,}"
    )  # fmt: skip
    return table


def kills(address: str, times: int, seed: int) -> Table:
    """Return the table of what was left of posts after the service was killed at random moments."""
    draw = random.Random(seed)  # noqa: S311 - moments, not secrets
    acknowledged: set[str] = set()
    sent, lock, ended = 0, threading.Lock(), threading.Event()
    with serving(address) as service:
        name = opened(service)

        def collect() -> None:
            nonlocal sent
            while not ended.is_set():
                with lock:
                    first, sent = sent, sent + 100
                batch = posts(first, 100, 20, 1)
                while not ended.is_set():
                    try:
                        answer = httpx2.post(f"{service.url}{name}/posts", json={"posts": batch}, timeout=30)
                    except httpx2.TransportError:
                        time.sleep(0.02)
                        continue
                    if answer.status_code == 200:
                        statuses = [item["status"] for item in answer.json()["items"]]
                        # A request that was cut off after it was kept is known as a whole; nothing lies between.
                        if len(set(statuses)) != 1:
                            raise AssertionError(f"half of a request was kept: {set(statuses)}")
                        with lock:
                            acknowledged.update(post["post_id"] for post in batch)
                        break

        with ThreadPoolExecutor(2) as pool:
            collectors = [pool.submit(collect) for _ in range(2)]
            try:
                for _ in range(times):
                    time.sleep(draw.uniform(0.1, 1.5))
                    service.kill()
                    service.start()
                time.sleep(1)
            finally:
                ended.set()
            for collector in collectors:
                collector.result()
        service.kill()
        database = Catalogue(Store(address)).database(name.rsplit("/", 1)[1])
        with database.reading() as connection:
            held = corpus.read(connection).posts["post_id"]
            rows = connection.execute(select(func.count()).select_from(tables.posts)).scalar_one()
            records = connection.execute(select(func.sum(tables.segments.c.rows))).scalar_one()
        service.start()
    table = Table(title=f"{times} kills while two collectors send", title_justify="left")
    for column in ("acknowledged", "missing", "held", "twice", "keys", "rows of batches", "half requests"):
        table.add_column(column, justify="right")
    missing = len(acknowledged - set(held))
    table.add_row(
        f"{len(acknowledged):,}", str(missing), f"{len(held):,}", str(len(held) - held.n_unique()), f"{rows:,}",
        f"{records:,}", str(len(held) % 100),
    )  # fmt: skip
    return table


def main() -> None:
    """Print the tables asked for."""
    parts: dict[str, Callable[[str, argparse.Namespace], Table]] = {
        "growth": lambda address, options: growth(address, options.sizes),
        "judging": lambda address, options: judging(address, options.sizes),
        "hour": lambda address, _: hour(address),
        "kills": lambda address, options: kills(address, options.kills, options.seed),
    }
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", nargs="+", choices=parts, default=list(parts))
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1, help="of the moments of the kills")
    parser.add_argument(
        "--store", help="a folder, or the address of a PostgreSQL database; default: a scratch folder"
    )
    options = parser.parse_args()
    for part in options.parts:
        with tempfile.TemporaryDirectory() as scratch:
            Console(width=140).print(parts[part](options.store or scratch, options))


if __name__ == "__main__":
    main()
