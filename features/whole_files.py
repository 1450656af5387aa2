"""Files and folders that are written whole or not at all, and are on the disk when that is said.

What is being written lies in a hidden folder beside its place, ``.vigie-…``, until it is whole::

    .vigie-k3x9/
        lock        held while its process lives; the system lets go of it however the process ends
        work/       what is being written
        before/     what was at the place, for the moment in which it is replaced

Whoever writes in the same folder next sweeps away those whose process is gone: they hold people's data.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

# File that is locked while a process works in its folder.
LOCK = "lock"
_PREFIX = ".vigie-"
_WORK, _BEFORE = "work", "before"


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """Yield an empty hidden folder in a folder, gone when the body ends; sweep the folder before.

    Args:
        parent: Made where it is not there.
    """
    parent.mkdir(parents=True, exist_ok=True)
    sweep(parent)
    with _held(parent) as folder:
        work = folder / _WORK
        work.mkdir()
        yield work


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield where to write a file; it is at its place when the body ends, or what was there stays.

    Args:
        path: The place. What is no ordinary file, as ``/dev/stdout`` or a pipe, is written to as it is.
    """
    place = path.resolve()
    if place.exists() and not place.is_file():
        yield place
        return
    with scratch(place.parent) as folder:
        # The name as it is: some writers read the format off its suffix.
        yield folder / place.name
        put(folder / place.name, place)


@contextmanager
def new_folder(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield an empty folder to write into; it is at its place when the body ends, or what was there stays.

    Args:
        path: The place.
        replace: Whether a folder that holds something may be there.
    """
    with scratch(path.parent) as folder:
        fresh = folder / path.name
        fresh.mkdir()
        yield fresh
        put(fresh, path, replace=replace)


def put(fresh: Path, place: Path, *, replace: bool = False) -> None:
    """Move a finished file, folder or link to its place, for good; what was there is put back where that fails.

    Args:
        fresh: On the same file system as the place.
        place: Where it goes; a file or a link there is replaced.
        replace: Whether a folder is replaced that is there and holds something.

    Raises:
        OSError: It cannot be moved.
    """
    sync(fresh)
    if replace and place.is_dir() and not place.is_symlink():
        _exchange(fresh, place)
    else:
        os.replace(fresh, place)
    _sync_one(place.parent)


def sync(path: Path) -> None:
    """Wait until a file, or a folder and all that it holds, is on the disk."""
    if path.is_symlink():
        return
    for folder, _, names in os.walk(path, topdown=False):
        for name in names:
            _sync_one(Path(folder, name))
        _sync_one(Path(folder))
    if path.is_file():
        _sync_one(path)


def sweep(parent: Path) -> None:
    """Remove what processes that are gone left in a folder; what they had moved out of the way is put back first."""
    for folder in parent.glob(f"{_PREFIX}*"):
        if folder.is_symlink():
            continue
        try:
            lock = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
        except OSError:  # it is just being made or removed, or it is somebody else's
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _put_back(folder)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # its process is at work
            continue
        finally:
            os.close(lock)


def locked(folder: Path) -> BinaryIO:
    """Return the lock of a folder, held until it is closed or its process ends, however it ends.

    Args:
        folder: Made where it is not there.

    Raises:
        BlockingIOError: Another process holds it.
    """
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if (folder / LOCK).exists():
                return lock
        except BaseException:
            lock.close()
            raise
        lock.close()  # another process swept it away before the lock was held


@contextmanager
def _held(parent: Path) -> Iterator[Path]:
    """Yield a hidden folder whose lock is held."""
    while True:
        folder = Path(tempfile.mkdtemp(dir=parent, prefix=_PREFIX))
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / LOCK).exists():
            break
        os.close(lock)  # another process swept it away before the lock was held
    try:
        yield folder
    finally:
        _put_back(folder)
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _exchange(fresh: Path, place: Path) -> None:
    """Put a folder at the place of another."""
    with _held(place.parent) as folder:
        aside = folder / _BEFORE / place.name
        aside.parent.mkdir()
        os.replace(place, aside)
        os.replace(fresh, place)


def _put_back(folder: Path) -> None:
    """Put what was moved out of the way back to its place, unless something else is there now."""
    for old in (folder / _BEFORE).glob("*"):
        place = folder.parent / old.name
        if not os.path.lexists(place):
            os.replace(old, place)


def _sync_one(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as error:
        # Some network file systems know no fsync of folders.
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(opened)
