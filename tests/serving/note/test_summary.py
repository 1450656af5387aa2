"""The first screen answers who, when, where, with what, seen by whom, and what speaks against."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from vigie.features.coordination.report.types import Audience, Reach
from vigie.serving.note import scores, summary
from vigie.serving.note.subjects import Subject

NOBODY = pl.DataFrame(schema=scores.SCHEMA)


def test_the_headline_says_when_who_where_and_what(flood: Any, campaign: Subject) -> None:
    told = summary.of(campaign, flood.compared, NOBODY)
    assert told.headline.say("fr") == (
        "Du 3 au 4 mai 2024, 16 comptes (14 sur X et 2 sur Facebook) ont publié les mêmes contenus, que presque aucun autre "
        "compte n’a publiés\u202f: 4 images ou vidéos et 2 textes."
    )
    assert told.headline.say("en").startswith("From 3 to 4 May 2024, 16 accounts (14 on X and 2 on Facebook)")


def test_the_facts_answer_each_question_once(flood: Any, campaign: Subject) -> None:
    told = summary.of(campaign, flood.compared, NOBODY)
    facts = {
        fact.question.say("en"): " ".join(answer.say("en") for answer in fact.answers) for fact in told.facts
    }
    assert list(facts) == [
        "When",
        "With what",
        "Who begins",
        "Audience",
        "How unlikely",
        "Ordinary explanation",
    ]
    assert "First act on 3 May 2024 at 08:02 UTC" in facts["When"]
    assert "#nototheharbour (72) and #shame (72)" in facts["With what"]
    assert "campaign.example (12)" in facts["With what"]
    assert "@voice_" in facts["Who begins"]
    assert facts["Audience"].startswith("16 accounts, 72 posts")
    assert "Half of the posts have at most 10 views." in facts["Audience"]
    assert "chance would give" in facts["How unlikely"]
    assert facts["Ordinary explanation"].startswith("Activists who share campaign material? ")


def test_coordinated_is_not_said_to_be_inauthentic_and_findings_against_an_explanation_are_named(
    flood: Any, campaign: Subject
) -> None:
    scored = pl.DataFrame(
        {
            "account": [*campaign.members, 70],
            "inauthentic_band": ["low"] * 14 + ["abstained"] * 2 + ["high"],
            "inauthentic": [0.1] * 14 + [None] * 2 + [0.8],
            "coordinated_band": ["high"] * 15 + ["low", "low"],
            "coordinated": [0.9] * 15 + [0.1] * 2,
        },
        schema=scores.SCHEMA,
    )
    told = replace(
        campaign.told.benign_alternatives[0], evidence_against=["They were made at once.", "They queue."]
    )
    one = replace(campaign, told=replace(campaign.told, benign_alternatives=[told]))
    facts = {fact.question.key: fact.answers for fact in summary.of(one, flood.compared, scored).facts}
    assert [each.say("fr") for each in facts["note.alone"]] == [
        "Jugé seul, aucun des comptes n’atteint le niveau élevé d’inauthenticité (0 sur 16). Être coordonné n’est pas être "
        "inauthentique.",
        "Pris seuls, 2 comptes sur 16 n’ont pas pu être évalués\u202f: les données ne suffisent pas.",
        "Comparés aux autres, 15 comptes sur 16 sont au niveau élevé ou très élevé de coordination.",
    ]
    assert facts["note.ordinary"][1].say("en") == (
        "2 findings speak against this explanation: They were made at once. They queue."
    )


@pytest.mark.parametrize(
    ("audience", "said"),
    [
        (Audience(None, None, 3, None), "Not known: "),
        (Audience(None, 0.0, 3, 0.25, Reach(posts=3, likes=0)), "16 accounts, 3 posts, and 0 likes."),
        (Audience(1.0, None, 1, None, Reach(posts=1, views=1)), "16 accounts, 1 post, and 1 view."),
    ],
)
def test_an_audience_that_nobody_counted_is_not_nought(
    flood: Any, campaign: Subject, audience: Audience, said: str
) -> None:
    one = replace(campaign, told=replace(campaign.told, audience=audience))
    facts = {fact.question.key: fact.answers for fact in summary.of(one, flood.compared, NOBODY).facts}
    assert facts["note.audience"][0].say("en").startswith(said)


def test_nothing_that_supports_an_ordinary_explanation_is_said(flood: Any, campaign: Subject) -> None:
    one = replace(campaign, told=replace(campaign.told, benign_alternatives=[]))
    facts = {fact.question.key: fact.answers for fact in summary.of(one, flood.compared, NOBODY).facts}
    assert [each.key for each in facts["note.ordinary"]] == ["note.no_alternative"]


@pytest.mark.parametrize(
    ("platforms", "size", "english"),
    [
        ({"x": 2}, 2, "2 accounts on X"), ({"x": 1, "vk": 2}, 3, "3 accounts (2 on VK and 1 on X)"), ({}, 1, "1 account"),
        ({"x": 1}, 2, "2 accounts (1 on X)"),
    ],
)  # fmt: skip
def test_accounts_are_counted_by_platform(platforms: dict[str, int], size: int, english: str) -> None:
    assert summary.accounts(platforms, size).say("en") == english


def test_a_group_without_acts_that_can_be_told_says_so(flood: Any, campaign: Subject) -> None:
    told = summary.of(replace(campaign, acts=campaign.acts.clear()), flood.compared, NOBODY)
    assert told.headline.key == "note.headline_unseen"
    assert "note.when" not in {fact.question.key for fact in told.facts}


def test_contents_that_others_have_too_are_not_said_to_be_rare(flood: Any, campaign: Subject) -> None:
    fewer = replace(campaign, members=campaign.members[:8], acts=campaign.acts.filter(pl.col("account") < 8))
    told = summary.of(fewer, flood.compared, NOBODY)
    assert "hardly any other" not in told.headline.say("en")
    assert any("8 other accounts" in each.say("en") for fact in told.facts for each in fact.answers)
