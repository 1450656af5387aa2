"""A note tells campaigns, then the groups of none, and what their members did."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from vigie.features.coordination.report.types import Campaign, Group
from vigie.serving.note import subjects
from vigie.serving.note.subjects import Subject


def test_the_flood_is_one_campaign_of_its_members_and_their_acts(campaign: Subject) -> None:
    assert isinstance(campaign.told, Campaign)
    assert campaign.members == tuple(range(16))
    assert set(campaign.acts["account"]) == set(range(16))
    assert campaign.acts["object"].n_unique() == 6
    assert campaign.acts["time"].is_sorted()
    assert (campaign.title.say("en"), campaign.anchor) == ("Campaign 1", "campaign-1")
    assert campaign.span is not None
    assert campaign.span[0] == datetime(2024, 5, 3, 8, 2, 1, tzinfo=UTC)


def test_who_is_not_told_as_a_member_is_none(flood: Any) -> None:
    """As those who merely copied a campaign."""
    (told,) = flood.report("en").campaigns
    (subject,) = subjects.campaigns(flood.compared, [replace(told, accounts=told.accounts[3:])])
    assert subject.members == tuple(range(3, 16))
    assert set(subject.acts["account"]) == set(range(3, 16))


def test_a_group_of_no_campaign_is_a_subject_of_its_own_and_strong_ones_come_first(flood: Any) -> None:
    made = flood.report("en")
    assert made.groups, "the flood acts at the same moments too"
    within = subjects.of(flood.compared, made)
    assert [type(one.told) for one in within] == [Campaign]
    weak = [replace(group, verdict="synchronous") for group in made.groups]
    strong = replace(weak[0], group=weak[0].group, verdict="strong")
    apart = subjects.of(flood.compared, replace(made, campaigns=[], groups=[*weak, strong]))
    assert [one.told.verdict for one in apart] == ["strong", *["synchronous"] * len(weak)]
    first = apart[0]
    assert isinstance(first.told, Group)
    assert first.anchor == f"group-{strong.group + 1}"
    assert first.acts.height
    shared = first.acts.group_by("object").agg(accounts=first.acts["account"].n_unique())
    assert (shared["accounts"] > 1).all()


def test_a_name_is_the_handle_or_the_id_without_marks_that_turn_a_line(flood: Any) -> None:
    names = dict(subjects.people(flood.compared).select("account", "name").iter_rows())
    assert names[0] == "@voice_0"
    assert names[5] == "@=cmd\ufffd"
