"""The evidence of a pair is posts of its two accounts, with their times and addresses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vigie.features.coordination.report.types import Group
from vigie.serving.note import proof, subjects
from vigie.serving.note.subjects import Subject


def test_pairs_of_a_campaign_show_contents_that_both_published_the_closest_first(
    flood: Any, campaign: Subject
) -> None:
    told = proof.of(campaign, flood.compared)
    assert len(told.pairs) == proof.PAIRS
    assert told.left_out == flood.compared.campaigns.pairs.height - proof.PAIRS
    names = {f"@voice_{row}" for row in range(16)} | {"@=cmd\ufffd"}
    for pair in told.pairs:
        assert {pair.first, pair.second} <= names
        assert 1 <= len(pair.acts) <= proof.ACTS
        gaps = [abs((act.second_time - act.first_time).total_seconds()) for act in pair.acts]
        assert gaps == sorted(gaps)
        assert all(act.name for act in pair.acts)
        assert "chance in a" in pair.sentence.say("en")
        assert pair.sentence.say("fr").startswith(f"{pair.first} et {pair.second} ont publié ")


def test_addresses_are_those_of_the_posts_of_each_side(flood: Any, campaign: Subject) -> None:
    act = proof.of(campaign, flood.compared).pairs[0].acts[0]
    for address, time in ((act.first_address, act.first_time), (act.second_address, act.second_time)):
        if address is not None:  # Facebook's are not certain
            post_id = address.rpartition("/")[2]
            assert flood.posts.filter(post_id=post_id)["created_at"].item() == time


def test_pairs_of_a_group_show_what_they_did_within_the_window(flood: Any) -> None:
    apart = subjects.of(flood.compared, replace(flood.report("en"), campaigns=[]))
    told = proof.of(apart[0], flood.compared)
    group = apart[0].told
    assert isinstance(group, Group)
    assert len(told.pairs) == min(proof.PAIRS, len(group.pairs))
    assert told.left_out == len(group.pairs) + group.pairs_left_out - len(told.pairs)
    assert any(act.first_address for pair in told.pairs for act in pair.acts)
    assert "within" in told.pairs[0].sentence.say("en")
    assert told.pairs[0].acts[0].apart.say("fr").startswith("à ")
