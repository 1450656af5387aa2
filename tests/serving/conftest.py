"""One running application for the tests of the service."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from vigie.cli.demo import requests
from vigie.models.engine import Models
from vigie.serving.api.app import create_app
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
