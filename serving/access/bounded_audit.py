"""An audit log that a flood of refused requests cannot fill.

Whoever has no key may ask as often as the network lets it, and who has used up its allowance too. So refusals of one kind
have a line each up to a number in a minute; further ones are counted, and one line says how many there were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import NamedTuple

import structlog

from vigie.errors import AuditError, RateLimitedError
from vigie.serving.access.audit_log import AuditEntry, AuditLog

# Refusals of one kind that have a line each in so many seconds, of one process.
LISTED, WINDOW_S = 60, 60.0

_log = structlog.get_logger("vigie.serving")


class _Kind(NamedTuple):
    """What refusals that are counted together have in common."""

    caller: str | None
    name: str | None
    status: int


class BoundedAudit:
    """Writes entries to an audit log, or counts them where they are refusals without end.

    What is counted is written with the next entry after the minute, or when the service ends.
    """

    def __init__(self, log: AuditLog, clock: Callable[[], float] = monotonic) -> None:
        self._log, self._clock = log, clock
        self._ends = clock() + WINDOW_S
        self._seen: Counter[_Kind] = Counter()
        self._unlisted: Counter[_Kind] = Counter()

    def append(self, entry: AuditEntry) -> None:
        """Write an entry, or count it.

        Raises:
            AuditError: It could not be written; nothing of it is in the file.
        """
        if self._clock() >= self._ends:
            self._ends = self._clock() + WINDOW_S
            self._seen.clear()
            self._tell()
        if entry.caller is None or entry.status == RateLimitedError.status:
            kind = _Kind(entry.caller, entry.name, entry.status)
            self._seen[kind] += 1
            if self._seen[kind] > LISTED:
                self._unlisted[kind] += 1
                return
        self._log.append(entry)

    def close(self) -> None:
        """Write what is counted."""
        try:
            self._tell()
        except AuditError as error:
            _log.error("audit_unwritten", refusals=self._unlisted.total(), error=str(error))

    def _tell(self) -> None:
        for kind, count in list(self._unlisted.items()):
            self._log.append(
                AuditEntry(
                    time=datetime.now(UTC).isoformat(timespec="milliseconds"),
                    request_id="",
                    client="",
                    caller=kind.caller,
                    name=kind.name,
                    method="",
                    route="",
                    status=kind.status,
                    operation=None,
                    models={},
                    accounts=0,
                    posts=0,
                    received=0,
                    sent=None,
                    seconds=0.0,
                    requests=count,
                )
            )
            del self._unlisted[kind]
