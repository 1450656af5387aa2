"""Frames of videos, where ffmpeg is installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vigie.features.media import videos
from vigie.features.media.refusal import Reason, Refused

Drawn = Callable[..., Image.Image]
Filmed = Callable[..., Path]


@pytest.mark.parametrize("name", ["v.mp4", "v.mov", "v.mkv", "v.webm"])
def test_frames_are_those_of_their_seconds(drawn: Drawn, filmed: Filmed, ffmpeg: str, name: str) -> None:
    found = videos.frames(filmed(name, *range(12)), ffmpeg)
    assert [seconds for seconds, _ in found] == [0.0, 5.0, 10.0]
    for seconds, frame in found:
        # The picture of a second begins with it.
        shown = [
            np.abs(np.asarray(drawn(second).resize((512, 512)), float) - frame).mean() for second in range(12)
        ]
        assert int(np.argmin(shown)) == seconds


def test_a_long_video_gives_no_more_frames_than_the_bound(filmed: Filmed, ffmpeg: str) -> None:
    found = videos.frames(filmed("long.mp4", *[1, 2] * 40), ffmpeg)
    assert len(found) == videos.MOST_FRAMES


@pytest.mark.parametrize("content", [b"\0\0\0\x18ftypmp42" + b"\0" * 400, b"\x1a\x45\xdf\xa3nothing"])
def test_a_file_without_a_frame_is_refused(tmp_path: Path, ffmpeg: str, content: bytes) -> None:
    path = tmp_path / "-v.mp4"
    path.write_bytes(content)
    with pytest.raises(Refused) as caught:
        videos.frames(path, ffmpeg)
    assert caught.value.reason is Reason.UNREADABLE


def test_a_playlist_leads_to_no_other_file(filmed: Filmed, tmp_path: Path, ffmpeg: str) -> None:
    inner = filmed("inner.mp4", 1, 2)
    assert videos.frames(inner, ffmpeg)
    playlist = tmp_path / "v.mp4"
    playlist.write_text(f"ffconcat version 1.0\nfile {inner.name}\n")
    with pytest.raises(Refused):
        videos.frames(playlist, ffmpeg)


def test_a_program_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(videos, "PATIENCE_S", 0.2)
    waiting = tmp_path / "ffmpeg"
    waiting.write_text("#!/bin/sh\nexec sleep 60\n")
    waiting.chmod(0o700)
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    with pytest.raises(Refused) as caught:
        videos.frames(tmp_path / "a.png", str(waiting))
    assert caught.value.reason is Reason.TOO_SLOW
