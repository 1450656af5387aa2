"""What the files set are settings of the service, in their range."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vigie.serving.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
_SET = re.compile(r"\b(VIGIE_[A-Z_]+)(?:=|: )\"?([^\s\"]+)")


@pytest.mark.parametrize("file", ["compose.yaml", "vigie.service", "vigie.env.example"])
def test_what_a_file_sets_is_a_setting(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = dict(_SET.findall((DEPLOY / file).read_text(encoding="utf-8")))
    assert given
    assert not {name for name in given if name.removeprefix("VIGIE_").lower() not in Settings.model_fields}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    Settings()
