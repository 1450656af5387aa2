"""Times as collectors write them, brought to UTC.

Read: ISO 8601 with or without zone (without: UTC), ``2013-02-24 15:04[:05]``, ``2013-02-24``, the form of
the Twitter API (``Sun Feb 24 15:04:04 +0000 2013``), epoch seconds (9 or 10 digits, also ``1390739271.0``),
milliseconds (12 or 13) and microseconds (15 or 16), a trailing ``L``, and the zones ``Z``, ``UTC``, ``GMT`` or a
numeric offset. A mapping may state the format and the zone of times that state none.

Not guessed: other zone names (``EST`` and ``CST`` mean several zones) and day/month orders (``3/4/2017``).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import polars as pl

from vigie.features.i18n import Language, message
from vigie.features.ingest.forms import PLAIN, Form
from vigie.features.schema import TIME

_ZONE = r"\s*(Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
_ISO = rf"^(\d{{4}}-\d{{2}}-\d{{2}})(?:[Tt ](\d{{1,2}}:\d{{2}})(:\d{{2}}(?:[.,]\d{{1,9}})?)?{_ZONE})?$"
_TWITTER = r"^[A-Za-z]{3},? ([A-Za-z]{3} \d{1,2}) (\d{2}:\d{2}:\d{2})(?: ([+-]\d{4}|UTC|GMT))? (\d{4})$"
_SECONDS = r"^(\d{9,10})(?:\.\d*)?L?$"
_MILLISECONDS = r"^(\d{12,13})(?:\.0*)?L?$"
_MICROSECONDS = r"^(\d{15,16})(?:\.0*)?L?$"
_UNITS = ((_SECONDS, 1_000_000), (_MILLISECONDS, 1_000), (_MICROSECONDS, 1))
_MOST_WRITTEN = "%Y-%m-%dT%H:%M:%S%.f"
_DAY = r"^\d{4}-\d{2}-\d{2}$"
_LAST_SECOND = timedelta(hours=23, minutes=59, seconds=59)
# Codes of strftime that say an hour, and an offset.
_SAYS_HOUR, _SAYS_OFFSET = r"%-?[HIklRTXcs]", r"%[:#]*z"
_ZONE_NAME = r"\d:\d{2}(?::\d{2}(?:\.\d+)?)? ?([A-Za-z]{1,5})\b"


def parse(text: pl.Expr, form: Form = PLAIN) -> pl.Expr:
    """Return the time that each text says, as UTC; null where it says none that we read.

    Args:
        text: The column.
        form: Format and zone, where they are stated. A local time that a change of clocks skips or repeats is null.

    >>> texts = pl.DataFrame({"t": ["2013-02-24 15:04", "1361718244000L", "24/02/2013"]})
    >>> texts.select(parse(pl.col("t"))).to_series().dt.year().to_list()
    [2013, 2013, None]
    """
    return text.map_batches(lambda texts: _parse(texts, form), return_dtype=TIME, is_elementwise=True)


def seen(text: pl.Expr, form: Form = PLAIN) -> pl.Expr:
    """Return what :func:`parse` does, for times of observation: a day alone is its end.

    Whoever writes a day says that nothing later than that day was seen, and means the posts of that day too.

    >>> pl.DataFrame({"t": ["2024-05-16"]}).select(seen(pl.col("t"))).item().isoformat()
    '2024-05-16T23:59:59+00:00'
    """
    text = text.str.strip_chars()
    if not form.formats:
        return parse(pl.when(text.str.contains(_DAY)).then(text + " 23:59:59").otherwise(text), form)
    days = [code for code in form.formats if not re.search(_SAYS_HOUR, code)]
    day = pl.coalesce(pl.lit(None, TIME), *(_formatted(text, code, form.zone) for code in days))
    return pl.coalesce(parse(text, form), pl.lit(None, TIME)) + pl.when(day.is_not_null()).then(
        pl.lit(_LAST_SECOND)
    ).otherwise(pl.lit(timedelta()))


def reason(text: pl.Expr, form: Form = PLAIN, language: Language = "en") -> pl.Expr:
    """Return why a text is not read as a time; null where it is, or where there is no text.

    Args:
        text: The column.
        form: See :func:`parse`.
        language: Of the reasons.

    >>> texts = pl.DataFrame({"t": ["2013-02-24 15:04 CEST"]})
    >>> texts.select(reason(pl.col("t"))).item()[:40]
    'the time zone CEST is not read, it can m'
    """
    zone = text.str.extract(_ZONE_NAME)
    named = zone.is_not_null() & ~zone.str.to_uppercase().is_in(["UTC", "GMT", "Z", "L", "AM", "PM"])
    if form.formats:
        stated = " and ".join(filter(None, [f"format {' or '.join(form.formats)}", form.zone]))
        return pl.when(text.is_not_null() & parse(text, form).is_null()).then(
            pl.format(
                message("refusals.time_stated", seen="{}", stated=stated).say(language), text.str.slice(0, 40)
            )
        )
    return (
        pl.when(text.is_null() | parse(text, form).is_not_null())
        .then(None)
        .when(named)
        .then(pl.format(message("refusals.time_zone", seen="{}").say(language), zone))
        .otherwise(pl.format(message("refusals.time_form", seen="{}").say(language), text.str.slice(0, 40)))
    )


def _parse(texts: pl.Series, form: Form) -> pl.Series:
    """Return times; each form is tried on what no other has read, since files write one form, seldom two."""
    frame = texts.str.strip_chars().to_frame("text")
    text = pl.col("text")
    forms = (
        [_formatted(text, code, form.zone) for code in form.formats]
        if form.formats
        else [
            *_as_written_most(text, form.zone),
            _iso(text, form.zone),
            *(_epoch(text, *unit) for unit in _UNITS),
            _twitter(text, form.zone),
        ]
    )
    read = pl.Series([None], dtype=TIME).new_from_index(0, frame.height)
    for one in forms:
        rest = (frame["text"].is_not_null() & read.is_null()).arg_true()
        if len(rest):
            read = read.scatter(rest, frame[rest].select(one).to_series())
    return read


def in_utc(texts: pl.Series) -> pl.Series:
    """Return the times of texts that state date, time and offset as ISO 8601 has them; null where one does not.

    >>> in_utc(pl.Series(["2013-02-24T15:04:00Z", "2013-02-24T16:04:00.5+01:00", "2013-02-24"])).dt.minute().to_list()
    [4, 4, None]
    """
    # Without fraction and with one offset throughout, as machines write them, times are read in a fourth of the time.
    # Any of them shows how all are written then.
    plain = "%Y-%m-%dT%H:%M:%SZ" if str(texts.max()).endswith("Z") else "%Y-%m-%dT%H:%M:%S+00:00"
    times = pl.select(
        pl.lit(texts).str.to_datetime(plain, time_unit="us", strict=False).dt.replace_time_zone("UTC")
    ).to_series()
    if times.null_count() == texts.null_count():
        return times
    return texts.str.to_datetime(f"{_MOST_WRITTEN}%#z", time_unit="us", time_zone="UTC", strict=False)


def _as_written_most(text: pl.Expr, zone: str | None) -> tuple[pl.Expr, pl.Expr]:
    """Return what :func:`_iso` reads of the commonest forms, at a fraction of the cost."""
    return (
        text.str.to_datetime(f"{_MOST_WRITTEN}%#z", time_unit="us", time_zone="UTC", strict=False),
        _placed(text.str.to_datetime(_MOST_WRITTEN, time_unit="us", strict=False), zone),
    )


def _formatted(text: pl.Expr, code: str, zone: str | None) -> pl.Expr:
    if re.search(_SAYS_OFFSET, code):
        return text.str.to_datetime(code, time_unit="us", time_zone="UTC", strict=False)
    return _placed(text.str.to_datetime(code, time_unit="us", strict=False), zone)


def _placed(local: pl.Expr, zone: str | None) -> pl.Expr:
    """Return the local time of a zone as UTC."""
    if zone is None:
        return local.dt.replace_time_zone("UTC")
    return local.dt.replace_time_zone(zone, ambiguous="null", non_existent="null").dt.convert_time_zone("UTC")


def _iso(text: pl.Expr, zone: str | None) -> pl.Expr:
    day, minute = text.str.extract(_ISO, 1), text.str.extract(_ISO, 2).fill_null("00:00")
    second = text.str.extract(_ISO, 3).fill_null(":00").str.replace(",", ".", literal=True)
    local = pl.concat_str(day, pl.lit(" "), minute, second).str.to_datetime(
        "%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False
    )
    return _utc(local, text.str.extract(_ISO, 4), zone)


def _twitter(text: pl.Expr, zone: str | None) -> pl.Expr:
    parts = [text.str.extract(_TWITTER, group) for group in (4, 1, 2)]
    local = pl.concat_str(parts, separator=" ").str.to_datetime(
        "%Y %b %d %H:%M:%S", time_unit="us", strict=False
    )
    return _utc(local, text.str.extract(_TWITTER, 3), zone)


def _epoch(text: pl.Expr, pattern: str, microseconds: int) -> pl.Expr:
    return (text.str.extract(pattern).cast(pl.Int64) * microseconds).cast(TIME)


def newest(*columns: pl.Series) -> datetime | None:
    """Return the latest time of several columns; None where they hold none."""
    found = [time for column in columns if isinstance(time := column.max(), datetime)]
    return max(found, default=None)


def _utc(local: pl.Expr, offset: pl.Expr, zone: str | None) -> pl.Expr:
    """Return a local time less its offset; without offset it is a time of the zone."""
    digits = offset.str.replace_all(r"\D", "")
    minutes = digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 60 + digits.str.slice(2, 2).cast(
        pl.Int64, strict=False
    ).fill_null(0)
    signed = pl.when(offset.str.starts_with("-")).then(-minutes).otherwise(minutes)
    moved = (local - pl.duration(minutes=signed.fill_null(0))).dt.replace_time_zone("UTC")
    return moved if zone is None else pl.when(offset.is_null()).then(_placed(local, zone)).otherwise(moved)
