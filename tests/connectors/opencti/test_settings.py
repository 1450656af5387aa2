"""Settings come from the file and the environment, and reach pycti's helper."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from vigie_opencti.settings import Settings

SAMPLE = Path(__file__).parents[3] / "connectors" / "opencti" / "config.yml.sample"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read() -> Settings:
    return Settings()  # type: ignore[call-arg]  # from the file and the environment


def test_the_sample_can_be_read_and_its_secrets_are_not_shown(folder: Path) -> None:
    shutil.copy(SAMPLE, folder / "config.yml")
    settings = read()
    assert settings.vigie.operation == "op_0123456789abcdef"
    assert "ChangeMe" not in repr(settings.vigie) + repr(settings.opencti)
    told = settings.for_helper()
    assert told["opencti"] == {"url": "https://opencti.example.org/", "token": "ChangeMe"}
    assert told["connector"]["type"] == "INTERNAL_ENRICHMENT"
    assert told["connector"]["scope"] == "User-Account,Channel"


def test_the_environment_wins_and_suffices(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {
        "OPENCTI_URL": "https://o.example", "OPENCTI_TOKEN": "t", "CONNECTOR_ID": "c", "CONNECTOR_LOG_LEVEL": "info",
        "VIGIE_URL": "https://v.example", "VIGIE_OPERATION": "op_1", "VIGIE_MAX_TLP": "TLP:GREEN",
    }  # fmt: skip
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings = read()
    assert (settings.vigie.max_tlp, settings.connector.log_level) == ("TLP:GREEN", "info")
    shutil.copy(SAMPLE, folder / "config.yml")
    assert read().vigie.operation == "op_1"


def test_what_is_missing_or_misspelt_is_named(folder: Path) -> None:
    (folder / "config.yml").write_text("vigie: {url: 'https://v.example', operation: op_1, max_tpl: red}\n")
    with pytest.raises(ValidationError, match=r"(?s)opencti.*connector.*vigie\.max_tpl"):
        read()
