"""``vigie audit verify`` says that a log is as it was written, or where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from vigie.cli import app
from vigie.serving.access.audit_log import AuditEntry, AuditLog

ENTRY = AuditEntry(
    "2026-11-29T12:00", "r", "192.0.2.1", None, None, "GET", "/v1/model", 401, None, {}, 0, 0, 0, None, 0.001
)


def verify(*files: Path) -> Result:
    return CliRunner().invoke(app, ["audit", "verify", *map(str, files)])


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """All that lies beside a log of seven lines, as a shell would list it."""
    log = AuditLog(tmp_path / "audit.jsonl", 1_300)
    for _ in range(7):
        log.append(ENTRY)
    return sorted(tmp_path.glob("audit.jsonl*"))


def test_a_log_is_told_whole_with_its_last_digest(files: list[Path]) -> None:
    done = verify(*files)
    assert done.exit_code == 0
    assert "7 lines in 3 files, all as written." in done.stdout
    last = (files[0].read_text().splitlines()[-1]).partition('"digest":"')[2][:64]
    assert f"Last digest: {last}" in done.stdout


def test_lines_that_were_not_given_are_told(files: list[Path]) -> None:
    done = verify(files[0])
    assert done.exit_code == 0
    assert "Lines before 7 are in no file that was given" in done.stdout


def test_half_a_line_at_the_end_is_told(files: list[Path]) -> None:
    with files[0].open("a") as file:
        file.write('{"half')
    assert "The last line is not whole" in verify(*files).stdout


def test_a_log_without_a_line_is_whole(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").touch()
    assert "0 lines" in verify(tmp_path / "audit.jsonl").stdout


def test_a_changed_line_is_named(files: list[Path]) -> None:
    files[1].write_text(files[1].read_text().replace("401", "200", 1))
    done = verify(*files)
    assert done.exit_code == 2
    assert f"{files[1]}, line 1" in done.stderr.replace("\n", "")
    assert verify(files[0].with_name("none")).exit_code == 2
