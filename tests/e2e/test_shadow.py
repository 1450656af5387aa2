"""A real server that compares a challenger with its champion, while the challenger is replaced."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import TypeAdapter

from vigie.models.bundle import load
from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.serving.api.schemas.responses import ModelResponse

_MODEL = TypeAdapter(ModelResponse)
_PATIENCE_S = 60


def compared(client: Any, challenger: str) -> dict[str, Any]:
    """Ask until the challenger of a version was compared, and return its differences."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        answer = client.post("/v1/score", json=EXAMPLE)
        assert answer.status_code == 200
        assert answer.json()["model"]["version"] == load().version
        said = client.get("/v1/model")
        _MODEL.validate_json(said.content)
        differences: dict[str, Any] | None = said.json()["challenger"]["inauthentic"]["differences"]
        if differences and differences["challenger"] == challenger:
            return differences
        time.sleep(0.05)
    pytest.fail(f"{challenger} was never compared")


def version(folder: Path) -> str:
    return str(json.loads((folder / "bundle.json").read_text())["version"])


def test_a_challenger_is_compared_and_replaced_while_the_champion_answers(
    serve: Callable[..., str], remade: Callable[..., Path], tmp_path: Path
) -> None:
    twin, silent = remade("twin", name="twin"), remade("silent", floors={"acts": 10**6, "posts": 10**6})
    link, fresh = tmp_path / "challenger", tmp_path / "fresh"
    link.symlink_to(twin)
    options = ("--challenger", link, "--shadow-share", 1, "--reload-seconds", 0.2)
    with httpx2.Client(base_url=serve(*options), timeout=_PATIENCE_S) as client:
        alike = compared(client, version(twin))
        fresh.symlink_to(silent)
        os.replace(fresh, link)
        other = compared(client, version(silent))
        counters = client.get("/metrics").text
    assert alike["scored_by_both"] == alike["accounts"]
    assert alike["mean_absolute_log_odds_difference"] == pytest.approx(0, abs=1e-9)
    assert (other["scored_by_both"], other["mean_log_odds_difference"]) == (0, None)
    (change,) = other["status_changes"]
    assert (change["challenger"], change["accounts"]) == ("abstained", other["accounts"])
    assert f'role="challenger",target="inauthentic",version="{version(silent)}"}} 1.0' in counters
    assert version(twin) not in counters
