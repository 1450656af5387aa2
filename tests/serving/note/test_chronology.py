"""The chronology tells what happened in order, to the second."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from vigie.serving.note import chronology
from vigie.serving.note.subjects import Subject


def test_creations_contents_and_the_last_post_stand_in_order(campaign: Subject, flood: Any) -> None:
    events = chronology.of(campaign, flood.compared)
    times = [event.time for event in events]
    assert times == sorted(times)
    assert [event.text.key.rpartition("_")[2] for event in (*events[:2], events[-1])] == [
        "first",
        "last",
        "last",
    ]
    assert times[0] == datetime(2024, 4, 20, tzinfo=UTC)
    told = [event for event in events if event.text.key == "technical.event_content"]
    assert len(told) == campaign.acts["object"].n_unique()
    assert told[0].time.timestamp() == campaign.acts["time"].min()
    said = told[0].text.say("fr")
    assert "publie en premier, parmi ces comptes" in said
    assert told[0].address is not None


def test_hostile_text_is_told_without_its_control_marks_and_cut(campaign: Subject, flood: Any) -> None:
    for event in chronology.of(campaign, flood.compared):
        said = event.text.say("en")
        assert "\u202e" not in said
        assert len(said) < 400


def test_a_subject_without_acts_has_no_last_post(campaign: Subject, flood: Any) -> None:
    silent = replace(campaign, acts=campaign.acts.clear())
    assert {event.text.key for event in chronology.of(silent, flood.compared)} == {
        "technical.event_created_first",
        "technical.event_created_last",
    }
