"""What a value means is said in sentences that a person understands."""

from __future__ import annotations

import pytest

from vigie.features.catalogue import CATALOGUE
from vigie.features.explanations import observation, reason, sentence
from vigie.features.i18n import LANGUAGES, Language


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CATALOGUE)
def test_every_feature_has_a_sentence_at_every_size_of_its_value(name: str, language: Language) -> None:
    for value in (-8.5, 0.0, 0.0312, 1.0, 2.0, 37.4, 123_456.7):
        said = observation(name, value).say(language)
        assert said
        assert not {"{", "}"} & set(said)
        assert not said.endswith(".")


@pytest.mark.parametrize(
    ("name", "value", "english", "french"),
    [
        ("profile_followers_count", 1, "The account has 1 follower", "Le compte a 1 abonné"),
        ("profile_followers_count", 1200, "The account has 1,200 followers", "Le compte a 1\u202f200 abonnés"),
        ("content_hashtag_mean_count", 1.5, "1.5 hashtags on average", "en moyenne 1,5 mot-dièse"),
        ("content_hashtag_mean_count", 1.996, "2 hashtags on average", "en moyenne 2 mots-dièse"),
        ("content_hashtag_mean_count", 0.996, "1 hashtag on average", "en moyenne 1 mot-dièse"),
        ("content_repost_share", 0.034, "3.4% of the account’s posts", "3,4\u202f% des publications du compte"),
        ("content_repost_share", 0.0004, "Less than 0.1% of the", "Moins de 0,1\u202f% des publications"),
        ("content_repost_share", 0.9996, "More than 99.9% of the", "Plus de 99,9\u202f% des publications"),
        ("profile_age_days", 1, "was 1 day old", "avait 1 jour au"),
        ("profile_age_days", 3650.4, "was 3,650 days old", "avait 3\u202f650 jours au"),
        ("rhythm_gap_median_s", 90, "at most 1.5\u202fmin after", "la précédente de 1,5\u202fmin au plus"),
        ("rhythm_quiet_hours", 7, "lasts 7 hours", "dure 7 heures"),
        ("profile_has_banner", 1, "The account has a banner", "Le compte a une bannière"),
        ("profile_has_banner", 0, "The account has no banner", "Le compte n’a pas de bannière"),
        ("coordination_surprise_index", 3, "about one account in 1,000", "environ un compte sur 1\u202f000"),
        ("coordination_surprise_index", 1.3, "about one account in 20 would", "environ un compte sur 20 aurait"),
        ("coordination_surprise_index", 30, "fewer than one account in a million", "moins d’un compte sur un million"),
        ("coordination_surprise_index", -2, "By chance alone, most accounts would", "presque tout compte aurait"),
    ],
)  # fmt: skip
def test_values_are_written_with_their_units_as_each_language_does(
    name: str, value: float, english: str, french: str
) -> None:
    assert english in observation(name, value).say("en")
    assert french in observation(name, value).say("fr")


@pytest.mark.parametrize(
    ("name", "place", "english", "french"),
    [
        ("name_handle_length", (97, 2), "a higher value than for 97%", "supérieure à celle de 97\u202f%"),
        ("name_handle_length", (5, 93), "a lower value than for 93%", "inférieure à celle de 93\u202f%"),
        ("name_handle_length", (0, 21), "the same value as for 79%", "identique à celle de 79\u202f%"),
        ("name_handle_length", (100, 0), "a higher value than for 99%", "supérieure à celle de 99\u202f%"),
        ("coordination_surprise_index", (97, 2), "a rarer case than for 97%", "plus rare que pour 97\u202f%"),
        (
            "coordination_surprise_index",
            (5, 93),
            "a less rare case than for 93%",
            "moins rare que pour 93\u202f%",
        ),
        (
            "coordination_surprise_index",
            (0, 21),
            "a case as rare as for 79%",
            "aussi rare que pour 79\u202f%",
        ),
    ],
)
def test_a_reason_compares_the_account_with_the_reference(
    name: str, place: tuple[float, float], english: str, french: str
) -> None:
    assert f"{english} of the reference accounts; this raises the score." in sentence(
        name, 8, place, 0.1, "en"
    )
    assert f"{french} des comptes de référence\u202f; cela augmente le score." in sentence(
        name, 8, place, 0.1, "fr"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CATALOGUE)
def test_every_reason_is_a_whole_sentence_with_the_percentile(name: str, language: Language) -> None:
    text = sentence(name, 1.0, (97.0, 2.0), 0.5, language)
    assert text.endswith(".")
    assert not {"{", "}"} & set(text)
    if CATALOGUE[name].unit != "yes/no":
        assert {"en": "97%", "fr": "97\u202f%"}[language] in text


def test_without_a_reference_and_for_yes_or_no_a_reason_compares_nothing() -> None:
    assert reason("name_handle_length", 8, None, -0.1).say("en") == (
        "The handle of the account is 8 characters long; this lowers the score."
    )
    assert reason("profile_has_url", 1, (80.0, 0.0), 0.1).say("fr") == (
        "Le profil contient un lien\u202f; cela augmente le score."
    )
    assert sentence("profile_has_url", 0, (0.0, 20.0), -0.1, "en") == (
        "The profile contains no link; this lowers the score."
    )
