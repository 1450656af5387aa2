"""A campaign is described by its accounts, contents and chronology, and by what else may explain it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.comparison import Comparison, Limits, compare
from vigie.features.coordination.report.campaign import JudgedCampaigns, describe, judged
from vigie.features.coordination.report.network import report
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.coordination.report.types import Campaign, Reach
from vigie.features.group_test import beside
from vigie.features.i18n import LANGUAGES

START = datetime(2024, 5, 14, 8, tzinfo=UTC)
MEMBERS, OTHERS = 30, 60


@cache
def compared() -> Comparison:
    """Return thirty accounts that publish four of eight pictures each, and sixty with pictures of their own."""
    rng = np.random.default_rng(1)
    accounts = pl.DataFrame(
        [
            {
                "row": row, "platform": "x" if row % 2 else "facebook", "account_id": f"id-{row}", "handle": f"h{row}",
                "description": "" if row < MEMBERS else f"about {row}",
                "created_at": START - timedelta(days=10 if row < MEMBERS else 100 + 20 * row, hours=row % 20),
                "observed_at": START + timedelta(days=3),
            }
            for row in range(MEMBERS + OTHERS)
        ],
        schema={"row": pl.UInt32, **schema.schema("accounts")},
    )  # fmt: skip
    pictures = [f"{int(rng.integers(1, 2**62)):016x}" for _ in range(8)]
    posts = []
    for row in range(MEMBERS + OTHERS):
        chosen = rng.choice(8, 4, replace=False) if row < MEMBERS else range(4)
        for place, each in enumerate(chosen):
            own = f"{int(rng.integers(1, 2**62)):016x}"
            posts.append(
                {
                    "row": row, "post_id": f"{row}-{place}", "text": f"see this #crisis {row}",
                    "created_at": START + timedelta(minutes=int(rng.integers(0, 2_800))), "kind": "original",
                    "media_hashes": [pictures[each] if row < MEMBERS else own], "view_count": 10,
                }
            )  # fmt: skip
    columns = {
        name: dtype
        for name, dtype in schema.schema("posts").items()
        if name not in ("platform", "account_id")
    }
    return compare(accounts, pl.DataFrame(posts, schema={"row": pl.UInt32, **columns}), Limits())


@cache
def worded(swapping: int) -> Comparison:
    """Return the same collection, its accounts of all ages, with one text beside each picture; so many swap a letter in it."""
    one = compared()
    texts = (
        pl.when(pl.col("row") < swapping)
        .then(pl.lit("the dаm is about to break"))
        .otherwise(pl.lit("the dam is about to break"))
    )
    old = pl.lit(START) - pl.duration(days=100 + 20 * pl.col("row").cast(pl.Int64))
    accounts = one.accounts.with_columns(created_at=old, description=pl.format("about {}", "row"))
    posts = one.posts.with_columns(text=pl.when(pl.col("row") < MEMBERS).then(texts).otherwise("text"))
    return compare(accounts, posts.drop("account_id", "platform", strict=False), Limits())


def test_accounts_that_disguise_what_the_others_publish_plainly_make_a_campaign_strong() -> None:
    found = judged(worded(swapping=8), None)
    assert found.strong == frozenset({0})
    (told,) = describe(worded(swapping=8), found.strong, "en")
    (activists,) = told.benign_alternatives
    assert any("8 of the 30" in sentence for sentence in activists.evidence_against)
    plain = judged(worded(swapping=0), None)
    assert plain.strong == frozenset()
    assert plain.explained == {0: "one_source"}


def reworded() -> Comparison:
    """Return the same collection, its accounts of all ages, with one text beside each picture, a word of which every second drops."""
    one, words = (
        worded(swapping=0),
        [
            "they",
            "say",
            "the",
            "dam",
            "above",
            "the",
            "town",
            "is",
            "about",
            "to",
            "break",
            "and",
            "nobody",
            "tells",
            "us",
        ],
    )
    drops = np.random.default_rng(3).integers(1, len(words) - 1, one.posts.height)
    texts = [
        " ".join(words[:drop] + words[drop + 1 :]) if row % 2 else " ".join(words)
        for row, drop in zip(one.posts["row"], drops, strict=True)
    ]
    own = pl.when(pl.col("row") < MEMBERS).then(pl.Series(texts)).otherwise("text")
    return compare(one.accounts, one.posts.with_columns(text=own), Limits())


def test_accounts_that_reword_what_the_others_publish_as_it_is_make_a_campaign_strong() -> None:
    found = judged(reworded(), None)
    assert found.strong == frozenset({0})
    (told,) = describe(reworded(), found.strong, "en")
    (activists,) = told.benign_alternatives
    assert any("of the 30 accounts change words" in sentence for sentence in activists.evidence_against)


def campaign() -> Campaign:
    (found,) = describe(compared(), frozenset({0}), "en")
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
    said = [describe(compared(), frozenset(), language)[0].sentence for language in LANGUAGES]
    assert len(set(said)) == len(LANGUAGES)
    assert all("30" in sentence and "8" in sentence for sentence in said)


def test_without_campaigns_nothing_is_described() -> None:
    one = compared()
    others = one.accounts.filter(pl.col("row") >= MEMBERS)
    posts = one.posts.filter(pl.col("row") >= MEMBERS).drop("account_id", "observed_at", strict=False)
    assert describe(compare(others, posts, Limits()), frozenset(), "en") == []


def test_a_report_that_is_told_which_campaigns_are_strong_says_what_one_says_that_asks() -> None:
    strong = judged(compared(), None).strong
    assert report(compared(), "en", None, strong) == report(compared(), "en")
    assert report(compared(), "en", None, strong ^ {0}) != report(compared(), "en")


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
    (told,) = describe(readers(**about), found.strong, "en")
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
    (told,) = describe(compared, found.strong, "en")
    assert {each.name for each in told.benign_alternatives} == {"activists", "one_source"}
    assert {each.name for each in describe(compared, {0}, "en")[0].benign_alternatives} == {"activists"}


def test_a_campaign_of_which_the_rates_of_the_collection_decide_is_strong(
    readers: Callable[..., Comparison],
) -> None:
    whole = readers(tag=" #crisis")
    closer = whole.network.pairs.with_columns(p_class_corrected=pl.lit(1e-6))
    found = judged(replace(whole, network=replace(whole.network, pairs=closer)), None)
    assert found == JudgedCampaigns(frozenset({0}), {}, frozenset())


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


@cache
def collected_by_hashtag(alike: bool, seconds: int = 20, days: int = 1, paper: bool = False) -> Comparison:
    """Return thirty accounts that publish eight sentences as they are said, and eighty with words of their own, all with a hashtag.

    Nothing else of anybody is in the collection. Each copy follows that of the account before by so many seconds.
    """
    rng = np.random.default_rng(2)
    words = ["".join(letters) for letters in rng.choice(list("abdeilmnorstu"), (400, 6))]

    def prose() -> str:
        return " ".join(rng.choice(words, 12)) + " #square"

    accounts = [
        {
            "row": row, "platform": "x", "account_id": f"id-{row}", "handle": f"h{rng.integers(1, 10**9)}",
            "description": prose(), "observed_at": START + timedelta(days=9),
            "created_at": START - timedelta(days=60 + row % 7 if alike and row < 30 else 30 + 26 * (row * 37 % 110), hours=row),
        }
        for row in range(110)
    ]  # fmt: skip
    said = [prose() for _ in range(8)]
    written = [
        {
            "row": row,
            "text": text,
            "created_at": START
            + timedelta(days=place % days, minutes=place * 15, seconds=seconds * (row * 7 % 30)),
            "urls": [f"https://paper{row}.example/{place}"] if paper else [],
        }
        for row in range(30)
        for place, text in enumerate(said)
    ] + [
        {
            "row": row,
            "text": prose(),
            "created_at": START + timedelta(minutes=int(rng.integers(0, 2_800))),
            "urls": [],
        }
        for row in range(30, 110)
        for _ in range(3)
    ]
    columns = {"row": pl.UInt32(), **schema.schema("posts")}
    posts = (
        pl.DataFrame(written, schema=columns)
        .drop("platform", "account_id")
        .with_columns(post_id=pl.int_range(pl.len()).cast(pl.String), kind=pl.lit("original"))
    )
    return compare(
        pl.DataFrame(accounts, schema={"row": pl.UInt32, **schema.schema("accounts")}), posts, Limits()
    )


ORDINARY = Reference({}, None, tuple(30.0 * place for place in range(101)))


@pytest.mark.parametrize("seconds", [20, 0])
def test_people_of_whom_one_occasion_is_all_that_was_collected_make_no_strong_campaign(seconds: int) -> None:
    found = judged(collected_by_hashtag(alike=False, seconds=seconds), ORDINARY)
    assert found.strong == frozenset()
    assert found.explained == {0: "one_occasion"}
    for language in LANGUAGES:
        (told,) = describe(
            collected_by_hashtag(alike=False, seconds=seconds), found.strong, language, ORDINARY
        )
        (why,) = (each for each in told.benign_alternatives if each.name == "one_occasion")
        assert (len(why.evidence_for), len(why.evidence_against)) == (3, 1)


@pytest.mark.parametrize(("alike", "days", "seconds"), [(True, 1, 20), (True, 4, 20), (False, 2, 0)])
def test_one_occasion_explains_neither_profiles_alike_nor_days_of_copies_within_seconds(
    alike: bool, days: int, seconds: int
) -> None:
    found = judged(collected_by_hashtag(alike, seconds=seconds, days=days), ORDINARY)
    assert found.strong == frozenset({0})
    assert found.explained == {}


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


@cache
def reunion(hashtag: str) -> Comparison:
    """Return the same collection, of a class that names its school in biographies and posts, in words of their own."""
    one, member = compared(), pl.col("row") < MEMBERS
    accounts = one.accounts.with_columns(
        description=pl.when(member)
        .then(pl.format("pupil {} of Castle School", "row"))
        .otherwise("description")
    )
    # Numbers are no words.
    word = pl.col("post_id").str.replace_many(list("0123456789-"), list("abcdefghijk"))
    text = pl.when(member).then(pl.format("{} at castle school #{}", word, pl.lit(hashtag))).otherwise("text")
    posts = one.posts.with_columns(text=text)
    return compare(accounts, posts.drop("account_id", "platform", strict=False), Limits())


def test_a_class_that_joined_for_its_reunion_is_told_as_a_community_if_it_speaks_to_itself() -> None:
    found = judged(reunion("class86"), ORDINARY)
    assert found.strong == frozenset()
    assert found.explained == {0: "open_community"}
    told = describe(reunion("class86"), found.strong, "en")[0]
    assert told.verdict == "shared_contents"
    community = next(each for each in told.benign_alternatives if each.name == "open_community")
    assert "castle" in community.evidence_for[0]
    assert judged(reunion("crisis"), ORDINARY).strong == frozenset({0})


def test_papers_that_lead_to_a_site_of_their_own_each_are_told_as_customers_of_an_agency() -> None:
    feeds = judged(collected_by_hashtag(alike=False, seconds=0, days=4, paper=True), ORDINARY)
    assert feeds.strong == frozenset()
    assert feeds.explained == {0: "syndication"}
    alike = judged(collected_by_hashtag(alike=True, seconds=0, days=4, paper=True), ORDINARY)
    assert alike.strong == frozenset({0})


@cache
def compared_links(batches: int = 1) -> Comparison:
    """Return forty accounts made in batches that link to six of forty pages in words of their own, among older people."""
    rng = np.random.default_rng(2)
    members, others = 40, 200
    accounts = pl.DataFrame(
        [
            {
                "row": row, "platform": "x", "account_id": f"id-{row}", "handle": f"h{row}", "description": f"about {row}",
                "created_at": START - timedelta(
                    days=20 + 600 * (row % batches) if row < members else 100 + 7 * row, hours=row % 20
                ),
                "observed_at": START + timedelta(days=3),
            }
            for row in range(members + others)
        ],
        schema={"row": pl.UInt32, **schema.schema("accounts")},
    )  # fmt: skip
    posts = [
        {
            "row": row, "post_id": f"{row}-{place}", "text": f"so it is, says {rng.integers(10**9)}", "kind": "original",
            "created_at": START + timedelta(minutes=int(rng.integers(0, 4_000))),
            "urls": [f"https://site.example/{page if row < members else 1_000 * row + page}"],
        }
        for row in range(members + others)
        for place, page in enumerate(rng.choice(40, 6, replace=False))
    ]  # fmt: skip
    columns = {
        name: dtype
        for name, dtype in schema.schema("posts").items()
        if name not in ("platform", "account_id")
    }
    return compare(accounts, pl.DataFrame(posts, schema={"row": pl.UInt32, **columns}), Limits())


def test_accounts_made_in_several_batches_that_link_to_the_same_pages_are_a_strong_campaign() -> None:
    reference = Reference({}, 0.1, tuple(float(day) for day in range(100, 4_140, 40)))
    found = judged(compared_links(batches=2), reference)
    assert found.strong == frozenset({0})
    assert judged(compared_links(batches=2), None).strong == frozenset()
    for language in LANGUAGES:
        (told,) = describe(compared_links(batches=2), found.strong, language)
        assert told.verdict == "strong"
        (activists,) = told.benign_alternatives
        assert any("40 " in sentence and " 2 " in sentence for sentence in activists.evidence_against)


def test_accounts_created_together_that_link_to_the_same_pages_are_a_campaign_that_is_never_strong() -> None:
    reference = Reference({}, 0.1, tuple(float(day) for day in range(100, 4_140, 40)))
    assert judged(compared_links(), reference).strong == frozenset()
    for language in LANGUAGES:
        (found,) = describe(compared_links(), frozenset(), language)
        assert found.founded_on == "contents"
        assert (found.size, found.verdict) == (40, "shared_contents")
        assert {content.trace for content in found.contents} == {"co_url"}
        assert found.contents[0].object.startswith("site.example/")
        assert all(member.shared_posts == 6 for member in found.accounts)
        assert "40" in found.sentence
        assert "31" in found.sentence
