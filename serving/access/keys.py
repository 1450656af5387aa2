"""Keys of the service, and the file that holds them.

A key is ``vigie_<id>_<secret>``. The secret has 256 random bits, so one round of SHA-256 hides it: there is nothing to
guess that a slow hash would have to protect, as there is with passwords. The file holds digests only.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from filelock import FileLock
from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError

from vigie.errors import KeysError, UnauthenticatedError
from vigie.serving.access.rates import Rate
from vigie.serving.access.scopes import Scope

_ID_BYTES, _SECRET_BYTES = 4, 32
_WRITTEN = re.compile(rf"vigie_([0-9a-f]{{{2 * _ID_BYTES}}})_([A-Za-z0-9_-]{{43}})")
# Seconds to wait for another process that changes the file.
_PATIENCE_S = 10
_UNKNOWN = "the key is not known; check that all of it was copied, or ask the operator for another"

KeyState = Literal["active", "expired", "revoked"]
_Name = Annotated[str, StringConstraints(pattern=r"^[\w .@+-]{1,64}$")]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Previous(_Record):
    """The secret of a key before its rotation.

    Attributes:
        digest: SHA-256 of the secret, in hex.
        until: When it ends.
    """

    digest: str
    until: AwareDatetime


class Key(_Record):
    """A key without its secret.

    Attributes:
        id: Tells it apart, also in logs.
        name: Whom or what it was made for.
        scopes: What it may be used for.
        digest: SHA-256 of its secret, in hex.
        created: When it was made.
        rotated: When it got the secret that it has; None: when it was made.
        expires: When it ends; None: never.
        revoked: When it was revoked; None: it was not.
        previous: The secret before the last rotation; None: it was never rotated.
        requests: Its own limit of requests; None: that of the service.
        accounts: Its own limit of accounts; None: that of the service.
        operation: The one operation that it opens; None: any.
    """

    id: str
    name: _Name
    scopes: tuple[Scope, ...]
    digest: str
    created: AwareDatetime
    rotated: AwareDatetime | None = None
    expires: AwareDatetime | None = None
    revoked: AwareDatetime | None = None
    previous: Previous | None = None
    requests: Rate | None = None
    accounts: Rate | None = None
    operation: str | None = None

    @property
    def life(self) -> timedelta | None:
        """How long its secret may be used from the first day on; None: for ever."""
        return self.expires - (self.rotated or self.created) if self.expires else None

    def state(self, now: datetime) -> KeyState:
        """Return whether it may be used."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= now else "active"

    def has(self, digest: str, now: datetime) -> bool:
        """Return whether a digest is that of its secret, or of the one before a rotation that still lets it."""
        # Both are compared, so that time does not tell which one it was.
        own = hmac.compare_digest(self.digest, digest)
        before = self.previous is not None and hmac.compare_digest(self.previous.digest, digest)
        return own or (before and self.previous is not None and now < self.previous.until)


class ShownKey(NamedTuple):
    """What may be kept of a key that a caller showed.

    Attributes:
        id: Of the key.
        digest: SHA-256 of the secret that was shown, in hex.
    """

    id: str
    digest: str

    @classmethod
    def of(cls, written: str) -> ShownKey:
        """Return a key as it was handed over without its secret.

        Raises:
            UnauthenticatedError: It is not written as a key.
        """
        parts = _WRITTEN.fullmatch(written)
        if parts is None:
            raise UnauthenticatedError(_UNKNOWN)
        return cls(parts[1], _digest(parts[2]))


class Issued(NamedTuple):
    """A key with its secret, which nobody can tell again.

    Attributes:
        key: What is kept.
        written: What is handed over.
    """

    key: Key
    written: str


class _Content(_Record):
    format: Literal[1] = 1
    keys: tuple[Key, ...] = ()


def issue(
    name: str,
    scopes: Sequence[Scope],
    now: datetime,
    *,
    life: timedelta | None,
    requests: Rate | None = None,
    accounts: Rate | None = None,
    operation: str | None = None,
) -> Issued:
    """Return a new key.

    Args:
        name: Whom or what it is for.
        scopes: What it may be used for.
        now: When it is made.
        life: How long it may be used; None: for ever.
        requests: Its own limit of requests.
        accounts: Its own limit of accounts.
        operation: The one operation that it opens; None: any.

    Raises:
        KeysError: The name cannot be used.
    """
    identity, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    try:
        key = Key(
            id=identity,
            name=name,
            scopes=tuple(sorted(set(scopes))),
            digest=_digest(secret),
            created=now,
            expires=now + life if life else None,
            requests=requests,
            accounts=accounts,
            operation=operation,
        )
    except ValidationError:
        raise KeysError(
            f"the name {name!r} cannot be used: 1 to 64 letters, digits, spaces and . @ + - _ are allowed"
        ) from None
    return Issued(key, _write(identity, secret))


def rotate(key: Key, now: datetime, *, overlap: timedelta) -> Issued:
    """Return a key with a new secret, which may be used for as long as the old one could.

    Args:
        key: The key as it is.
        now: When it is rotated.
        overlap: How long the old secret may be used beside it.

    Raises:
        KeysError: It is revoked.
    """
    if key.revoked:
        raise KeysError(f"the key {key.id} is revoked and stays so; make another one: vigie keys create")
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    until = now + overlap if key.expires is None else min(now + overlap, key.expires)
    fresh = {
        "digest": _digest(secret),
        "rotated": now,
        "expires": now + key.life if key.life else None,
        "previous": Previous(digest=key.digest, until=until),
    }
    return Issued(key.model_copy(update=fresh), _write(key.id, secret))


class KeyFile:
    """The file of keys; what changes in it is seen by the next request.

    Attributes:
        path: Where it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}

    @property
    def keys(self) -> dict[str, Key]:
        """Its keys by their ids, in the order in which they were made.

        Raises:
            KeysError: It is not there, or cannot be read. Nobody is let in then: a key that was revoked by removing the file
                must not go on.
        """
        try:
            found = self.path.stat()
            seen = (found.st_ino, found.st_size, found.st_mtime_ns)
            if seen != self._seen:
                content = _Content.model_validate_json(self.path.read_bytes())
                self._keys = {key.id: key for key in content.keys}
                self._seen = seen
        except OSError as error:
            self._seen = None
            raise KeysError(
                f"the file of keys {self.path} cannot be read ({error.strerror}); vigie keys create makes it"
            ) from error
        except ValidationError as error:
            self._seen = None
            fault = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, fault["loc"])) or "the file"
            raise KeysError(
                f"the file of keys {self.path} is damaged, or of another version of vigie ({place}: {fault['msg']}); put back "
                "a copy of it, or make new keys in another file"
            ) from error
        return self._keys

    def find(self, shown: ShownKey, now: datetime) -> Key:
        """Return the key that a caller showed; it may have ended.

        Raises:
            UnauthenticatedError: It is unknown.
            KeysError: The file cannot be read.
        """
        key = self.keys.get(shown.id)
        if key is None or not key.has(shown.digest, now):
            raise UnauthenticatedError(_UNKNOWN)
        return key

    def named(self, wanted: str, now: datetime) -> Key:
        """Return the key of an id, or the one active key of a name.

        Raises:
            KeysError: There is none.
        """
        keys = self.keys
        active = [key for key in keys.values() if key.name == wanted and key.state(now) == "active"]
        found = keys.get(wanted) or next(iter(active), None)
        if found is None:
            raise KeysError(
                f"{self.path} holds no key with the id {wanted} and no active one of that name; see vigie keys list"
            )
        return found

    @contextmanager
    def changing(self) -> Iterator[dict[str, Key]]:
        """Lend the keys by their ids to be changed, and write them at the end; other processes wait.

        Raises:
            KeysError: The file is there and cannot be read, or another process holds it for long.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(f"{self.path}.lock", timeout=_PATIENCE_S, mode=0o600):
                keys = dict(self.keys) if self.path.exists() else {}
                yield keys
                _replace(self.path, _Content(keys=tuple(keys.values())).model_dump_json(indent=2).encode())
        except TimeoutError:
            raise KeysError(
                f"another process has been changing {self.path} for {_PATIENCE_S} s; try again"
            ) from None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _write(identity: str, secret: str) -> str:
    return f"vigie_{identity}_{secret}"


def _replace(path: Path, content: bytes) -> None:
    """Write a file at once, for its owner alone; one that is there keeps its owner and rights."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if path.exists():
                before = path.stat()
                os.fchmod(descriptor, stat.S_IMODE(before.st_mode))
                # Made by root for the user of the service, who could not read it any more.
                if before.st_uid != os.geteuid():
                    os.fchown(descriptor, before.st_uid, before.st_gid)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(draft, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(draft)
        raise
