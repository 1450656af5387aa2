"""Files give hashes that tell pictures apart, or a reason."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vigie.features.media import hashing, pictures, videos
from vigie.features.media.hashing import FileHash, hashes_of
from vigie.features.media.refusal import Reason
from vigie.features.similarity.perceptual_hash import BOUNDS, KINDS

pdqhash = pytest.importorskip("pdqhash", reason="pdqhash is compiled where a C++ compiler is")

Drawn = Callable[..., Image.Image]
Filmed = Callable[..., Path]

BOUND = BOUNDS[KINDS[hashing.KIND]]


def one(path: Path) -> FileHash:
    (found,) = hashes_of(path, path.parent, None)
    return found


def refused(path: Path) -> Reason | None:
    found = one(path)
    assert found.hash is found.kind is None
    return found.refused


def digits(path: Path) -> str:
    found = one(path)
    assert found.hash is not None, found.refused
    return found.hash


def distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def test_a_hash_is_that_of_the_library_in_its_own_digits(drawn: Drawn, tmp_path: Path) -> None:
    image = drawn(1)
    image.save(tmp_path / "a.png")
    bits, quality = pdqhash.compute(np.asarray(image))
    written = "".join(str(bit) for bit in bits)
    digest = hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest()
    assert one(tmp_path / "a.png") == FileHash(digest, "pdq", f"{int(written, 2):064x}", quality)


@pytest.mark.parametrize("number", range(5))
def test_the_same_picture_shrunk_and_saved_again_is_within_the_bound(
    drawn: Drawn, tmp_path: Path, number: int
) -> None:
    image = drawn(number, (900, 700))
    image.save(tmp_path / "first.png")
    image.resize((450, 350)).save(tmp_path / "small.jpg", quality=50)
    image.resize((1500, 1150)).save(tmp_path / "large.webp", quality=60)
    first, *others = (digits(tmp_path / name) for name in ("first.png", "small.jpg", "large.webp"))
    assert all(distance(first, other) <= BOUND for other in others)


def test_different_pictures_are_beyond_the_bound(drawn: Drawn, tmp_path: Path) -> None:
    for number in range(12):
        drawn(number).save(tmp_path / f"{number}.jpg")
    found = [digits(tmp_path / f"{number}.jpg") for number in range(12)]
    assert min(distance(a, b) for place, a in enumerate(found) for b in found[:place]) > 2 * BOUND


@pytest.mark.parametrize("colour", ["red", "black", "#fffffe"])
def test_one_colour_has_a_quality_and_no_hash(tmp_path: Path, colour: str) -> None:
    Image.new("RGB", (200, 200), colour).save(tmp_path / "a.png")
    assert refused(tmp_path / "a.png") is Reason.PLAIN
    assert one(tmp_path / "a.png").quality == 0


@pytest.mark.parametrize(
    "content",
    [b"<svg/>", b"<?xml version='1.0'?><svg/>", b"{}", b"\0\0\0\x1cftypavif\0\0", b"RIFF\x24\0\0\0WAVE"],
)
def test_what_is_no_picture_by_its_bytes_is_refused_whatever_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    assert refused(tmp_path / "a.jpg") is Reason.NOT_MEDIA


def test_a_picture_needs_no_extension(drawn: Drawn, tmp_path: Path) -> None:
    drawn(1).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "EabC3x")
    assert digits(tmp_path / "EabC3x")


def test_empty_damaged_and_absent_files_are_told_apart(drawn: Drawn, tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    drawn(1).save(tmp_path / "cut.jpg")
    os.truncate(tmp_path / "cut.jpg", 2_000)
    assert refused(tmp_path / "empty.jpg") is Reason.EMPTY
    assert refused(tmp_path / "cut.jpg") is Reason.UNREADABLE
    assert refused(tmp_path / "gone.jpg") is Reason.UNOPENED


@pytest.mark.parametrize(
    ("head", "most"),
    [(b"\xff\xd8\xff", pictures.MOST_BYTES), (b"\0\0\0\x18ftypmp42", videos.MOST_BYTES)],
)
def test_too_many_bytes_are_not_read(tmp_path: Path, head: bytes, most: int) -> None:
    (tmp_path / "a").write_bytes(head)
    os.truncate(tmp_path / "a", most + 1)  # a hole takes no room
    assert one(tmp_path / "a") == FileHash(refused=Reason.TOO_LARGE)


def test_links_out_of_the_folder_are_not_followed(drawn: Drawn, tmp_path: Path) -> None:
    folder = tmp_path / "media"
    folder.mkdir()
    for place in (tmp_path, folder):
        drawn(1).save(place / "a.png")
    (folder / "out.png").symlink_to(tmp_path / "a.png")
    (folder / "in.png").symlink_to(folder / "a.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    assert refused(folder / "out.png") is Reason.LINK
    assert digits(folder / "in.png") == digits(folder / "a.png")
    assert refused(folder / "loop.png") is Reason.UNOPENED


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    assert refused(tmp_path / "a.jpg") is Reason.NOT_A_FILE


def test_a_video_without_ffmpeg_has_a_digest_and_the_reason(tmp_path: Path) -> None:
    (tmp_path / "v.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + b"\0" * 99)
    found = one(tmp_path / "v.mp4")
    assert found.refused is Reason.NO_FFMPEG
    assert found.sha256 == hashlib.sha256((tmp_path / "v.mp4").read_bytes()).hexdigest()


def test_a_video_has_a_hash_per_frame_that_shows_something(filmed: Filmed, tmp_path: Path) -> None:
    path = filmed("v.mp4", *[3] * 7)
    ffmpeg = shutil.which("ffmpeg")
    found = hashes_of(path, tmp_path, ffmpeg)
    assert [each.frame_s for each in found] == [0.0, 5.0]
    first, second = (each.hash for each in found)
    assert first
    assert second
    assert distance(first, second) <= BOUND
