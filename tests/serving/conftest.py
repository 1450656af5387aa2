"""One running application for the tests of the service."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from vigie.cli.demo import requests
from vigie.features import schema
from vigie.features.coordination.comparison import Comparison, Limits, compare_posts
from vigie.features.coordination.report.network import report
from vigie.features.coordination.report.types import NetworkReport
from vigie.features.i18n import Language
from vigie.models.engine import Models
from vigie.serving.access.keys import KeyFile, issue
from vigie.serving.access.scopes import Scope
from vigie.serving.api.app import create_app
from vigie.serving.api.connections import TimedProtocol
from vigie.serving.settings import Settings
from vigie.training.synthetic.accounts import example


@pytest.fixture(scope="session")
def client(models: Models) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(max_body_mb=4), models)) as running:
        yield running


@pytest.fixture(scope="session")
def invented() -> list[dict[str, Any]]:
    """The accounts of the example operation, as a client sends them."""
    world = example()
    return requests(world.accounts, world.posts)


@pytest.fixture
def served(models: Models) -> Iterator[Callable[[Settings], str]]:
    """Return a function that serves on a real port, and returns the address."""
    with ExitStack() as stack:
        yield lambda settings: stack.enter_context(_served(create_app(settings, models)))


@contextmanager
def _served(app: FastAPI) -> Iterator[str]:
    bound = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=TimedProtocol, log_level="error", proxy_headers=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.02)
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """Where the keys of a test are."""
    return tmp_path / "keys.json"


@pytest.fixture
def make_key(key_file: Path) -> Callable[..., str]:
    """Return a function that adds a key with some scopes to the file of keys, and returns it as it is handed over."""

    def make(*scopes: Scope, name: str = "collector", life: timedelta | None = None, **limits: Any) -> str:
        issued = issue(name, scopes, datetime.now(UTC), life=life, **limits)
        with KeyFile(key_file).changing() as keys:
            keys[issued.key.id] = issued.key
        return issued.written

    return make


_START = datetime(2024, 5, 3, 8, 0, tzinfo=UTC)
# Where the milliseconds of the ids of X begin, and where they stand in an id.
_X_EPOCH_MS, _X_SHIFT = 1_288_834_974_657, 22
_WORDS = [
    "harbour", "bridge", "night", "voices", "water", "council", "lights", "market", "river", "storm", "train", "garden",
    "letter", "winter", "stone", "field",
]  # fmt: skip


@dataclass(frozen=True)
class Flood:
    """A planted flood: 14 accounts on X and 2 on Facebook publish six contents, beside 60 people with words of their own."""

    accounts: pl.DataFrame
    posts: pl.DataFrame
    compared: Comparison

    def report(self, language: Language) -> NetworkReport:
        """What is told of it."""
        return report(self.compared, language)


def _flood_posts() -> list[dict[str, Any]]:
    rng = np.random.default_rng(7)
    posts: list[dict[str, Any]] = []
    said = [f"Share this {' '.join(rng.permutation(_WORDS)[:12])}" for _ in range(6)]

    def add(row: int, minutes: float, text: str, **what: Any) -> None:
        time = _START + timedelta(minutes=minutes, seconds=row % 60)
        # As X numbers posts, so that their addresses are certain.
        number = ((int(time.timestamp() * 1000) - _X_EPOCH_MS) << _X_SHIFT) + len(posts)
        posts.append(
            {"row": row, "post_id": str(number), "created_at": time, "text": text, "kind": "original", **what}
        )

    for row in range(16):
        for content in range(6):
            if (row + content) % 4:
                add(
                    row, 300 * content + 2 * row,
                    f"{said[content]} <script>alert({content})</script>",
                    media_hashes=[f"{(content + 1) * 0x1F3D5B79A2C4E608 % 2**64:016x}"] if content < 4 else [],
                    hashtags=["shame", "NoToTheHarbour"], urls=["https://campaign.example/now"] if content == 0 else [],
                    view_count=8 + row % 5, like_count=row % 2, repost_count=0, reply_count=0,
                )  # fmt: skip
    for row in range(16, 76):
        for turn in range(5):
            words = " ".join(rng.choice(_WORDS, 9))
            add(row, float(rng.integers(0, 2_800)), f"{words} {row} {turn}", view_count=100 + row)
    return posts


@pytest.fixture(scope="session")
def flood() -> Flood:
    rows = range(76)
    accounts = schema.conform(
        pl.DataFrame(
            {
                "platform": ["facebook" if row in (3, 9) else "x" for row in rows],
                "account_id": [str(1_000 + row) for row in rows],
                "handle": ["=cmd\u202e" if row == 5 else f"voice_{row}" if row < 16 else f"person{row}" for row in rows],
                "created_at": [
                    datetime(2024, 4, 20, row % 3, tzinfo=UTC) if row < 16 else datetime(2012 + row % 11, 3, 2, tzinfo=UTC)
                    for row in rows
                ],
                "observed_at": [_START + timedelta(days=4)] * 76,
                "followers_count": [row * 10 for row in rows],
            }
        ),
        "accounts",
    ).with_row_index("row")  # fmt: skip
    columns = {
        name: dtype
        for name, dtype in schema.schema("posts").items()
        if name not in ("platform", "account_id")
    }
    posts = (
        pl.DataFrame(_flood_posts(), schema={"row": pl.UInt32, **columns})
        .join(accounts.select("row", "account_id"), on="row", how="left", maintain_order="left")
    )  # fmt: skip
    return Flood(accounts, posts, compare_posts(accounts, posts, Limits()))
