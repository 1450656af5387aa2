"""Accounts match a known campaign by what they are and publish; what is common to many matches nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from tests.serving.known_campaigns.conftest import BIOGRAPHY, PICTURE, TEXT, Collection

from vigie.errors import InputError
from vigie.features.i18n.languages import LANGUAGES
from vigie.models.known_match import KnownMatch
from vigie.serving.known_campaigns import matching
from vigie.serving.known_campaigns.digests import Key, digested
from vigie.serving.known_campaigns.types import KnownCampaign, Memory

Make = Callable[..., Collection]
KEY = Key(b"k" * 32)


def post(**fields: Any) -> dict[str, Any]:
    return {"posts": [{"text": "so it is", **fields}]}


def of(given: Collection, memory: Memory, **options: Any) -> list[KnownMatch]:
    return matching.matches(*given, memory, **options).by_account("en").get(0, [])


WAYS = [
    ("account_id", {"account_id": "77", "handle": "renamed"}),
    ("handle", {"handle": "ANN_OTHER"}),
    ("handle", {"platform": "telegram", "handle": "harbour_news"}),
    ("handle", {"platform": "vk", "handle": "anywhere_else"}),
    ("domain", post(urls=["https://www.gazette.ltd/1"])),
    ("domain", post(text="look https://m.gazette.ltd/2")),
    ("domain", {"url": "http://gazette.ltd"}),
    ("lookalike_domain", post(urls=["https://gazette.press/1"])),
    ("page", post(urls=["http://blog.example/harbour/?utm_source=x"])),
    ("media", post(media_hashes=["F0E1D2C3B4A59686"])),
    ("media", {"avatar_hash": f"phash:{PICTURE}"}),
    ("text", post(text=f"{TEXT.upper()}!! 3")),
    ("biography", {"description": BIOGRAPHY.replace("three", "two")}),
]  # fmt: skip


@pytest.mark.parametrize(("how", "person"), WAYS)
def test_an_account_matches_by_what_it_is_and_publishes(
    collection: Make, memory: Memory, how: str, person: dict[str, Any]
) -> None:
    (match,) = of(collection(person), memory)
    assert (match.how, match.campaign, match.source) == (how, "Harbour", "Invented report")
    assert match.post_ids == (["0-0"] if "posts" in person else [])
    assert match.posts == len(match.post_ids)
    for language in LANGUAGES:
        (told,) = matching.matches(*collection(person), memory).by_account(language)[0]
        assert "Harbour" in told.sentence
        assert "{" not in told.sentence


@pytest.mark.parametrize(
    "person",
    [
        {"platform": "facebook", "account_id": "77"},  # an id means something on its platform only
        {"platform": "x", "handle": "harbour_news"},
        {"handle": "Ann_Others"},
        post(urls=["https://gazette.de/1", "https://notgazette.ltd.example/"]),
        post(urls=["https://blog.example/other"]),
        post(text="Good morning to all of you!"),
        {"description": "Mother of three"},
        post(media_hashes=["0000000000000000", "pdq:" + "0" * 64]),
        {},
    ],
)
def test_what_is_near_by_chance_or_short_matches_nothing(
    collection: Make, memory: Memory, person: dict[str, Any]
) -> None:
    assert of(collection(person), memory) == []


def test_a_handle_that_now_belongs_to_another_id_is_told_so(collection: Make, memory: Memory) -> None:
    (match,) = of(collection({"account_id": "78", "handle": "ann_other"}), memory)
    assert "another id" in match.sentence
    (same, handle) = of(collection({"account_id": "77", "handle": "ann_other"}), memory)
    assert (same.how, handle.how) == ("account_id", "handle")
    assert "another id" not in handle.sentence


def test_an_earlier_handle_is_known_again_and_the_one_of_today_is_not_earlier(
    collection: Make, memory: Memory
) -> None:
    names = pl.DataFrame({"platform": ["x", "x"], "account_id": ["5", "5"], "handle": ["ann_other", "Quiet"]})
    (match,) = of(collection({"account_id": "5", "handle": "quiet"}), memory, names=names)
    assert match.how == "earlier_handle"


def test_a_match_says_what_its_source_says_of_the_thing(collection: Make, memory: Memory) -> None:
    (match,) = of(collection(post(urls=["https://agency.example/x"])), memory)
    assert match.role == "amplified"
    assert "spread it" in match.sentence
    assert match.known_until == memory.campaigns[0].source.published
    (named,) = of(collection({"platform": "telegram", "handle": "harbour_news"}), memory)
    assert "without saying that the campaign runs it" in named.sentence


def test_posts_are_counted_once_and_the_earliest_are_named(collection: Make, memory: Memory) -> None:
    posts = [{"text": "a", "urls": ["https://gazette.ltd/1", "https://gazette.ltd/2"]} for _ in range(7)]
    (match,) = of(collection({"posts": posts}), memory)
    assert (match.posts, match.post_ids) == (7, [f"0-{turn}" for turn in range(5)])


def test_variants_of_known_contents_are_one_match(collection: Make, memory: Memory) -> None:
    hashes = [PICTURE, "f0e1d2c3b4a59686", "f0e1d2c3b4a59685"]
    posts = [{"text": "a", "media_hashes": [each]} for each in hashes]
    (match,) = of(collection({"posts": posts}), memory)
    assert (match.how, match.posts) == ("media", 3)


@pytest.mark.parametrize(
    ("how", "person"), [(how, person) for how, person in WAYS if how != "lookalike_domain"]
)  # fmt: skip
def test_digests_match_what_is_equal_with_their_key(
    collection: Make, campaign: KnownCampaign, how: str, person: dict[str, Any]
) -> None:
    kept = Memory(campaigns=(digested(campaign, KEY),))
    found = of(collection(person), kept, key=KEY)
    equal = "F0E1D2C3B4A59686" not in str(person) and "two" not in str(person)
    assert [match.how for match in found] == ([how] if equal else [])
    assert all(match.known is None for match in found)


def test_digests_of_another_key_are_refused(collection: Make, campaign: KnownCampaign) -> None:
    kept = Memory(campaigns=(digested(campaign, KEY),))
    for key in (None, Key(b"z" * 32)):
        with pytest.raises(InputError, match="'Harbour' is kept as digests"):
            of(collection({}), kept, key=key)


def test_matches_are_counted_by_campaign(collection: Make, memory: Memory) -> None:
    two = replace(
        memory, campaigns=(*memory.campaigns, replace(memory.campaigns[0], name="Other", accounts=()))
    )
    given = collection({"handle": "ann_other"}, post(urls=["https://gazette.ltd/1"]))
    found = matching.matches(*given, two)
    assert found.accounts_by_campaign() == [("Harbour", 2), ("Other", 1)]


def test_no_memory_and_no_accounts_match_nothing(collection: Make, memory: Memory) -> None:
    assert of(collection({"handle": "ann_other"}), Memory()) == []
    assert matching.matches(*collection(), memory).table.is_empty()
