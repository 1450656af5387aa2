"""Who asked what of which model, when, and of how many accounts; never which accounts, nor what was said of them.

An entry is written before its answer goes out. Where it cannot be written, as on a full disk, the answer is withheld
(503): otherwise whoever fills the disk asks unseen. Entries go to the system line by line and are there after the
process is killed; what the system had not put on disk is lost if the machine itself fails.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog
from filelock import FileLock

from vigie.errors import AuditError
from vigie.serving.access.audit_chain import Head, head_of, linked

# Longer than any line.
_TAIL_BYTES = 65_536
# Seconds to wait for another process that writes, and between two looks.
_PATIENCE_S, _LOOK_S = 5, 0.001
_log = structlog.get_logger("vigie.serving")


@dataclass(frozen=True)
class AuditEntry:
    """One request, or several refusals of one kind.

    Attributes:
        time: When its answer went out, ISO 8601 in UTC.
        request_id: As the answer and the log have it; empty: the entry stands for several.
        client: The address that it came from.
        caller: ``key:`` and the id of the key, ``user:`` and the name, or ``anonymous:`` and the address; None: unknown.
        name: Whom the key was made for.
        method: Of HTTP.
        route: Of the API.
        status: Of the answer.
        operation: The operation that was asked; None: none was.
        models: Versions of the models that answered, by target.
        accounts: Accounts in the request.
        posts: Posts in the request.
        received: Bytes of the body that came.
        sent: Bytes of the body of the answer; None: it is sent in parts.
        seconds: From the request to the answer.
        requests: How many the entry stands for.
    """

    time: str
    request_id: str
    client: str
    caller: str | None
    name: str | None
    method: str
    route: str
    status: int
    operation: str | None
    models: Mapping[str, str]
    accounts: int
    posts: int
    received: int
    sent: int | None
    seconds: float
    requests: int = 1


class AuditLog:
    """An audit log that any number of processes write to; its chain goes on over files and restarts.

    Attributes:
        path: The file that is written to. Full ones lie beside it, numbered from the oldest on, and are never deleted.
        max_bytes: Size of a full one.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.path = path
        self.max_bytes = max_bytes
        self._lock = FileLock(f"{path}.lock", timeout=_PATIENCE_S, mode=0o600, poll_interval=_LOOK_S)
        self._head = Head()
        # The file and its size after the last line that this process wrote or read.
        self._seen: tuple[int, int] | None = None

    def open(self) -> None:
        """Look once whether it can be written, and tell where its chain stands.

        Raises:
            AuditError: It cannot.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock:
                file = self._opened()
                try:
                    self._follow(file)
                finally:
                    os.close(file)
        except OSError as error:
            raise self._refused(error) from error
        self._tell("audit_opened")

    def append(self, entry: AuditEntry) -> None:
        """Write an entry.

        Raises:
            AuditError: It could not be written; nothing of it is in the file.
        """
        try:
            with self._lock:
                self._append(entry)
        except OSError as error:
            raise self._refused(error) from error

    def _append(self, entry: AuditEntry) -> None:
        file = self._opened()
        try:
            size = self._follow(file)
            line, head = linked(asdict(entry), self._head)
            if size and size + len(line) > self.max_bytes:
                file = self._rotate(file)
                size = 0
            written = os.write(file, line)
            if written < len(line):
                os.ftruncate(file, size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._head = head
            self._seen = (os.fstat(file).st_ino, size + written)
        finally:
            os.close(file)

    def _opened(self) -> int:
        return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)

    def _follow(self, file: int) -> int:
        """Read where the chain stands, if another process wrote or this one has not read it; return the size of the file."""
        found = os.fstat(file)
        seen = (found.st_ino, found.st_size)
        if seen == self._seen:
            return found.st_size
        tail = _tail(file, found.st_size)
        torn = tail.rpartition(b"\n")[2]
        if torn:
            self._set_aside(torn)
            os.ftruncate(file, found.st_size - len(torn))
            tail = tail.removesuffix(torn)
        full = self._full_files()
        if tail:
            self._head = self._read(tail, self.path)
        elif full:
            with full[-1].open("rb") as last:
                self._head = self._read(_tail(last.fileno(), full[-1].stat().st_size), full[-1])
        size = os.fstat(file).st_size
        self._seen = (found.st_ino, size)
        return size

    @staticmethod
    def _read(tail: bytes, path: Path) -> Head:
        """Return where the chain stands at the end of a file."""
        try:
            return head_of(tail.rstrip(b"\n").rpartition(b"\n")[2])
        except ValueError as error:
            raise AuditError(
                f"the last line of the audit log {path} cannot be read; look at it (vigie audit verify {path}), and move the "
                "file away to begin a new chain"
            ) from error

    def _set_aside(self, torn: bytes) -> None:
        """Keep the beginning of a line whose process was killed while it wrote."""
        place = Path(f"{self.path}.torn")
        with place.open("ab") as file:
            file.write(torn + b"\n")
        _log.warning("audit_line_torn", bytes=len(torn), kept_in=str(place))

    def _rotate(self, file: int) -> int:
        """Put the full file beside a new one, and return the new one."""
        os.fsync(file)
        numbers = [int(full.suffix[1:]) for full in self._full_files()]
        os.rename(self.path, f"{self.path}.{max(numbers, default=0) + 1:06}")
        self._tell("audit_file_full")
        fresh = self._opened()
        os.close(file)
        return fresh

    def _full_files(self) -> list[Path]:
        """Return the full files, the oldest first."""
        numbered = re.compile(rf"{re.escape(self.path.name)}\.\d{{6,}}")
        found = [path for path in self.path.parent.iterdir() if numbered.fullmatch(path.name)]
        return sorted(found, key=lambda path: int(path.suffix[1:]))

    def _tell(self, event: str) -> None:
        _log.info(event, file=str(self.path), sequence=self._head.sequence, digest=self._head.digest)

    def _refused(self, error: OSError) -> AuditError:
        return AuditError(
            f"the audit log {self.path} cannot be written ({error.strerror or error}); make room or mend its rights"
        )


def _tail(file: int, size: int) -> bytes:
    """Return the end of an open file."""
    os.lseek(file, max(0, size - _TAIL_BYTES), os.SEEK_SET)
    return os.read(file, _TAIL_BYTES)
