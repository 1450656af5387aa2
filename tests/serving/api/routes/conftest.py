"""A service that keeps operations, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from vigie.cli.demo import requests
from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.operations import EXAMPLE
from vigie.serving.settings import Settings


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def keeping(
    request: pytest.FixtureRequest, models: Models, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """A client of it; it judges when it is asked to, since its watch does not run."""
    is_file = request.param == "sqlite"
    store = tmp_path_factory.mktemp("kept") if is_file else request.getfixturevalue("postgresql").database()
    app = create_app(Settings(max_body_mb=4, store=str(store)))
    app.state.models_in_use.start(models)
    yield TestClient(app)
    app.state.catalogue.store.close()


@pytest.fixture
def operation(keeping: TestClient) -> str:
    """Address of a new operation."""
    made = keeping.post("/v1/operations", json=EXAMPLE)
    assert made.status_code == 201, made.text
    return f"/v1/operations/{made.json()['id']}"


@pytest.fixture(scope="session")
def judged(keeping: TestClient, flood: Any) -> str:
    """Address of an operation that has seen and judged the flood."""
    name = keeping.post("/v1/operations", json=EXAMPLE).json()["id"]
    posts = flood.posts.drop("account_id").join(
        flood.accounts.select("row", "platform", "account_id"), on="row"
    )
    sent = {"accounts": requests(flood.accounts.drop("row"), posts.drop("row"))}
    assert keeping.post(f"/v1/operations/{name}/accounts", json=sent).status_code == 200
    assert keeping.post(f"/v1/operations/{name}/judgements").status_code == 200
    return f"/v1/operations/{name}"


@pytest.fixture
def post() -> Callable[..., dict[str, Any]]:
    """Return a function that makes a post as a collector sends it."""

    def make(post_id: str = "70", **fields: Any) -> dict[str, Any]:
        created = "2024-05-19T08:00:00Z"
        return {
            "platform": "x",
            "account_id": "7",
            "post_id": post_id,
            "created_at": created,
            "text": "w",
            **fields,
        }

    return make
