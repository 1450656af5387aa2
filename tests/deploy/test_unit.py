"""systemd takes the unit, and finds little that a broken service could do."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from vigie.cli import serve

UNIT = Path(__file__).parents[2] / "deploy" / "vigie.service"
TEXT = UNIT.read_text(encoding="utf-8")
# Of 10; below 2 is what systemd calls OK.
_MOST_EXPOSED = 1.5


@pytest.fixture(scope="module")
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd-analyze is not installed")
    return found


def test_systemd_takes_the_unit(analyze: str, tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text(TEXT.replace("/opt/vigie/bin/vigie", "/bin/true"))
    done = subprocess.run([analyze, "verify", copy], capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")


def test_a_broken_service_could_do_little(analyze: str) -> None:
    command = [analyze, "security", "--offline=true", "--no-pager", str(UNIT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze cannot judge a file")
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert exposure, done.stdout + done.stderr
    assert float(exposure[1]) <= _MOST_EXPOSED


def test_systemd_waits_longer_than_the_service_takes_to_end() -> None:
    patience = re.search(r"^TimeoutStopSec=(\d+)s$", TEXT, re.MULTILINE)
    assert patience
    assert int(patience[1]) > 10 > serve._LAST_ANSWERS_S + serve._LAST_STEPS_S
