"""What the service does under more work than it can take, seen from outside: real servers, real sockets.

Clients ask without a pause, however they are answered, so that more of them ask for more than the service can do. What is
accepted is timed apart from what is refused. Then small requests beside large ones, connections that stall, the time until an
ordinary request is answered in ordinary time after all that, and the time from SIGTERM to the end. Memory is that of all
processes of the service together (resident; shared pages count in each), read from Linux many times a second.

As it is, it takes five to six minutes. Let nothing else run meanwhile.

Run: python benchmarks/load.py [--workers 1 2] [--clients 1 4 16 64] [--accounts 100] [--seconds 12]
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import httpx2
import numpy as np
from rich.console import Console
from rich.table import Table
from serving import ONE, POSTS, invented, processor, serving  # noqa: TID251 - the benchmark beside this one

# Seconds after which a client gives up, and between two looks at the memory.
_TIMEOUT_S, _LOOK_S = 90.0, 0.05
# Requests that warm a server up.
_WARM = 3
_HEADERS = {"Content-Type": "application/json"}


@dataclass
class Answers:
    """What clients got.

    Attributes:
        accepted: Seconds of each answer 200.
        refused: Seconds of each answer 503.
        told: Refusals that said when to come back.
        others: Other statuses and failures, by name.
    """

    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    told: int = 0
    others: Counter[str] = field(default_factory=Counter)


class Memory:
    """Memory of a process and all that it started, watched in a thread.

    Attributes:
        peak: The most bytes seen since it was last set.
    """

    def __init__(self, process: int) -> None:
        self.process, self.peak = process, 0
        self._over = threading.Event()

    @contextmanager
    def watched(self) -> Iterator["Memory"]:
        """Watch for the time of the body."""
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def now(self) -> int:
        """Return the bytes that are resident now."""
        page = os.sysconf("SC_PAGE_SIZE")
        whole = 0
        for each in tree(self.process):
            try:
                whole += int(Path(f"/proc/{each}/statm").read_text().split()[1]) * page
            except OSError:  # it ended meanwhile
                continue
        return whole

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_S):
            self.peak = max(self.peak, self.now())


def tree(process: int) -> list[int]:
    """Return a process and all that it started."""
    found = [process]
    for each in found:
        try:
            children = Path(f"/proc/{each}/task/{each}/children").read_text()
        except OSError:
            continue
        found += map(int, children.split())
    return found


def spent(process: int) -> float:
    """Return the seconds of processor time of a process and all that it started."""
    return sum(map(processor, tree(process)))


async def ask(client: httpx2.AsyncClient, body: bytes, into: Answers) -> None:
    """Send one request and note how it was answered."""
    start = time.perf_counter()
    try:
        answer = await client.post("/v1/score", content=body, headers=_HEADERS)
    except httpx2.HTTPError as error:
        into.others[type(error).__name__] += 1
        await asyncio.sleep(0.05)
        return
    seconds = time.perf_counter() - start
    if answer.status_code == 200:
        into.accepted.append(seconds)
    elif answer.status_code == 503:
        into.refused.append(seconds)
        into.told += answer.headers.get("retry-after", "").isdecimal()
    else:
        into.others[str(answer.status_code)] += 1


async def load(url: str, body: bytes, clients: int, seconds: float, pause_s: float = 0.0) -> Answers:
    """Ask from so many clients for so long, a pause between two requests of each; return what they got."""
    answers, end = Answers(), time.monotonic() + seconds
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx2.AsyncClient(base_url=url, timeout=_TIMEOUT_S, limits=limits) as client:

        async def one(number: int) -> None:
            await asyncio.sleep(pause_s * number / clients)
            while time.monotonic() < end:
                start = time.monotonic()
                await ask(client, body, answers)
                await asyncio.sleep(max(0.0, start + pause_s - time.monotonic()))

        await asyncio.gather(*map(one, range(clients)))
    return answers


def shown(seconds: Sequence[float], quantile: float) -> str:
    """Return a quantile in milliseconds."""
    return f"{1000 * np.quantile(seconds, quantile):,.0f}" if seconds else "–"


def add(
    table: Table, name: str, answers: Answers, seconds: float, cpu: float, peak: int, base: float
) -> None:
    """Add the row of a load."""
    accepted = answers.accepted
    table.add_row(
        name, f"{len(accepted) / seconds:.2f}", shown(accepted, 0.5), shown(accepted, 0.99),
        f"{np.quantile(accepted, 0.99) / base:.1f}" if accepted else "–",
        f"{len(answers.refused):,}", f"{answers.told:,}", shown(answers.refused, 0.99),
        ", ".join(f"{count} {what}" for what, count in answers.others.items()) or "0",
        f"{cpu / max(len(accepted), 1):.2f}", f"{peak / 1e6:,.0f}",
    )  # fmt: skip


def stalled(port: int, memory: Memory, count: int) -> tuple[float, int]:
    """Return the seconds until so many stalled connections are closed, half of them in a body, and the bytes they take."""
    before = memory.now()
    memory.peak = 0

    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        writer.write(head if number % 2 else head + b"Content-Length: 1000000\r\n\r\n{" + b" " * 50_000)
        try:
            while await reader.read(1000):
                pass
        except OSError:
            pass
        writer.close()

    async def every() -> None:
        await asyncio.gather(*map(one, range(count)))

    start = time.monotonic()
    asyncio.run(every())
    return time.monotonic() - start, memory.peak - before


@cache
def body_of(accounts: int) -> bytes:
    """Return a request for invented accounts, each judged by itself."""
    return json.dumps({"accounts": invented(accounts), "targets": ONE}).encode()


def recovered(url: str, body: bytes, base: float) -> float:
    """Return the seconds until a request is answered in no more than twice the time it takes alone."""
    start = time.monotonic()
    with httpx2.Client(base_url=url, timeout=_TIMEOUT_S) as client:
        while True:
            began = time.monotonic()
            answer = client.post("/v1/score", content=body, headers=_HEADERS)
            if answer.status_code == 200 and time.monotonic() - began <= 2 * base:
                return time.monotonic() - start
            time.sleep(0.1)


def measure(workers: int, options: argparse.Namespace, table: Table, console: Console) -> None:
    """Measure a service of so many processes."""
    body, small, large = body_of(options.accounts), body_of(1), body_of(options.large)
    with serving(options.bundle, "--workers", str(workers)) as (connection, process):
        port = int(connection.port)
        url = f"http://127.0.0.1:{port}"
        with Memory(process).watched() as memory:
            alone = asyncio.run(load(url, body, 1, options.seconds / 2)).accepted[_WARM:]
            small_alone = asyncio.run(load(url, small, 1, options.seconds / 4)).accepted[_WARM:]
            if not alone or not small_alone:
                sys.exit("a request takes too long for so few seconds; say more --seconds")
            base = float(np.quantile(alone, 0.99))
            rate = 0.0
            for clients in options.clients:
                memory.peak, before, start = 0, spent(process), time.monotonic()
                answers = asyncio.run(load(url, body, clients, options.seconds))
                seconds = time.monotonic() - start
                rate = max(rate, len(answers.accepted) / seconds)
                name = f"{workers} workers, {clients} clients"
                add(table, name, answers, seconds, spent(process) - before, memory.peak, base)
            memory.peak, before, start = 0, spent(process), time.monotonic()
            pause = max(options.clients) / (10 * rate)
            answers = asyncio.run(load(url, body, max(options.clients), options.seconds, pause))
            back = recovered(url, small, float(np.quantile(small_alone, 0.5)))
            seconds = time.monotonic() - start
            name = f"{workers} workers, {10 * rate:.0f} a second"
            add(table, name, answers, seconds, spent(process) - before, memory.peak, base)

            async def beside() -> tuple[Answers, Answers]:
                seconds = options.seconds
                return await asyncio.gather(load(url, large, 2, seconds), load(url, small, 2, seconds, 0.2))

            memory.peak = 0
            larges, smalls = asyncio.run(beside())
            of_large = memory.peak
            lasted, taken = stalled(port, memory, options.stalled)
            threading.Thread(target=_quietly, args=(url, large), daemon=True).start()
            time.sleep(1)
            start = time.monotonic()
            os.kill(process, signal.SIGTERM)
            while (
                Path(f"/proc/{process}/statm").exists()
                and Path(f"/proc/{process}/statm").read_text().split()[0] != "0"
            ):
                time.sleep(0.02)
            ended = time.monotonic() - start
    console.print(
        f"{workers} workers: 1 × {POSTS} alone p99 {shown(small_alone, 0.99)} ms, beside two of {options.large} × {POSTS} p99 "
        f"{shown(smalls.accepted, 0.99)} ms ({len(smalls.accepted)} accepted, {len(smalls.refused)} refused, {smalls.others.total()} "
        f"failed; {len(larges.accepted)} large accepted; {of_large / 1e6:,.0f} MB)\n"
        f"  {options.stalled} stalled connections closed in {lasted:.0f} s, memory {taken / 1e6:+,.0f} MB; answers as alone "
        f"{back:.1f} s after the load; SIGTERM during a large request ends it in {ended:.1f} s"
    )


def _quietly(url: str, body: bytes) -> None:
    """Ask for what no answer to is waited for."""
    with suppress(httpx2.HTTPError):
        httpx2.post(f"{url}/v1/score", content=body, headers=_HEADERS, timeout=_TIMEOUT_S)


def main() -> None:
    """Print the table of loads, and what else was seen."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--accounts", type=int, default=100, help=f"of a request, {POSTS} posts each")
    parser.add_argument("--large", type=int, default=500, help="accounts of a large request")
    parser.add_argument("--stalled", type=int, default=400, help="connections that stall")
    parser.add_argument("--seconds", type=float, default=12, help="of each load")
    parser.add_argument("--bundle", type=Path)
    options = parser.parse_args()
    console = Console(width=150)
    table = Table(
        title=f"POST /v1/score, {options.accounts} × {POSTS} posts, one target", title_justify="left"
    )
    for name in (
        "load", "accepted/s", "p50 ms", "p99 ms", "p99 of alone", "refused", "told when", "refused p99 ms", "failed",
        "CPU s each", "peak MB",
    ):  # fmt: skip
        table.add_column(name, justify="left" if name == "load" else "right")
    for workers in options.workers:
        measure(workers, options, table, console)
    console.print(table)


if __name__ == "__main__":
    main()
