"""Pictures are decoded upright and small; what is no picture is refused."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vigie.features.media import pictures
from vigie.features.media.refusal import Reason, Refused

Drawn = Callable[..., Image.Image]


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def reason(content: bytes) -> Reason:
    with pytest.raises(Refused) as caught:
        pictures.pixels(content)
    return caught.value.reason


def claiming(width: int, height: int) -> bytes:
    """Return a small PNG that says it has so many pixels."""
    whole = saved(Image.new("L", (1, 1)), "PNG")
    header = b"IHDR" + struct.pack(">II", width, height) + whole[24:29]
    return whole[:12] + header + struct.pack(">I", zlib.crc32(header)) + whole[33:]


@pytest.mark.parametrize("form", pictures.FORMATS)
def test_every_format_gives_the_picture_that_was_saved(drawn: Drawn, form: str) -> None:
    image = drawn(1, (300, 200))
    found = pictures.pixels(saved(image, form))
    assert found.shape == (200, 300, 3)
    assert np.abs(found.astype(int) - np.asarray(image).astype(int)).mean() < 12


def test_a_large_picture_is_shrunk_on_both_sides(drawn: Drawn) -> None:
    assert pictures.pixels(saved(drawn(1, (1400, 100)), "JPEG")).shape == (100, 512, 3)


def test_what_is_transparent_is_white() -> None:
    assert (pictures.pixels(saved(Image.new("RGBA", (8, 8), (255, 0, 0, 0)), "PNG")) == 255).all()


def test_a_picture_is_turned_as_its_camera_was_held(drawn: Drawn) -> None:
    upright = drawn(2, (90, 60))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees to the right
    lying = upright.transpose(Image.Transpose.ROTATE_90)
    assert (pictures.pixels(saved(lying, "PNG", exif=exif)) == np.asarray(upright)).all()


def test_a_broken_exif_block_costs_nothing_else(drawn: Drawn) -> None:
    image = drawn(2, (90, 60))
    found = pictures.pixels(saved(image, "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"))
    assert (found == np.asarray(image)).all()


@pytest.mark.parametrize("form", pictures.FORMATS)
def test_a_picture_that_is_cut_off_is_refused(drawn: Drawn, form: str) -> None:
    whole = saved(drawn(3), form)
    assert reason(whole[: len(whole) // 2]) is Reason.UNREADABLE


@pytest.mark.parametrize(("width", "height"), [(40_000, 1_001), (2**31 - 1, 2**31 - 1), (10_000, 10_000)])
def test_too_many_pixels_are_refused_before_they_are_decoded(width: int, height: int) -> None:
    assert reason(claiming(width, height)) is Reason.TOO_MANY_PIXELS


def test_one_pixel_fewer_would_have_been_decoded() -> None:
    assert reason(claiming(40_000, 1_000)) is Reason.UNREADABLE  # there are none to decode


@pytest.mark.parametrize("form", ["TIFF", "ICO", "PPM"])
def test_decoders_of_other_formats_do_not_run(drawn: Drawn, form: str) -> None:
    assert reason(saved(drawn(4, (64, 64)), form)) is Reason.UNREADABLE


@pytest.mark.parametrize("content", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\xff\xd8\xff" * 50])
def test_other_bytes_are_refused(content: bytes) -> None:
    assert reason(content) is Reason.UNREADABLE


@pytest.mark.parametrize("form", pictures.FORMATS)
def test_damage_anywhere_gives_pixels_or_a_refusal_and_nothing_else(drawn: Drawn, form: str) -> None:
    whole = np.frombuffer(saved(drawn(5, (64, 48)), form), np.uint8)
    generator = np.random.default_rng(6)
    for _ in range(60):
        hurt = whole.copy()
        hurt[generator.integers(0, len(hurt), 8)] = generator.integers(0, 256, 8)
        with suppress(Refused):
            assert pictures.pixels(hurt.tobytes()).shape[2] == 3
