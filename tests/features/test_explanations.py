"""What a value means is said in sentences that a person understands."""

from __future__ import annotations

import pytest

from vigie.features.catalogue import CATALOGUE
from vigie.features.explanations import may_raise, observation, reason, sentence
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
        ("coordination_surprise_index", 4.94, "once in 87,000 accounts", "une fois sur 87\u202f000 comptes"),
        ("coordination_surprise_index", 1.3, "once in 20 accounts", "une fois sur 20 comptes"),
        ("coordination_surprise_index", 30, "less than once in a million", "moins d’une fois sur un million"),
        ("coordination_surprise_index", -2, "no more often than chance explains", "plus souvent que le hasard ne l’explique"),
        ("coordination_text_rarity_bits", 12.3, "shares with other accounts texts", "en commun avec d’autres comptes des textes"),
        ("coordination_text_rarity_bits", 0, "shares with no other account", "commun avec aucun autre compte"),
        ("profile_description_length", 0, "is empty", "est vide"),
        ("profile_followers_following_ratio", 0.0083, "one follower for every 120 accounts", "un abonné pour 120 comptes"),
        ("profile_posts_per_day", 0.0359, "one post every 28 days", "une publication tous les 28 jours"),
        ("profile_followers_per_day", 0.0, "gained no follower since", "n’a gagné aucun abonné depuis"),
        ("profile_followers_following_ratio", 1.88, "about 1.88 followers for", "environ 1,88 abonné pour"),
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
        ("name_handle_length", (97, 2), "more than for 97%", "plus que chez 97\u202f%"),
        ("name_handle_length", (5, 93), "less than for 93%", "moins que chez 93\u202f%"),
        ("name_handle_length", (0, 21), "as for 79%", "comme chez 79\u202f%"),
        ("name_handle_length", (100, 0), "more than for 99%", "plus que chez 99\u202f%"),
        (
            "rhythm_gap_median_s",
            (5, 93),
            "a shorter time than for 93%",
            "durée plus courte que chez 93\u202f%",
        ),
        (
            "rhythm_burstiness",
            (97, 2),
            "in bursts, more so than for 97%",
            "par rafales, davantage que chez 97\u202f%",
        ),
        (
            "rhythm_burstiness",
            (5, 93),
            "in bursts, but less so than for 93%",
            "rafales, mais moins que chez 93\u202f%",
        ),
        ("coordination_surprise_index", (97, 2), "a rarer case than for 97%", "plus rare que chez 97\u202f%"),
        (
            "coordination_surprise_index",
            (5, 93),
            "a less rare case than for 93%",
            "moins rare que chez 93\u202f%",
        ),
        (
            "coordination_surprise_index",
            (0, 21),
            "a case as rare as for 79%",
            "aussi rare que chez 79\u202f%",
        ),
    ],
)
def test_a_reason_compares_the_account_with_the_reference(
    name: str, place: tuple[float, float], english: str, french: str
) -> None:
    assert f"{english} of ordinary accounts, which raises the score." in sentence(
        name, 8, place, "en", raises=True
    )
    assert f"{french} des comptes ordinaires, ce qui augmente le score." in sentence(
        name, 8, place, "fr", raises=True
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CATALOGUE)
def test_every_reason_is_a_whole_sentence_with_the_percentile(name: str, language: Language) -> None:
    text = sentence(name, 1.0, (97.0, 2.0), language, raises=True)
    assert text.endswith(".")
    assert not {"{", "}"} & set(text)
    if CATALOGUE[name].unit != "yes/no":
        assert {"en": "97%", "fr": "97\u202f%"}[language] in text


def test_without_a_reference_and_for_yes_or_no_a_reason_compares_nothing() -> None:
    assert reason("name_handle_length", 8, None, raises=False).say("en") == (
        "The handle of the account is 8 characters long, which lowers the score."
    )
    assert reason("profile_has_url", 1, (80.0, 0.0), raises=True).say("fr") == (
        "Le profil contient un lien, ce qui augmente le score."
    )
    assert sentence("profile_has_url", 0, (0.0, 20.0), "en", raises=False) == (
        "The profile contains no link, which lowers the score."
    )


def test_nothing_at_all_is_compared_with_those_that_have_something() -> None:
    assert reason("coordination_text_rarity_bits", 0, (0, 10), raises=False).say("en") == (
        "The account shares with no other account texts that few accounts publish, as for 90% of ordinary accounts, "
        "which lowers the score."
    )
    assert reason("content_hashtag_entropy_bits", 0, (0, 97), raises=True).say("en") == (
        "The account always uses the same hashtag, unlike 97% of ordinary accounts, which raises the score."
    )


def test_what_chance_explains_is_compared_with_nobody() -> None:
    assert reason("coordination_surprise_index", -2, (40, 60), raises=False).say("en") == (
        "The account acts at the same moments as other accounts no more often than chance explains, which lowers the score."
    )


@pytest.mark.parametrize(
    ("name", "value", "place", "named"),
    [
        ("coordination_minute_company_share", 0.3, (60, 40), True),
        ("coordination_minute_company_share", 0.3, (59.9, 40), False),
        ("coordination_minute_company_share", 0.0, (5, 90), False),
        ("profile_age_days", 3, (2, 97), True),
        ("profile_age_days", 900, (45, 55), False),
        ("profile_has_banner", 0, (0, 30), False),
        ("coordination_surprise_index", 0, (99, 1), False),
        ("coordination_surprise_index", -3, None, False),
        ("coordination_surprise_index", 2, (99, 1), True),
        ("profile_age_days", 900, None, True),
    ],
)
def test_only_what_goes_beyond_chance_and_most_ordinary_accounts_may_raise(
    name: str, value: float, place: tuple[float, float] | None, named: bool
) -> None:
    assert may_raise(name, value, place) is named
