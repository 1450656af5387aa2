"""The perceptual hashes of one file."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import numpy as np

from vigie.features.media import pictures, videos
from vigie.features.media.pictures import Pixels
from vigie.features.media.refusal import Reason, Refused

KIND = "pdq"
# Of 100: what facebook/ThreatExchange asks for, since hashes of plainer pictures join different ones.
LEAST_QUALITY = 50
# First bytes that tell a picture, and the start of the box that opens MP4 and MOV; EBML opens WebM and Matroska.
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM")
_EBML, _BOXES = b"\x1a\x45\xdf\xa3", (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
# Brands of still pictures in such boxes (AVIF, HEIC), which no decoder here reads.
_STILLS = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
_HEAD = 12


@dataclass(frozen=True, slots=True)
class FileHash:
    """The hash of a picture or of one frame of a video, or why there is none.

    Attributes:
        sha256: Digest of the file, in hexadecimal digits; None where it was not read.
        kind: :data:`KIND`; None without a hash.
        hash: 64 hexadecimal digits; None without one.
        quality: 0 to 100, how much the picture shows; None where nothing was decoded.
        frame_s: Seconds into a video; None of a picture.
        refused: Why there is no hash.
    """

    sha256: str | None = None
    kind: str | None = None
    hash: str | None = None
    quality: int | None = None
    frame_s: float | None = None
    refused: Reason | None = None


def hashes_of(path: Path, folder: Path, ffmpeg: str | None) -> list[FileHash]:
    """Return the hashes of a file, one of a picture and one per frame of a video; of a refused file the reason.

    What a file is, its first bytes tell, not its name.

    Args:
        path: The file.
        folder: Folder that a symbolic link must not lead out of.
        ffmpeg: The program that reads videos; None where there is none.
    """
    try:
        at = Path(os.path.realpath(path, strict=True))
        if not at.is_relative_to(folder.resolve()) or at.is_dir():
            return [FileHash(refused=Reason.LINK if path.is_symlink() else Reason.UNOPENED)]
        # A pipe would be waited for, and a device never end.
        if not stat.S_ISREG(at.stat().st_mode):
            return [FileHash(refused=Reason.NOT_A_FILE)]
        with at.open("rb") as file:
            return _read(at, file, ffmpeg)
    except OSError:
        return [FileHash(refused=Reason.UNOPENED)]


def _read(path: Path, file: BufferedReader, ffmpeg: str | None) -> list[FileHash]:
    """Return what :func:`hashes_of` does, of an open file."""
    head = file.read(_HEAD)
    size = file.seek(0, 2)
    is_video = _is_video(head)
    if not head:
        return [FileHash(refused=Reason.EMPTY)]
    if not is_video and not _is_picture(head):
        return [FileHash(refused=Reason.NOT_MEDIA)]
    if size > (videos.MOST_BYTES if is_video else pictures.MOST_BYTES):
        return [FileHash(refused=Reason.TOO_LARGE)]
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        if not is_video:
            file.seek(0)
            return [_hashed(pictures.pixels(file.read(size)), sha256, None)]
        if ffmpeg is None:
            raise Refused(Reason.NO_FFMPEG)
        return [_hashed(frame, sha256, seconds) for seconds, frame in videos.frames(path, ffmpeg)]
    except Refused as error:
        return [FileHash(sha256, refused=error.reason)]


def _is_picture(head: bytes) -> bool:
    """Return whether a file opens as a picture in a format that is read; RIFF holds sounds and films too."""
    return head.startswith(_PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def _is_video(head: bytes) -> bool:
    """Return whether a file opens as a video in a container that is read."""
    return head.startswith(_EBML) or (head[4:8] in _BOXES and head[8:12] not in _STILLS)


def _hashed(image: Pixels, sha256: str, frame_s: float | None) -> FileHash:
    """Return the hash of a picture; a plain one has none worth comparing."""
    # Compiled where it is installed, and not everywhere: what needs no hash must not need it.
    import pdqhash

    bits, quality = pdqhash.compute(np.ascontiguousarray(image))
    if quality < LEAST_QUALITY:
        return FileHash(sha256, quality=quality, frame_s=frame_s, refused=Reason.PLAIN)
    digits = np.packbits(bits.astype(np.uint8)).tobytes().hex()
    return FileHash(sha256, KIND, digits, quality, frame_s)
