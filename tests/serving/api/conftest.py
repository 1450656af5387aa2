"""What every answer that is a problem has in common, and an operation that was judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from vigie.cli.demo import requests
from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.settings import Settings
from vigie.training.synthetic.example_collection import example_collection

Problem = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def problem() -> Problem:
    """Return a function that fails where an answer is no problem of a status and slug, and returns it."""

    def read(answer: Any, status: int, slug: str | None = None) -> dict[str, Any]:
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-request-id"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        said: dict[str, Any] = answer.json()
        assert said["status"] == status
        assert said["title"]
        assert said["detail"]
        if slug:
            assert said["type"] == f"/problems/{slug}"
        return said

    return read


OPENING = {"title": "Harbour vote", "legal_basis": "an invented decree", "expires_at": "2090-01-01T00:00:00Z"}


@pytest.fixture(scope="session")
def judged_operation(
    models: Models, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TestClient, str]]:
    """A service, and the address of an operation that holds the example collection and was judged."""
    made = example_collection()
    settings = Settings(store=str(tmp_path_factory.mktemp("store")), judge_seconds=3600)
    with TestClient(create_app(settings, models)) as client:
        at = f"/v1/operations/{client.post('/v1/operations', json=OPENING).json()['id']}"
        sent = client.post(f"{at}/accounts", json={"accounts": requests(made.accounts, made.posts)})
        assert sent.status_code == 200, sent.text
        assert client.post(f"{at}/judgements").status_code == 200
        yield client, at
