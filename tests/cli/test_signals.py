"""A command that is told to end leaves nothing of people's data behind; killed, no more than what it goes on from."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vigie.serving.api.schemas.requests import EXAMPLE

_PATIENCE_S = 60


@pytest.fixture
def accounts(tmp_path: Path) -> Path:
    """File of so many accounts that a command is at work on them for some seconds."""
    path = tmp_path / "accounts.jsonl"
    account = EXAMPLE["accounts"][0]
    path.write_text(
        "".join(json.dumps(account | {"account_id": str(number)}) + "\n" for number in range(4_000))
    )
    return path


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "vigie", *map(str, arguments)]


def ended(kind: signal.Signals, drafts: str, folder: Path, *arguments: object) -> int:
    """Run a command, send it a signal as soon as its drafts are there, and return its exit status."""
    process = subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # noqa: S603
    end = time.monotonic() + _PATIENCE_S
    while not list(folder.glob(drafts)):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)
    process.send_signal(kind)
    process.communicate(timeout=_PATIENCE_S)
    return process.returncode


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_score_that_is_told_to_end_leaves_nothing_and_says_so_by_its_status(
    accounts: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    arguments = ("score", accounts, "--out", out / "scores.csv", "--target", "inauthentic")
    assert ended(signal.SIGTERM, ".vigie-*/work/*", out, *arguments) == 143
    assert names(out) == []


def test_what_a_killed_score_left_is_gone_but_for_what_the_same_score_goes_on_from(
    accounts: Path, tmp_path: Path
) -> None:
    out, few = tmp_path / "out", tmp_path / "few.jsonl"
    few.write_text(json.dumps(EXAMPLE["accounts"][0]) + "\n")
    arguments = ("--target", "inauthentic", "--out")
    assert ended(signal.SIGKILL, ".vigie-*/work/*", out, "score", accounts, *arguments, out / "a.csv") == -9
    assert [name[:7] for name in names(out)] == [".a.csv.", ".vigie-"]
    subprocess.run(command("score", few, *arguments, out / "other.csv"), check=True, capture_output=True)  # noqa: S603
    assert names(out) == [".a.csv.unfinished", "other.csv"]
    subprocess.run(command("score", accounts, *arguments, out / "a.csv"), check=True, capture_output=True)  # noqa: S603
    assert names(out) == ["a.csv", "other.csv"]


def test_an_import_that_is_told_to_end_leaves_nothing_where_it_could_not_go_on(
    accounts: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    arguments = ("import", "generic", accounts, "--out", out / "data", "--platform", "x")
    assert ended(signal.SIGTERM, ".data.import/*", out, *arguments) == 143
    assert names(out) == []
