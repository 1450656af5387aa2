"""A reader that leaves, as ``head`` does when it has its lines, ends a command without a word."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vigie.features.ingest import dataset
from vigie.features.ingest.reader import Log
from vigie.training.synthetic.accounts import generate


def end_without_reader(*arguments: object) -> tuple[int, str]:
    """Run a command whose output nobody reads; return its exit status and what it wrote as errors."""
    command = [sys.executable, "-m", "vigie", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    return process.wait(timeout=120), said


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    world = generate(ordinary=20, inauthentic=10, seed=4, posts_per_account=20)
    read = Log().read(world.accounts, world.posts, world.labels)
    dataset.write(read, tmp_path / "d", name="d", form="synthetic", now=datetime(2026, 1, 1, tzinfo=UTC))
    return tmp_path / "d"


def assert_quiet(status: int, said: str) -> None:
    assert "Traceback" not in said
    assert "refused" not in said
    assert "Broken pipe" not in said
    assert status == 1


def test_a_network_that_nobody_reads_is_written_all_the_same(folder: Path, tmp_path: Path) -> None:
    assert_quiet(*end_without_reader("network", folder, "--out", tmp_path / "network"))
    assert (tmp_path / "network" / "groups.json").exists()


@pytest.mark.parametrize("command", ["features", "contract"])
@pytest.mark.parametrize("form", [[], ["--markdown"]], ids=["table", "page"])
def test_a_list_that_nobody_reads_to_its_end_is_no_fault(command: str, form: list[str]) -> None:
    assert_quiet(*end_without_reader(command, *form))
