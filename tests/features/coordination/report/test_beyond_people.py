"""What members do that ordinary people do not makes a campaign strong, and is said with their number."""

from __future__ import annotations

from tests.features.coordination.report.collected import reworded, worded

from vigie.features.coordination.report.beyond_people import BeyondPeople
from vigie.features.coordination.report.campaign import describe
from vigie.features.coordination.report.judged_campaigns import judged


def test_accounts_that_disguise_what_the_others_publish_plainly_make_a_campaign_strong() -> None:
    found = judged(worded(swapping=8), None)
    assert found.strong == frozenset({0})
    (told,) = describe(worded(swapping=8), found, "en")
    (activists,) = told.benign_alternatives
    assert any("8 of the 30" in sentence for sentence in activists.evidence_against)
    assert found.because[0].say("en").startswith("8 of the 30 accounts swap letters")
    plain = judged(worded(swapping=0), None)
    assert plain.strong == frozenset()
    assert plain.explained == {0: "one_source"}


def test_accounts_that_reword_what_the_others_publish_as_it_is_make_a_campaign_strong() -> None:
    found = judged(reworded(), None)
    assert found.strong == frozenset({0})
    (told,) = describe(reworded(), found, "en")
    (activists,) = told.benign_alternatives
    assert any("of the 30 accounts change words" in sentence for sentence in activists.evidence_against)


def test_who_is_no_member_after_all_is_not_counted() -> None:
    found = BeyondPeople(disguising=frozenset({1, 2, 3}), rewording=frozenset({2}))
    said = [each.say("en") for each in found.said(frozenset({2}), 30)]
    assert len(said) == 1
    assert "2 of the 30" in said[0]
    assert BeyondPeople().said(frozenset(), 30) == []
