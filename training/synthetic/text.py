"""Invented words and pictures: texts, rewordings, names, sites and perceptual hashes that belong to nobody.

Words are syllables in the script of their language, drawn by Zipf's law. Everything works on whole columns.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Hashes = NDArray[np.uint8]

# Words of each language.
VOCABULARY = 1_500
_BYTES = 32  # of a perceptual hash: 64 hexadecimal digits
_LATIN = "ba bri cu do dra fen gol ha ji ka lo mur na oz pel qui ra sto ti ul ve wim xa yo zu"
_CYRILLIC = "ба бри ку до дра фен гол ха жи ка ло мур на оз пел кви ра сто ти ул ве вим кса йо зу"
_ARABIC = "با بري كو دو درا فن جول ها جي كا لو مور نا وز بل كي را ستو تي ول في ويم كسا يو زو"
# In the order of vigie.training.synthetic.personas.LANGUAGES.
_SCRIPTS = tuple(script.split() for script in (_LATIN, _LATIN, _LATIN, _CYRILLIC, _ARABIC))
_SYLLABLES = _SCRIPTS[0]


def ranks(rng: np.random.Generator, count: int, size: int, exponent: float = 1.05) -> Integers:
    """Return ``count`` ranks from 0 to ``size`` - 1 that follow Zipf's law."""
    edges = np.cumsum(1.0 / np.arange(1, size + 1) ** exponent)
    return np.searchsorted(edges[:-1] / edges[-1], rng.random(count), side="right").astype(np.int64)


@cache
def _vocabulary() -> pl.Series:
    """Return the words of all languages, :data:`VOCABULARY` of each, no two of a language alike."""
    rng = np.random.default_rng(0)
    known: list[str] = []
    for script in _SCRIPTS:
        own: dict[str, None] = {}
        while len(own) < VOCABULARY:
            parts = rng.integers(0, len(script), rng.integers(1, 5))
            own["".join(script[part] for part in parts)] = None
        # Frequent words are short.
        known += sorted(own, key=len)
    return pl.Series(known)


def draw(rng: np.random.Generator, language: Integers, length: Integers) -> Integers:
    """Return words by Zipf's law, as numbers: shape (texts, longest), -1 beyond the length of a text."""
    shape = (len(length), int(length.max(initial=0)))
    drawn = ranks(rng, shape[0] * shape[1], VOCABULARY, 0.9).reshape(shape) + language[:, None] * VOCABULARY
    return np.where(np.arange(shape[1]) < length[:, None], drawn, -1)


def reworded(rng: np.random.Generator, drawn: Integers, share: float) -> Integers:
    """Return texts in which that share of the words is another word of the same language."""
    other = drawn // VOCABULARY * VOCABULARY + rng.integers(0, VOCABULARY, drawn.shape)
    return np.where((rng.random(drawn.shape) < share) & (drawn >= 0), other, drawn)


def text(drawn: Integers) -> pl.Series:
    """Return the texts that :func:`draw` or :func:`reworded` gave as numbers."""
    words = _vocabulary()
    columns = [
        words.gather(pl.Series(column).set(pl.Series(column < 0), None)).alias(str(place))
        for place, column in enumerate(drawn.T)
    ]
    if not columns:
        return pl.Series("text", [""] * len(drawn), dtype=pl.String)
    return pl.DataFrame(columns).select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series()


def texts(rng: np.random.Generator, language: Integers, least: int, most: int) -> pl.Series:
    """Return one text per language given, of ``least`` to ``most`` words."""
    return text(draw(rng, language, rng.integers(least, most + 1, len(language))))


def stem(number: int) -> str:
    """Return a pronounceable name for a number; numbers below 15,625 have different ones."""
    size = len(_SYLLABLES)
    return (
        _SYLLABLES[number % size] + _SYLLABLES[number // size % size] + _SYLLABLES[number // size**2 % size]
    )


def stems(numbers: Integers) -> pl.Series:
    """Return the names of numbers, see :func:`stem`."""
    return _stems().gather(numbers % len(_stems()))


@cache
def _stems() -> pl.Series:
    return pl.Series([stem(number) for number in range(len(_SYLLABLES) ** 3)])


def handles(rng: np.random.Generator, count: int, proposed: float) -> pl.Series:
    """Return handles in several forms, some alike; the share ``proposed`` ends with digits, as platforms do."""
    kinds = len(_stems())
    frame = pl.DataFrame(
        {
            "first": stems(rng.integers(0, kinds, count)),
            "second": stems(rng.integers(0, kinds, count)),
            "form": rng.integers(0, 4, count),
            "number": rng.integers(10, 10**8, count) // 10 ** rng.integers(0, 6, count),
            "proposed": rng.random(count) < proposed,
        }
    )
    base = (
        pl.when(pl.col("form") == 0).then(pl.concat_str("first", pl.lit("_"), "second"))
        .when(pl.col("form") == 1).then(pl.concat_str(pl.col("first", "second").str.to_titlecase()))
        .when(pl.col("form") == 2).then(pl.concat_str("first", "second"))
        .otherwise(pl.concat_str("second", pl.lit("_"), pl.col("first").str.slice(0, 1)))
    )  # fmt: skip
    tail = pl.when("proposed").then(pl.col("number").cast(pl.String)).otherwise(pl.lit(""))
    return frame.select(pl.concat_str(base, tail).alias("handle")).to_series()


def site(number: int) -> str:
    """Return the host of a synthetic site."""
    return f"{stem(number * 7 + 3)}.example" if number % 3 else f"{stem(number * 7 + 3)}.example.org"


def pictures(rng: np.random.Generator, count: int) -> Hashes:
    """Return perceptual hashes of different pictures: shape (count, 32)."""
    return rng.integers(0, 256, (count, _BYTES), np.uint8)


def reencoded(rng: np.random.Generator, hashes: Hashes, most: int = 8) -> Hashes:
    """Return the hashes with up to ``most`` bits changed, as by a copy in another size or quality."""
    changed = hashes.copy()
    rows = np.arange(len(hashes))
    bits = rng.integers(0, most + 1, len(hashes))
    for number in range(most):
        flips = rows[bits > number]
        changed[flips, rng.integers(0, _BYTES, len(flips))] ^= np.left_shift(
            np.uint8(1), rng.integers(0, 8, len(flips), np.uint8)
        )
    return changed


def digits(hashes: Hashes) -> pl.Series:
    """Return hashes as 64 hexadecimal digits."""
    return pl.Series(np.frombuffer(hashes.tobytes().hex().encode(), "S64").astype("U64"), dtype=pl.String)
