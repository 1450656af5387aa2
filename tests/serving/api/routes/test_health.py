"""Signs of life are cheap and honest, and counters hold what was answered."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.serving.settings import Settings


@pytest.mark.parametrize(("path", "status"), [("/livez", "alive"), ("/readyz", "ready")])
def test_a_running_service_is_alive_and_ready(client: TestClient, path: str, status: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": status})


def test_without_a_model_a_service_is_alive_and_not_ready(models: Models) -> None:
    client = TestClient(create_app(Settings(), models))
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_metrics_count_requests_accounts_and_seconds(client: TestClient) -> None:
    client.post("/v1/score", json={"accounts": [EXAMPLE["accounts"][0], 3]})
    text = client.get("/metrics").text
    for line in (
        'vigie_accounts_total{outcome="refused"}',
        'vigie_accounts_total{outcome="scored"}',
        'vigie_stage_seconds_total{stage="features"}',
        'vigie_stage_seconds_total{stage="model"}',
        'vigie_requests_total{route="/v1/score",status="200"}',
    ):
        assert float(text.split(line)[1].split("\n")[0]) > 0


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_balancers_may_ask_with_head(client: TestClient, path: str) -> None:
    assert client.head(path).status_code == 200
