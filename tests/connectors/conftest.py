"""A real service that watches invented accounts, for whoever connects to it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from vigie.client import Client
from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.settings import Settings

EXAMPLE = Path(__file__).parents[2] / "examples" / "first-request.json"
# Enough for the model that judges accounts by themselves.
PROFILE = {
    "created_at": "2024-04-01T00:00:00Z", "followers_count": 124, "following_count": 94, "posts_count": 8006,
    "likes_given_count": 69157, "listed_count": 2, "verified": False, "has_profile_image": True, "has_banner": True,
    "display_name": "Ann", "description": "Harbour news.", "location": "", "url": "",
}  # fmt: skip


@dataclass(frozen=True)
class Watched:
    """An operation that was judged.

    Attributes:
        url: Address of the service.
        operation: Id of the operation.
        accounts: What it holds.
        together: Ids of those of its one group.
        alone: Id of an account that acts with nobody.
    """

    url: str
    operation: str
    accounts: list[dict[str, Any]]
    together: list[str]
    alone: str

    def account(self, account_id: str) -> dict[str, Any]:
        """Return an account."""
        return next(each for each in self.accounts if each["account_id"] == account_id)


@pytest.fixture(scope="session")
def service(models: Models, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a service that keeps operations."""
    app = create_app(Settings(store=str(tmp_path_factory.mktemp("connected") / "store")), models)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def watched(service: str) -> Watched:
    """An operation with the accounts of the example, judged."""
    accounts = [each | PROFILE for each in json.loads(EXAMPLE.read_bytes())["accounts"]]
    with Client(service) as vigie:
        later = datetime.now(UTC) + timedelta(days=1)
        made = vigie.open_operation("Harbour vote", "an invented decree", later)
        watch = vigie.operation(made["id"])
        watch.observe(accounts)
        watch.judge()
        ranked = watch.accounts().content
    together = [each["account_id"] for each in ranked if each["group"] is not None]
    alone = next(each["account_id"] for each in ranked if each["group"] is None)
    return Watched(service, made["id"], accounts, together, alone)
