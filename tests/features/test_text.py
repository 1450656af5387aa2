"""Spaces and signs are folded as the plain definition says, however few of their runs are touched."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import polars as pl

from vigie.features import text

_PIECES = (" ", "  ", "\t", "\n", "\u00a0", "\u2003", "a", "b", "é", "İ", "ß", "漢", "ا", "\u064b", "1", ".", ", ",
           "-", "_", "@anna", "#port", "https://example.org/a", "😀")  # fmt: skip


def _texts() -> list[str]:
    draw = np.random.default_rng(7)
    return ["".join(draw.choice(_PIECES, draw.integers(25)).tolist()) for _ in range(2_000)]


def test_prose_has_one_space_for_every_run_of_white_space() -> None:
    given = _texts()
    found = pl.DataFrame({"text": given}).select(text.prose(pl.col("text"))).to_series().to_list()
    hashtag = text.HASHTAG.replace(r"[\p{L}\p{N}_]", r"[a-zéİß漢ا1_]")
    entities = re.compile("|".join((text.URL, text.MENTION, hashtag)))
    assert found == [" ".join(entities.sub(" ", each).split()) for each in given]


def test_letters_have_one_space_for_every_run_of_other_signs() -> None:
    given = _texts()
    found = pl.DataFrame({"text": given}).select(
        prose=text.prose(pl.col("text")), letters=text.letters(pl.col("text"))
    )
    for prose, letters in found.iter_rows():
        kept = (sign if unicodedata.category(sign)[0] in "LM" else " " for sign in prose.lower())
        assert letters == " ".join("".join(kept).split())


def test_only_what_shows_nothing_goes_of_a_text() -> None:
    ranges = ((0, 0), (0xAD, 0xAD), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064),
              (0x2066, 0x206F), (0xFEFF, 0xFEFF))  # fmt: skip
    hidden = {point for first, last in ranges for point in range(first, last + 1)}
    every = [chr(point) for point in range(0x11000) if not 0xD800 <= point < 0xE000]
    given = ["".join(every[start : start + 5_000]) for start in range(0, len(every), 5_000)]
    given += ["a\0b", "\u200b\u200c\u200d", "\u2010\u2065\u2070\u00ac\u00ae", "", "\0"]
    found = pl.DataFrame({"text": given}).select(text.visible(pl.col("text"))).to_series().to_list()
    assert found == ["".join(sign for sign in each if ord(sign) not in hidden) for each in given]
