"""The tutorial on retraining is run as it stands, block by block, in an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vigie.models import bundle

PAGE = Path(__file__).parents[2] / "docs" / "tutorials" / "retrain.md"
_BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _shell(block: str) -> str:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = ["bash", "-euo", "pipefail", "-c", block]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.filterwarnings("ignore")  # MLflow's own
def test_every_block_of_the_tutorial_runs_and_leaves_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = _BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    shown = ""
    for language, block in blocks:
        if language == "sh":
            shown += _shell(block)
        else:
            exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102
    printed = capsys.readouterr().out
    assert "Note: Only 90 accounts are labelled inauthentic. Intervals are widened" in printed
    assert "replayed: {'value': " in printed
    assert 0.5 < names["figures"]["auc.mean"]["value"] <= 1
    assert names["scores"].height == 60
    assert "holds 1 confirmed false positive" in shown
    assert "Version 2" in shown or "2 is champion" in shown
    for page in ("first.vigie.run/report.html", "winter.html", "drift.html"):
        assert (tmp_path / page).read_text(encoding="utf-8").lstrip().lower().startswith("<!doctype html>"), (
            page
        )
    assert bundle.load(tmp_path / "served" / "inauthentic").identity() == names["second"].identity
