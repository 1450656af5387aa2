"""A campaign is described by its accounts, contents and chronology, and by what else may explain it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from tests.features.coordination.report.collected import MEMBERS, compared

from vigie.features.coordination.comparison import Limits, compare
from vigie.features.coordination.report.campaign import describe
from vigie.features.coordination.report.judged_campaigns import NO_CAMPAIGN, JudgedCampaigns, judged
from vigie.features.coordination.report.network import report
from vigie.features.coordination.report.types import Campaign, Reach
from vigie.features.i18n import LANGUAGES


def campaign() -> Campaign:
    (found,) = describe(compared(), JudgedCampaigns(frozenset({0}), {}), "en")
    return found


def test_it_names_accounts_platforms_and_period() -> None:
    found = campaign()
    assert found.size == len(found.accounts) == MEMBERS
    assert found.platforms == {"facebook": 15, "x": 15}
    own = compared().posts.filter(pl.col("row") < MEMBERS)["created_at"]
    assert (found.first_time, found.last_time) == (own.min(), own.max())
    assert all(member.shared_posts == member.contents == 4 for member in found.accounts)
    assert found.hashtags == {"#crisis": 4 * MEMBERS}
    assert found.audience.median_views == 10
    assert found.audience.reach == Reach(posts=4 * MEMBERS, views=40 * MEMBERS)


def test_each_content_has_its_first_poster_and_its_spread() -> None:
    found = campaign()
    assert len(found.contents) == 8
    assert sum(content.posts for content in found.contents) == 4 * MEMBERS
    assert [content.accounts for content in found.contents] == sorted(
        (content.accounts for content in found.contents), reverse=True
    )
    posts = {row["post_id"]: row for row in compared().posts.iter_rows(named=True)}
    for content in found.contents:
        assert content.outside == 0
        first = posts[content.first_post_id]
        assert (first["created_at"], f"id-{first['row']}") == (
            content.first_time,
            content.first_account.account_id,
        )
        assert first["media_hashes"] == [content.object]
        assert content.first_time <= content.last_time


def test_a_campaign_that_is_much_of_the_collection_is_not_compared_with_the_rest_of_it() -> None:
    assert campaign().creation.reference is None
    assert campaign().creation.within_1_days == MEMBERS


def test_campaign_material_is_always_named_as_an_ordinary_explanation() -> None:
    (activists,) = campaign().benign_alternatives
    assert activists.name == "activists"
    assert activists.evidence_for


def test_its_sentence_is_said_in_every_language_with_its_numbers() -> None:
    said = [describe(compared(), NO_CAMPAIGN, language)[0].sentence for language in LANGUAGES]
    assert len(set(said)) == len(LANGUAGES)
    assert all("30" in sentence and "8" in sentence for sentence in said)


def test_without_campaigns_nothing_is_described() -> None:
    one = compared()
    others = one.accounts.filter(pl.col("row") >= MEMBERS)
    posts = one.posts.filter(pl.col("row") >= MEMBERS).drop("account_id", "observed_at", strict=False)
    assert describe(compare(others, posts, Limits()), NO_CAMPAIGN, "en") == []


def test_a_report_that_is_told_which_campaigns_are_strong_says_what_one_says_that_asks() -> None:
    found = judged(compared(), None)
    assert report(compared(), "en", None, found) == report(compared(), "en")
    other = replace(found, strong=found.strong ^ {0})
    assert report(compared(), "en", None, other) != report(compared(), "en")
