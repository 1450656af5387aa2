"""A campaign is strong where more than its contents joins its members, and nothing ordinary explains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from tests.features.coordination.report.collected import (
    ORDINARY,
    START,
    collected_by_hashtag,
    compared_links,
    deputies,
    reunion,
)

from vigie.features import schema
from vigie.features.coordination.comparison import Comparison, Limits, compare
from vigie.features.coordination.report.campaign import describe
from vigie.features.coordination.report.judged_campaigns import NO_CAMPAIGN, judged
from vigie.features.coordination.report.network import report
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.group_test import beside
from vigie.features.i18n import LANGUAGES


@pytest.mark.parametrize(
    ("about", "explained"),
    [
        ({}, "occasion"),
        ({"description": "An automated account"}, "declared_bots"),
        ({"handle": "Pizzona_", "description": "Your Pizzona in town", "tag": " #pizza"}, "organisation"),
    ],
)
def test_contents_that_something_ordinary_openly_explains_make_no_campaign_strong(
    readers: Callable[..., Comparison], about: dict[str, str], explained: str
) -> None:
    found = judged(readers(**about), None)
    assert found.strong == frozenset()
    assert found.explained == {0: explained}
    (told,) = describe(readers(**about), found, "en")
    assert (told.size, told.verdict) == (12, "shared_contents")
    (why,) = (each for each in told.benign_alternatives if each.name == explained)
    assert why.evidence_for


def test_accounts_no_closer_to_each_other_than_to_all_that_publish_the_same_are_of_one_source(
    readers: Callable[..., Comparison],
) -> None:
    compared = readers(tag=" #crisis")
    found = judged(compared, None)
    assert found.strong == frozenset()
    assert found.explained == {0: "one_source"}
    (told,) = describe(compared, found, "en")
    assert {each.name for each in told.benign_alternatives} == {"activists", "one_source"}
    assert {
        each.name
        for each in describe(compared, replace(found, strong=frozenset({0})), "en")[0].benign_alternatives
    } == {"activists"}


def test_a_campaign_of_which_the_rates_of_the_collection_decide_is_strong(
    readers: Callable[..., Comparison],
) -> None:
    whole = readers(tag=" #crisis")
    closer = whole.network.pairs.with_columns(p_class_corrected=pl.lit(1e-6))
    found = judged(replace(whole, network=replace(whole.network, pairs=closer)), None)
    assert (found.strong, found.explained, found.copiers) == (frozenset({0}), {}, frozenset())
    assert found.because[0].say("en").startswith("Most of these accounts also act at the same moments")


@pytest.mark.parametrize("alike", [True, False])
def test_people_whom_an_occasion_gives_the_words_are_strong_only_if_more_alike_than_their_neighbours(
    readers: Callable[..., Comparison], monkeypatch: pytest.MonkeyPatch, alike: bool
) -> None:
    monkeypatch.setattr(beside, "LEAST_OTHERS", 40)
    whole = readers()
    joined = START - pl.duration(days=60 + pl.col("row") * 7 % 13)
    apart = START - pl.duration(days=90 * pl.col("row"))
    people = whole.accounts.with_columns(
        created_at=pl.when((pl.col("row") < 12) | (not alike)).then(joined).otherwise(apart),
        description=pl.format("about {}", "row"),
        handle=pl.format("h{}", pl.col("row") + 100),
    )
    ordinary = Reference({}, None, tuple(60.0 * place for place in range(101)))
    found = judged(replace(whole, accounts=people), ordinary)
    assert found.strong == (frozenset({0}) if alike else frozenset())
    assert found.explained == ({} if alike else {0: "occasion"})


@pytest.mark.parametrize("seconds", [20, 0])
def test_people_of_whom_one_occasion_is_all_that_was_collected_make_no_strong_campaign(seconds: int) -> None:
    found = judged(collected_by_hashtag(alike=False, seconds=seconds), ORDINARY)
    assert found.strong == frozenset()
    assert found.explained == {0: "one_occasion"}
    for language in LANGUAGES:
        (told,) = describe(collected_by_hashtag(alike=False, seconds=seconds), found, language, ORDINARY)
        (why,) = (each for each in told.benign_alternatives if each.name == "one_occasion")
        assert (len(why.evidence_for), len(why.evidence_against)) == (3, 1)


@pytest.mark.parametrize(("alike", "days", "seconds"), [(True, 1, 20), (True, 4, 20), (False, 2, 0)])
def test_one_occasion_explains_neither_profiles_alike_nor_days_of_copies_within_seconds(
    alike: bool, days: int, seconds: int
) -> None:
    found = judged(collected_by_hashtag(alike, seconds=seconds, days=days), ORDINARY)
    assert found.strong == frozenset({0})
    assert found.explained == {}
    why = found.because[0].say("en")
    assert ("28 of 30 accounts were created within 7 days" in why) is alike
    assert ("act at the same moments" in why) is not alike


def test_texts_of_many_days_by_hand_are_of_no_occasion_but_of_one_source() -> None:
    found = judged(collected_by_hashtag(alike=False, days=4), ORDINARY)
    assert found.strong == frozenset()
    assert found.explained == {0: "one_source"}


@pytest.mark.parametrize("copied", [2, 4])
def test_members_of_a_campaign_of_accounts_created_together_may_be_copiers(copied: int) -> None:
    rng = np.random.default_rng(6)
    texts = ["".join(rng.choice(list("abdeilmnorstu "), 80)) for _ in range(8)]
    published = [
        (row, texts[each])
        for row in range(60)
        for each in rng.choice(8, 4 if row < 40 else copied, replace=False)
    ] + [(row, "".join(rng.choice(list("abdeilmnorstu "), 80))) for row in range(60, 260) for _ in range(4)]
    times = rng.integers(0, 2 * 24 * 60, len(published)).tolist()
    columns = {"row": pl.UInt32(), **schema.schema("posts")}
    posts = (
        pl.DataFrame(
            [
                {"row": row, "text": text, "created_at": START + timedelta(minutes=time)}
                for (row, text), time in zip(published, times, strict=True)
            ],
            schema=columns,
        )
        .drop("platform", "account_id")
        .with_columns(post_id=pl.int_range(pl.len()).cast(pl.String), kind=pl.lit("original"))
    )
    accounts = pl.DataFrame(
        [
            {
                "row": row, "platform": "x", "account_id": f"id-{row}", "handle": f"h{rng.integers(1, 10**9)}",
                "description": "".join(rng.choice(list("abdeilmnorstu "), 60)),
                "observed_at": START + timedelta(days=9),
                "created_at": START - timedelta(days=60 + row % 7 if row < 40 else 30 + 10 * row, hours=row % 5),
            }
            for row in range(260)
        ],
        schema={"row": pl.UInt32, **schema.schema("accounts")},
    )  # fmt: skip
    compared = compare(accounts, posts, Limits())
    beside_the_core = set(compared.campaigns.members["account"]) - set(range(40))
    assert beside_the_core
    found = judged(compared, ORDINARY)
    assert found.strong == frozenset({0})
    assert found.copiers == (beside_the_core if copied == 2 else frozenset())
    # Who merely copied is counted beside the campaign, and is no member of it.
    (told,) = report(compared, "en", ORDINARY).campaigns
    members = set(compared.campaigns.members["account"]) - found.copiers
    assert {each.account_id for each in told.accounts} == {f"id-{row}" for row in members}
    assert (told.size, told.copiers) == (len(members), len(found.copiers))
    assert (f"{len(found.copiers)} other accounts copied some" in told.sentence) is bool(found.copiers)


def test_a_class_that_joined_for_its_reunion_is_told_as_a_community_if_it_speaks_to_itself() -> None:
    found = judged(reunion("class86"), ORDINARY)
    assert found.strong == frozenset()
    assert found.explained == {0: "open_community"}
    told = describe(reunion("class86"), found, "en")[0]
    assert told.verdict == "shared_contents"
    community = next(each for each in told.benign_alternatives if each.name == "open_community")
    assert "castle" in community.evidence_for[0]
    assert judged(reunion("crisis"), ORDINARY).strong == frozenset({0})


def test_members_of_a_body_that_their_biographies_name_are_told_as_such_if_they_have_lives() -> None:
    found = judged(deputies(1, 80), ORDINARY)
    assert found.strong == frozenset()
    assert found.explained == {0: "members"}
    told = describe(deputies(1, 80), found, "en")[0]
    members = next(each for each in told.benign_alternatives if each.name == "members")
    assert "Solidarity" in members.evidence_for[0]
    assert "50%" in members.evidence_for[1]
    # Nothing else is published, or all were created in one batch.
    assert judged(deputies(0, 80), ORDINARY).strong == frozenset({0})
    assert judged(deputies(1, 1), ORDINARY).strong == frozenset({0})


def test_papers_that_lead_to_a_site_of_their_own_each_are_told_as_customers_of_an_agency() -> None:
    feeds = judged(collected_by_hashtag(alike=False, seconds=0, days=4, paper=True), ORDINARY)
    assert feeds.strong == frozenset()
    assert feeds.explained == {0: "syndication"}
    alike = judged(collected_by_hashtag(alike=True, seconds=0, days=4, paper=True), ORDINARY)
    assert alike.strong == frozenset({0})


def test_accounts_made_in_several_batches_that_link_to_the_same_pages_are_a_strong_campaign() -> None:
    reference = Reference({}, 0.1, tuple(float(day) for day in range(100, 4_140, 40)))
    found = judged(compared_links(batches=2), reference)
    assert found.strong == frozenset({0})
    assert judged(compared_links(batches=2), None).strong == frozenset()
    for language in LANGUAGES:
        (told,) = describe(compared_links(batches=2), found, language)
        assert told.verdict == "strong"
        (activists,) = told.benign_alternatives
        assert any("40 " in sentence and " 2 " in sentence for sentence in activists.evidence_against)


def test_accounts_created_together_that_link_to_the_same_pages_are_a_campaign_that_is_never_strong() -> None:
    reference = Reference({}, 0.1, tuple(float(day) for day in range(100, 4_140, 40)))
    assert judged(compared_links(), reference).strong == frozenset()
    for language in LANGUAGES:
        (found,) = describe(compared_links(), NO_CAMPAIGN, language)
        assert found.founded_on == "contents"
        assert (found.size, found.verdict) == (40, "shared_contents")
        assert {content.trace for content in found.contents} == {"co_url"}
        assert found.contents[0].object.startswith("site.example/")
        assert all(member.shared_posts == 6 for member in found.accounts)
        assert "40" in found.sentence
        assert "31" in found.sentence
