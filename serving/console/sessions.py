"""Who is signed in: sessions, each under the digest of a random id that only a browser holds.

A session names a key by its id and the digest of its secret. Each request is let in by that key, as if it had come with it:
one that is revoked opens nothing from then on. Neither an id nor a secret is kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Protocol

from sqlalchemy import delete, func, insert, select

from vigie.serving.access.keys import ShownKey
from vigie.serving.operations import tables
from vigie.serving.operations.store import Database

# A working day; whoever works longer signs in again.
LIFE = timedelta(hours=12)
# Sessions kept at once: where more come, the oldest ends.
MOST = 10_000
_ID_BYTES = 32
_TABLE = tables.console_sessions

Clock = Callable[[], datetime]


def new_id() -> str:
    """Return a random id for the cookie of a browser."""
    return secrets.token_urlsafe(_ID_BYTES)


class Sessions(Protocol):
    """Where sessions are kept."""

    def begin(self, key: ShownKey) -> str:
        """Return the id of a new session of a key; it is never one that the browser had before."""

    def key_of(self, name: str | None) -> ShownKey | None:
        """Return the key of a session; None where there is none by that id, or it has ended."""

    def end(self, name: str | None) -> None:
        """End a session."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class _Session:
    key: ShownKey
    ends_at: datetime


class ProcessSessions:
    """Sessions in the memory of one process; they end with it."""

    def __init__(self, clock: Clock = _now) -> None:
        self._clock = clock
        self._kept: dict[bytes, _Session] = {}
        self._lock = Lock()

    def begin(self, key: ShownKey) -> str:
        """As :meth:`Sessions.begin`."""
        name, now = new_id(), self._clock()
        with self._lock:
            self._kept = {digest: kept for digest, kept in self._kept.items() if kept.ends_at > now}
            while len(self._kept) >= MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[_digest(name)] = _Session(key, now + LIFE)
        return name

    def key_of(self, name: str | None) -> ShownKey | None:
        """As :meth:`Sessions.key_of`."""
        with self._lock:
            kept = self._kept.get(_digest(name or ""))
        return kept.key if kept is not None and kept.ends_at > self._clock() else None

    def end(self, name: str | None) -> None:
        """As :meth:`Sessions.end`."""
        with self._lock:
            self._kept.pop(_digest(name or ""), None)


class StoredSessions:
    """Sessions in the catalogue of operations, for all processes and over restarts.

    Each method raises StoreError where the database does not answer.
    """

    def __init__(self, catalogue: Database, clock: Clock = _now) -> None:
        self._catalogue, self._clock = catalogue, clock

    def begin(self, key: ShownKey) -> str:
        """As :meth:`Sessions.begin`."""
        name, now = new_id(), self._clock()
        with self._catalogue.writing() as connection:
            connection.execute(delete(_TABLE).where(_TABLE.c.ends_at <= now))
            kept = connection.execute(select(func.count()).select_from(_TABLE)).scalar_one()
            if kept >= MOST:
                oldest = select(_TABLE.c.digest).order_by(_TABLE.c.ends_at).limit(kept - MOST + 1)
                connection.execute(delete(_TABLE).where(_TABLE.c.digest.in_(oldest)))
            connection.execute(
                insert(_TABLE).values(
                    digest=_digest(name), key_id=key.id, key_digest=key.digest, ends_at=now + LIFE
                )
            )
        return name

    def key_of(self, name: str | None) -> ShownKey | None:
        """As :meth:`Sessions.key_of`."""
        if name is None:
            return None
        with self._catalogue.reading() as connection:
            row = connection.execute(
                select(_TABLE.c.key_id, _TABLE.c.key_digest).where(
                    _TABLE.c.digest == _digest(name), _TABLE.c.ends_at > self._clock()
                )
            ).first()
        return ShownKey(*row) if row is not None else None

    def end(self, name: str | None) -> None:
        """As :meth:`Sessions.end`."""
        with self._catalogue.writing() as connection:
            connection.execute(delete(_TABLE).where(_TABLE.c.digest == _digest(name or "")))


def _digest(name: str) -> bytes:
    """Return what an id is looked up by: how long that takes tells nothing of other ids."""
    return sha256(name.encode()).digest()
