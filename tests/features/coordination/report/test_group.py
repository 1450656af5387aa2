"""A description is fair: metrics as they are, ordinary explanations beside them, no verdict beyond the evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from vigie.features.coordination import communities
from vigie.features.coordination.report import group
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.coordination.report.types import GroupDescription, HomogeneityTest

Clique = Callable[..., pl.DataFrame]
Accounts = Callable[..., pl.DataFrame]
Posts = Callable[..., pl.DataFrame]
Described = Callable[..., GroupDescription]


def alternatives(one: GroupDescription) -> set[str]:
    return {each.name for each in one.benign_alternatives}


def is_unlikely(test: HomogeneityTest) -> bool:
    return test.p is not None and test.p < 1e-3


def test_several_traces_days_and_authors_are_strong(
    clique: Clique, accounts: Accounts, described: Described
) -> None:
    one = described(pl.concat([clique("co_repost"), clique("text_duplicate", authors=None)]), accounts())
    assert one.verdict == "strong"
    assert (one.size, one.days, one.objects, one.authors) == (8, 3, 6, 4)
    assert one.layers["co_repost"].pairs == 28
    assert one.layers["co_repost"].windows == [60]
    assert one.density == one.stability == 1.0
    assert one.platforms == {"x": 8}


@pytest.mark.parametrize(
    ("changes", "traces"),
    [
        ({"objects": 2}, ["co_repost", "co_url"]),
        ({"days": 1}, ["co_repost", "co_url"]),
        ({"p_author": 0.01}, ["co_repost", "co_url"]),
        ({}, ["co_repost"]),
    ],
)
def test_without_objects_days_traces_or_author_null_it_is_only_synchronous(
    clique: Clique, accounts: Accounts, described: Described, changes: dict[str, Any], traces: list[str]
) -> None:
    pairs = pl.concat([clique(trace, **changes) for trace in traces])
    assert described(pairs, accounts()).verdict == "synchronous"


@pytest.mark.parametrize("p_author", [0.2, 1e-12])
def test_a_fan_club_carries_its_alternative_and_is_never_strong(
    clique: Clique, accounts: Accounts, described: Described, p_author: float
) -> None:
    fans = pl.concat(
        [
            clique("co_repost", authors=1, p_author=p_author),
            clique("co_reply", authors=1, p_author=p_author),
            clique("text_duplicate", authors=None),
        ]
    )
    one = described(fans, accounts(created=range(8)))
    assert "fan_club" in alternatives(one)
    assert one.verdict == "synchronous"


def test_fans_of_two_authors_with_shared_texts_are_not_strong(
    clique: Clique, accounts: Accounts, described: Described
) -> None:
    fans = pl.concat([clique("co_repost", authors=2, p_author=0.2), clique("text_duplicate", authors=None)])
    one = described(fans, accounts(created=range(8)))
    assert "fan_club" in alternatives(one)
    assert one.verdict == "synchronous"


def test_all_traces_together_are_no_further_layer(
    clique: Clique, accounts: Accounts, described: Described
) -> None:
    one = described(pl.concat([clique("co_repost"), clique("any")]), accounts())
    assert one.verdict == "synchronous"
    assert set(one.layers) == {"any", "co_repost"}
    assert "any" not in one.sentence.split()
    assert "acted on the same content" in described(clique("any"), accounts()).sentence


def test_a_creation_burst_is_unlikely_and_makes_one_trace_enough(
    clique: Clique, accounts: Accounts, described: Described
) -> None:
    one = described(clique("co_repost"), accounts(created=range(1000, 1016, 2)))
    assert one.creation.within_1_days == 8
    assert is_unlikely(one.creation)
    assert one.verdict == "strong"


def test_random_creation_dates_handles_and_biographies_are_not_unlikely(
    clique: Clique, accounts: Accounts, described: Described
) -> None:
    one = described(clique("co_repost"), accounts())
    for test in (one.creation, one.handles, one.bios):
        assert test.p is not None
        assert test.p > 0.01


def test_handles_of_one_shape_and_empty_biographies_are_unlikely(
    clique: Clique, accounts: Accounts, described: Described
) -> None:
    handles = [f"Marie{number}" for number in range(10_000, 10_008)]
    one = described(clique("co_repost"), accounts(handles=handles, bios=[""] * 8))
    assert one.handles.shape == "Aa00000"
    assert is_unlikely(one.handles)
    assert is_unlikely(one.bios)


def test_likeness_is_missing_without_a_reference_or_enough_members(
    clique: Clique, accounts: Accounts, described: Described
) -> None:
    few = described(clique("co_repost"), accounts().head(40))
    assert few.creation.p is few.handles.p is few.bios.p is None
    two = accounts().with_columns(
        created_at=pl.when((pl.col("row") > 1) & (pl.col("row") < 8)).then(None).otherwise("created_at")
    )
    assert described(clique("co_repost"), two).creation.p is None


def test_the_same_description_whatever_the_order_of_rows(
    clique: Clique, accounts: Accounts, described: Described
) -> None:
    pairs = pl.concat([clique("co_repost"), clique("co_url", authors=None, window=600)])
    first = described(pairs, accounts())
    mixed = pairs.sample(fraction=1, shuffle=True, seed=3)
    assert described(mixed, accounts().sample(fraction=1, shuffle=True, seed=3)) == first


def test_no_group_and_two_accounts_only_give_nothing(clique: Clique, accounts: Accounts) -> None:
    for pairs in (clique("co_repost").clear(), clique("co_repost", 2)):
        assert group.describe(communities.detect_groups(pairs), pairs, accounts(), None, "en") == []


def test_a_frozen_reference_stands_in_for_a_small_corpus_and_is_named(
    clique: Clique, accounts: Accounts, described: Described
) -> None:
    few = accounts(bios=[""] * 8).head(40)
    one = described(clique("co_repost"), few, reference=Reference.of(accounts()))
    assert {test.reference for test in (one.creation, one.handles, one.bios)} == {"bundle"}
    assert is_unlikely(one.bios)
    large = described(clique("co_repost"), accounts(), reference=Reference.of(accounts()))
    assert {test.reference for test in (large.creation, large.handles, large.bios)} == {"corpus"}


def test_accounts_that_are_openly_one_newsroom_are_never_strong(
    clique: Clique, accounts: Accounts, posts: Posts, described: Described
) -> None:
    pairs = pl.concat([clique("co_url", authors=None), clique("text_duplicate", authors=None)])
    one_site = posts(urls=[[f"https://news.example/{index}"] for index in range(40)])
    handles = [f"Gazette{city}" for city in ("Nord", "Sud", "Est", "Ouest", "A", "B", "C", "D")]
    assert described(pairs, accounts(handles=handles), one_site).verdict == "synchronous"
    assert described(pairs, accounts(), one_site).verdict == "strong"
    # Nobody knows how accounts are called whose profiles were not collected.
    nameless = accounts().with_columns(handle=pl.lit(None, pl.String), description=pl.lit(None, pl.String))
    assert described(pairs, nameless, one_site).verdict == "synchronous"
    reposts = pl.concat([pairs, clique("co_repost")])
    assert described(reposts, nameless, one_site).verdict == "strong"


def test_nothing_says_that_reposts_of_unknown_authors_are_not_of_one_author(
    clique: Clique, accounts: Accounts, posts: Posts
) -> None:
    pairs = clique("any", authors=None)
    groups = communities.detect_groups(pairs)
    published = posts(text=["so"] * 40)

    def explained(trace: str, author: int | None, **about: Any) -> dict[int, str]:
        events = pl.DataFrame(
            {
                "trace": trace, "account": range(8), "object": "one", "time": [0, 9_000] * 4, "post": range(8),
                "author": pl.Series([author] * 8, dtype=pl.Int64),
            }
        )  # fmt: skip
        return group.MeasuredGroups.of(groups, pairs, accounts(**about), published, events).openly_explained()

    assert explained("co_repost", None) == {0: "unknown_authors"}
    assert explained("co_repost", 5) == {}
    assert explained("co_url", None) == {}
    # Something else joins them then.
    assert explained("co_repost", None, created=[10] * 8, bios=[""] * 8) == {}


def test_groups_that_wait_for_one_author_or_say_who_they_are_are_openly_explained(
    clique: Clique, accounts: Accounts, posts: Posts, described: Described
) -> None:
    def explained(pairs: pl.DataFrame, people: pl.DataFrame, published: pl.DataFrame) -> dict[int, str]:
        groups = communities.detect_groups(pairs)
        return group.MeasuredGroups.of(groups, pairs, people, published).openly_explained()

    links = pl.concat([clique("co_url", authors=None), clique("text_duplicate", authors=None)])
    one_site = posts(urls=[[f"https://news.example/{index}"] for index in range(40)])
    handles = [f"Gazette{city}" for city in ("Nord", "Sud", "Est", "Ouest", "A", "B", "C", "D")]
    assert explained(links, accounts(handles=handles), one_site) == {0: "newsroom_feed"}
    assert explained(links, accounts(), one_site) == {}
    bots = accounts(handles=[f"weather_bot{number}" for number in range(8)])
    assert explained(
        links, bots.with_columns(description=pl.lit("Automated account")), posts(text=["so"] * 40)
    ) == {0: "declared_bots"}
    houses = [f"Pizzona{city}" for city in ("Nord", "Sud", "Est", "Ouest", "A", "B", "C")]
    branches = accounts(handles=houses, bios=["Your Pizzona in town"] * 4)
    assert explained(links, branches, posts(text=["so"] * 40)) == {0: "organisation"}
    assert described(links, branches, posts(text=["so"] * 40)).verdict == "synchronous"
    assert explained(links, accounts(handles=houses), posts(text=["so"] * 40)) == {}
    assert explained(clique("co_repost", authors=1, p_author=0.2), accounts(), posts(text=["so"] * 40)) == {
        0: "fan_club"
    }
    assert explained(clique("co_repost", authors=2, p_author=0.2), accounts(), posts(text=["so"] * 40)) == {
        0: "fan_club"
    }
    assert explained(clique("co_repost", authors=4), accounts(), posts(text=["so"] * 40)) == {}


def test_users_of_an_application_are_openly_explained_unless_their_profiles_are_alike(
    clique: Clique, accounts: Accounts, posts: Posts
) -> None:
    pairs = pl.concat([clique("co_url", authors=None), clique("text_duplicate", authors=None)])
    # Of the five posts of a member the first is that of the application.
    published = posts(urls=[["https://stars.example/7"] if index < 8 else [] for index in range(40)])
    events = pl.DataFrame(
        {
            "trace": "text_duplicate",
            "account": range(8),
            "object": "horoscope",
            "time": 0,
            "post": range(8),
            "author": None,
        }
    )
    groups = communities.detect_groups(pairs)

    def measured(people: pl.DataFrame) -> group.MeasuredGroups:
        return group.MeasuredGroups.of(groups, pairs, people, published, events)

    (one,) = measured(accounts()).describe("en")
    assert measured(accounts()).openly_explained() == {0: "application"}
    assert one.verdict == "synchronous"
    (told,) = (each for each in one.benign_alternatives if each.name == "application")
    assert "stars.example" in told.evidence_for[0]
    born_together = accounts(created=[10] * 8, bios=[""] * 8)
    assert measured(born_together).openly_explained() == {}
    assert measured(born_together).describe("en")[0].verdict == "strong"


def test_people_whom_an_occasion_gives_the_words_are_openly_explained_unless_their_profiles_are_alike(
    clique: Clique, accounts: Accounts, posts: Posts
) -> None:
    pairs = clique("text_duplicate", authors=None, window=3_600)
    # Of the five posts of a member the first three hold the text of a day, the same for all.
    published = posts(text=[f"so {index}" for index in range(40)])
    done = pl.DataFrame(
        {
            "trace": "text_duplicate",
            "account": [post % 8 for post in range(24)],
            "object": [f"verse {post // 8}" for post in range(24)],
            "time": [86_400 * (post // 8) + 60 * (post % 8) for post in range(24)],
            "post": range(24),
            "author": None,
        }
    )
    groups = communities.detect_groups(pairs)

    def explained(people: pl.DataFrame, events: pl.DataFrame) -> dict[int, str]:
        return group.MeasuredGroups.of(groups, pairs, people, published, events).openly_explained()

    assert explained(accounts(), done) == {0: "occasion"}
    assert explained(accounts(created=[10] * 8, bios=[""] * 8), done) == {}
    # Words put together are no series.
    assert explained(accounts(handles=["FleursMartinPau"] * 8), done) == {0: "occasion"}
    assert explained(accounts(handles=["Martin48213"] * 8), done) == {}
    at_any_hour = done.with_columns(time=pl.col("time") + pl.col("time") // 86_400 * 18_000)
    assert explained(accounts(), at_any_hour) == {}


def test_one_person_on_several_networks_is_openly_explained_and_no_strong_group(
    clique: Clique, accounts: Accounts, posts: Posts, described: Described
) -> None:
    pairs = pl.concat([clique("text_duplicate", 3, authors=None), clique("co_url", 3, authors=None)])
    groups = communities.detect_groups(pairs)
    published = posts(text=["so"] * 40)

    def people(name: str) -> pl.DataFrame:
        networks = pl.Series(["x", "mastodon", "bluesky", *["x"] * 205])
        return accounts(handles=["ana_lopes", "analopes@social.example", name]).with_columns(
            platform=networks
        )

    def explained(of: pl.DataFrame) -> dict[int, str]:
        return group.MeasuredGroups.of(groups, pairs, of, published).openly_explained()

    assert explained(people("analopes.bsky.social")) == {0: "one_person"}
    assert described(pairs, people("analopes.bsky.social"), published).verdict == "synchronous"
    assert explained(people("somebody")) == {}
    assert described(pairs, people("somebody"), published).verdict == "strong"
