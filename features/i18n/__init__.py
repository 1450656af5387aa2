"""Messages in the languages of the product: catalogues, plural forms, numbers and dates."""

from vigie.features.i18n.languages import LANGUAGES, Language
from vigie.features.i18n.message import (
    Decimal,
    Duration,
    Expected,
    Listing,
    Message,
    Percent,
    PValue,
    Value,
    message,
)

__all__ = [
    "LANGUAGES", "Decimal", "Duration", "Expected", "Language", "Listing", "Message", "PValue", "Percent", "Value", "message",
]  # fmt: skip
