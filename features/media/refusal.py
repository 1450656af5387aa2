"""Why a file gives no hash."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a file, or a frame of a video, has no hash; a sentence for each is in the catalogue ``media``."""

    CRASHED = "crashed"
    EMPTY = "empty"
    LINK = "link"
    NO_FFMPEG = "no_ffmpeg"
    NOT_A_FILE = "not_a_file"
    NOT_MEDIA = "not_media"
    PLAIN = "plain"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SLOW = "too_slow"
    UNOPENED = "unopened"
    UNREADABLE = "unreadable"


@dataclass
class Refused(Exception):
    """A file is not taken."""

    reason: Reason
