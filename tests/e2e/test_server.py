"""A real process, asked over a real socket, with good and bad input."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import TypeAdapter

from vigie.cli.demo import requests
from vigie.serving.api.schemas.requests import EXAMPLE, NETWORK_EXAMPLE
from vigie.serving.api.schemas.responses import NetworkResponse
from vigie.training.synthetic.accounts import example

JSON = {"Content-Type": "application/json"}
# What a server must not drag in: seconds to start, hundreds of megabytes.
# LightGBM imports pandas and scikit-learn where they are installed; a server's lock file holds neither.
_FORBIDDEN = ("mlflow", "vigie.training")
_PROBE = """
import json, socket, sys, threading, time, urllib.request
import uvicorn
from vigie.serving.api.app import create_app

bound = socket.create_server(("127.0.0.1", 0))
server = uvicorn.Server(uvicorn.Config(create_app(), log_level="error"))
thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
thread.start()
while not server.started:
    time.sleep(0.05)
body = open(sys.argv[1], "rb").read()
url = f"http://127.0.0.1:{bound.getsockname()[1]}/v1/score"
request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
found = json.load(urllib.request.urlopen(request))
server.should_exit = True
thread.join()
forbidden = sorted(name for name in sys.modules if name.startswith(tuple(sys.argv[2:])))
print(json.dumps([len(found["results"]), forbidden]))
"""


@pytest.fixture(scope="module")
def client(address: str) -> Any:
    with httpx2.Client(base_url=address, timeout=60) as running:
        yield running


def example_request() -> dict[str, Any]:
    world = example()
    return {"accounts": requests(world.accounts, world.posts)}


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    return said


def test_the_example_operation_is_scored(client: Any) -> None:
    answer = client.post("/v1/score", json=example_request())
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert len(results) == 24
    assert {result["inauthentic"]["status"] for result in results} <= {"scored", "abstained"}
    assert sum(result["inauthentic"]["status"] == "scored" for result in results) > 12


def test_the_network_example_yields_its_group_with_the_posts_that_prove_it(client: Any) -> None:
    answer = client.post("/v1/network", json=NETWORK_EXAMPLE, headers={"Accept-Language": "fr"})
    assert answer.status_code == 200
    TypeAdapter(NetworkResponse).validate_json(answer.content)
    (group,) = answer.json()["groups"]
    assert {member["account_id"] for member in group["accounts"]} == {"0", "1", "2"}
    assert group["pairs"][0]["shared"][0]["first_post_id"] == "0-0"
    problem(client.post("/v1/network", json={"accounts": []}), 422)


def test_a_server_imports_nothing_of_training(tmp_path: Path) -> None:
    body = tmp_path / "request.json"
    body.write_text(json.dumps(example_request()))
    command = [sys.executable, "-W", "error", "-c", _PROBE, str(body), *_FORBIDDEN]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [24, []]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"hello", 400),
        (b"\x00" * 10, 400),
        (b'{"accounts": [{"handle": "\xc3\x28"}]}', 400),
        (b'{"accounts": [', 400),
    ],
)
def test_bytes_that_are_no_request_are_a_problem(client: Any, body: bytes, status: int) -> None:
    problem(client.post("/v1/score", content=body, headers=JSON), status)


def test_a_huge_body_is_refused_before_it_is_read(client: Any) -> None:
    chunk = b"a" * 1_000_000

    def endless() -> Any:
        for _ in range(66):
            yield chunk

    try:
        answer = client.post("/v1/score", content=endless(), headers=JSON)
    except httpx2.TransportError:
        return  # the server answered and closed before all was sent
    problem(answer, 413)


@pytest.mark.parametrize(
    "when", ["2050-01-01T00:00:00Z", "1999-12-31T00:00:00Z", 0, -5, 10**20, "yesterday", ""]
)
def test_times_that_cannot_be_are_refused_by_account_and_field(client: Any, when: Any) -> None:
    account = EXAMPLE["accounts"][0] | {"observed_at": when}
    said = problem(client.post("/v1/score", json={"accounts": [account]}), 422)
    assert {fault["field"] for fault in said["errors"]} <= {"observed_at", "created_at"}
    assert said["errors"][0]["account_id"] == account["account_id"]


def test_equal_posts_are_counted_and_read_once(client: Any) -> None:
    account = EXAMPLE["accounts"][0]
    twice = account | {"posts": account["posts"] * 2}
    once, again = (
        client.post("/v1/score", json={"accounts": [one]}).json()["results"][0] for one in (account, twice)
    )
    assert once["inauthentic"] == again["inauthentic"]
    (dropped,) = again["coverage"]["dropped_posts"]
    assert (dropped["field"], dropped["count"]) == (None, len(account["posts"]))
    assert "post_id" in dropped["reason"]


def test_fifty_thousand_posts_of_one_account_are_cut_to_the_latest(client: Any) -> None:
    posts = [
        {
            "post_id": str(index),
            "created_at": f"2024-0{1 + index % 4}-{1 + index % 28:02}T{index % 24:02}:{index % 60:02}:00Z",
            "text": f"ferry {index} 😀 \u202eab\u200b",
        }
        for index in range(50_000)
    ]
    answer = client.post("/v1/score", json={"accounts": [EXAMPLE["accounts"][0] | {"posts": posts}]})
    assert answer.status_code == 200
    coverage = answer.json()["results"][0]["coverage"]
    assert (coverage["posts"], coverage["posts_supplied"]) == (200, 50_000)
    assert coverage["dropped_posts"][0]["count"] == 49_800


def test_unknown_routes_and_wrong_methods_are_problems(client: Any) -> None:
    problem(client.get("/v2/score"), 404)
    problem(client.delete("/v1/score"), 405)


def test_the_server_is_alive_while_it_works(client: Any, address: str) -> None:
    accounts = example_request()["accounts"]
    many = [
        account | {"account_id": f"{index}-{copy}"}
        for copy in range(8)
        for index, account in enumerate(accounts)
    ]
    work = threading.Thread(
        target=lambda: httpx2.post(f"{address}/v1/score", json={"accounts": many}, timeout=60)
    )
    work.start()
    longest, asked = 0.0, 0
    while work.is_alive():
        start = time.perf_counter()
        assert client.get("/livez").status_code == 200
        longest, asked = max(longest, time.perf_counter() - start), asked + 1
    assert asked > 1
    assert longest < 5
