"""Texts in their own normal form, and their shingles in plain Python."""

from __future__ import annotations

import numpy as np
import polars as pl

from vigie.features.similarity import near_duplicate_text

WORDS = [
    "harbour", "ministry", "water", "tomorrow", "people", "truth", "market", "price", "children", "border",
    "nobody", "speaks", "about", "this", "old", "bridge", "again", "they", "hide", "everything", "from", "us",
]  # fmt: skip
LONG = "nobody speaks about the old bridge over the harbour and they hide everything from us"


def shingles(form: str) -> set[str]:
    return {form[place : place + 5] for place in range(len(form) - 4)}


def variants(seed: int, templates: int, count: int) -> list[str]:
    """Texts out of a few templates with up to three words replaced; they are their own normal form."""
    draw = np.random.default_rng(seed)
    bases = [draw.choice(WORDS, draw.integers(12, 26)).tolist() for _ in range(templates)]
    made = []
    for _ in range(count):
        words = list(bases[draw.integers(templates)])
        for _ in range(draw.integers(0, 4)):
            words[draw.integers(len(words))] = str(draw.choice(WORDS))
        made.append(" ".join(words))
    return made


def together(given: list[str | None]) -> list[int | None]:
    found: list[int | None] = near_duplicate_text.clusters(pl.Series(given, dtype=pl.String)).to_list()
    return found


def held(found: near_duplicate_text.SimilarTexts, texts: pl.Series) -> bool:
    """Return whether all of some texts were compared, and each with all that may be similar to it."""
    return found.among(texts.to_frame("text").drop_nulls().unique()) is not None
