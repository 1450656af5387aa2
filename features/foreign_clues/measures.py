"""What each clue is, account by account: whether it shows it, where that can be told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

import polars as pl
from babel.core import get_global

from vigie.features.foreign_clues import places

# Posts from which hours are known, days on which they lie, and the share of them that the quiet hours may hold.
_LEAST_POSTS, _LEAST_DAYS, _QUIET_SHARE = 50, 7, 0.05
# Hours that nearly everybody sleeps, and their middle; farther than this from it is not the night of the place.
_NIGHT_HOURS, _NIGHT, _FAR = 6, 3.5, 5.0
_LEAST_LANGUAGE = 5
# Letters from which a script is known, and how many of another one are no quotation.
_LEAST_LETTERS, _LEAST_OTHER, _OTHER_SHARE = 50, 20, 0.1
# Scripts in the names of Unicode, by the codes of ISO 15924. Latin is at home everywhere.
_SCRIPTS = {
    "Latn": ("Latin",), "Cyrl": ("Cyrillic",), "Arab": ("Arabic",), "Hebr": ("Hebrew",), "Grek": ("Greek",), "Hans": ("Han",),
    "Hant": ("Han",), "Jpan": ("Han", "Hiragana", "Katakana"), "Kore": ("Hangul", "Han"), "Deva": ("Devanagari",),
    "Beng": ("Bengali",), "Thai": ("Thai",), "Geor": ("Georgian",), "Armn": ("Armenian",),
}  # fmt: skip
# Names of places in Ukraine after the Russian, and after the Ukrainian, as texts in Latin script write them. Left out are
# those that dictionaries of English or French have in the first form: Kiev, Odessa, Donbass.
_AFTER_RUSSIAN = r"\b(?:kharkov|lvov|nikola[iy]?ev|zaporozh[iy]e|zaporojie|dnepropetrovsk|art[eiy]+o?movsk|slavyansk|slaviansk)\b"
_AFTER_UKRAINIAN = (
    r"\b(?:kharkiv|lviv|mykola[iï]v|zapori[zj]h?zhia|zaporijia|dnipro(?:petrovsk)?|bakhmou?t|sloviansk)\b"
)

Measure = Callable[[pl.DataFrame, pl.DataFrame, Collection[str]], pl.DataFrame]


def other_hours(accounts: pl.DataFrame, posts: pl.DataFrame, languages: Collection[str]) -> pl.DataFrame:
    """Return whether the quiet hours of accounts are far from the night of the place that they name.

    Args:
        accounts: Contract columns and ``row``.
        posts: Contract columns and ``row`` of the author.
        languages: Not read.

    Returns:
        ``row`` and ``shows`` of the accounts of which it can be told.
    """
    timed = posts.filter(pl.col("time_resolution").ne_missing("day")).select("row", time="created_at")
    active = (
        timed.drop_nulls()
        .group_by("row")
        .agg(
            middle=pl.col("time").median(),
            days=pl.col("time").dt.date().n_unique(),
            hours=pl.col("time").dt.hour(),
        )
        .filter((pl.col("hours").list.len() >= _LEAST_POSTS) & (pl.col("days") >= _LEAST_DAYS))
    )
    found: list[tuple[int, bool]] = []
    for row, location, middle, hours in (
        active.join(accounts.select("row", "location"), on="row")
        .select("row", "location", "middle", "hours")
        .iter_rows()
    ):
        night = _quiet(hours)
        zones = places.zones(location)
        if night is None or not zones:
            continue
        at = pl.Series([middle.replace(hour=0, minute=0) + timedelta(hours=night)])
        local = [at.dt.convert_time_zone(zone)[0] for zone in zones]
        found.append((row, all(_apart(time.hour + time.minute / 60) > _FAR for time in local)))
    return pl.DataFrame(found, {"row": pl.UInt32, "shows": pl.Boolean}, orient="row")


def other_language(accounts: pl.DataFrame, posts: pl.DataFrame, languages: Collection[str]) -> pl.DataFrame:
    """Return whether accounts write mostly in none of some languages; arguments and result as :func:`other_hours`."""
    spoken = _own(posts).select(
        "row", lang=pl.col("lang").str.to_lowercase().str.extract(r"^([a-z]{2,3})(?:-|$)")
    )
    known = spoken.filter(~pl.col("lang").is_in(["und", "zxx", "art", "qme", "qht", "qam", "qct", "qst"]))
    return (
        known.group_by("row")
        .agg(number=pl.len(), other=(~pl.col("lang").is_in(list(languages))).mean())
        .filter(pl.col("number") >= _LEAST_LANGUAGE)
        .select("row", shows=pl.col("other") > 0.5)
        .sort("row")
    )


def other_script(accounts: pl.DataFrame, posts: pl.DataFrame, languages: Collection[str]) -> pl.DataFrame:
    """Return whether accounts write in a script of none of some languages; arguments and result as :func:`other_hours`."""
    codes = [get_global("likely_subtags").get(language, "").split("_")[1:2] for language in languages]
    if not all(code and code[0] in _SCRIPTS for code in codes):
        return pl.DataFrame(schema={"row": pl.UInt32, "shows": pl.Boolean})
    own = {"Latin", "Common", "Inherited", *(name for code in codes for name in _SCRIPTS[code[0]])}
    home = "[" + "".join(rf"\p{{{name}}}" for name in sorted(own)) + "]"
    texts = pl.concat(
        [
            _own(posts).select("row", "text"),
            accounts.select("row", text="display_name"),
            accounts.select("row", text="description"),
        ]
    ).drop_nulls("text")
    letters = pl.col("text").str.replace_all(r"https?://\S+|[@#]\S+", "").str.replace_all(r"\P{L}", "")
    return (
        texts.with_columns(text=letters)
        .group_by("row")
        .agg(
            number=pl.col("text").str.len_chars().sum(),
            other=pl.col("text").str.replace_all(home, "").str.len_chars().sum(),
        )
        .filter(pl.col("number") >= _LEAST_LETTERS)
        .select(
            "row",
            shows=(pl.col("other") >= _LEAST_OTHER) & (pl.col("other") >= _OTHER_SHARE * pl.col("number")),
        )
        .sort("row")
    )


def other_spelling(accounts: pl.DataFrame, posts: pl.DataFrame, languages: Collection[str]) -> pl.DataFrame:
    """Return whether accounts mostly spell places in Ukraine after the Russian; arguments and result as :func:`other_hours`."""
    text = pl.col("text").str.to_lowercase()
    return (
        _own(posts)
        .group_by("row")
        .agg(
            russian=text.str.count_matches(_AFTER_RUSSIAN).sum(),
            ukrainian=text.str.count_matches(_AFTER_UKRAINIAN).sum(),
        )
        .filter(pl.col("russian") + pl.col("ukrainian") > 0)
        .select("row", shows=pl.col("russian") > pl.col("ukrainian"))
        .sort("row")
    )


MEASURES: Mapping[str, Measure] = {
    "other_hours": other_hours,
    "other_language": other_language,
    "other_script": other_script,
    "other_spelling": other_spelling,
}


def _own(posts: pl.DataFrame) -> pl.DataFrame:
    """Return what accounts wrote themselves."""
    return posts.filter(
        pl.col("kind").ne_missing("repost"), ~pl.col("text").fill_null("").str.starts_with("RT @")
    )


def _quiet(hours: list[int]) -> float | None:
    """Return the middle of the hours in a row that hold the fewest posts, in UTC; None where none are quiet."""
    counts = [hours.count(hour) for hour in range(24)]
    held = [sum(counts[(start + step) % 24] for step in range(_NIGHT_HOURS)) for start in range(24)]
    fewest = min(held)
    if fewest > _QUIET_SHARE * len(hours):
        return None
    # Of several that are as quiet in a row, the middle one.
    starts = [start for start in range(24) if held[start] == fewest and held[start - 1] != fewest]
    start = max(starts or [0], key=lambda first: _run(held, first, fewest))
    return (start + (_run(held, start, fewest) - 1) / 2 + _NIGHT_HOURS / 2) % 24


def _run(held: list[int], start: int, value: int) -> int:
    """Return how many in a row, around the clock, have a value."""
    length = 1
    while length < 24 and held[(start + length) % 24] == value:
        length += 1
    return length


def _apart(hour: float) -> float:
    """Return how many hours an hour of the day is from the middle of the night."""
    apart = abs(hour - _NIGHT) % 24
    return min(apart, 24 - apart)
