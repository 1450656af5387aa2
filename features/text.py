"""Text as tables need it: tokens, normal forms and keys, all as Polars expressions."""

from __future__ import annotations

import polars as pl

URL = r"https?://[^\s<>\"]+"
MENTION = r"@[A-Za-z0-9_.]{1,30}"
HASHTAG = r"#[\p{L}\p{N}_]+"
EMOJI = r"\p{Extended_Pictographic}"
# Characters that show nothing but make equal texts differ: soft hyphen, zero-width, direction marks, BOM; and NUL. Each in brackets,
# for so a search looks for them as words, in a third of the time that it takes to ask each character whether it is of a class.
_INVISIBLE = "|".join(
    f"(\\x{{{point:X}}})"
    for point in (
        0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065),
        *range(0x2066, 0x2070), 0xFEFF,
    )
)  # fmt: skip
_NUL = "\0"
# Longer texts are cut: no platform here publishes posts this long, and a hostile one must not cost minutes.
MAX_CHARACTERS = 20_000
# Runs of white space, and of what is no letter, but for the lone spaces that they would be folded to anyway: most
# runs are those, and are left alone at a quarter of the cost.
_SPACES = r"\s{2,}|[^\S ]"
_SIGNS = r"[^\p{L}\p{M}]{2,}|[^\p{L}\p{M} ]"

SCRIPTS = (
    "Latin",
    "Cyrillic",
    "Arabic",
    "Greek",
    "Hebrew",
    "Han",
    "Hiragana",
    "Katakana",
    "Hangul",
    "Devanagari",
    "Thai",
    "Georgian",
    "Armenian",
    "Bengali",
    "Tamil",
)
SHORTENERS = (
    "bit.ly",
    "goo.gl",
    "ow.ly",
    "tinyurl.com",
    "is.gd",
    "buff.ly",
    "dlvr.it",
    "ift.tt",
    "fb.me",
    "tiny.cc",
    "bit.do",
    "cutt.ly",
    "rebrand.ly",
    "lnkd.in",
    "su.pr",
    "j.mp",
    "adf.ly",
    "trib.al",
)


def visible(text: pl.Expr) -> pl.Expr:
    """Return the text without invisible characters, cut at :data:`MAX_CHARACTERS`."""
    drawn = text.str.slice(0, MAX_CHARACTERS).str.replace_all(_INVISIBLE, "")
    return drawn.str.replace_all(_NUL, "", literal=True)


def prose(text: pl.Expr) -> pl.Expr:
    """Return what is left of a text without links, mentions and hashtags, spaces folded."""
    return (
        text.str.replace_all(f"{URL}|{MENTION}|{HASHTAG}", " ")
        .str.replace_all(_SPACES, " ")
        .str.strip_chars()
    )


def letters(text: pl.Expr) -> pl.Expr:
    """Return prose in lower case with letters only, single spaces between words: digits and signs go.

    Two posts with one such form say the same with other numbers, links or addressees.
    """
    lowered = prose(text).str.to_lowercase().str.replace_all(_SIGNS, " ")
    return lowered.str.strip_chars()


def domain(url: pl.Expr) -> pl.Expr:
    """Return the host of a URL in lower case, without www."""
    return url.str.to_lowercase().str.extract(r"^https?://(?:[^/@\s]*@)?(?:www\.)?([^/:?#\s]+)")


def count(text: pl.Expr, pattern: str) -> pl.Expr:
    """Return how often a pattern occurs, missing where the text is."""
    return text.str.count_matches(pattern)


def listed(posts: pl.DataFrame, field: str, pattern: str) -> pl.Expr:
    """Return what posts list in a field, and of those that do not say what their text holds.

    Where all say, no text is searched.
    """
    said = pl.col(field)
    return pl.coalesce(said, pl.col("text").str.extract_all(pattern)) if posts[field].null_count() else said
