"""The route answers what the monitor counts, and nothing before a model is loaded."""

from __future__ import annotations

from pydantic import TypeAdapter
from starlette.testclient import TestClient

from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.responses import DriftResponse
from vigie.serving.settings import Settings


def test_a_service_without_models_has_seen_nothing() -> None:
    assert TestClient(create_app(Settings())).get("/v1/drift").status_code == 503


def test_a_new_service_has_seen_no_account_and_names_its_models_and_hours(models: Models) -> None:
    with TestClient(create_app(Settings(drift_hours=7), models)) as client:
        answer = client.get("/v1/drift")
    TypeAdapter(DriftResponse).validate_json(answer.content)
    found = answer.json()
    assert found["hours"] == 7
    for target, bundle in models.bundles.items():
        assert found[target]["sketch"]["accounts"] == 0
        assert found[target]["report"]["model"]["version"] == bundle.version
        assert found[target]["report"]["level"] == "unknown"
