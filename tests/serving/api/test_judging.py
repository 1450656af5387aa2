"""A judgement that is asked for reads what is held now, and is of an operation that there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.settings import Settings


def test_a_judgement_that_is_asked_for_reads_what_is_held(
    models: Models, hostile: Any, tmp_path: Path
) -> None:
    settings = Settings(store=str(tmp_path / "store"), judge_seconds=3600)
    with TestClient(create_app(settings, models)) as client:
        at = f"/v1/operations/{client.post('/v1/operations', json=hostile.opening).json()['id']}"
        for number in (1, 2):
            sent = {"accounts": [{"platform": "x", "account_id": str(number)}]}
            assert client.post(f"{at}/accounts", json=sent).status_code == 200
            told = client.post(f"{at}/judgements").json()
            assert (told["accounts"], told["revision"]) == (number, number)
        assert client.post("/v1/operations/op_none/judgements").status_code == 404
