"""A flood of refusals takes few lines of the audit log; none goes uncounted, and what was answered always has its line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from vigie.errors import AuditError
from vigie.serving.access.audit_chain import verify
from vigie.serving.access.audit_log import AuditEntry, AuditLog
from vigie.serving.access.bounded_audit import LISTED, WINDOW_S, BoundedAudit

STRANGER = AuditEntry(
    time="2026-11-29T12:00:00.000+00:00", request_id="r", client="192.0.2.1", caller=None, name=None, method="GET",
    route="/v1/model", status=401, operation=None, models={}, accounts=0, posts=0, received=0, sent=9, seconds=0.001,
)  # fmt: skip
KNOWN = replace(STRANGER, caller="key:9f86d081", name="collector", status=200)
MUCH = 10**9


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@pytest.fixture
def audit(file: Path, clock: Clock) -> BoundedAudit:
    return BoundedAudit(AuditLog(file, MUCH), clock)


def entries(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def test_refusals_beyond_a_number_are_counted_and_told_in_one_line_after_the_minute(
    audit: BoundedAudit, file: Path, clock: Clock
) -> None:
    for _ in range(1_000):
        audit.append(STRANGER)
    audit.append(KNOWN)
    assert [entry["status"] for entry in entries(file)] == [*[401] * LISTED, 200]
    clock.now = WINDOW_S
    audit.append(KNOWN)
    *_, told, last = entries(file)
    assert (told["status"], told["requests"], told["request_id"], told["caller"]) == (
        401,
        1_000 - LISTED,
        "",
        None,
    )
    assert (last["status"], last["requests"]) == (200, 1)
    assert sum(entry["requests"] for entry in entries(file)) == 1_002
    assert verify([file]).end.sequence == LISTED + 3


def test_kinds_are_counted_apart_so_that_one_flood_does_not_hide_another_refusal(
    audit: BoundedAudit, file: Path, clock: Clock
) -> None:
    for _ in range(LISTED + 5):
        audit.append(STRANGER)
        audit.append(replace(KNOWN, status=429))
    audit.append(replace(STRANGER, status=421))
    assert entries(file)[-1]["status"] == 421
    clock.now = WINDOW_S
    audit.append(KNOWN)
    told = [entry for entry in entries(file) if entry["requests"] > 1]
    assert [(entry["status"], entry["name"], entry["requests"]) for entry in told] == [
        (401, None, 5), (429, "collector", 5),
    ]  # fmt: skip


@pytest.mark.parametrize("status", [200, 403, 404, 500])
def test_what_a_known_caller_is_answered_always_has_its_line(
    audit: BoundedAudit, file: Path, status: int
) -> None:
    for _ in range(2 * LISTED):
        audit.append(replace(KNOWN, status=status))
    assert len(entries(file)) == 2 * LISTED


def test_what_is_counted_is_told_when_the_service_ends(audit: BoundedAudit, file: Path) -> None:
    for _ in range(LISTED + 7):
        audit.append(STRANGER)
    audit.close()
    assert entries(file)[-1]["requests"] == 7
    audit.close()
    assert len(entries(file)) == LISTED + 1, "told once"


def test_what_cannot_be_told_stays_counted(file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    log = AuditLog(file, MUCH)
    audit = BoundedAudit(log, clock)
    for _ in range(LISTED + 7):
        audit.append(STRANGER)

    def refuse(_: AuditEntry) -> None:
        raise AuditError("the disk is full")

    clock.now = WINDOW_S
    with monkeypatch.context() as full:
        full.setattr(log, "append", refuse)
        with pytest.raises(AuditError):
            audit.append(KNOWN)
        with capture_logs() as logged:
            audit.close()
        assert (logged[0]["event"], logged[0]["refusals"]) == ("audit_unwritten", 7)
    clock.now = 2 * WINDOW_S
    audit.append(KNOWN)
    assert [entry["requests"] for entry in entries(file)[-2:]] == [7, 1]
