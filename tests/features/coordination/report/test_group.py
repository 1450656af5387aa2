"""A description is fair: figures as they are, ordinary explanations beside them, no verdict beyond the evidence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination import communities
from vigie.features.coordination.report import group, profile_traits
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.coordination.report.types import (
    Audience,
    GroupDescription,
    HomogeneityTest,
    SharedTrait,
)
from vigie.features.i18n import Language

START = datetime(2024, 1, 1, tzinfo=UTC)
OTHERS = 200
COLUMNS = {
    "trace": pl.String, "window": pl.Int64, "first": pl.Int64, "second": pl.Int64, "objects": pl.Int64,
    "days": pl.Int64, "authors": pl.Int64, "first_leads": pl.Int64, "second_leads": pl.Int64,
    "expected": pl.Float64, "p_class": pl.Float64, "expected_author": pl.Float64, "p_author": pl.Float64,
    "p_class_corrected": pl.Float64, "p_author_corrected": pl.Float64,
}  # fmt: skip


def clique(
    trace: str,
    size: int = 8,
    *,
    objects: int = 6,
    days: int = 3,
    authors: int | None = 4,
    p_author: float = 1e-12,
    window: int = 60,
    leads: int = 1,
) -> pl.DataFrame:
    rows = [
        (
            trace,
            window,
            a,
            b,
            objects,
            days,
            authors,
            objects * leads,
            0,
            0.1,
            1e-12,
            0.1,
            p_author,
            2e-8,
            2e4 * p_author,
        )
        for a, b in combinations(range(size), 2)
    ]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def accounts(
    created: Iterable[int] | None = None,
    handles: Iterable[str] | None = None,
    bios: Iterable[str] | None = None,
) -> pl.DataFrame:
    """Members first (hours after START, handles, bios as given, else like the others), then the others."""
    generator = np.random.default_rng(5)
    hours = generator.integers(0, 5 * 365 * 24, OTHERS + 8).tolist()
    names = ["".join(generator.choice(list("abcdXYZ_09"), 9)) for _ in range(OTHERS + 8)]
    texts = generator.choice(["", "I write", "J’écris"], OTHERS + 8, p=[0.2, 0.4, 0.4]).tolist()
    columns: list[tuple[list[Any], Iterable[Any] | None]] = [
        (hours, created),
        (names, handles),
        (texts, bios),
    ]
    for column, given in columns:
        for index, value in enumerate(given or ()):
            column[index] = value
    frame = pl.DataFrame(
        {
            "platform": ["x"] * (OTHERS + 8),
            "account_id": [str(index) for index in range(OTHERS + 8)],
            "handle": names,
            "description": texts,
            "created_at": [START + timedelta(hours=hour) for hour in hours],
            "observed_at": [START + timedelta(days=3000)] * (OTHERS + 8),
        }
    )
    return schema.conform(frame, "accounts").with_row_index("row")


def posts(**columns: list[object]) -> pl.DataFrame:
    size = len(next(iter(columns.values())))
    frame = pl.DataFrame(
        {
            "platform": ["x"] * size,
            "post_id": [str(index) for index in range(size)],
            "account_id": [str(index % 8) for index in range(size)],
            "created_at": [START + timedelta(minutes=index) for index in range(size)],
            **columns,
        }
    )
    return schema.conform(frame, "posts").with_columns(row=pl.col("account_id").cast(pl.UInt32))


def only(
    pairs: pl.DataFrame,
    people: pl.DataFrame,
    said: pl.DataFrame | None = None,
    reference: Reference | None = None,
    language: Language = "en",
) -> GroupDescription:
    found = group.describe(communities.detect_groups(pairs), pairs, people, said, language, reference)
    assert len(found) == 1
    return found[0]


def alternatives(one: GroupDescription) -> set[str]:
    return {each.name for each in one.benign_alternatives}


def is_unlikely(test: HomogeneityTest) -> bool:
    return test.p is not None and test.p < 1e-3


def test_several_traces_days_and_authors_are_strong() -> None:
    one = only(pl.concat([clique("co_repost"), clique("text_duplicate", authors=None)]), accounts())
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
    changes: dict[str, Any], traces: list[str]
) -> None:
    pairs = pl.concat([clique(trace, **changes) for trace in traces])
    assert only(pairs, accounts()).verdict == "synchronous"


@pytest.mark.parametrize("p_author", [0.2, 1e-12])
def test_a_fan_club_carries_its_alternative_and_is_never_strong(p_author: float) -> None:
    fans = pl.concat(
        [
            clique("co_repost", authors=1, p_author=p_author),
            clique("co_reply", authors=1, p_author=p_author),
            clique("text_duplicate", authors=None),
        ]
    )
    one = only(fans, accounts(created=range(8)))
    assert "fan_club" in alternatives(one)
    assert one.verdict == "synchronous"


def test_fans_of_two_authors_with_shared_texts_are_not_strong() -> None:
    fans = pl.concat([clique("co_repost", authors=2, p_author=0.2), clique("text_duplicate", authors=None)])
    one = only(fans, accounts(created=range(8)))
    assert "fan_club" in alternatives(one)
    assert one.verdict == "synchronous"


def test_all_traces_together_are_no_further_layer() -> None:
    one = only(pl.concat([clique("co_repost"), clique("any")]), accounts())
    assert one.verdict == "synchronous"
    assert set(one.layers) == {"any", "co_repost"}
    assert "any" not in one.sentence.split()
    assert "acted on the same content" in only(clique("any"), accounts()).sentence


def test_a_group_that_nobody_leads_has_a_sentence_without_a_lead() -> None:
    one = only(clique("co_repost", leads=0), accounts())
    assert one.leads == one.relays == []
    assert "most often after" not in one.sentence
    assert "most often after" in only(clique("co_repost"), accounts()).sentence


def test_a_creation_burst_is_unlikely_and_makes_one_trace_enough() -> None:
    one = only(clique("co_repost"), accounts(created=range(1000, 1016, 2)))
    assert one.creation.within_1_days == 8
    assert is_unlikely(one.creation)
    assert one.verdict == "strong"


def test_random_creation_dates_handles_and_biographies_are_not_unlikely() -> None:
    one = only(clique("co_repost"), accounts())
    for test in (one.creation, one.handles, one.bios):
        assert test.p is not None
        assert test.p > 0.01


def test_handles_of_one_shape_and_empty_biographies_are_unlikely() -> None:
    handles = [f"Marie{number}" for number in range(10_000, 10_008)]
    one = only(clique("co_repost"), accounts(handles=handles, bios=[""] * 8))
    assert one.handles.shape == "Aa00000"
    assert is_unlikely(one.handles)
    assert is_unlikely(one.bios)


def test_likeness_is_missing_without_a_reference_or_enough_members() -> None:
    few = only(clique("co_repost"), accounts().head(40))
    assert few.creation.p is few.handles.p is few.bios.p is None
    two = accounts().with_columns(
        created_at=pl.when((pl.col("row") > 1) & (pl.col("row") < 8)).then(None).otherwise("created_at")
    )
    assert only(clique("co_repost"), two).creation.p is None


def test_one_site_and_a_shared_word_are_a_newsroom_feed() -> None:
    said = posts(urls=[[f"https://news.example/{index}"] for index in range(40)])
    people = accounts(
        handles=[f"Gazette{city}" for city in ("Nord", "Sud", "Est", "Ouest", "A", "B", "C", "D")]
    )
    one = only(clique("co_url", authors=None), people, said)
    feed = next(each for each in one.benign_alternatives if each.name == "newsroom_feed")
    assert len(feed.evidence_for) == 2
    assert "gazette" in feed.evidence_for[1]


def test_one_day_of_accounts_created_far_apart_is_a_live_event() -> None:
    one = only(clique("rare_hashtag", days=1, authors=None), accounts(), posts(text=["a"] * 40))
    event = next(each for each in one.benign_alternatives if each.name == "live_event")
    assert len(event.evidence_for) == 3


def test_accounts_that_say_so_are_declared_bots_and_shared_material_may_be_activists() -> None:
    one = only(clique("text_duplicate", authors=None), accounts(bios=["A bot by @me"] * 8))
    assert {"declared_bots", "activists"} <= alternatives(one)


def test_leads_relays_and_degrees_are_those_of_the_pairs() -> None:
    one = only(clique("co_repost"), accounts())
    assert [each.account_id for each in one.leads] == ["0", "1", "2", "3"]
    assert [each.account_id for each in one.relays] == ["7", "6", "5", "4"]
    assert one.leads[0].net_leads == 42
    assert {each.degree_of_coordination for each in one.accounts} == {100.0}


def test_the_audience_is_that_of_own_posts_and_missing_where_not_given() -> None:
    said = posts(kind=["original", "repost"] * 10, view_count=[10, 10_000] * 10, like_count=[3, 900] * 10)
    audience = only(clique("co_repost"), accounts(), said).audience
    assert audience == Audience(median_views=10.0, median_engagement=3.0, posts=10, internal_share=None)
    assert only(clique("co_repost"), accounts()).audience == Audience(None, None, None, None)


def test_the_sentences_never_say_that_a_group_is_inauthentic() -> None:
    one = only(clique("co_repost"), accounts(handles=["a\x1b[31m\u202eb"]))
    french = only(clique("co_repost"), accounts(handles=["a\x1b[31m\u202eb"]), language="fr")
    assert "8 accounts on X reposted the same posts" in one.sentence
    assert "3 days" in one.sentence
    assert "does not make them inauthentic" in one.sentence
    assert "ne les rend pas inauthentiques" in french.sentence
    for said in (one.sentence, french.sentence):
        assert "\x1b" not in said
        assert "\u202e" not in said


def test_the_same_description_whatever_the_order_of_rows() -> None:
    pairs = pl.concat([clique("co_repost"), clique("co_url", authors=None, window=600)])
    first = only(pairs, accounts())
    mixed = pairs.sample(fraction=1, shuffle=True, seed=3)
    assert only(mixed, accounts().sample(fraction=1, shuffle=True, seed=3)) == first


def test_no_group_and_two_accounts_only_give_nothing() -> None:
    for pairs in (clique("co_repost").clear(), clique("co_repost", 2)):
        assert group.describe(communities.detect_groups(pairs), pairs, accounts(), None, "en") == []


def test_a_frozen_reference_stands_in_for_a_small_corpus_and_is_named() -> None:
    few = accounts(bios=[""] * 8).head(40)
    one = only(clique("co_repost"), few, reference=Reference.of(accounts()))
    assert {test.reference for test in (one.creation, one.handles, one.bios)} == {"bundle"}
    assert is_unlikely(one.bios)
    large = only(clique("co_repost"), accounts(), reference=Reference.of(accounts()))
    assert {test.reference for test in (large.creation, large.handles, large.bios)} == {"corpus"}


BIO = "Mother of two, patriot, proud of my country and of the sea"


def test_a_shared_biography_speaks_against_every_ordinary_explanation_in_both_languages() -> None:
    pairs = clique("text_duplicate", authors=None, days=1)
    given = accounts(bios=[BIO] * 5 + ["A bot"]), posts(text=["a"] * 40)
    one = only(pairs, *given)
    assert set(one.profile) == set(profile_traits.TRAITS)
    assert one.profile["shared_biography"] == SharedTrait(5, 5, BIO, 5, 0)
    assert alternatives(one) == {"live_event", "activists", "declared_bots"}
    for each in one.benign_alternatives:
        assert each.evidence_against[-1].startswith("5 of the 8 accounts")
        assert BIO in each.evidence_against[-1]
    for each in only(pairs, *given, language="fr").benign_alternatives:
        assert each.evidence_against[-1].startswith("5 des 8 comptes")
        assert BIO in each.evidence_against[-1]


@pytest.mark.parametrize("bios", [[BIO] * 2, [BIO] * 16])
def test_a_biography_that_few_members_or_as_many_others_have_speaks_against_nothing(bios: list[str]) -> None:
    one = only(clique("text_duplicate", authors=None), accounts(bios=bios))
    assert one.profile["shared_biography"].object == BIO
    assert BIO not in str(one.benign_alternatives)


def test_texts_of_the_same_meaning_may_be_a_kit_of_activists() -> None:
    one = only(clique("text_meaning", authors=None), accounts())
    assert "published texts of the same meaning" in one.sentence
    french = only(clique("text_meaning", authors=None), accounts(), language="fr").sentence
    assert "ont publié des textes de même sens" in french
    assert "activists" in alternatives(one)
