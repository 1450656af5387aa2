"""A few frames of a video, through ffmpeg."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np

from vigie.features.media.pictures import MOST_PIXELS, SIDE, Pixels
from vigie.features.media.refusal import Reason, Refused

MOST_BYTES = 2_000_000_000
# Seconds between frames, frames, and seconds that one video may take.
EVERY_S, MOST_FRAMES, PATIENCE_S = 5, 12, 60
# Demuxers that may run: others are playlists, which name further files.
_CONTAINERS = "matroska,mov,mp4,webm"


def frames(path: Path, ffmpeg: str) -> list[tuple[float, Pixels]]:
    """Return one frame each :data:`EVERY_S` seconds from the start, :data:`MOST_FRAMES` at most.

    Args:
        path: A file in MP4, MOV, WebM or Matroska.
        ffmpeg: The program.

    Returns:
        Seconds into the video, and the frame: red, green and blue, :data:`SIDE` × :data:`SIDE` × 3.

    Raises:
        Refused: It takes more than :data:`PATIENCE_S` seconds, or not one frame can be read.
    """
    # The output is raw pixels, which no decoder of ours has to believe. Files alone are read, never the network.
    command = [
        ffmpeg, "-nostdin", "-v", "quiet", "-threads", "1",
        "-protocol_whitelist", "file", "-format_whitelist", _CONTAINERS, "-max_pixels", str(MOST_PIXELS),
        "-t", str(EVERY_S * MOST_FRAMES), "-i", f"file:{path}",
        "-map", "0:v:0", "-vf", f"fps=1/{EVERY_S}:round=up,scale={SIDE}:{SIDE}", "-frames:v", str(MOST_FRAMES),
        "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1",
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the name is behind "file:"
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Refused(Reason.TOO_SLOW) from error
    size = SIDE * SIDE * 3
    found = np.frombuffer(done.stdout, np.uint8, count=len(done.stdout) // size * size)
    if not found.size:
        raise Refused(Reason.UNREADABLE)
    return [(float(EVERY_S * place), frame) for place, frame in enumerate(found.reshape(-1, SIDE, SIDE, 3))]
