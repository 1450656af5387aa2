"""Name features: how the handle and the display name are built.

No table of character frequencies is fitted: randomness of a handle is read from its own make-up (runs of
consonants, changes between letters and digits), so that no training data can leak into it (L12).
"""

from __future__ import annotations

import polars as pl

from vigie.features import text
from vigie.features.catalogue import feature


def _handle() -> pl.Expr:
    return text.visible(pl.col("handle")).str.strip_chars_start("@").str.slice(0, 64)


def _display() -> pl.Expr:
    return text.visible(pl.col("display_name")).str.slice(0, 128)


def _known(column: str) -> pl.Expr:
    """Return 1 where the column is known and null elsewhere, to carry a missing value through."""
    return pl.when(pl.col(column).is_not_null()).then(1)


@feature(unit="characters", source="Yang2020")
def name_handle_length() -> pl.Expr:
    """Characters of the handle."""
    return _handle().str.len_chars()


@feature(unit="count", source="Yang2020")
def name_handle_digit_count() -> pl.Expr:
    """Digits in the handle."""
    return _handle().str.count_matches(r"[0-9]")


@feature(unit="count", source="VIGINUM2024")
def name_handle_trailing_digit_count() -> pl.Expr:
    """Length of the final run of digits of the handle."""
    return _handle().str.extract(r"([0-9]*)$").str.len_chars()


@feature(unit="bits", source="Beskow2019")
def name_handle_entropy_bits() -> pl.Expr:
    """Shannon entropy of the handle's characters."""
    parts = _handle().str.to_lowercase().str.split("")
    return parts.list.eval(
        pl.element()
        .filter(pl.element() != "")
        .unique_counts()
        .cast(pl.Float64)
        .entropy(base=2, normalize=True)
    ).list.first()


@feature(unit="count", source="Beskow2019")
def name_handle_consonant_run_count() -> pl.Expr:
    """Longest run of consonants in the handle."""
    runs = _handle().str.to_lowercase().str.extract_all(r"[bcdfghjklmnpqrstvwxz]+")
    return runs.list.eval(pl.element().str.len_chars()).list.max().fill_null(0) * _known("handle")


@feature(unit="count")
def name_handle_change_count() -> pl.Expr:
    """Changes between runs of letters and runs of digits in the handle."""
    return (_handle().str.count_matches(r"[0-9]+|[A-Za-z]+") - 1).cast(pl.Int64).clip(lower_bound=0)


@feature(unit="share")
def name_handle_sign_share() -> pl.Expr:
    """Share of the handle that is not letters."""
    length = _handle().str.len_chars()
    return pl.when(length > 0).then(_handle().str.count_matches(r"[0-9_.]") / length)


@feature(unit="share")
def name_handle_capital_share() -> pl.Expr:
    """Share of capitals in the handle."""
    length = _handle().str.len_chars()
    return pl.when(length > 0).then(_handle().str.count_matches(r"[A-Z]") / length)


@feature(unit="characters", source="Yang2020")
def name_display_length() -> pl.Expr:
    """Characters of the display name."""
    return _display().str.len_chars()


@feature(unit="count", source="Yang2020")
def name_display_digit_count() -> pl.Expr:
    """Digits in the display name."""
    return _display().str.count_matches(r"[0-9]")


@feature(unit="count")
def name_display_word_count() -> pl.Expr:
    """Words of the display name."""
    return _display().str.count_matches(r"[\p{L}\p{N}]+")


@feature(unit="count", leak="L14: emojis date an archive")
def name_display_emoji_count() -> pl.Expr:
    """Emojis in the display name."""
    return text.count(_display(), text.EMOJI)


@feature(
    unit="count",
    high=len(text.SCRIPTS),
    leak="L5: the script tells the country of an archive",
    source="UTS39",
)
def name_display_script_count() -> pl.Expr:
    """Number of scripts in the display name."""
    return pl.sum_horizontal(
        _display().str.contains(rf"\p{{{script}}}").cast(pl.Int64) for script in text.SCRIPTS
    ) * _known("display_name")


@feature(unit="share")
def name_display_in_handle_share() -> pl.Expr:
    """Share of the first and last words of the display name that occur in the handle."""
    words = _display().str.to_lowercase().str.extract_all(r"[\p{L}\p{N}]{2,}")
    handle = _handle().str.to_lowercase()
    ends = [
        handle.str.contains(words.list.get(index, null_on_oob=True), literal=True).cast(pl.Float64)
        for index in (0, -1)
    ]
    return (ends[0] + ends[1]) / 2
