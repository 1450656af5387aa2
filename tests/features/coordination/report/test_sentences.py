"""One sentence says who did what together, and never more than the evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest

from vigie.features.coordination.report import sentences
from vigie.features.coordination.report.group_metrics import GroupMetrics
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
    assert "most often after" not in one.sentence
    assert "most often after" in described(clique("co_repost"), accounts()).sentence


def test_the_sentences_never_say_that_a_group_is_inauthentic(
    clique: Clique, accounts: Accounts, described: Described
) -> None:
    one = described(clique("co_repost"), accounts(handles=["a\x1b[31m\u202eb"]))
    french = described(clique("co_repost"), accounts(handles=["a\x1b[31m\u202eb"]), language="fr")
    assert "8 accounts on X acted at the same moments, most often after @" in one.sentence
    assert "3 days" in one.sentence
    assert "does not make them inauthentic" in one.sentence
    assert "ne les rend pas inauthentiques" in french.sentence
    for said in (one.sentence, french.sentence):
        assert "\x1b" not in said
        assert "\u202e" not in said


METRICS = GroupMetrics(
    layers=frozenset({"co_url"}), days=2, objects=7, authors=None, one_author=False, author_share=None,
    author_significant=True, creation=None, handle=None, bio=None, site_share=None, token=None, busy_share=None,
    declared=None, shortest=60, size=3, profile={},
)  # fmt: skip
PAIR = Pair(
    trace="co_url", window=600, objects=5, days=1, authors=None, expected=0.25, p_class=3e-9,
    p_class_corrected=1e-6, expected_author=0.3, p_author=4e-40, p_author_corrected=1e-6,
    decided_by="collection", p=3e-9, p_reference=None, p_reference_corrected=None,
    first=AccountName("x", "1", "ana"), second=AccountName("x", "2", None), first_leads=4, second_leads=1,
    leads="first", shared=[],
)  # fmt: skip


def linked(*traces: str) -> pl.DataFrame:
    return pl.DataFrame({"trace": traces})


def test_a_group_names_what_most_pairs_did_first_and_its_platforms() -> None:
    members = pl.DataFrame({"platform": ["x", "vk", "x", None]})
    text = sentences.group(
        members, ["@ana", "@bob"], METRICS, linked("co_url", "co_repost", "co_repost")
    ).say("en")
    assert text.startswith(
        "4 accounts on VK and X acted at the same moments, most often after @ana and @bob: they reposted the same posts and "
    )
    assert "up to 7 contents on 2 days for one pair" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_group_without_platforms_or_leaders_has_no_gap_in_its_sentence(language: Language) -> None:
    members = pl.DataFrame({"platform": [None, None]}, schema={"platform": pl.String})
    text = sentences.group(members, [], METRICS, linked("co_url")).say(language)
    assert "  " not in text
    assert " ," not in text
    assert text.endswith(".")


def test_all_traces_together_are_named_only_where_there_is_no_other() -> None:
    members = pl.DataFrame({"platform": ["x"]})
    alone = sentences.group(members, [], METRICS, linked("any")).say("en")
    beside = sentences.group(members, [], METRICS, linked("any", "any", "co_repost")).say("en")
    assert "acted on the same content" in alone
    assert "acted on the same content" not in beside


def test_a_partner_and_a_pair_without_a_group_state_counts_chance_and_p() -> None:
    for text in (sentences.partner("@bob", PAIR).say("en"), sentences.ungrouped(PAIR).say("en")):
        assert "5 contents" in text
        assert "1 day" in text
        assert "10\u202fmin" in text
        assert "0.25" in text
        assert "3\u202f×\u202f10⁻⁹" in text
        assert "<\u202f1\u202f×\u202f10⁻³⁰" in text
    assert "valeur p\u202f: 0,01\u202f;" in sentences.ungrouped(replace(PAIR, p=0.0123)).say("fr")
    assert "@bob" in sentences.partner("@bob", PAIR).say("fr")
    assert "@ana" in sentences.ungrouped(PAIR).say("fr")


def test_a_pair_that_chance_hardly_ever_gives_is_not_said_to_be_impossible() -> None:
    rare = replace(PAIR, expected=0.0004)
    assert "chance would give less than 0.01 (" in sentences.partner("@bob", rare).say("en")
    assert "en donnerait moins de 0,01 (" in sentences.ungrouped(rare).say("fr")


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
    pair = replace(PAIR, decided_by="reference", p=2e-7, p_class=0.4)
    ordinary = {"en": "ordinary collections", "fr": "collectes ordinaires"}[language]
    for text in (sentences.partner("@bob", pair).say(language), sentences.ungrouped(pair).say(language)):
        assert ordinary in text
        assert "2\u202f×\u202f10⁻⁷" in text
        assert "0.4" not in text
