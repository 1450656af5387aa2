"""Sentences say who did what together, when, how often and how unlikely, and never more than the evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from vigie.features.coordination.report import group_metrics, sentences
from vigie.features.coordination.report.group_metrics import Acted
from vigie.features.coordination.report.types import AccountName, GroupDescription, Pair
from vigie.features.i18n import LANGUAGES, Language, message

Clique = Callable[..., pl.DataFrame]
Accounts = Callable[..., pl.DataFrame]
Described = Callable[..., GroupDescription]


def test_a_group_that_nobody_leads_has_a_sentence_without_a_lead(
    clique: Clique, accounts: Accounts, described: Described
) -> None:
    one = described(clique("co_repost", leads=0), accounts())
    assert one.leads == one.relays == []
    assert "first to act" not in one.sentence
    assert "first to act" in described(clique("co_repost"), accounts()).sentence


def test_a_group_tells_who_what_how_many_and_how_unlikely_and_no_caution(
    clique: Clique, accounts: Accounts, described: Described
) -> None:
    """The caution stands once per answer, in its note."""
    one = described(clique("co_repost"), accounts(handles=["a\x1b[31m\u202eb"]))
    french = described(clique("co_repost"), accounts(handles=["a\x1b[31m\u202eb"]), language="fr")
    assert one.sentence.startswith(
        "8 accounts on X reposted the same posts at the same moments. The closest two share 6 reposted posts within a "
        "minute of each other, on 3 days, where chance would give 0.1. Most often first to act: @"
    )
    assert french.sentence.startswith(
        "8 comptes sur X ont republié les mêmes publications aux mêmes moments. Les deux plus proches ont en commun 6 "
        "publications republiées à moins d’une minute d’intervalle, sur 3 jours distincts, quand le hasard en donnerait 0,1. "
        "Premiers à agir, le plus souvent\u202f: @"
    )
    for said in (one.sentence, french.sentence):
        assert "inauth" not in said
        assert "\x1b" not in said
        assert "\u202e" not in said


PAIR = Pair(
    trace="co_url", window=600, objects=5, days=1, authors=None, expected=0.25, p_class=3e-9,
    p_class_corrected=1e-6, expected_author=0.3, p_author=4e-40, p_author_corrected=1e-6,
    decided_by="collection", p=3e-9, p_reference=None, p_reference_corrected=None,
    first=AccountName("x", "1", "ana"), second=AccountName("x", "2", None), first_leads=4, second_leads=1,
    leads="first", shared=[],
)  # fmt: skip


def linked(*traces: str) -> pl.DataFrame:
    return pl.DataFrame({"trace": traces})


def done(linked: pl.DataFrame, seen: pl.DataFrame) -> Acted:
    """Return what one group did, by its pairs."""
    of_group = pl.lit(0, pl.Int64).alias("group")
    return group_metrics.acted(linked.with_columns(of_group), seen.with_columns(of_group))[0]


def seen(*traces: str, decided_by: str = "collection") -> pl.DataFrame:
    """Return pairs of which each further one shares an object more."""
    return pl.DataFrame(
        [(name, 600, 7 + place, 2, 0.4, decided_by) for place, name in enumerate(traces)],
        schema=["trace", "window", "objects", "days", "expected", "decided_by"],
        orient="row",
    )


def test_a_group_names_when_what_most_pairs_did_first_its_platforms_and_its_closest_pair() -> None:
    acts = done(linked("co_url", "co_repost", "co_repost"), seen("co_repost", "co_url"))
    period = (datetime(2024, 5, 3, 22, tzinfo=UTC), datetime(2024, 5, 5, 1, tzinfo=UTC))
    text = sentences.group(4, {"vk": 1, "x": 2}, ["@ana", "@bob"], acts, period)
    assert text.say("en") == (
        "From 3 to 5 May 2024, 4 accounts (2 on X and 1 on VK) reposted the same posts and shared the same pages at the same "
        "moments. The closest two share 8 web pages within 10\u202fmin of each other, on 2 days, where chance would give 0.4. "
        "Most often first to act: @ana and @bob."
    )
    assert text.say("fr").startswith("Du 3 au 5 mai 2024, 4 comptes (2 sur X et 1 sur VK) ont republié")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_group_without_platforms_or_leaders_has_no_gap_in_its_sentence(language: Language) -> None:
    text = sentences.group(2, {}, [], done(linked("co_url"), seen("co_url")), None).say(language)
    assert "  " not in text
    assert " ," not in text
    assert text.endswith(".")


def test_a_group_that_reference_rates_decided_is_told_by_them() -> None:
    decided = done(linked("co_url"), seen("co_url", decided_by="reference"))
    text = sentences.group(1, {"x": 1}, [], decided, None).say("en")
    assert "where two accounts of ordinary collections would share 0.4." in text


def test_all_traces_together_are_named_only_where_there_is_no_other() -> None:
    by_any = done(linked("any"), seen("any"))
    by_both = done(linked("any", "any", "co_repost"), seen("co_repost", "any"))
    alone = sentences.group(1, {"x": 1}, [], by_any, None).say("en")
    beside = sentences.group(1, {"x": 1}, [], by_both, None)
    assert "acted on the same content" in alone
    assert "share 7 contents" in alone
    assert "acted on the same content" not in beside.say("en")
    assert "share 7 reposted posts" in beside.say("en")


def test_a_partner_and_a_pair_without_a_group_state_counts_and_how_often_chance_gives_as_much() -> None:
    for text in (sentences.partner("@bob", PAIR).say("en"), sentences.ungrouped(PAIR).say("en")):
        assert "within 10\u202fmin of each other: 5 contents on 1 day, where chance would give 0.25." in text
        assert text.endswith("Chance would bring two accounts so close less than once in a million pairs.")
    assert "@bob" in sentences.partner("@bob", PAIR).say("fr")
    assert "@ana" in sentences.ungrouped(PAIR).say("fr")


def test_authors_that_both_wait_for_are_told_where_they_are_known() -> None:
    explained = replace(PAIR, authors=1, p_author=0.19)
    assert (
        sentences.partner("@bob", explained)
        .say("fr")
        .endswith(
            "moins d’une fois sur un million de paires, mais une fois sur 5 paires s’ils suivent tous deux de près les mêmes auteurs."
        )
    )
    beyond = replace(PAIR, authors=4, p_author=4e-8)
    assert (
        sentences.partner("@bob", beyond)
        .say("en")
        .endswith("less than once in a million pairs, even if both wait for the same authors.")
    )


def test_a_pair_that_chance_hardly_ever_gives_is_not_said_to_be_impossible() -> None:
    rare = replace(PAIR, expected=0.0004)
    assert "chance would give less than 0.01." in sentences.partner("@bob", rare).say("en")
    assert "en donnerait moins de 0,01." in sentences.ungrouped(rare).say("fr")


def test_one_content_is_singular_and_many_are_plural_in_both_languages() -> None:
    for objects, english, french in ((1, "1 content ", "1 contenu "), (2, "2 contents", "2 contenus")):
        pair = replace(PAIR, objects=objects)
        assert english in sentences.partner("@bob", pair).say("en")
        assert french in sentences.partner("@bob", pair).say("fr")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_trace_of_another_package_and_all_traces_together_are_told_too(language: Language) -> None:
    assert "hourly" in sentences.ungrouped(replace(PAIR, trace="hourly")).say(language)
    together = message("coordination.did_any").say(language)
    assert together in sentences.ungrouped(replace(PAIR, trace="any")).say(language)


def test_a_name_cannot_break_the_sentence() -> None:
    nasty = replace(PAIR, first=AccountName("x", "1", "a\x1b[31m\u202eb"))
    assert not {"\x1b", "\u202e"} & set(sentences.ungrouped(nasty).say("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pair_that_reference_rates_decided_is_told_by_them_alone(language: Language) -> None:
    pair = replace(PAIR, decided_by="reference", p=1 / 12_000, p_class=0.4)
    ordinary = {"en": "ordinary collections", "fr": "collectes ordinaires"}[language]
    for text in (sentences.partner("@bob", pair).say(language), sentences.ungrouped(pair).say(language)):
        assert ordinary in text
        assert {"en": "once in 12,000 pairs", "fr": "une fois sur 12\u202f000 paires"}[language] in text
        assert {"en": "chance", "fr": "hasard"}[language] not in text.lower()
