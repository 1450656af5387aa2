"""A message is one sentence in each language, with numbers, shares and lists as that language writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vigie.features.i18n import (
    LANGUAGES,
    Decimal,
    Duration,
    Expected,
    Frequency,
    Language,
    Listing,
    Message,
    Moment,
    Percent,
    Period,
    PValue,
    Value,
    message,
)
from vigie.features.i18n.catalogues import MissingMessageError
from vigie.features.i18n.message import written

MAY = datetime(2024, 5, 1, 9, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (12_345, "12,345", "12\u202f345"),
        (5.5, "5.5", "5,5"),
        (0.123456, "0.12", "0,12"),
        (-3, "−3", "−3"),
        (-1_234.5, "−1,234.5", "−1\u202f234,5"),
        (Decimal(-1.2), "−1.2", "−1,2"),
        (Decimal(-0.001), "0", "0"),
        (Percent(-0.25), "−25%", "−25\u202f%"),
        (Duration(-90), "−1.5\u202fmin", "−1,5\u202fmin"),
        (Decimal(0.00012, 5), "0.00012", "0,00012"),
        (Expected(0.0336), "0.03", "0,03"),
        (Expected(0.005), "less than 0.01", "moins de 0,01"),
        (Expected(3e-9), "less than 0.01", "moins de 0,01"),
        (Expected(0.0), "0", "0"),
        (Percent(0.934), "93%", "93\u202f%"),
        (Percent(0.0123, 1), "1.2%", "1,2\u202f%"),
        (Percent(0.0), "0%", "0\u202f%"),
        (Percent(1.0), "100%", "100\u202f%"),
        (Percent(1 - 1e-12), "100%", "100\u202f%"),
        (Percent(0.0041), "0.4%", "0,4\u202f%"),
        (Percent(0.9959), "99.6%", "99,6\u202f%"),
        (Percent(0.0004), "less than 0.1%", "moins de 0,1\u202f%"),
        (Percent(0.0004, 1), "less than 0.1%", "moins de 0,1\u202f%"),
        (Percent(0.9996), "more than 99.9%", "plus de 99,9\u202f%"),
        (PValue(1.0), "1", "1"),
        (PValue(0.0123), "0.01", "0,01"),
        (PValue(0.001), "0.001", "0,001"),
        (PValue(0.00098), "<\u202f0.001", "<\u202f0,001"),
        (PValue(0.0), "<\u202f0.001", "<\u202f0,001"),
        (Frequency(10**-4.94, "accounts"), "once in 87,000 accounts", "une fois sur 87\u202f000 comptes"),
        (Frequency(0.19, "pairs"), "once in 5 pairs", "une fois sur 5 paires"),
        (
            Frequency(1 / 2000, "draws"),
            "in 1 of 2,000 random draws",
            "une fois sur 2\u202f000 tirages au sort",
        ),
        (
            Frequency(9e-7, "accounts"),
            "less than once in a million accounts",
            "moins d’une fois sur un million de comptes",
        ),
        (
            Frequency(0.0, "pairs"),
            "less than once in a million pairs",
            "moins d’une fois sur un million de paires",
        ),
        (Frequency(0.8, "draws"), "in most random draws", "dans la plupart des tirages au sort"),
        (Expected(0.994), "0.99", "0,99"),
        (Expected(2.25), "2.2", "2,2"),
        (Expected(31.28), "31", "31"),
        (Duration(59.4), "59\u202fs", "59\u202fs"),
        (Duration(59.8), "1\u202fmin", "1\u202fmin"),
        (Duration(3_599), "1\u202fh", "1\u202fh"),
        (Duration(86_399), "1\u202fd", "1\u202fj"),
        (Duration(172_800), "2\u202fd", "2\u202fj"),
        (Listing((1_200, "a", Percent(0.5))), "1,200, a, and 50%", "1\u202f200, a et 50\u202f%"),
        (message("coordination.days", count=2), "2 days", "2 jours distincts"),
        (Moment(MAY), "1 May 2024 at 09:05 UTC", "1er mai 2024 à 09:05 UTC"),
        (Moment(MAY, seconds=True), "1 May 2024 at 09:05:07 UTC", "1er mai 2024 à 09:05:07 UTC"),
        (Period(MAY, MAY), "on 1 May 2024", "le 1er mai 2024"),
        (Period(MAY, MAY + timedelta(10)), "from 1 to 11 May 2024", "du 1er au 11 mai 2024"),
        (Period(MAY, MAY + timedelta(31)), "from 1 May to 1 June 2024", "du 1er mai au 1er juin 2024"),
        (
            Period(MAY, MAY + timedelta(365)),
            "from 1 May 2024 to 1 May 2025",
            "du 1er mai 2024 au 1er mai 2025",
        ),
        ("{count}", "{count}", "{count}"),
    ],
)
def test_a_value_is_written_as_each_language_does(value: Value, english: str, french: str) -> None:
    assert written(value, "en") == english
    assert written(value, "fr") == french


def test_a_value_is_no_template() -> None:
    whole = message("coordination.unread.fault", count=2, reason="{count} is no number")
    for language in LANGUAGES:
        assert whole.say(language).endswith("{count} is no number")


def test_a_message_inside_another_is_in_its_language() -> None:
    whole = message("coordination.group", period="May", acted=message("coordination.objects", count=1))
    assert whole.say("en").endswith("1 content")
    assert whole.say("fr").endswith("1 contenu")


@pytest.mark.parametrize(
    ("language", "count", "text"),
    [
        ("en", 0, "0 contents"), ("en", 1, "1 content"), ("en", 2, "2 contents"), ("en", 1.5, "1.5 contents"),
        ("fr", 0, "0 contenu"), ("fr", 1, "1 contenu"), ("fr", 1.5, "1,5 contenu"), ("fr", 2, "2 contenus"),
        ("fr", 1_200, "1\u202f200 contenus"),
    ],
)  # fmt: skip
def test_the_value_named_count_picks_the_plural(language: Language, count: float, text: str) -> None:
    assert message("coordination.objects", count=count).say(language) == text
    assert message("coordination.objects", count=Decimal(count)).say(language) == text


def test_a_share_told_in_words_opens_its_sentence_with_a_capital() -> None:
    share = Percent(0.9996)
    assert message("coordination.newsroom.one_site", share=share).say("en").startswith("More than 99.9% of ")
    assert message("cli.author_share", share=share).say("fr").startswith("  Plus de 99,9\u202f% des ")
    assert "manque à plus de" in message("drift.field_missing", field="f", now=share, then=share).say("fr")


@pytest.mark.parametrize(
    ("count", "english", "french"),
    [
        (1.996, "2 contents", "2 contenus"), (1.004, "1 content", "1 contenu"), (0.996, "1 content", "1 contenu"),
        (Decimal(1.96, 1), "2 contents", "2 contenus"), (Decimal(1.4, 0), "1 content", "1 contenu"),
    ],
)  # fmt: skip
def test_the_plural_is_that_of_the_number_printed(count: Value, english: str, french: str) -> None:
    assert message("coordination.objects", count=count).say("en") == english
    assert message("coordination.objects", count=count).say("fr") == french


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["coordination.nothing_of_the_kind", "nowhere.objects"])
def test_a_key_that_no_catalogue_holds_is_a_fault(language: Language, key: str) -> None:
    with pytest.raises(MissingMessageError):
        Message(key).say(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_placeholder_that_no_value_fills_is_a_fault(language: Language) -> None:
    with pytest.raises(KeyError, match="count"):
        Message("coordination.objects").say(language)


def test_messages_are_equal_by_key_and_values() -> None:
    assert message("coordination.objects", count=2) == Message("coordination.objects", {"count": 2})
    assert message("coordination.objects", count=2) != message("coordination.objects", count=3)
