"""Invented pictures and videos."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Drawn = Callable[..., Image.Image]
Filmed = Callable[..., Path]


@pytest.fixture(scope="session")
def drawn() -> Drawn:
    """Return a function that draws a picture: blotches of colour, others for each number."""

    def draw(number: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
        blotches = np.random.default_rng(number).integers(0, 255, (9, 12, 3)).astype(np.uint8)
        return Image.fromarray(blotches).resize(size, Image.Resampling.BICUBIC)

    return draw


@pytest.fixture
def ffmpeg() -> str:
    """Return the program, or skip."""
    found = shutil.which("ffmpeg")
    if found is None:
        pytest.skip("ffmpeg is not installed")
    return found


@pytest.fixture
def filmed(drawn: Drawn, ffmpeg: str, tmp_path: Path) -> Filmed:
    """Return a function that makes a video of pictures shown for a second each."""

    def film(name: str, *numbers: int) -> Path:
        shots = tmp_path / "shots"
        shots.mkdir()
        for place, number in enumerate(numbers):
            drawn(number).save(shots / f"{place:03}.png")
        out = tmp_path / name
        made = [
            "-v",
            "error",
            "-framerate",
            "1",
            "-i",
            str(shots / "%03d.png"),
            "-r",
            "10",
            "-pix_fmt",
            "yuv420p",
        ]
        subprocess.run([ffmpeg, *made, str(out)], check=True)  # noqa: S603 - a program of the machine
        shutil.rmtree(shots)
        return out

    return film
