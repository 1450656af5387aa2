"""Who is signed in: sessions kept in memory, each under the digest of a random id that only a browser holds."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from time import monotonic

# A working day; whoever works longer signs in again.
LIFE_S = 12 * 3_600
# Sessions kept at once: where more come, the oldest ends.
MOST = 10_000
_ID_BYTES = 32


def new_id() -> str:
    """Return a random id for the cookie of a browser."""
    return secrets.token_urlsafe(_ID_BYTES)


@dataclass(frozen=True)
class _Session:
    key: str
    ends_at: float


class Sessions:
    """The sessions of one process; they end with it.

    A session holds the key that was given. Each request is let in by that key, as if it had come with it: one that is
    revoked opens nothing from then on.

    Attributes:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.clock = clock
        self._kept: dict[bytes, _Session] = {}
        self._lock = Lock()

    def begin(self, key: str) -> str:
        """Return the id of a new session of a key; it is never one that the browser had before."""
        name = new_id()
        with self._lock:
            now = self.clock()
            self._kept = {digest: kept for digest, kept in self._kept.items() if kept.ends_at > now}
            while len(self._kept) >= MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[_digest(name)] = _Session(key, now + LIFE_S)
        return name

    def key_of(self, name: str | None) -> str | None:
        """Return the key of a session; None where there is none by that id, or it has ended."""
        with self._lock:
            kept = self._kept.get(_digest(name or ""))
        return kept.key if kept is not None and kept.ends_at > self.clock() else None

    def end(self, name: str | None) -> None:
        """End a session."""
        with self._lock:
            self._kept.pop(_digest(name or ""), None)


def _digest(name: str) -> bytes:
    """Return what an id is looked up by: how long that takes tells nothing of other ids."""
    return sha256(name.encode()).digest()
