"""The file of a dossier: a zip archive whose bytes follow from its members, read within bounds.

An archive from outside is hostile input. Its directory is bounded before it is read, each member before it is unpacked, and
nothing is unpacked to disk by the name that it gives.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from vigie.errors import DossierError

# Bytes of a member and of all together, unpacked; members; bytes of the directory, which names them.
LARGEST_MEMBER, LARGEST_WHOLE = 1 << 30, 3 << 29
_MOST_MEMBERS, _LARGEST_DIRECTORY = 256, 1 << 16
# Tables are compressed already.
_PACKED = ".parquet"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}(?:[./][A-Za-z0-9_-]{1,80}){0,5}")
# What ends a zip archive, and what stands before it in one of the large form.
_END, _END_MARK = struct.Struct("<4s4H2LH"), b"PK\x05\x06"
_LARGE_FORM, _LARGE_MARK = 20, b"PK\x06\x07"
_IS_ENCRYPTED = 0x1


def write(file: BinaryIO, members: Mapping[str, bytes]) -> None:
    """Write members in their order; the same members give the same bytes.

    Args:
        file: Where to.
        members: By name.

    Raises:
        DossierError: They are more than a dossier may hold.
    """
    _check_sizes({name: len(content) for name, content in members.items()})
    with ZipFile(file, "w") as archive:
        for name, content in members.items():
            entry = ZipInfo(name)  # of 1980: no clock enters
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            entry.compress_type = ZIP_STORED if name.endswith(_PACKED) else ZIP_DEFLATED
            archive.writestr(entry, content)


@dataclass(frozen=True)
class Archive:
    """A file of a dossier whose members may be read, none larger than :data:`LARGEST_MEMBER`.

    Attributes:
        names: Of its members, in order.
    """

    names: tuple[str, ...]
    _file: ZipFile

    def read(self, name: str, most: int = LARGEST_MEMBER) -> bytes:
        """Return the bytes of a member.

        Args:
            name: One of the names.
            most: Bytes that it may have.

        Raises:
            DossierError: There is no such member, it is larger, or cut short.
        """
        if name not in self.names:
            raise DossierError(f"the dossier holds no {name}; get the whole file again")
        if self._file.getinfo(name).file_size > most:
            raise DossierError(
                f"{name} of the dossier is larger than {most:,} bytes; it is none that vigie sealed"
            )
        try:
            return self._file.read(name)
        except (BadZipFile, EOFError, zlib.error) as error:
            raise DossierError(f"{name} of the dossier is damaged ({error}); get the file again") from error


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open the file of a dossier, after checking its directory.

    Raises:
        DossierError: It is no zip archive of plain members within the bounds.
        OSError: It cannot be read.
    """
    with path.open("rb") as stored:
        _check_end(stored, path.name)
        try:
            archive = ZipFile(stored)
        except (BadZipFile, ValueError) as error:
            raise DossierError(f"{path.name} is no dossier: {error}") from error
        with archive:
            entries = archive.infolist()
            for entry in entries:
                _check_entry(entry)
            sizes = {entry.filename: entry.file_size for entry in entries}
            if len(sizes) < len(entries):
                raise DossierError(f"{path.name} holds two members of one name; it is none that vigie sealed")
            _check_sizes(sizes)
            yield Archive(tuple(sizes), archive)


def _check_end(stored: BinaryIO, name: str) -> None:
    """Check what ends an archive: the size of the directory stands there."""
    size = stored.seek(0, 2)
    tail = _END.size + _LARGE_FORM
    stored.seek(max(0, size - tail))
    end = stored.read(tail)
    mark, _, _, _, _, directory, _, comment = _END.unpack(end[-_END.size :].rjust(_END.size, b"\0"))
    if mark != _END_MARK or comment or end[:_LARGE_FORM].startswith(_LARGE_MARK):
        raise DossierError(f"{name} is no dossier: it does not end as the zip archives that vigie seals")
    if directory > _LARGEST_DIRECTORY:
        raise DossierError(f"{name} names more members than any dossier; it is none that vigie sealed")
    stored.seek(0)


def _check_entry(entry: ZipInfo) -> None:
    if not _NAME.fullmatch(entry.filename):
        raise DossierError(f"a member is named {entry.filename[:80]!r}; no dossier holds such a name")
    if entry.flag_bits & _IS_ENCRYPTED or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise DossierError(f"{entry.filename} is encrypted or compressed otherwise than vigie does")


def _check_sizes(sizes: Mapping[str, int]) -> None:
    if len(sizes) > _MOST_MEMBERS:
        raise DossierError(f"{len(sizes):,} members; a dossier has at most {_MOST_MEMBERS}")
    largest = max(sizes, key=lambda name: sizes[name], default="")
    if sizes and sizes[largest] > LARGEST_MEMBER:
        raise DossierError(
            f"{largest} has {sizes[largest]:,} bytes; a member of a dossier has at most {LARGEST_MEMBER:,}"
        )
    if sum(sizes.values()) > LARGEST_WHOLE:
        raise DossierError(f"{sum(sizes.values()):,} bytes; a dossier has at most {LARGEST_WHOLE:,}")
