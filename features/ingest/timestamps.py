"""Times as collectors write them, brought to UTC.

Read: ISO 8601 with or without zone (without: UTC), ``2013-02-24 15:04[:05]``, ``2013-02-24``, the form of
the Twitter API (``Sun Feb 24 15:04:04 +0000 2013``), epoch seconds (9 or 10 digits, also ``1390739271.0``)
and milliseconds (12 or 13), a trailing ``L``, and the zones ``Z``, ``UTC``, ``GMT`` or a numeric offset.

Not guessed: other zone names (``EST`` and ``CST`` mean several zones) and day/month orders (``3/4/2017``).
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from vigie.features.schema import TIME

_ZONE = r"\s*(Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
_ISO = rf"^(\d{{4}}-\d{{2}}-\d{{2}})(?:[T ](\d{{1,2}}:\d{{2}})(:\d{{2}}(?:[.,]\d{{1,9}})?)?{_ZONE})?$"
_TWITTER = r"^[A-Za-z]{3},? ([A-Za-z]{3} \d{1,2}) (\d{2}:\d{2}:\d{2})(?: ([+-]\d{4}|UTC|GMT))? (\d{4})$"
_SECONDS = r"^(\d{9,10})(?:\.\d*)?L?$"
_MILLISECONDS = r"^(\d{12,13})(?:\.0*)?L?$"
_ZONE_NAME = r"\d:\d{2}(?::\d{2}(?:\.\d+)?)? ?([A-Za-z]{1,5})\b"

_FORMS = (
    "write 2013-02-24T15:04:04Z, 2013-02-24 15:04:04, 2013-02-24, Sun Feb 24 15:04:04 +0000 2013, "
    "or epoch seconds or milliseconds"
)


def parse(text: pl.Expr) -> pl.Expr:
    """Return the time that each text says, as UTC; null where it says none that we read.

    >>> texts = pl.DataFrame({"t": ["2013-02-24 15:04", "1361718244000L", "24/02/2013"]})
    >>> texts.select(parse(pl.col("t"))).to_series().dt.year().to_list()
    [2013, 2013, None]
    """
    text = text.str.strip_chars()
    return pl.coalesce(
        _iso(text), _twitter(text), _epoch(text, _SECONDS, "s"), _epoch(text, _MILLISECONDS, "ms")
    )


def reason(text: pl.Expr) -> pl.Expr:
    """Return why a text is not read as a time; null where it is, or where there is no text.

    >>> texts = pl.DataFrame({"t": ["2013-02-24 15:04 CEST"]})
    >>> texts.select(reason(pl.col("t"))).item()[:40]
    'the time zone CEST is not read, it can m'
    """
    zone = text.str.extract(_ZONE_NAME)
    named = zone.is_not_null() & ~zone.str.to_uppercase().is_in(["UTC", "GMT", "Z", "L", "AM", "PM"])
    return (
        pl.when(text.is_null() | parse(text).is_not_null())
        .then(None)
        .when(named)
        .then(
            pl.format(
                "the time zone {} is not read, it can mean several; write the offset (+02:00) or UTC", zone
            )
        )
        .otherwise(pl.format("{} is not a time we read; " + _FORMS, text.str.slice(0, 40)))
    )


def _iso(text: pl.Expr) -> pl.Expr:
    day, minute = text.str.extract(_ISO, 1), text.str.extract(_ISO, 2).fill_null("00:00")
    second = text.str.extract(_ISO, 3).fill_null(":00").str.replace(",", ".", literal=True)
    local = pl.concat_str(day, pl.lit(" "), minute, second).str.to_datetime(
        "%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False
    )
    return _utc(local, text.str.extract(_ISO, 4))


def _twitter(text: pl.Expr) -> pl.Expr:
    parts = [text.str.extract(_TWITTER, group) for group in (4, 1, 2)]
    local = pl.concat_str(parts, separator=" ").str.to_datetime(
        "%Y %b %d %H:%M:%S", time_unit="us", strict=False
    )
    return _utc(local, text.str.extract(_TWITTER, 3))


def _epoch(text: pl.Expr, pattern: str, unit: str) -> pl.Expr:
    number = text.str.extract(pattern).cast(pl.Int64)
    return (number * (1_000_000 if unit == "s" else 1000)).cast(TIME)


def newest(*columns: pl.Series) -> datetime | None:
    """Return the latest time of several columns; None where they hold none."""
    found = [time for column in columns if isinstance(time := column.max(), datetime)]
    return max(found, default=None)


def _utc(local: pl.Expr, zone: pl.Expr) -> pl.Expr:
    """Return a local time less its offset; a zone name or none is UTC."""
    digits = zone.str.replace_all(r"\D", "")
    minutes = digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 60 + digits.str.slice(2, 2).cast(
        pl.Int64, strict=False
    ).fill_null(0)
    signed = pl.when(zone.str.starts_with("-")).then(-minutes).otherwise(minutes)
    return (local - pl.duration(minutes=signed.fill_null(0))).dt.replace_time_zone("UTC")
