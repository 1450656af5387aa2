"""Numbers, shares, spans of time and lists as people write them in a language (Unicode CLDR, through Babel)."""

from __future__ import annotations

import decimal
import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

from babel import Locale
from babel.dates import format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from vigie.features.i18n.catalogues import template
from vigie.features.i18n.languages import LANGUAGES, Language

# Seconds in a unit, the number of them that make the next one, and the decimals it is written with.
_UNITS = ((1, 60, 0, "s"), (60, 60, 1, "min"), (3_600, 24, 1, "h"))
_DAY, _DAYS = 86_400, {"en": "d", "fr": "j"}
# Narrow no-break space, between a number and its unit.
_THIN = "\u202f"
# A day in words, and a time in figures, as tables hold it.
_DAY_IN_WORDS = "d MMMM y"
# Read once: a name of a language is looked up several times for each date.
_LOCALES: dict[Language, Locale] = {language: Locale.parse(language) for language in LANGUAGES}
_STAMP = {"en": "y-MM-dd HH:mm:ss", "fr": "dd/MM/y HH:mm:ss"}
# Below them a p-value and a frequency are a matter of the model, not of the data.
_LEAST_P, LEAST_FREQUENCY = 1e-3, 1e-6


def rounded(value: float, digits: int) -> decimal.Decimal:
    """Return a number as it is printed: halves go to the even digit.

    >>> rounded(1.996, 2), rounded(0.125, 2)
    (Decimal('2.00'), Decimal('0.12'))
    """
    # Enough digits for the largest float.
    room = decimal.Context(prec=400)
    return decimal.Decimal(str(value)).quantize(decimal.Decimal(1).scaleb(-digits), context=room)


@lru_cache(maxsize=4096)
def number(value: float, language: Language, digits: int) -> str:
    r"""Return a number with at most so many decimals.

    >>> number(1234.5, "en", 1), number(0.25, "fr", 2), number(-12345, "fr", 0)
    ('1,234.5', '0,25', '−12\u202f345')
    """
    # What rounds to nought has no sign.
    printed = rounded(value, digits) or 0
    pattern = "#,##0" + (f".{'#' * digits}" if digits else "")
    return _with_minus(format_decimal(printed, format=pattern, locale=_LOCALES[language]))


def expected(value: float, language: Language) -> str:
    """Return a number that chance would give: with two decimals below one, and never as nought where it is more.

    >>> expected(0.25, "fr"), expected(31.28, "fr"), expected(0.004, "fr"), expected(0, "fr")
    ('0,25', '31', 'moins de 0,01', '0')
    """
    said = number(value, language, 2 if value < 1 else 1 if value < 10 else 0)
    if value > 0 and said == number(0, language, 2):
        return template("values.less_than", language).format(value=number(0.01, language, 2))
    return said


@lru_cache(maxsize=4096)
def percent(share: float, language: Language, digits: int = 0) -> str:
    r"""Return a share, 0 to 1, in percent: 0% and 100% of none and of all alone.

    >>> percent(0.934, "en"), percent(0.934, "fr"), percent(0.0123, "en", 1)
    ('93%', '93\u202f%', '1.2%')
    >>> percent(0.0041, "en"), percent(0.0004, "en"), percent(0.9996, "fr")
    ('0.4%', 'less than 0.1%', 'plus de 99,9\u202f%')
    """
    # A mean of shares that are all 1 may fall short of it by an error of arithmetic.
    if not 0 < round(share, 9) < 1:
        return _percent(share, language, digits)
    for decimals in range(digits, max(digits, 1) + 1):
        if 0 < rounded(100 * share, decimals) < 100:
            return _percent(share, language, decimals)
    key, bound = ("values.less_than", 0.001) if share < 0.5 else ("values.more_than", 0.999)
    return template(key, language).format(value=_percent(bound, language, 1))


def _percent(share: float, language: Language, digits: int) -> str:
    # CLDR separates the sign in French with a no-break space; French typography asks for the narrow one.
    pattern = "#,##0" + (f".{'#' * digits}" if digits else "") + "%"
    said = format_percent(share, format=pattern, locale=_LOCALES[language])
    return _with_minus(said.replace("%", f"{_THIN}%") if language == "fr" else said)


def _with_minus(said: str) -> str:
    """Return a number with the minus sign for the hyphen that CLDR has in its place."""
    return said.replace("-", "\N{MINUS SIGN}")


def p_value(p: float, language: Language) -> str:
    r"""Return a p-value to one digit; one below a thousandth is told by that bound.

    >>> p_value(0.0123, "fr"), p_value(3e-9, "fr"), p_value(3e-300, "en")
    ('0,01', '<\u202f0,001', '<\u202f0.001')
    """
    if p < _LEAST_P:
        return f"<{_THIN}{number(_LEAST_P, language, 3)}"
    return number(float(f"{p:.1g}"), language, 3)


def frequency(p: float, of: str, language: Language) -> str:
    r"""Return in how many cases something with a probability happens once, to two digits.

    Args:
        p: The probability.
        of: What the cases are: ``accounts``, ``pairs`` or ``draws``.
        language: The language.

    >>> frequency(1 / 87_096, "accounts", "en"), frequency(3e-9, "pairs", "fr")
    ('once in 87,000 accounts', 'moins d’une fois sur un million de paires')
    >>> frequency(0.0005, "draws", "fr"), frequency(0.9, "accounts", "fr")
    ('une fois sur 2\u202f000 tirages au sort', 'chez la plupart des comptes')
    """
    if p < LEAST_FREQUENCY:
        return template(f"values.hardly_ever.{of}", language)
    cases = round(float(f"{1 / p:.2g}"))
    if cases < 2:
        return template(f"values.mostly.{of}", language)
    return template(f"values.once_in.{of}", language).format(number=number(cases, language, 0))


def duration(seconds: float, language: Language) -> str:
    r"""Return a span of time in the largest unit that it fills as it is printed.

    >>> duration(90, "en"), duration(59.8, "fr"), duration(172_800, "fr")
    ('1.5\u202fmin', '1\u202fmin', '2\u202fj')
    """
    for size, full, digits, sign in _UNITS:
        if abs(rounded(seconds / size, digits)) < full:
            return f"{number(seconds / size, language, digits)}{_THIN}{sign}"
    return f"{number(seconds / _DAY, language, 1)}{_THIN}{_DAYS[language]}"


def listing(parts: Sequence[str], language: Language) -> str:
    """Return parts joined by commas and the word for "and".

    >>> listing(["X", "Facebook", "VK"], "en"), listing(["X", "Facebook", "VK"], "fr")
    ('X, Facebook, and VK', 'X, Facebook et VK')
    """
    return format_list(list(parts), locale=_LOCALES[language])


def language_name(code: str, language: Language) -> str:
    """Return what a language is called; the code itself where nobody has named it.

    >>> language_name("en-GB", "fr"), language_name("qme", "en")
    ('anglais', 'qme')
    """
    name: str | None = _LOCALES[language].languages.get(re.split("[-_]", code.lower())[0])
    return name or code


def day(time: date, language: Language, *, pattern: str = _DAY_IN_WORDS) -> str:
    """Return a day in words.

    >>> day(datetime(2024, 5, 3), "en"), day(datetime(2024, 5, 3), "fr"), day(datetime(2024, 5, 1), "fr")
    ('3 May 2024', '3 mai 2024', '1er mai 2024')
    """
    said = _in_words(time, pattern, language)
    # The first of a month is an ordinal in French; CLDR has no pattern for it.
    opens_with_day = language == "fr" and time.day == 1 and pattern.startswith("d")
    return said.replace("1", "1er", 1) if opens_with_day else said


# Dates come again: a calendar has some thousands.
@lru_cache(maxsize=8_192)
def _in_words(time: date, pattern: str, language: Language) -> str:
    return format_datetime(time, pattern, locale=_LOCALES[language])


def moment(time: datetime, language: Language, *, seconds: bool = False) -> str:
    """Return a day in words and the time, in UTC.

    >>> moment(datetime(2024, 5, 3, 14, 5, 9), "fr"), moment(datetime(2024, 5, 3, 14, 5, 9), "en", seconds=True)
    ('3 mai 2024 à 14:05 UTC', '3 May 2024 at 14:05:09 UTC')
    """
    clock = format_datetime(time, "HH:mm:ss" if seconds else "HH:mm", locale=_LOCALES[language])
    return template("values.at", language).format(day=day(time, language), time=clock)


def stamp(time: datetime, language: Language) -> str:
    """Return a time in figures, as a table holds it.

    >>> stamp(datetime(2024, 5, 3, 14, 5, 9), "fr"), stamp(datetime(2024, 5, 3, 14, 5, 9), "en")
    ('03/05/2024 14:05:09', '2024-05-03 14:05:09')
    """
    return format_datetime(time, _STAMP[language], locale=_LOCALES[language])


def period(first: datetime, last: datetime, language: Language) -> str:
    """Return from which day to which day, with the words that join it to a sentence.

    >>> may, june = datetime(2024, 5, 3), datetime(2024, 6, 5)
    >>> period(may, may, "fr"), period(may, datetime(2024, 5, 5), "fr"), period(may, june, "en")
    ('le 3 mai 2024', 'du 3 au 5 mai 2024', 'from 3 May to 5 June 2024')
    """
    if first.date() == last.date():
        return template("values.on_day", language).format(day=day(first, language))
    pattern = _DAY_IN_WORDS
    if first.year == last.year:
        pattern = "d" if first.month == last.month else "d MMMM"
    return template("values.from_to", language).format(
        first=day(first, language, pattern=pattern), last=day(last, language)
    )
