"""Letters that look alike, as one: what a text is compared by, so that no letter swapped for its double hides a copy.

Accents, vowel signs and letters of another script change a text for who compares letters, and hardly for who reads it. Some people
leave accents out, others swap letters to hide. So a letter counts as the plainest that looks like it: without its accent, and as the
Latin one where it is drawn as that, by Unicode's table of confusables [UTS39]. Texts are compared so; they are shown as they were
written.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

Points = NDArray[np.uint32]

# Accents and vowel signs that stand on a letter and are no letter of their own, and the stroke that lengthens an Arabic word.
# In scripts of India and South-East Asia such signs are vowels, and stay.
MARKS = (
    r"[\x{300}-\x{36F}\x{591}-\x{5C7}\x{610}-\x{61A}\x{640}\x{64B}-\x{65F}\x{670}\x{6D6}-\x{6ED}"
    r"\x{1AB0}-\x{1AFF}\x{1DC0}-\x{1DFF}\x{20D0}-\x{20FF}\x{FE20}-\x{FE2F}]"
)
# Latin, Greek, Cyrillic and Arabic letters, of which the first of what they are composed of counts.
_COMPOSED = ((0xC0, 0x250), (0x370, 0x530), (0x620, 0x6D4), (0x1E00, 0x2000))
# Small letters drawn as Latin ones.
_AS_LATIN = {
    # Cyrillic, Greek, Armenian.
    **dict(zip("аеорсухіјѕһӏԁԛԝѵ", "aeopcyxijshldqwv", strict=True)),
    **dict(zip("αοριυν", "aopiuv", strict=True)),
    **dict(zip("օհսոցզ", "ohunpq", strict=True)),
    # Latin letters of phonetics, of small capitals, and with a stroke.
    **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True)),
    **dict(zip("ıɑɡɩłøđħŧ", "iagilodht", strict=True)),
    # Letters of Persian and Urdu that Arabic keyboards lack, and endings that are written either way.
    **dict(zip("یىکةہھ", "ييكههه", strict=True)),
}


def folded_points(points: Points) -> Points:
    """Return characters, given as their numbers, each as the plainest letter that looks like it; as many as were given."""
    if not len(points) or points.max() < _COMPOSED[0][0]:
        return points
    plainest = _plainest()
    return np.where(points < len(plainest), plainest[np.minimum(points, len(plainest) - 1)], points)


def folded(texts: pl.Series) -> pl.Series:
    """Return texts in lower case with each letter as the plainest that looks like it, none longer or shorter.

    >>> folded(pl.Series(["où étаit lе minіstrе"])).to_list()
    ['ou etait le ministre']
    """
    # ASCII is plain already, and most words are of it: letter by letter these cost more than all the others.
    foreign = (texts.str.len_bytes() > texts.str.len_chars()).arg_true()
    if foreign.is_empty():
        return texts
    written = texts.gather(foreign).to_list()
    points = folded_points(np.frombuffer("".join(written).encode("utf-32-le"), np.uint32))
    every = points.astype("<u4").tobytes().decode("utf-32-le")
    ends = np.cumsum([len(text) for text in written]).tolist()
    plain = [every[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    # Letters are set in the series itself, which is not given to be changed.
    return texts.clone().scatter(foreign, pl.Series(plain, dtype=pl.String))


@cache
def _plainest() -> Points:
    """Return the plainest letter that looks like each character, by its number."""
    table = np.arange(max(map(ord, _AS_LATIN)) + 1, dtype=np.uint32)
    for begin, end in _COMPOSED:
        for point in range(begin, end):
            first = unicodedata.normalize("NFD", chr(point))[0]
            table[point] = ord(_AS_LATIN.get(first, first))
    for letter, plain in _AS_LATIN.items():
        table[ord(letter)] = ord(plain)
    return table
