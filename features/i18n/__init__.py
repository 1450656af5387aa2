"""Messages in the languages of the product: catalogues, plural forms, numbers and dates."""

from vigie.features.i18n.languages import LANGUAGES, Language
from vigie.features.i18n.message import (
    Decimal,
    Duration,
    Expected,
    Frequency,
    LanguageName,
    Listing,
    Message,
    Moment,
    Percent,
    Period,
    PValue,
    Value,
    message,
)

__all__ = [
    "LANGUAGES", "Decimal", "Duration", "Expected", "Frequency", "Language", "LanguageName", "Listing", "Message",
    "Moment", "PValue", "Percent", "Period", "Value", "message",
]  # fmt: skip
