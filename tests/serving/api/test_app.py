"""The application holds every route, describes all it takes, and answers once its models are loaded."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.serving.settings import Settings

Problem = Callable[..., dict[str, Any]]


def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def test_the_document_lists_every_route_and_neither_the_docs_nor_home(client: TestClient) -> None:
    listed = set(document(client)["paths"])
    assert {path for path in listed if not path.startswith(("/v1/operations", "/v1/known-campaigns"))} == {
        "/v1/score", "/v1/network", "/v1/group-tests", "/v1/model", "/v1/features", "/v1/drift", "/livez", "/readyz", "/metrics",
        "/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/{name}", "/v2/models/{name}/ready",
    }  # fmt: skip
    of_operations = "/v1/operations/{operation}"
    nouns = {
        "accounts", "posts", "judgements", "judgement", "groups", "campaigns", "contents", "timeline", "alerts", "decisions",
        "labels", "webhooks", "note", "note.zip", "network.graphml", "close",
    }  # fmt: skip
    assert {"/v1/operations", of_operations, "/v1/known-campaigns"} <= listed
    assert {f"{of_operations}/{noun}" for noun in nouns} <= listed


def test_the_document_holds_the_requests_that_no_signature_names_and_every_reference_resolves(
    client: TestClient,
) -> None:
    said = document(client)
    schemas = said["components"]["schemas"]
    assert {"ScoreRequest", "NetworkRequest", "Account", "Post"} <= set(schemas)
    named = set(re.findall(r"'#/components/schemas/(\w+)'", str(said)))
    assert len(named) > 30
    assert named <= set(schemas)
    assert "#/$defs" not in str(said)


@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
def test_long_answers_are_compressed_for_who_asks_and_say_that_they_vary(
    client: TestClient, invented: list[dict[str, Any]], accept: str
) -> None:
    asked = {"accounts": invented[:3]}
    packed, plain = (
        client.post("/v1/score", json=asked, headers={"Accept": accept, "Accept-Encoding": encoding})
        for encoding in ("gzip", "identity")
    )
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    for answer in (packed, plain):
        assert answer.headers["vary"] == "Accept, Accept-Language, Accept-Encoding"


def test_short_answers_are_sent_plain(client: TestClient) -> None:
    assert "content-encoding" not in client.get("/livez").headers


def test_the_description_says_what_a_verdict_is_not(client: TestClient) -> None:
    said = document(client)["info"]
    assert said["title"] == "vigie"
    assert "or abstains. " in said["description"]
    assert "third" in said["description"]


def test_the_document_is_made_once() -> None:
    app = create_app(Settings())
    assert app.openapi() is app.openapi()


def test_home_leads_to_the_docs(client: TestClient) -> None:
    answer = client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")


@pytest.mark.parametrize("path", ["/redoc", "/v1/model/", "/docs/"])
def test_pages_that_load_scripts_are_absent_and_a_slash_too_many_leads_nowhere(
    client: TestClient, problem: Problem, path: str
) -> None:
    problem(client.get(path, follow_redirects=False), 404, "not-found")


def test_models_are_in_use_from_the_start_of_the_service_on(models: Models, problem: Problem) -> None:
    app = create_app(Settings(), models)
    problem(TestClient(app).get("/v1/model"), 503, "not-ready")
    with TestClient(app) as running:
        assert running.get("/v1/model").json()["version"] == models.inauthentic.version


def test_settings_come_from_the_environment_where_none_are_given(
    models: Models, problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_MAX_BODY_MB", "0.001")
    problem(TestClient(create_app(None, models)).post("/v1/score", json=EXAMPLE), 413, "too-large")
