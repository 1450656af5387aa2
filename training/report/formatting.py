"""Numbers, estimates and names as cards and reports write them: in a language, safe inside Markdown."""

from __future__ import annotations

import math
import re

from vigie.features.i18n.languages import Language
from vigie.models.metrics import Estimate

# Narrow no-break space: the French separator of thousands, and what stands before a high punctuation mark.
_THIN = "\u202f"
_NUMBER: dict[Language, dict[int, str]] = {
    "en": str.maketrans({"-": "\N{MINUS SIGN}"}),
    "fr": str.maketrans({"-": "\N{MINUS SIGN}", ",": _THIN, ".": ",", "%": f"{_THIN}%"}),
}
_YES_NO = {"en": ("no", "yes"), "fr": ("non", "oui")}
UNKNOWN = "–"
# All but the two that keep a sign with its word, as French sets it.
_ORDINARY_SPACES = re.compile(r"[^\S\u00a0\u202f]+")


def written(value: object, language: Language, spec: str = "") -> str:
    r"""Return a value as one writes it in a language; text is kept from being read as Markdown.

    Args:
        value: A number, an estimate, yes or no, a text, or a list of them; None and NaN are unknown.
        language: The language.
        spec: Format of a number; whole ones get separators of thousands without it, others three decimals.

    >>> written(12345, "en"), written(Estimate(0.5, 0.4, 0.61), "en"), written(Estimate(0.5, 0.4, 0.61), "fr")
    ('12,345', '.500 [.400, .610]', '0,500 [0,400\u202f; 0,610]')
    """
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return _YES_NO[language][value]
    if isinstance(value, Estimate):
        return _estimate(value, language)
    if isinstance(value, list | tuple):
        return ", ".join(written(item, language, spec) for item in value)
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
    return format(value, spec).translate(_NUMBER[language])


def _spec(value: float) -> str:
    if isinstance(value, int):
        return ",d"
    return ",.4f" if 0 < abs(value) < 0.005 else ",.3f"


def _estimate(estimate: Estimate, language: Language) -> str:
    if math.isnan(estimate.low) or math.isnan(estimate.high):
        return written(estimate.value, language)
    if language == "en":
        return str(estimate).translate(_NUMBER[language])
    value, low, high = (number(end, "fr", ".3f") for end in (estimate.value, estimate.low, estimate.high))
    return f"{value} [{low}{_THIN}; {high}]"


def plain(text: str) -> str:
    r"""Return Markdown that shows a text as it is, on one line: a name out of the data ends no cell and starts no link.

    >>> print(plain("a|b <img> [x](y)"))
    a\|b \<img\> \[x\](y)
    """
    return re.sub(r"[\\`*\[\]<>|&~]|(?<!\w)_|_(?!\w)", r"\\\g<0>", _ORDINARY_SPACES.sub(" ", text).strip())
