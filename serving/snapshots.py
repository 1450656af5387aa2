"""What the processes of a service counted: a file for each in one folder, so that every process tells of all of them.

A process writes its own file and reads those of the others, about once a second. One that starts again goes on from its
file, and so does a service where the folder is kept (``VIGIE_STATE``).
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import structlog

from vigie.errors import InputError
from vigie.features.json_object import JsonObject

# Seconds between two looks at the files of the others.
EVERY_S = 1.0
_FORMAT = 1

_log = structlog.get_logger("vigie.serving")


class Counted(Protocol):
    """Something that a process counts, and that adds up over processes."""

    def snapshot(self) -> JsonObject:
        """Return what this process counted, for JSON."""

    def restore(self, earlier: JsonObject) -> None:
        """Go on from the snapshot of a process that ended; called for each before anything is gathered."""

    def gather(self, others: Sequence[JsonObject]) -> None:
        """Tell from now on what these snapshots of the other processes hold too, instead of those before them."""


@dataclass(frozen=True)
class Place:
    """Where a process writes what it counted.

    Attributes:
        folder: Of the files of all processes.
        slot: Which of the processes it is, from 0. A process that starts in place of another has the number of that one.
        slots: How many processes there are.
    """

    folder: Path
    slot: int = 0
    slots: int = 1

    @property
    def leads(self) -> bool:
        """Whether it is the one that decides what is shown of all."""
        return self.slot == 0


class Snapshots:
    """The files of a service, as one of its processes has them."""

    def __init__(self, place: Place, counted: Mapping[str, Counted]) -> None:
        """Make them; nothing is read or written yet.

        Args:
            place: Where the file of this process lies.
            counted: What it counts, by name.
        """
        self._place, self._counted = place, counted
        self._own = place.folder / f"counts-{place.slot}.json"
        self._written = b""
        self._read: dict[Path, tuple[tuple[int, int, int], JsonObject]] = {}
        self._failing = False

    def restore(self) -> None:
        """Go on from the file of the process that was here before; the first also from those of processes no longer started."""
        left = [file for slot, file in self._files() if slot >= self._place.slots and self._place.leads]
        for file in (self._own, *left):
            for name, found in (self._content(file) or {}).items():
                if name in self._counted:
                    self._try(name, partial(self._counted[name].restore, found))
        self.exchange()
        for file in left:
            file.unlink(missing_ok=True)

    def exchange(self) -> None:
        """Take what the other processes counted, and write what this one did."""
        others = [
            found
            for slot, file in self._files()
            if slot < self._place.slots and file != self._own and (found := self._content(file))
        ]
        for name, each in self._counted.items():
            self._try(name, partial(each.gather, [found[name] for found in others if name in found]))
        self.write()

    def write(self) -> None:
        """Write what this process counted, at once; where that fails, say so in the log and go on."""
        content = {name: each.snapshot() for name, each in self._counted.items()}
        written = json.dumps({"format": _FORMAT, **content}).encode()
        if written == self._written:
            return
        fresh = self._own.with_suffix(".new")
        try:
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(written)
            os.replace(fresh, self._own)
        except OSError as error:
            if not self._failing:
                _log.warning("counts not written", file=str(self._own), reason=error.strerror)
            self._failing = True
            return
        self._written, self._failing = written, False

    def _files(self) -> Iterator[tuple[int, Path]]:
        """Yield the files of all processes with their numbers."""
        for file in self._place.folder.glob("counts-*.json"):
            if (number := file.stem.removeprefix("counts-")).isdecimal():
                yield int(number), file

    def _content(self, file: Path) -> JsonObject | None:
        """Return what a file holds; None where there is none, or none that this version can read."""
        try:
            at = file.stat()
            stamp = (at.st_ino, at.st_size, at.st_mtime_ns)
            if (known := self._read.get(file)) and known[0] == stamp:
                return known[1]
            found = json.loads(file.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            _log.warning("counts not read", file=str(file), error=type(error).__name__)
            return None
        if not isinstance(found, dict) or found.get("format") != _FORMAT:
            return None
        self._read[file] = (stamp, found)
        return found

    def _try(self, name: str, take: Callable[[], None]) -> None:
        """Take snapshots, or say in the log that they cannot be: counts must not stop a service."""
        try:
            take()
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            _log.warning("counts not taken", of=name, error=type(error).__name__)


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Keep a folder of counts for one service, for the time of the body; make it where it is not there.

    Raises:
        InputError: It cannot be made or written to, or another service has it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise InputError(
            f"counts cannot be kept in {folder} ({error.strerror}); name a folder that can be written to: --state DIR"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise InputError(
            f"another service keeps its counts in {folder}; stop it, or name another folder: --state DIR"
        ) from error
    else:
        yield
    finally:
        os.close(lock)
