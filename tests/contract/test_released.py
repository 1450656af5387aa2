"""The service keeps the contract that was released: a change that breaks clients fails here."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from vigie.cli import app
from vigie.serving.api.app import create_app
from vigie.serving.api.compatibility import breaks
from vigie.serving.settings import Settings

RELEASED = Path(__file__).parents[2] / "docs" / "reference" / "openapi-v1.json"


def test_the_service_keeps_the_contract_that_was_released() -> None:
    assert breaks(json.loads(RELEASED.read_bytes()), create_app(Settings()).openapi()) == []


def test_the_command_writes_the_document_and_ends_with_1_where_it_breaks_another(tmp_path: Path) -> None:
    written = CliRunner().invoke(app, ["contract", "--openapi", "--against", str(RELEASED)])
    assert written.exit_code == 0, written.stderr
    document = json.loads(written.stdout)
    document["paths"]["/v1/gone"] = {"get": {"responses": {}}}
    other = tmp_path / "other.json"
    other.write_text(json.dumps(document))
    broken = CliRunner().invoke(app, ["contract", "--openapi", "--against", str(other)])
    assert (broken.exit_code, broken.stdout, broken.stderr) == (1, "", "GET /v1/gone is gone\n")


def test_a_file_that_is_no_openapi_document_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    failed = CliRunner().invoke(app, ["contract", "--against", str(tmp_path / "a.json")])
    assert failed.exit_code != 0
    assert "is no OpenAPI document" in failed.stderr
