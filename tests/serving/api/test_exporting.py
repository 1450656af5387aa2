"""What is not there is told before anything is compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from vigie.models.engine import Models
from vigie.serving.api import exporting
from vigie.serving.api.app import create_app
from vigie.serving.api.schemas.operations import EXAMPLE
from vigie.serving.settings import Settings

Problem = Callable[..., dict[str, Any]]


def test_a_number_that_nobody_has_costs_no_comparison(
    models: Models, tmp_path: Path, problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compared(*_: object, **__: object) -> None:
        raise AssertionError("it was compared")

    monkeypatch.setattr(exporting, "found", compared)
    with TestClient(
        create_app(Settings(store=str(tmp_path / "store"), judge_seconds=3600), models)
    ) as client:
        at = f"/v1/operations/{client.post('/v1/operations', json=EXAMPLE).json()['id']}"
        problem(client.get(f"{at}/campaigns/7/dossier"), 404, "operation-not-found")
        problem(client.get(f"{at}/groups/7/stix"), 404, "operation-not-found")
        problem(client.get(f"{at}/contents/7/stix"), 404, "operation-not-found")
