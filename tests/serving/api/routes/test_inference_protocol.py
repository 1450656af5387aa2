"""A platform that speaks the Open Inference Protocol finds the models, their versions and whether they are ready."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

import vigie
from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.settings import Settings

Problem = Callable[..., dict[str, Any]]


def test_the_server_says_what_it_is_and_that_it_is_there(client: TestClient) -> None:
    assert client.get("/v2").json() == {"name": "vigie", "version": vigie.__version__, "extensions": []}
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}


@pytest.mark.parametrize("target", ["inauthentic", "coordinated"])
def test_each_model_in_use_is_found_by_its_name(client: TestClient, models: Models, target: str) -> None:
    bundle = models.bundles[target]
    assert client.get(f"/v2/models/{bundle.name}").json() == {
        "name": bundle.name, "versions": [bundle.version], "platform": "vigie", "inputs": [], "outputs": [],
    }  # fmt: skip
    assert client.get(f"/v2/models/{bundle.name}/ready").json() == {"name": bundle.name, "ready": True}


@pytest.mark.parametrize("path", ["/v2/models/vigie-inauthentc", "/v2/models/vigie-inauthentc/ready"])
def test_a_model_that_is_not_in_use_is_a_problem_that_names_those_that_are(
    client: TestClient, problem: Problem, path: str
) -> None:
    said = problem(client.get(path), 404, "not-found")
    assert "vigie-coordinated, vigie-inauthentic" in said["detail"]


def test_without_a_model_the_server_is_live_and_not_ready(models: Models, problem: Problem) -> None:
    client = TestClient(create_app(Settings(), models))
    assert client.get("/v2/health/live").status_code == 200
    for path in ("/v2/health/ready", "/v2/models/vigie-inauthentic/ready"):
        problem(client.get(path), 503, "not-ready")


def test_names_that_clients_make_up_are_counted_under_their_route(client: TestClient) -> None:
    client.get("/v2/models/made-up-7")
    text = client.get("/metrics").text
    assert "made-up-7" not in text
    assert 'route="/v2/models/{name}",status="404"' in text
