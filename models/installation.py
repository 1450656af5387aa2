"""A bundle put where a service watches for it: whole or not at all, with the ones before it kept beside.

::

    models/inauthentic                  a symbolic link, all that a service is told of
    models/inauthentic.versions/
        981040cfc67e/                   a bundle, by its version
        a3f0192bb2cd/
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vigie.errors import BundleError, BundlePlaceError, BundleTargetError
from vigie.features import whole_files
from vigie.models import bundle, rehearsal, signatures


def install(folder: Path, place: Path) -> Path:
    """Put a copy of a bundle at a place, at once for whoever looks; putting it there again changes nothing.

    The place becomes a symbolic link to a folder named by the bundle's version in ``PLACE.versions``. A plain folder that
    is empty or holds a bundle is moved there first (``before-…``): for that one moment nothing is at the place.

    Args:
        folder: The bundle.
        place: Where a service looks for one.

    Returns:
        The versioned folder.

    Raises:
        BundleError: The bundle cannot be loaded, or tells nobody apart; the place is left as it was.
        BundlePlaceError: Something that is not a bundle is at the place.
        BundleTargetError: A bundle of another target is there.
    """
    found = bundle.load(folder, target=None, tried=True)
    rehearsal.check(found)
    _refuse_other_target(found, place)
    versions = place.parent / f"{place.name}.versions"
    versions.mkdir(parents=True, exist_ok=True)
    kept = versions / found.version
    if not _holds(kept, found.version):
        _copy(found, folder, kept)
    _make_way(place, versions)
    _link(kept, place)
    return kept


@contextmanager
def exclusive(place: Path) -> Iterator[None]:
    """Keep every other installation at a place out while the block runs.

    The lock is one of the file system on ``PLACE.versions/.lock``: it ends with the process that holds it, so that none
    is left behind.

    Raises:
        BundlePlaceError: Another process installs at the place.
    """
    versions = place.parent / f"{place.name}.versions"
    versions.mkdir(parents=True, exist_ok=True)
    with (versions / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BundlePlaceError(
                f"another process is installing a bundle at {place}; try again when it is done"
            ) from error
        yield


def installed(place: Path) -> str | None:
    """Return the version of the bundle that was installed at a place and is whole; null where there is none."""
    if not place.is_symlink():
        return None
    version = place.resolve().name
    return version if _holds(place, version) else None


def kept_versions(place: Path) -> list[Path]:
    """Return the versioned folders beside a place, the one that was put there last first, broken ones too."""
    versions = place.parent / f"{place.name}.versions"
    folders = [folder for folder in versions.glob("*") if (folder / bundle.INDEX).is_file()]
    return sorted(folders, key=lambda folder: (folder.stat().st_mtime_ns, folder.name), reverse=True)


def _holds(folder: Path, version: str) -> bool:
    """Return whether a folder holds that version of a bundle, whole."""
    try:
        return bundle.load(folder, target=None).version == version
    except BundleError:
        return False


def _refuse_other_target(found: bundle.Bundle, place: Path) -> None:
    try:
        there = json.loads((place / bundle.INDEX).read_text(encoding="utf-8"))["target"]
    except (OSError, ValueError, KeyError, TypeError):
        return  # nothing there, or nothing that serves
    if there != found.target:
        raise BundleTargetError(
            f"{place} holds a bundle for {there!r}, and {found.name} {found.version} is for {found.target!r}; name the "
            "place of the right target"
        )


def _copy(found: bundle.Bundle, folder: Path, kept: Path) -> None:
    """Copy the files of a bundle to its versioned folder, replacing a broken copy."""
    with whole_files.new_folder(kept, replace=True) as fresh:
        # Contents without modes: a download may be readable by its owner only, and the service is somebody else.
        signed = [signatures.FILE] if (folder / signatures.FILE).is_file() else []
        for name in (bundle.INDEX, *found.index["files"], *signed):
            shutil.copyfile(folder / name, fresh / name)


def _make_way(place: Path, versions: Path) -> None:
    """Move a plain folder out of the way: links are replaced, folders cannot be."""
    if place.is_symlink() or not place.exists():
        return
    if not place.is_dir() or (any(place.iterdir()) and not (place / bundle.INDEX).is_file()):
        raise BundlePlaceError(
            f"{place} is there and is not a bundle; name a place that is free, a bundle, or a link made by --install"
        )
    place.rename(Path(tempfile.mkdtemp(dir=versions, prefix="before-")) / place.name)


def _link(kept: Path, place: Path) -> None:
    """Make the place a link to a versioned folder; the link is relative, so that both can be mounted elsewhere."""
    with whole_files.scratch(place.parent) as scratch:
        link = scratch / "link"
        link.symlink_to(Path(kept.parent.name) / kept.name, target_is_directory=True)
        whole_files.put(link, place)
    # When it was put there last: a version that is installed again is the latest again.
    os.utime(kept)
