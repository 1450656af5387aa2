"""A message: the key of a sentence and the values in it, the same for every language until it is shown.

What measures and detects returns messages; whoever answers a person says them in that person's language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from vigie.features.i18n import formatting
from vigie.features.i18n.catalogues import template
from vigie.features.i18n.languages import Language

# A text that opens with a value.
_OPENING = re.compile(r"\s*\{(\w+)\}")
# Decimals of a number that asks for none.
_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class Decimal:
    """A number with at most so many decimals."""

    value: float
    digits: int = _DECIMALS


@dataclass(frozen=True, slots=True)
class Expected:
    """A number that chance would give, with two decimals; one below them is said to be less."""

    value: float


@dataclass(frozen=True, slots=True)
class Percent:
    """A share, 0 to 1, to be written in percent; one that is nearly none or all is told by its bound."""

    share: float
    digits: int = 0


@dataclass(frozen=True, slots=True)
class PValue:
    """A p-value, to be written to one digit."""

    p: float


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often chance brings something about, in so many cases: "once in 87,000 accounts"."""

    p: float
    of: Literal["accounts", "pairs", "draws"]


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of time, to be written in the unit that suits it."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, to be written with its day in words, in UTC."""

    time: datetime
    seconds: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """From which day to which day, with the words that join it to a sentence: "from 3 to 5 May 2024"."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class LanguageName:
    """A language by its code, to be written by its name."""

    code: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Several values, to be joined by commas and the word for "and"."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence, or a part of one, that no language was chosen for yet.

    Attributes:
        key: ``domain.name`` of an entry of the catalogues.
        values: By placeholder. Whole numbers are written with separators, other numbers with two decimals at
            most, text as it is. The value named ``count`` chooses the plural form, as it is printed.
    """

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return it in English, the language of logs and of errors that nobody translates."""
        return self.say("en")

    def say(self, language: Language) -> str:
        """Return it in one language.

        Raises:
            MissingMessageError: The language has no such entry.
            KeyError: The entry has a placeholder that no value fills.
        """
        text = template(self.key, language, _counted(self.values.get("count")))
        said = {name: written(value, language) for name, value in self.values.items()}
        opening = _OPENING.match(text)
        if opening and isinstance(self.values.get(opening[1]), Percent | Period):
            # A share may be told in words, "less than 0.1%", as a period is: they open the sentence.
            said[opening[1]] = said[opening[1]][:1].upper() + said[opening[1]][1:]
        return text.format_map(said)


Value = (
    str
    | int
    | float
    | Decimal
    | Expected
    | Percent
    | PValue
    | Frequency
    | Duration
    | Moment
    | Period
    | LanguageName
    | Listing
    | Message
)


def _counted(count: Value | None) -> float | None:
    """Return the number that chooses a plural: the one that a reader sees."""
    match count:
        case Decimal(value, digits):
            return float(formatting.rounded(value, digits))
        case float():
            return float(formatting.rounded(count, _DECIMALS))
        case int():
            return count
        case _:
            return None


def message(key: str, /, **values: Value) -> Message:
    """Return the message of a key with its values."""
    return Message(key, values)


def written(value: Value, language: Language) -> str:
    r"""Return a value as people write it in a language.

    >>> written(1200, "fr"), written(Percent(0.25), "en"), written(Listing(("a", "b")), "fr")
    ('1\u202f200', '25%', 'a et b')
    """
    match value:
        case Message():
            return value.say(language)
        case str():
            return value
        case Decimal(number, digits):
            return formatting.number(number, language, digits)
        case Expected(number):
            return formatting.expected(number, language)
        case Percent(share, digits):
            return formatting.percent(share, language, digits)
        case PValue(p):
            return formatting.p_value(p, language)
        case Frequency(p, of):
            return formatting.frequency(p, of, language)
        case Duration(seconds):
            return formatting.duration(seconds, language)
        case Moment(time, seconds):
            return formatting.moment(time, language, seconds=seconds)
        case Period(first, last):
            return formatting.period(first, last, language)
        case LanguageName(code):
            return formatting.language_name(code, language)
        case Listing(parts):
            return formatting.listing([written(part, language) for part in parts], language)
        case int():
            return formatting.number(value, language, 0)
        case float():
            return formatting.number(value, language, _DECIMALS)
