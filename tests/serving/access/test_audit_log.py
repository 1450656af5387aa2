"""The audit log goes on over files, restarts, processes and kills, and never leaves half an entry."""

from __future__ import annotations

import json
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from vigie.errors import AuditError
from vigie.serving.access.audit_chain import verify
from vigie.serving.access.audit_log import AuditEntry, AuditLog

ENTRY = AuditEntry(
    time="2026-11-29T12:00:00.000+00:00", request_id="r", client="192.0.2.1", caller="key:9f86d081", name="collector",
    method="POST", route="/v1/score", status=200, operation=None, models={"inauthentic": "ac886c946973"}, accounts=40, posts=479,
    received=73_501, sent=85_582, seconds=0.333,
)  # fmt: skip
MUCH = 10**9
# Writes entries in a process of its own until it is killed.
_WRITER = """
import sys
from pathlib import Path
from vigie.serving.access.audit_log import AuditEntry, AuditLog
log = AuditLog(Path(sys.argv[1]), int(sys.argv[2]))
entry = AuditEntry("t", sys.argv[4], "c", None, None, "GET", "/", 200, None, {}, 0, 0, 0, None, 0.0)
for _ in range(int(sys.argv[3])):
    log.append(entry)
"""


def entries(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def whole(file: Path) -> list[Path]:
    """Return all files of a log, the oldest first."""
    return [*sorted(file.parent.glob(f"{file.name}.[0-9]*")), file]


def writer(file: Path, max_bytes: int, count: int, name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _WRITER, str(file), str(max_bytes), str(count), name]
    return subprocess.Popen(command)  # noqa: S603


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@contextmanager
def full_at(size: int) -> Iterator[None]:
    """Let no file grow beyond a size: the system then writes a part and refuses the rest, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_an_entry_is_one_line_for_its_owner_alone(file: Path) -> None:
    log = AuditLog(file, MUCH)
    log.append(ENTRY)
    (line,) = entries(file)
    assert line["name"] == "collector"
    assert line["models"] == {"inauthentic": "ac886c946973"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_chain_goes_on_after_a_restart_and_the_log_tells_where(file: Path) -> None:
    AuditLog(file, MUCH).append(ENTRY)
    again = AuditLog(file, MUCH)
    with capture_logs() as logs:
        again.open()
    assert logs[0]["event"] == "audit_opened"
    assert (logs[0]["sequence"], logs[0]["digest"]) == (1, entries(file)[0]["digest"])
    again.append(ENTRY)
    assert verify([file]).end.sequence == 2


def test_full_files_lie_beside_it_from_the_oldest_on_and_the_chain_goes_on(file: Path) -> None:
    for _ in range(4):
        log = AuditLog(file, 1_500)
        with capture_logs() as logs:
            for _ in range(5):
                log.append(ENTRY)
    assert {told["event"] for told in logs} == {"audit_file_full"}
    files = whole(file)
    assert len(files) > 5
    assert files[0].name == "audit.jsonl.000001"
    assert all(each.stat().st_size <= 1_500 for each in files)
    found = verify(list(reversed(files)))
    assert found.end.sequence == 20
    assert list(found.files) == files


def test_the_chain_goes_on_where_only_full_files_are_left(file: Path) -> None:
    AuditLog(file, MUCH).append(ENTRY)
    file.rename(f"{file}.000001")
    AuditLog(file, MUCH).append(ENTRY)
    assert verify([file, Path(f"{file}.000001")]).end.sequence == 2


def test_a_file_that_is_moved_away_while_the_service_runs_is_followed_by_its_next_line(file: Path) -> None:
    log = AuditLog(file, MUCH)
    log.append(ENTRY)
    moved = file.rename(file.with_name("moved"))
    log.append(ENTRY)
    assert verify([file, moved]).end.sequence == 2


def test_half_a_line_is_set_aside_and_told(file: Path) -> None:
    AuditLog(file, MUCH).append(ENTRY)
    half = file.read_bytes()[:50]
    with file.open("ab") as data:
        data.write(half)
    with capture_logs() as logs:
        AuditLog(file, MUCH).append(ENTRY)
    assert logs[0]["event"] == "audit_line_torn"
    assert Path(logs[0]["kept_in"]).read_bytes() == half + b"\n"
    assert verify([file]).end.sequence == 2


def test_a_first_line_that_is_not_whole_is_set_aside_too(file: Path) -> None:
    file.write_bytes(b'{"acc')
    AuditLog(file, MUCH).append(ENTRY)
    assert verify([file]).end.sequence == 1


@pytest.mark.parametrize("last", [b"{}\n", b"nonsense\n"])
def test_a_last_line_that_is_none_is_told_at_the_start(file: Path, last: bytes) -> None:
    file.write_bytes(last)
    with pytest.raises(AuditError, match="vigie audit verify"):
        AuditLog(file, MUCH).open()


def test_a_full_disk_refuses_the_entry_whole_and_the_chain_goes_on_when_there_is_room(file: Path) -> None:
    log = AuditLog(file, MUCH)
    log.append(ENTRY)
    size = file.stat().st_size
    for room in (size + 100, size):
        with full_at(room), pytest.raises(AuditError, match="make room"):
            log.append(ENTRY)
        assert file.stat().st_size == size
    log.append(ENTRY)
    assert verify([file]).end.sequence == 2


def test_a_place_that_cannot_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AuditError, match="cannot be written"):
        AuditLog(tmp_path / "file" / "audit.jsonl", MUCH).open()
    with pytest.raises(AuditError, match="cannot be written"):
        AuditLog(tmp_path, MUCH).open()


def test_processes_write_one_chain(file: Path) -> None:
    with ExitStack() as stack:
        running = [stack.enter_context(writer(file, 4_000, 60, name)) for name in "abc"]
    assert [process.returncode for process in running] == [0, 0, 0]
    files = whole(file)
    assert len(files) > 3
    assert verify(files).end.sequence == 180
    assert {line["request_id"] for each in files for line in entries(each)} == {"a", "b", "c"}


def test_a_process_that_is_killed_leaves_a_chain_that_goes_on(file: Path) -> None:
    for _ in range(3):
        before = file.stat().st_size if file.exists() else 0
        with writer(file, MUCH, 10**6, "killed") as process:
            while not file.exists() or file.stat().st_size == before:
                assert process.poll() is None
            process.kill()
        AuditLog(file, MUCH).append(replace(ENTRY, request_id="after"))
    found = verify([file])
    assert found.end.sequence >= 6
    assert not found.torn
