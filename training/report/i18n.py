"""Sentences and numbers in English and French: both languages beside each other, the same figures in both."""

from __future__ import annotations

import math
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vigie.features.i18n.languages import Language
from vigie.training.metrics import Estimate

# Narrow no-break space: the French separator of thousands, and what stands before a high punctuation mark.
_THIN = "\u202f"
_FRENCH_NUMBER = str.maketrans({",": _THIN, ".": ",", "%": f"{_THIN}%"})
_YES_NO = {"en": ("no", "yes"), "fr": ("non", "oui")}
UNKNOWN = "–"


@dataclass(frozen=True)
class Text:
    """One text in both languages, Markdown, with the same placeholders: ``{name}`` or ``{name:.1%}``."""

    en: str
    fr: str

    def say(self, language: Language, values: Mapping[str, Any] | None = None) -> str:
        r"""Return the text in a language, values written as one writes them there.

        Values that are text are shown as they are: nothing in them is read as Markdown.

        >>> rate = Text("At {rate:.1%} of {name}", "À {rate:.1%} de {name}")
        >>> rate.say("en", {"rate": 0.015, "name": "a|b"}), rate.say("fr", {"rate": 0.015, "name": "a|b"})
        ('At 1.5% of a\\|b', 'À 1,5\u202f% de a\\|b')
        """
        said = self.en if language == "en" else _typeset(self.fr)
        return _Formatter(language).vformat(said, (), values or {})


class _Formatter(string.Formatter):
    """Writes numbers as one writes them in a language, and names as they are."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, list):
            return ", ".join(plain(str(item)) for item in value)
        return written(value, self.language, format_spec)


def written(value: object, language: Language, spec: str = "") -> str:
    r"""Return a value as one writes it in a language; text is kept from being read as Markdown.

    Args:
        value: A number, a figure, yes or no, a text; None and NaN are unknown.
        language: The language.
        spec: Format of a number; whole ones get separators of thousands without it, others three decimals.

    >>> written(12345, "en"), written(Figure(0.5, 0.4, 0.61), "en"), written(Figure(0.5, 0.4, 0.61), "fr")
    ('12,345', '.500 [.400, .610]', '0,500 [0,400\u202f; 0,610]')
    """
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return _YES_NO[language][value]
    if isinstance(value, Estimate):
        return _figure(value, language)
    if not isinstance(value, int | float):
        return plain(str(value))
    if math.isnan(value):
        return UNKNOWN
    return number(value, language, spec or _spec(value))


def number(value: float, language: Language, spec: str) -> str:
    r"""Return a number in a Python format as one writes it in a language.

    >>> number(1234.5, "fr", ",.1f"), number(0.5, "fr", ".0%")
    ('1\u202f234,5', '50\u202f%')
    """
    said = format(value, spec)
    return said.translate(_FRENCH_NUMBER) if language == "fr" else said


def _spec(value: float) -> str:
    if isinstance(value, int):
        return ",d"
    return ",.4f" if 0 < abs(value) < 0.005 else ",.3f"


def _figure(figure: Estimate, language: Language) -> str:
    if math.isnan(figure.low) or math.isnan(figure.high):
        return written(figure.value, language)
    if language == "en":
        return str(figure)
    value, low, high = (number(end, "fr", ".3f") for end in (figure.value, figure.low, figure.high))
    return f"{value} [{low}{_THIN}; {high}]"


def plain(text: str) -> str:
    r"""Return Markdown that shows a text as it is, on one line: a name out of the data ends no cell and starts no link.

    >>> print(plain("a|b <img> [x](y)"))
    a\|b \<img\> \[x\](y)
    """
    return re.sub(r"[\\`*\[\]<>|&~]|(?<!\w)_|_(?!\w)", r"\\\g<0>", " ".join(text.split()))


def _typeset(text: str) -> str:
    """Return French with narrow no-break spaces where its typography asks for them."""
    return re.sub(r" (?=[:;?!%»])|(?<=«) ", _THIN, text)
