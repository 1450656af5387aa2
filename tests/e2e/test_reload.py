"""A real server under load, whose champion is replaced, replaced by something broken, and put back."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from pydantic import TypeAdapter

from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.serving.api.schemas.responses import ModelResponse

BODY = json.dumps(EXAMPLE)
_MODEL = TypeAdapter(ModelResponse)
_CLIENTS = 4
_PATIENCE_S = 60


@dataclass
class Seen:
    """What a client got: the versions that answered, in order, and what was no answer."""

    versions: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@contextmanager
def load(address: str) -> Iterator[list[Seen]]:
    """Ask for scores from several clients without a pause, for the time of the body."""
    over, seen = threading.Event(), [Seen() for _ in range(_CLIENTS)]

    def ask(mine: Seen) -> None:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=_PATIENCE_S)
        while not over.is_set():
            try:
                connection.request("POST", "/v1/score", BODY, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                said = json.loads(answer.read())
                if answer.status != 200 or said["results"][0]["inauthentic"]["status"] != "scored":
                    mine.failures.append(str(said))
                else:
                    mine.versions.append(said["model"]["version"])
            except (OSError, http.client.HTTPException, ValueError) as error:
                mine.failures.append(repr(error))
        connection.close()

    threads = [threading.Thread(target=ask, args=(mine,)) for mine in seen]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join()


def point(link: Path, folder: Path) -> None:
    """Make a link lead to a folder, at once."""
    fresh = link.with_name("fresh")
    fresh.symlink_to(folder)
    os.replace(fresh, link)


def model(address: str, *, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return what the server says of its model as soon as something holds of it."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        answer = httpx2.get(f"{address}/v1/model", timeout=_PATIENCE_S)
        _MODEL.validate_json(answer.content)
        said: dict[str, Any] = answer.json()
        if until(said):
            return said
        time.sleep(0.05)
    pytest.fail(f"it never came: {said['version']}, {said['reload']}")


def version(folder: Path) -> str:
    return str(json.loads((folder / "bundle.json").read_text())["version"])


def more(seen: list[Seen], count: int) -> None:
    """Wait until each client got that many more answers."""
    end = time.monotonic() + _PATIENCE_S
    before = [len(mine.versions) for mine in seen]
    while any(len(mine.versions) < had + count for mine, had in zip(seen, before, strict=True)):
        assert time.monotonic() < end, "no answers came"
        time.sleep(0.02)


def test_a_champion_is_replaced_under_load_without_losing_a_request(
    serve: Callable[..., str], remade: Callable[..., Path], tmp_path: Path
) -> None:
    first, second = remade("first"), remade("second", assumed_prevalence=0.2)
    broken = remade("broken", assumed_prevalence=0.3)
    (broken / "posts.txt").write_text("tree")
    link = tmp_path / "champion"
    link.symlink_to(first)
    address = serve("--bundle", link, "--reload-seconds", 0.2)
    start = model(address, until=lambda said: True)
    assert start["version"] == version(first)
    assert start["reload"]["watched"]
    with load(address) as seen:
        more(seen, 3)
        point(link, second)
        swapped = model(address, until=lambda said: said["version"] == version(second))
        more(seen, 3)
        point(link, broken)
        refused = model(address, until=lambda said: said["reload"]["last_refusal"] is not None)
        more(seen, 3)
        point(link, first)
        model(address, until=lambda said: said["version"] == version(first))
        more(seen, 3)
    assert [mine.failures for mine in seen] == [[]] * _CLIENTS
    for mine in seen:
        # Each client sees the first, the second and the first again: never a step back, never the broken one.
        assert [name for name, _ in itertools.groupby(mine.versions)] == [
            version(first), version(second), version(first),
        ]  # fmt: skip
    assert swapped["reload"]["loaded_at"] > start["reload"]["loaded_at"]
    assert refused["version"] == version(second)
    reason = refused["reload"]["last_refusal"]["reason"]
    assert reason.startswith("bundle-corrupt: posts.txt")
    assert str(tmp_path) not in reason
    counters = httpx2.get(f"{address}/metrics").text
    reloads = 'vigie_model_reloads_total{{outcome="{}",role="champion",target="inauthentic"}} {}'
    assert reloads.format("loaded", "2.0") in counters
    assert reloads.format("refused", "1.0") in counters
    logged = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line[0] == "{"]
    assert [line["version"] for line in logged if line["event"] == "bundle loaded"] == [
        version(second), version(first),
    ]  # fmt: skip
    assert sum(line["event"] == "bundle refused" for line in logged) == 1


def test_a_server_that_is_told_to_never_look_keeps_its_champion(
    serve: Callable[..., str], remade: Callable[..., Path], tmp_path: Path
) -> None:
    first, second = remade("first"), remade("second", assumed_prevalence=0.2)
    link = tmp_path / "champion"
    link.symlink_to(first)
    address = serve("--bundle", link, "--reload-seconds", 0)
    point(link, second)
    said = model(address, until=lambda said: True)
    assert (said["version"], said["reload"]["watched"]) == (version(first), False)
