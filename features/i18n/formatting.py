"""Numbers, shares, spans of time and lists as people write them in a language (Unicode CLDR, through Babel)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from vigie.features.catalogue import CATALOGUE
from vigie.features.i18n.languages import Language

_UNITS = ((86_400, {"en": "d", "fr": "j"}), (3_600, {"en": "h", "fr": "h"}), (60, {"en": "min", "fr": "min"}))
# Narrow no-break space, between a number and its unit.
_THIN = "\u202f"


@lru_cache(maxsize=4096)
def number(value: float, language: Language, digits: int) -> str:
    r"""Return a number with at most so many decimals.

    >>> number(1234.5, "en", 1), number(0.25, "fr", 2), number(12345, "fr", 0)
    ('1,234.5', '0,25', '12\u202f345')
    """
    return format_decimal(value, format="#,##0" + (f".{'#' * digits}" if digits else ""), locale=language)


@lru_cache(maxsize=4096)
def percent(share: float, language: Language, digits: int = 0) -> str:
    r"""Return a share, 0 to 1, in percent.

    >>> percent(0.934, "en"), percent(0.934, "fr"), percent(0.0123, "en", 1)
    ('93%', '93\u202f%', '1.2%')
    """
    # CLDR separates the sign in French with a no-break space; French typography asks for the narrow one.
    pattern = "#,##0" + (f".{'#' * digits}" if digits else "") + "%"
    said = format_percent(share, format=pattern, locale=language)
    return said.replace("%", f"{_THIN}%") if language == "fr" else said


def duration(seconds: float, language: Language) -> str:
    r"""Return a span of time in the largest unit that it fills.

    >>> duration(90, "en"), duration(7200, "fr"), duration(172_800, "fr")
    ('1.5\u202fmin', '2\u202fh', '2\u202fj')
    """
    for size, sign in _UNITS:
        if abs(seconds) >= size:
            return f"{number(seconds / size, language, 1)}{_THIN}{sign[language]}"
    return f"{number(seconds, language, 0)}{_THIN}s"


def listing(parts: Sequence[str], language: Language) -> str:
    """Return parts joined by commas and the word for "and".

    >>> listing(["X", "Facebook", "VK"], "en"), listing(["X", "Facebook", "VK"], "fr")
    ('X, Facebook, and VK', 'X, Facebook et VK')
    """
    return format_list(list(parts), locale=language)


_WORDS = {
    "en": {"yes": "yes", "no": "no", "day": "days", "hour": "h", "bits": "bits", "characters": "characters"},
    "fr": {
        "yes": "oui",
        "no": "non",
        "day": "jours",
        "hour": "h",
        "bits": "bits",
        "characters": "caractères",
    },
}
_COMPARED = {
    "en": (
        "more than {p} % of the reference accounts",
        "less than {p} % of the reference accounts",
        "like {p} % of the reference accounts",
    ),
    "fr": (
        "plus que {p} % des comptes de référence",
        "moins que {p} % des comptes de référence",
        "comme {p} % des comptes de référence",
    ),
}
_EFFECT = {
    "en": ("this raises the score", "this lowers the score"),
    "fr": ("cela élève le score", "cela abaisse le score"),
}


def value_text(name: str, value: float, language: Language) -> str:
    """Return a feature's value with its unit.

    Raises:
        KeyError: The feature is not in the catalogue.

    >>> value_text("content_repost_share", 0.934, "en")
    '93 %'
    """
    words, unit = _WORDS[language], CATALOGUE[name].unit
    digits = (
        0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 or value == 0 else 4
    )
    match unit:
        case "yes/no":
            return words["yes"] if value >= 0.5 else words["no"]
        case "share":
            return f"{number(100 * value, language, 0 if value >= 0.1 else 1)} %"
        case "seconds":
            return duration(value, language)
        case "hours":
            return f"{number(value, language, 0)} {words['hour']}"
        case "days":
            return f"{number(value, language, 0)} {_plural(words['day'], value, language)}"
        case "bits" | "characters":
            return f"{number(value, language, digits)} {_plural(words[unit], value, language)}"
        case _:
            return number(value, language, digits)


def _plural(word: str, value: float, language: Language) -> str:
    """Return a word that is written in the plural in the singular where the number asks for it."""
    one = abs(value) < 2 if language == "fr" else value == 1
    return word.removesuffix("s") if one else word


def sentence(
    name: str, value: float, place: tuple[float, float] | None, contribution: float, language: Language
) -> str:
    """Return what a feature says about an account, how usual that is, and which way it moves the score.

    Args:
        name: Feature.
        value: Its value.
        place: Shares of reference accounts below and above it, 0 to 100; None if there is no reference.
        contribution: Its part of the log-odds.
        language: ``en`` or ``fr``.
    """
    feature = CATALOGUE[name]
    template = feature.english if language == "en" else feature.french
    parts = [template.format(value=value_text(name, value, language))]
    if place is not None and feature.unit != "yes/no":
        below, above = place
        more, less, like = _COMPARED[language]
        if max(below, above) < 50:  # most reference accounts have this very value
            parts.append(like.format(p=number(100 - below - above, language, 0)))
        else:
            share = min(max(below, above), 99.0)  # nobody is beyond all accounts there are
            parts.append((more if below >= above else less).format(p=number(share, language, 0)))
    raises, lowers = _EFFECT[language]
    end = " ; " if language == "fr" else "; "
    return ", ".join(parts) + end + (raises if contribution > 0 else lowers) + "."
