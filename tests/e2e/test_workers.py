"""A real service of several processes: one answers for all, one that dies is replaced, counts outlast a restart."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2

from vigie.cli.demo import requests
from vigie.serving.drift_monitor import LEAST_SHOWN
from vigie.training.synthetic.accounts import example

Serve = Callable[..., str]
_PATIENCE_S = 60


def workers(address: str) -> set[int]:
    """Return the processes that hold the port of a service, but for the first, which answers nobody."""
    port = int(address.rpartition(":")[2])
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {line[9] for line in lines if int(line[1].partition(":")[2], 16) == port and line[3] == "0A"}
    holders = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            held = {os.readlink(file) for file in (process / "fd").iterdir()}
        except OSError:
            continue
        if any(f"socket:[{inode}]" in held for inode in inodes):
            holders.add(int(process.name))
    return holders - {
        int(Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()[1]) for each in holders
    }


def made_key(folder: Path, *options: str) -> str:
    command = [sys.executable, "-m", "vigie", "keys", "create", "collector", "--keys", f"{folder}/keys.json"]
    return subprocess.run([*command, *options], check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


def scored(address: str) -> float:
    """Return how many accounts the service says it scored."""
    found = re.search(
        r'vigie_accounts_total\{outcome="scored"\} (\S+)', httpx2.get(f"{address}/metrics").text
    )
    assert found
    return float(found[1])


def drifted(address: str) -> int:
    answer = httpx2.get(f"{address}/v1/drift")
    return int(answer.json()["inauthentic"]["sketch"]["accounts"]) if answer.status_code == 200 else -1


def test_processes_answer_as_one_and_counts_outlast_them(serve: Serve, tmp_path: Path) -> None:
    world, state = example(), tmp_path / "state"
    accounts = requests(world.accounts, world.posts)[:LEAST_SHOWN]
    address = serve("--workers", 2, "--state", state)
    pair = workers(address)
    assert len(pair) == 2

    def ask() -> None:
        body: dict[str, Any] = {"accounts": accounts, "targets": ["inauthentic"], "top_reasons": 0}
        assert httpx2.post(f"{address}/v1/score", json=body, timeout=_PATIENCE_S).status_code == 200

    for _ in range(6):
        ask()
    total = 6 * LEAST_SHOWN
    until(lambda: all(scored(address) == total for _ in range(5)))
    until(lambda: all(drifted(address) == total for _ in range(5)))
    killed = min(pair)
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(workers(address) - pair) == 1)
    ask()
    total += LEAST_SHOWN
    until(lambda: all(drifted(address) == total and scored(address) == total for _ in range(5)))
    logged = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line[0] == "{"]
    assert [line["exit"] for line in logged if line["event"] == "worker died"] == [-signal.SIGKILL]
    first = min(workers(address))
    parent = int(Path(f"/proc/{first}/stat").read_text().rsplit(")", 1)[1].split()[1])
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as stalled:
        stalled.sendall(b"POST /v1/score HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{")
        time.sleep(0.2)
        start = time.monotonic()
        os.kill(parent, signal.SIGTERM)
        until(lambda: not workers(address))
        assert time.monotonic() - start < 10
    # One process takes up the counts of two.
    again = serve("--state", state)
    assert drifted(again) == scored(again) == total


def test_each_process_takes_up_a_new_model(serve: Serve, remade: Callable[..., Path], tmp_path: Path) -> None:
    first, second = remade("first"), remade("second", assumed_prevalence=0.2)
    link, fresh = tmp_path / "champion", tmp_path / "fresh"
    link.symlink_to(first)
    fresh.symlink_to(second)
    address = serve("--workers", 2, "--bundle", link, "--reload-seconds", 0.2)
    wanted = json.loads((second / "bundle.json").read_text())["version"]
    os.replace(fresh, link)
    until(lambda: {httpx2.get(f"{address}/v1/model").json()["version"] for _ in range(20)} == {wanted})


def test_processes_together_let_through_what_a_key_may_ask_and_no_more(serve: Serve, tmp_path: Path) -> None:
    key = made_key(tmp_path, "--scope", "model", "--rate", "20/hour")
    address = serve("--workers", 2, "--keys", tmp_path / "keys.json")

    def ask(_: int) -> httpx2.Response:
        return httpx2.get(f"{address}/v1/features", headers={"X-API-Key": key}, timeout=_PATIENCE_S)

    # A connection for each, eight at once: both processes take some.
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(60)))
    assert Counter(answer.status_code for answer in answers) == {200: 20, 429: 40}
    left = [answer.headers["RateLimit"].split(";")[1] for answer in answers if answer.status_code == 200]
    assert "r=0" in left


def test_a_session_holds_over_processes_and_over_a_restart(serve: Serve, tmp_path: Path) -> None:
    key = made_key(tmp_path, "--scope", "decide")
    options = ("--keys", tmp_path / "keys.json", "--store", tmp_path / "store")
    address, cookies = serve("--workers", 2, *options), httpx2.Cookies()

    def ask(method: str, path: str, **fields: str) -> httpx2.Response:
        """Ask on a connection of its own, which either process may take."""
        with httpx2.Client(
            base_url=address, cookies=cookies, headers={"accept": "text/html"}, timeout=_PATIENCE_S
        ) as browser:
            answer = browser.request(method, path, data=fields)
            cookies.update(browser.cookies)
        return answer

    def token(page: httpx2.Response) -> str:
        found = re.search(r'name="token" value="([^"]+)"', page.text)
        assert found
        return found[1]

    for _ in range(5):
        form = token(ask("GET", "/console/sign-in"))
        signed = ask("POST", "/console/sign-in", token=form, key=key, next="/console/")
        assert signed.status_code == 303
        assert {ask("GET", "/console/").status_code for _ in range(5)} == {200}
    first = min(workers(address))
    os.kill(int(Path(f"/proc/{first}/stat").read_text().rsplit(")", 1)[1].split()[1]), signal.SIGTERM)
    until(lambda: not workers(address))
    address = serve(*options)
    page = ask("GET", "/console/")
    assert page.status_code == 200
    assert "Signed in as collector" in page.text
    assert ask("POST", "/console/sign-out", token=token(page)).status_code == 303
    assert ask("GET", "/console/").status_code == 303
