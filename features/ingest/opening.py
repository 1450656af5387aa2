"""Files as they lie on disk, opened: plain, gzip, zstd, or members of a zip archive; and the encoding of a text.

What a file is compressed with is read from its first bytes, not from its name. Nothing is unpacked to disk.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Literal

import zstandard

from vigie.errors import EmptyInputError, MalformedInputError

if TYPE_CHECKING:
    from typing_extensions import Buffer

# What reading compressed bytes raises that are not whole.
DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError)
# Bytes taken from a file at a time.
BLOCK = 1 << 20
_GZIP, _ZSTD, _ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", (b"PK\x03\x04", b"PK\x05\x06")
_COMPRESSED = (".gz", ".zst", ".zip")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Characters of several bytes in UTF-8.
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")


@dataclass(frozen=True)
class SourceFile:
    """A file to read, or a member of a zip archive.

    Attributes:
        path: The file on disk.
        member: Name inside the archive; None: the file itself.
    """

    path: Path
    member: str | None = None

    @property
    def name(self) -> str:
        """Return the name that messages and set-aside rows give."""
        return f"{self.path.name}/{self.member}" if self.member else self.path.name

    @property
    def suffix(self) -> str:
        """Return the ending in lower case, that of a compression left out.

        >>> SourceFile(Path("pages.jsonl.gz")).suffix
        '.jsonl'
        """
        inner = PurePosixPath(self.member or self.path.name)
        if inner.suffix.lower() in _COMPRESSED:
            inner = inner.with_suffix("")
        return inner.suffix.lower()

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the bytes of the file, decompressed.

        Raises:
            MalformedInputError: It says that it is compressed, and is not whole.
        """
        try:
            with self.path.open("rb") as stored:
                if self.member is not None:
                    with zipfile.ZipFile(stored) as archive, archive.open(self.member) as inner:
                        yield io.BufferedReader(inner, BLOCK)  # type: ignore[type-var]
                    return
                head = stored.read(4)
                stored.seek(0)
                if head.startswith(_GZIP):
                    yield expanded(stored, "gzip")
                elif head == _ZSTD:
                    yield expanded(stored, "zstd")
                else:
                    yield stored
        except (*DAMAGED, zipfile.BadZipFile, RuntimeError) as error:
            raise MalformedInputError(
                f"{self.name} is compressed and was cut short or damaged: {error}; copy it again"
            ) from error

    def state(self) -> tuple[int, int]:
        """Return the size of the file on disk, and when it was changed: other than before, so is its content."""
        found = self.path.stat()
        return found.st_size, found.st_mtime_ns

    def digest(self) -> str:
        """Return the SHA-256 of the file on disk, and of the member's name."""
        with self.path.open("rb") as stored:
            whole = hashlib.file_digest(stored, "sha256")
        if self.member is not None:
            whole.update(self.member.encode())
        return whole.hexdigest()


def expanded(stored: BinaryIO, encoding: Literal["gzip", "zstd"]) -> BinaryIO:
    """Return the bytes that compressed ones stand for, expanded as they are read, never all at once.

    Reading raises one of :data:`DAMAGED` where the bytes are not whole.
    """
    inner = gzip.GzipFile(fileobj=stored) if encoding == "gzip" else _Zstd(stored)
    return io.BufferedReader(inner, BLOCK)


class _Zstd(io.RawIOBase):
    """Frames of zstd, one after the other, as a collector appends them; the last must end.

    The library's own reader takes a frame that was cut short for one that ended.
    """

    # Bytes read at a time: what they expand to is held.
    _READ = 1 << 13

    def __init__(self, stored: BinaryIO) -> None:
        self._stored = stored
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._ready, self._taken = b"", 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Fill a buffer with what comes next; return how many bytes, 0 at the end.

        Raises:
            EOFError: The last frame does not end.
        """
        while self._taken == len(self._ready):
            block = self._stored.read(self._READ)
            if not block:
                if not self._frame.eof:
                    raise EOFError("its last frame does not end")
                return 0
            self._ready, self._taken = self._expanded(block), 0
        view = memoryview(buffer)
        some = self._ready[self._taken : self._taken + len(view)]
        view[: len(some)] = some
        self._taken += len(some)
        return len(some)

    def _expanded(self, block: bytes) -> bytes:
        found = []
        while block:
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            found.append(self._frame.decompress(block))
            block = self._frame.unused_data if self._frame.eof else b""
        return b"".join(found)


def expand(paths: Sequence[Path], patterns: Sequence[str]) -> list[SourceFile]:
    """Return the files given, and in the folders and archives given those whose names match.

    Folders are searched to any depth. A compressed file goes by the name without ``.gz`` or ``.zst``.

    Args:
        paths: Files, folders, zip archives.
        patterns: Shell patterns of names, such as ``*.jsonl``.

    Raises:
        EmptyInputError: A path does not exist, or a folder or archive holds no file that matches.
    """
    found: list[SourceFile] = []
    for path in paths:
        if path.is_dir():
            inside = [
                one
                for file in sorted(path.rglob("*"))
                if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
                for one in _members(file, patterns, given=False)
            ]
        elif path.is_file():
            inside = _members(path, patterns, given=True)
        else:
            raise EmptyInputError(f"{path} does not exist")
        if not inside:
            raise EmptyInputError(f"{path} holds no file named like {', '.join(patterns)}")
        found.extend(inside)
    return found


def _members(path: Path, patterns: Sequence[str], *, given: bool) -> list[SourceFile]:
    """Return a file, or what its archive holds, as far as the names match; a file that was named need not."""
    with path.open("rb") as stored:
        zipped = stored.read(4) in _ZIP
    if not zipped:
        return [SourceFile(path)] if given or _matches(path.name, patterns) else []
    try:
        with zipfile.ZipFile(path) as archive:
            names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    except zipfile.BadZipFile as error:
        raise MalformedInputError(f"{path.name} is a zip archive that cannot be read: {error}") from error
    # macOS writes a second file beside each.
    return [
        SourceFile(path, name)
        for name in sorted(names)
        if not name.startswith("__MACOSX/") and _matches(PurePosixPath(name).name, patterns)
    ]


def _matches(name: str, patterns: Sequence[str]) -> bool:
    bare = name[: -len(Path(name).suffix)] if Path(name).suffix.lower() in _COMPRESSED else name
    return any(fnmatch(bare.lower(), pattern.lower()) for pattern in patterns)


@contextmanager
def text(file: SourceFile, note: Callable[[str, int], None]) -> Iterator[io.TextIOBase]:
    """Open a file as text, lines kept as they are.

    The encoding is that of its mark, else UTF-8, else Windows-1252, which French spreadsheets write. A file that is
    mostly UTF-8 stays so, and its broken characters become U+FFFD. Both are told in notes.

    Args:
        file: The file.
        note: Takes a sentence with ``{}`` and the count for it.

    Raises:
        EmptyInputError: The file holds nothing.
    """
    encoding, errors = _encoding(file, note)
    with file.open() as data:
        yield io.TextIOWrapper(data, encoding, errors, newline="")


def _encoding(file: SourceFile, note: Callable[[str, int], None]) -> tuple[str, str]:
    """Return the encoding of a file and how errors in it are met; both passes read all of it, in blocks."""
    with file.open() as data:
        head = data.read(4)
        if not head:
            raise EmptyInputError(f"{file.name} is empty; give the file the collector wrote")
        for mark, name in _BOMS:
            if head.startswith(mark):
                return name, "replace"
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(head)
            while block := data.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            pass
        else:
            return "utf-8", "strict"
    whole = high = rows = 0
    with file.open() as data:
        for line in iter(partial(data.readline, BLOCK), b""):
            many = len(_HIGH.findall(line))
            if many:
                good = sum(map(len, _MULTIBYTE.findall(line)))
                whole, high, rows = whole + good, high + many, rows + (good < many)
    if whole > high / 2:
        note(f"{file.name}: bytes that are not UTF-8 replaced; rows: {{}}", rows)
        return "utf-8", "replace"
    note(f"{file.name}: not UTF-8, read as Windows-1252; rows with such letters: {{}}", rows)
    return "cp1252", "replace"
