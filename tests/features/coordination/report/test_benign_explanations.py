"""Ordinary explanations stand beside a group with what speaks for and against them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import polars as pl
import pytest

from vigie.features.coordination.report import benign_explanations, profile_traits
from vigie.features.coordination.report.applications import SharedPosts
from vigie.features.coordination.report.branches import Branches
from vigie.features.coordination.report.group_metrics import GroupMetrics
from vigie.features.coordination.report.occasions import Occasion
from vigie.features.coordination.report.one_occasion import OneOccasion
from vigie.features.coordination.report.open_community import OpenCommunity
from vigie.features.coordination.report.signatures import Signature
from vigie.features.coordination.report.syndication import Syndication
from vigie.features.coordination.report.types import GroupDescription, SharedTrait
from vigie.features.i18n import LANGUAGES

Clique = Callable[..., pl.DataFrame]
Accounts = Callable[..., pl.DataFrame]
Posts = Callable[..., pl.DataFrame]
Described = Callable[..., GroupDescription]


ROUTINE = Occasion(
    bare=0.9, naming_one=0.9, to_one=0.9, tagged=0.1, part=2 / 3, outside=0.0, days=3.0, punctual=0.9, kept=None, sitting=0.2,
    fixed_hours=0.2, texts=3, at_once=0.1, pace=600.0, characters=200.0, a_day=1.0, dated=0.5,
)  # fmt: skip
LESSON = replace(ROUTINE, punctual=0.5, days=1.0, sitting=0.9, fixed_hours=0.9, at_once=0.9, pace=10.0)
SPEECH = replace(LESSON, tagged=1.0, at_once=0.5)
VOTE = replace(LESSON, bare=0.0, naming_one=0.0, tagged=1.0, outside=0.51, fixed_hours=0.9)
PAPERS = Syndication(home=0.9, apart=0.9, addressed=0.1, linked=1.0, named=0.0)
SHOPS = Syndication(home=0.0, apart=0.0, addressed=0.1, linked=0.1, named=0.9)
STRIKE = OneOccasion(SPEECH, aimed=0.9, pictured=1.0, waking=0.9, picture_pace=30.0, bunched=3.0)
QUOTED = OneOccasion(
    replace(SPEECH, sitting=0.5, at_once=0.1), aimed=0.9, pictured=0.1, waking=0.9, picture_pace=None, bunched=9.0
)  # fmt: skip
# A text and a picture of the day, each account at an hour of its own.
DAILY = OneOccasion(
    replace(ROUTINE, fixed_hours=0.5), aimed=0.9, pictured=1.0, waking=0.2, picture_pace=9_000.0, bunched=60.0
)  # fmt: skip
# The same at one hour for all, by an application, beside a life.
OF_THE_DAY = replace(
    DAILY, occasion=replace(DAILY.occasion, fixed_hours=1.0, pace=0.0, outside=0.51, a_day=1.1, dated=0.9)
)  # fmt: skip
# One in the morning and one in the evening, at these hours for all.
MORNING_AND_EVENING = replace(
    OF_THE_DAY, occasion=replace(OF_THE_DAY.occasion, punctual=0.5, kept=0.9, a_day=1.6, outside=0.34)
)  # fmt: skip
# Pictures of several days, half of the copies of each within half a minute.
SECONDS = OneOccasion(
    replace(SPEECH, sitting=0.2, fixed_hours=0.2), aimed=0.9, pictured=1.0, waking=0.2, picture_pace=29.0, bunched=60.0
)  # fmt: skip
# A client that names itself, at one moment for all, and one that keeps to a content of the day beside a life by others.
SIGNED = Signature(
    "Verse", share=0.9, elsewhere=None, named=0.9, addressed=0.1, tagged=1.0, occasion=replace(ROUTINE, days=1.0)
)  # fmt: skip
UNSIGNED = replace(
    SIGNED, elsewhere=0.1, named=0.0, tagged=0.1, occasion=replace(ROUTINE, dated=0.9, pace=0.0)
)
BIO = "Mother of two, patriot, proud of my country and of the sea"


def alternatives(one: GroupDescription) -> set[str]:
    return {each.name for each in one.benign_alternatives}


def test_one_site_and_a_shared_word_are_a_newsroom_feed(
    clique: Clique, accounts: Accounts, posts: Posts, described: Described
) -> None:
    written = posts(urls=[[f"https://news.example/{index}"] for index in range(40)])
    people = accounts(
        handles=[f"Gazette{city}" for city in ("Nord", "Sud", "Est", "Ouest", "A", "B", "C", "D")]
    )
    one = described(clique("co_url", authors=None), people, written)
    feed = next(each for each in one.benign_alternatives if each.name == "newsroom_feed")
    assert len(feed.evidence_for) == 2
    assert "gazette" in feed.evidence_for[1]


def test_one_day_of_accounts_created_far_apart_is_a_live_event(
    clique: Clique, accounts: Accounts, posts: Posts, described: Described
) -> None:
    one = described(clique("rare_hashtag", days=1, authors=None), accounts(), posts(text=["a"] * 40))
    event = next(each for each in one.benign_alternatives if each.name == "live_event")
    assert len(event.evidence_for) == 3


def test_accounts_that_say_so_are_declared_bots_and_shared_material_may_be_activists(
    clique: Clique, accounts: Accounts, described: Described
) -> None:
    one = described(clique("text_duplicate", authors=None), accounts(bios=["A bot by @me"] * 8))
    assert {"declared_bots", "activists"} <= alternatives(one)


def test_a_shared_biography_speaks_against_every_ordinary_explanation_in_both_languages(
    clique: Clique, accounts: Accounts, posts: Posts, described: Described
) -> None:
    pairs = clique("text_duplicate", authors=None, days=1)
    given = accounts(bios=[BIO] * 5 + ["A bot"]), posts(text=["a"] * 40)
    one = described(pairs, *given)
    assert set(one.profile) == set(profile_traits.TRAITS)
    assert one.profile["shared_biography"] == SharedTrait(5, 5, BIO, 5, 0)
    assert alternatives(one) == {"live_event", "activists", "declared_bots"}
    for each in one.benign_alternatives:
        assert each.evidence_against[-1].startswith("5 of the 8 accounts")
        assert BIO in each.evidence_against[-1]
    for each in described(pairs, *given, language="fr").benign_alternatives:
        assert each.evidence_against[-1].startswith("5 des 8 comptes")
        assert BIO in each.evidence_against[-1]


@pytest.mark.parametrize("bios", [[BIO] * 2, [BIO] * 16])
def test_a_biography_that_few_members_or_as_many_others_have_speaks_against_nothing(
    clique: Clique, accounts: Accounts, described: Described, bios: list[str]
) -> None:
    one = described(clique("text_duplicate", authors=None), accounts(bios=bios))
    assert one.profile["shared_biography"].object == BIO
    assert BIO not in str(one.benign_alternatives)


def test_texts_of_the_same_meaning_may_be_a_kit_of_activists(
    clique: Clique, accounts: Accounts, described: Described
) -> None:
    one = described(clique("text_meaning", authors=None), accounts())
    assert "published texts of the same meaning" in one.sentence
    french = described(clique("text_meaning", authors=None), accounts(), language="fr").sentence
    assert "ont publié des textes de même sens" in french
    assert "activists" in alternatives(one)


# A group of which nothing speaks for an ordinary explanation.
UNEXPLAINED: dict[str, Any] = {
    "layers": frozenset({"co_repost"}), "days": 3, "objects": 6, "authors": 4, "one_author": False,
    "author_share": 1.0, "author_significant": True, "creation": None, "handle": None, "bio": None,
    "site_share": None, "token": None, "busy_share": None, "declared": None, "shortest": 60, "size": 8, "profile": {},
}  # fmt: skip


def considered(**changes: object) -> dict[str, tuple[set[str], set[str]]]:
    """Return the keys of what speaks for and against each explanation that something speaks for."""
    explanations, _ = benign_explanations.considered(GroupMetrics(**UNEXPLAINED | changes))
    return {
        each.name: ({text.key for text in each.supporting}, {text.key for text in each.opposing})
        for each in explanations
    }


def test_where_nothing_speaks_for_them_all_explanations_are_listed_as_considered() -> None:
    explanations, others = benign_explanations.considered(GroupMetrics(**UNEXPLAINED))
    assert explanations == []
    assert set(others) == {
        "fan_club", "newsroom_feed", "organisation", "live_event", "activists", "declared_bots", "application",
        "occasion", "syndication", "one_occasion", "one_source", "one_person", "unknown_authors", "followers",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "name", "reasons"),
    [
        ({"one_author": True}, "fan_club", {"fans.one_author"}),
        ({"author_share": 0.49}, "fan_club", {"fans.explained"}),
        ({"author_share": 0.5}, None, set()),
        ({"site_share": 0.9}, "newsroom_feed", {"newsroom.one_site"}),
        ({"site_share": 0.89}, None, set()),
        ({"token": ("news", 0.5), "layers": frozenset({"co_url"})}, "newsroom_feed", {"newsroom.common_word"}),
        ({"token": ("news", 0.49), "layers": frozenset({"co_url"})}, None, set()),
        ({"token": ("news", 0.9)}, None, set()),
        ({"days": 1}, "live_event", {"event.one_day"}),
        ({"busy_share": 0.5}, "live_event", {"event.six_hours"}),
        ({"busy_share": 0.49}, None, set()),
        ({"days": 1, "creation": 0.05}, "live_event", {"event.one_day", "created_apart"}),
        ({"days": 1, "creation": 0.049}, "live_event", {"event.one_day"}),
        ({"layers": frozenset({"rare_hashtag"})}, "activists", {"activists.material"}),
        ({"declared": 0.1}, "declared_bots", {"bots.declared"}),
        ({"declared": 0.0}, None, set()),
        (
            {"shared": SharedPosts("stars.example", 0.9, 0.1, 0.1, 2 / 3)},
            "application",
            {"application.one_site", "application.aside"},
        ),
        ({"shared": SharedPosts("stars.example", 0.89, 0.1, 0.1, 0.5)}, None, set()),
        ({"shared": SharedPosts("stars.example", 0.9, 0.11, 0.1, 0.5)}, None, set()),
        ({"shared": SharedPosts("stars.example", 0.9, 0.1, 0.11, 0.5)}, None, set()),
        ({"shared": SharedPosts("stars.example", 0.9, 0.1, 0.1, 0.67)}, None, set()),
        (
            {"token": ("pizzona", 0.8), "named": 0.5},
            "organisation",
            {"newsroom.common_word", "organisation.biographies"},
        ),
        (
            {"branches": Branches(("prefet", "sdis"), 0.8, 0.5)},
            "organisation",
            {"organisation.handles", "organisation.branches"},
        ),
        ({"branches": Branches(("prefet", "sdis"), 0.8, 0.49)}, None, set()),
        ({"token": ("pizzona", 0.79), "named": 0.5}, None, set()),
        ({"token": ("pizzona", 0.8), "named": 0.49}, None, set()),
        (
            {"occasion": ROUTINE},
            "occasion",
            {"occasion.words_alone", "occasion.routine", "application.aside"},
        ),
        (
            {"occasion": LESSON},
            "occasion",
            {"occasion.words_alone", "occasion.sitting", "application.aside"},
        ),
        (
            {"occasion": VOTE},
            "occasion",
            {"occasion.one_addressee", "occasion.fixed_hours", "application.aside", "occasion.other_hours"},
        ),
        ({"occasion": replace(VOTE, outside=0.5)}, None, set()),
        ({"occasion": replace(VOTE, to_one=0.89)}, None, set()),
        ({"occasion": replace(VOTE, fixed_hours=0.89)}, None, set()),
        ({"occasion": replace(VOTE, pace=9.0)}, None, set()),
        ({"occasion": replace(VOTE, pace=9.0, characters=90.0)}, "occasion", {
            "occasion.one_addressee", "occasion.fixed_hours", "application.aside", "occasion.other_hours",
        }),
        ({"occasion": SPEECH}, None, set()),
        ({"syndication": PAPERS}, "syndication", {"syndication.home", "syndication.apart"}),
        ({"syndication": replace(PAPERS, home=0.89)}, None, set()),
        ({"syndication": replace(PAPERS, apart=0.89)}, None, set()),
        ({"syndication": replace(PAPERS, addressed=0.11)}, None, set()),
        ({"syndication": SHOPS}, "syndication", {"syndication.named"}),
        ({"syndication": replace(SHOPS, named=0.89)}, None, set()),
        ({"syndication": replace(SHOPS, linked=0.11)}, None, set()),
        ({"syndication": replace(SHOPS, addressed=0.11)}, None, set()),
        ({"one_occasion": STRIKE}, "one_occasion", {"one_occasion.aimed", "occasion.sitting"}),
        ({"one_occasion": replace(STRIKE, aimed=0.89)}, None, set()),
        ({"one_occasion": replace(STRIKE, bunched=3.01)}, None, set()),
        ({"one_occasion": replace(STRIKE, bunched=None)}, None, set()),
        ({"one_occasion": replace(STRIKE, picture_pace=29.0)}, None, set()),
        ({"one_occasion": QUOTED}, "one_occasion", {"one_occasion.aimed", "one_occasion.one_day", "event.in_turn"}),
        ({"one_occasion": replace(QUOTED, pictured=0.11)}, None, set()),
        ({"one_occasion": replace(QUOTED, waking=0.89, occasion=replace(QUOTED.occasion, fixed_hours=0.89))}, None, set()),
        ({"one_occasion": replace(QUOTED, waking=0.89)}, "one_occasion", {
            "one_occasion.aimed", "occasion.fixed_hours", "event.in_turn",
        }),
        ({"one_occasion": replace(QUOTED, waking=0.89, occasion=replace(QUOTED.occasion, days=3.5))}, None, set()),
        ({"one_occasion": DAILY}, "one_occasion", {"one_occasion.aimed", "occasion.routine"}),
        ({"one_occasion": replace(DAILY, occasion=replace(DAILY.occasion, days=2.5))}, None, set()),
        ({"one_occasion": replace(DAILY, occasion=replace(DAILY.occasion, punctual=0.89))}, None, set()),
        ({"one_occasion": replace(DAILY, occasion=replace(DAILY.occasion, fixed_hours=0.51))}, None, set()),
        ({"one_occasion": OF_THE_DAY}, "one_occasion", {
            "one_occasion.aimed", "occasion.routine", "one_occasion.of_the_day", "occasion.other_hours",
        }),
        ({"one_occasion": replace(OF_THE_DAY, aimed=0.89)}, None, set()),
        ({"one_occasion": MORNING_AND_EVENING}, "one_occasion", {
            "one_occasion.aimed", "occasion.routine", "one_occasion.at_each_hour", "occasion.other_hours",
        }),
        *(
            ({"one_occasion": replace(MORNING_AND_EVENING, occasion=replace(MORNING_AND_EVENING.occasion, **changes))}, None, set())
            for changes in cast(
                "list[dict[str, Any]]", [{"kept": 0.89}, {"kept": None}, {"dated": 0.89}, {"outside": 0.33}, {"part": 0.67}]
            )
        ),
        *(
            ({"one_occasion": replace(OF_THE_DAY, occasion=replace(OF_THE_DAY.occasion, **changes))}, None, set())
            for changes in cast(
                "list[dict[str, Any]]",
                [{"days": 2.5}, {"punctual": 0.89}, {"a_day": 1.11}, {"dated": 0.89}, {"outside": 0.5}, {"part": 0.67}],
            )
        ),
        ({"referred": 0.51}, "one_source", {"one_source.no_closer"}),
        ({"referred": 0.5}, None, set()),
        ({"referred": 1.0, "one_occasion": SECONDS}, None, set()),
        ({"one_name": "ana lopes"}, "one_person", {"one_person.one_name"}),
        (
            {"occasion": SPEECH, "days": 1},
            "live_event",
            {"event.one_day", "event.in_turn", "application.aside"},
        ),
    ],
)  # fmt: skip
def test_an_explanation_stands_where_something_speaks_for_it(
    changes: dict[str, Any], name: str | None, reasons: set[str]
) -> None:
    supporting = {explanation: pair[0] for explanation, pair in considered(**changes).items()}
    assert supporting == ({name: {f"coordination.{reason}" for reason in reasons}} if name else {})


@pytest.mark.parametrize(
    ("changes", "name", "reasons"),
    [
        ({"one_author": True}, "fan_club", set()),
        ({"author_share": 0.1}, "fan_club", {"fans.several_authors"}),
        ({"author_share": 0.1, "authors": 2}, "fan_club", set()),
        ({"site_share": 0.95}, "newsroom_feed", {"newsroom.no_common_word"}),
        ({"site_share": 0.95, "nameless": True}, "newsroom_feed", {"newsroom.unknown"}),
        ({"unattributed": 0.51}, "unknown_authors", set()),
        ({"layers": {"any"}, "author_share": 0.49, "author_significant": False}, "followers", set()),
        ({"signature": SIGNED}, "application", {"application.looks_like_a_campaign"}),
        ({"signature": UNSIGNED}, "application", {"application.looks_like_a_campaign"}),
        ({"site_share": 0.4, "token": ("news", 0.6), "layers": {"rare_domain"}}, "newsroom_feed", {"newsroom.many_sites"}),
        ({"days": 1, "layers": {"co_repost"}}, "live_event", set()),
        ({"days": 1, "layers": {"media_duplicate"}}, "live_event", {"copies"}),
        ({"layers": {"rare_hashtag"}}, "activists", {"activists.within_minute"}),
        ({"layers": {"rare_hashtag"}, "shortest": 61}, "activists", set()),
        ({"declared": 0.49}, "declared_bots", {"bots.most_silent"}),
        ({"declared": 0.5}, "declared_bots", set()),
        ({"one_author": True, "bio": 0.0009}, "fan_club", {"homogeneous.biographies"}),
        ({"one_author": True, "handle": 0.001}, "fan_club", set()),
        ({"syndication": PAPERS}, "syndication", {"syndication.invented_sites"}),
        ({"one_occasion": STRIKE}, "one_occasion", {"one_occasion.looks_like_a_campaign"}),
        ({"referred": 0.51}, "one_source", {"one_source.looks_like_a_campaign"}),
    ],
)  # fmt: skip
def test_what_speaks_against_an_explanation_stands_beside_it(
    changes: dict[str, Any], name: str, reasons: set[str]
) -> None:
    assert considered(**changes)[name][1] == {f"coordination.{reason}" for reason in reasons}


@pytest.mark.parametrize(
    ("sharing", "outside", "key"),
    [
        (2, 0, None),
        (3, 0, "trait_shared"),
        (3, 2, "trait_shared_outside"),
        (3, 3, None),
        (8, 0, "trait_shared_all"),
        (9, 8, "trait_shared_outside"),
    ],
)
def test_a_shared_trait_speaks_against_strangers_where_more_members_than_others_have_it(
    sharing: int, outside: int, key: str | None
) -> None:
    trait = {"shared_biography": SharedTrait(8, sharing, BIO, sharing, outside)}
    against = considered(one_author=True, profile=trait)["fan_club"][1]
    assert against == ({f"coordination.{key}"} if key else set())


@pytest.mark.parametrize(
    ("shared", "when", "names"),
    [
        (SharedPosts("stars.example", 1.0, 0.0, 0.0, 0.5), ROUTINE, ["application", "occasion"]),
        (None, LESSON, ["occasion"]),
        (None, VOTE, ["occasion"]),
        (None, SPEECH, ["live_event"]),
        (None, replace(SPEECH, at_once=0.51), []),
        (None, None, []),
    ],
)
def test_contents_from_elsewhere_have_the_explanations_that_fit(
    shared: SharedPosts | None, when: Occasion | None, names: list[str]
) -> None:
    assert list(benign_explanations.of_given_contents(shared, when)) == names


def test_words_of_an_event_take_the_copies_out_of_what_speaks_against_it() -> None:
    texts = {"days": 1, "layers": {"text_duplicate"}}
    assert considered(**texts)["live_event"][1] == {"coordination.copies"}
    assert considered(**texts, occasion=SPEECH)["live_event"][1] == set()


def test_every_reason_can_be_said_in_both_languages() -> None:
    everything = UNEXPLAINED | {
        "one_author": True, "author_share": 0.2, "site_share": 0.95, "token": ("news", 0.8), "busy_share": 0.7,
        "layers": frozenset({"text_duplicate", "co_url"}), "days": 1, "declared": 0.3, "creation": 1e-5,
        "handle": 1e-5, "bio": 1e-5, "profile": {"shared_biography": SharedTrait(8, 5, BIO, 5, 0)},
        "shared": SharedPosts("stars.example", 1.0, 0.0, 0.0, 0.3), "named": 0.9, "occasion": ROUTINE,
        "syndication": PAPERS, "one_occasion": STRIKE, "one_name": "ana lopes", "referred": 1.0, "unattributed": 0.9,
    }  # fmt: skip
    explanations, others = benign_explanations.considered(GroupMetrics(**everything))
    # That they meet by all that they do together, and by nothing alone, leaves no trace for the others.
    assert others == ["followers"]
    votes, _ = benign_explanations.considered(GroupMetrics(**everything | {"occasion": VOTE}))
    said = [
        each
        for one in (QUOTED, replace(QUOTED, occasion=replace(SPEECH, at_once=0.1), waking=0.5))
        for each in benign_explanations.considered(GroupMetrics(**everything | {"one_occasion": one}))[0]
    ]
    for each in (*explanations, *votes, *said):
        for text in (each.title, *each.supporting, *each.opposing):
            assert all(text.say(language) for language in LANGUAGES)


def test_a_community_is_told_by_how_it_speaks_and_by_who_joined_for_it() -> None:
    convened = OpenCommunity(
        "3b",
        0.9,
        0.1,
        0.2,
        signed=1.0,
        days=4.0,
        accounts=40,
        joined=frozenset(range(24)),
        naming=frozenset(),
    )
    supporting, opposing = benign_explanations.of_open_community(convened)
    said = [each.say("en") for each in supporting]
    assert ["3b" in said[0], "100%" in said[1], said[2].startswith("24 of the 40 accounts")] == [True] * 3
    assert len(opposing) == 1
    older = replace(convened, joined=frozenset(), own_words=0.5, inward=1.0)
    told = {each.key for each in benign_explanations.of_open_community(older)[0]}
    assert told == {f"coordination.open_community.{name}" for name in ("named", "inward", "own_words")}


@pytest.mark.parametrize(
    ("signature", "changes"),
    [
        *((SIGNED, each) for each in ({"share": 0.89}, {"elsewhere": 0.11}, {"named": 0.89}, {"addressed": 0.11})),
        *((UNSIGNED, each) for each in ({"elsewhere": None}, {"tagged": 0.11})),
        (UNSIGNED, {"occasion": replace(UNSIGNED.occasion, dated=0.89)}),
        (UNSIGNED, {"occasion": replace(UNSIGNED.occasion, punctual=0.89)}),
    ],
)  # fmt: skip
def test_a_client_explains_what_is_shared_only_where_it_signs_or_keeps_to_the_day(
    signature: Signature, changes: dict[str, Any]
) -> None:
    assert signature.is_of_an_application
    assert not replace(signature, **changes).is_of_an_application


@pytest.mark.parametrize(
    "changes", [{"layers": frozenset({"co_repost"})}, {"author_share": 0.5}, {"author_share": None}, {"author_significant": True}]
)  # fmt: skip
def test_who_meets_by_one_act_alone_or_beyond_waiting_does_more_than_follow(changes: dict[str, Any]) -> None:
    waiting = UNEXPLAINED | {"layers": frozenset({"any"}), "author_share": 0.2, "author_significant": False}
    assert benign_explanations.follow_the_same(GroupMetrics(**waiting))
    assert not benign_explanations.follow_the_same(GroupMetrics(**waiting | changes))
