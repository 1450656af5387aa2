"""Messages in the languages of the product: catalogues, plural forms, numbers and dates."""

from vigie.features.i18n.languages import LANGUAGES, Language
from vigie.features.i18n.message import (
    Decimal,
    Duration,
    Expected,
    Frequency,
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
    "LANGUAGES", "Decimal", "Duration", "Expected", "Frequency", "Language", "Listing", "Message", "Moment", "PValue", "Percent", "Period",
    "Value", "message",
]  # fmt: skip
