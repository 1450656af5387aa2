"""A campaign leaves as a bundle that the standard and OpenCTI's map accept, and that says no more than was measured."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from stix2validator import ValidationOptions, validate_instance

from vigie.features.i18n import Language
from vigie.serving.known_campaigns.readers import stix_bundle
from vigie.serving.known_campaigns.types import Source
from vigie.serving.note import scores, subjects
from vigie.serving.stix import export, objects, relations
from vigie.serving.stix.bundle import AttachedFile, Bundle
from vigie.serving.stix.export import Request


def request_of(flood: Any, language: Language = "en") -> Request:
    judged = pl.DataFrame(
        {
            "account": list(range(16)), "inauthentic_band": ["low"] * 15 + ["abstained"],
            "inauthentic": [0.12] * 15 + [None], "coordinated_band": ["high"] * 16, "coordinated": [0.9] * 16,
        },
        schema=scores.SCHEMA,
    )  # fmt: skip
    return Request(
        about=subjects.of(flood.compared, flood.report(language)), compared=flood.compared, scores=judged,
        files=[AttachedFile("note.html", "text/html", b"<p>note</p>")], name="Harbour", marking="amber", language=language,
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(flood: Any) -> Bundle:
    return export.export(request_of(flood))


def judged_as(given: Request, verdict: str) -> Request:
    """The same with another verdict on each campaign."""
    changed: list[Any] = [replace(each, told=replace(each.told, verdict=verdict)) for each in given.about]  # type: ignore[arg-type]
    return replace(given, about=changed)


def strong(flood: Any) -> Request:
    return judged_as(request_of(flood), "strong")


def weak(flood: Any) -> Request:
    return judged_as(request_of(flood), "shared_contents")


@pytest.mark.parametrize("marking", objects.MARKINGS)
def test_the_validator_of_oasis_finds_no_error(flood: Any, marking: objects.Marking) -> None:
    for given in (strong(flood), weak(flood)):
        whole = json.loads(export.export(replace(given, marking=marking)).to_json())
        result = validate_instance(whole, ValidationOptions(version="2.1"))
        assert result.is_valid, [str(error) for error in result.errors]


def test_ids_are_unique_and_every_reference_is_held(flood: Any) -> None:
    for given in (strong(flood), weak(flood)):
        made = export.export(given)
        assert len(made.by_id) == len(made.objects)
        for each in made.objects:
            refs = [each[name] for name in ("source_ref", "target_ref", "created_by_ref") if name in each]
            refs += [*each.get("object_refs", ()), *each.get("object_marking_refs", ())]
            assert all(ref in made.by_id for ref in refs)


def test_opencti_takes_every_relation(flood: Any) -> None:
    for given in (strong(flood), weak(flood)):
        held = list(export.export(given).relations())
        assert held
        for each in held:
            assert each.kind != relations.FALLBACK
            assert relations.is_taken(
                relations.type_of(each.source), each.kind, relations.type_of(each.target)
            )


def test_the_same_data_give_the_same_bytes(flood: Any) -> None:
    assert export.export(request_of(flood)).to_json() == export.export(request_of(flood)).to_json()
    shuffled = replace(request_of(flood), scores=request_of(flood).scores.reverse())
    assert export.export(shuffled).to_json() == export.export(request_of(flood)).to_json()


def test_strong_evidence_is_an_incident_that_uses_channels_and_techniques(flood: Any) -> None:
    made = export.export(strong(flood))
    (incident,) = made.of_type("incident")
    used = [relations.type_of(each.target) for each in made.relations() if each.source == incident["id"]]
    assert used.count("channel") == 16
    assert used.count("attack-pattern") == len(list(made.of_type("attack-pattern"))) >= 1
    assert incident["confidence"] == 75
    assert all(
        "Measured" in each["description"]
        for each in made.of_type("relationship")
        if relations.type_of(each["target_ref"]) == "attack-pattern"
    )


def test_accounts_that_no_more_than_act_alike_are_a_grouping_that_uses_nothing(flood: Any) -> None:
    made = export.export(weak(flood))
    (grouping,) = made.of_type("grouping")
    assert grouping["confidence"] == 30
    assert not list(made.of_type("incident", "attack-pattern"))
    assert not [each for each in made.relations() if each.kind == "uses"]
    assert sum(ref.startswith("user-account") for ref in grouping["object_refs"]) == 16


def test_nothing_is_attributed(made: Bundle) -> None:
    assert not list(made.of_type("campaign", "intrusion-set", "threat-actor"))


def test_a_note_is_on_the_object_judged_alone(made: Bundle) -> None:
    notes = list(made.of_type("note"))
    assert all(len(note["object_refs"]) == 1 for note in notes)
    kinds = [relations.type_of(note["object_refs"][0]) for note in notes]
    assert kinds.count("user-account") == 16
    assert set(kinds) <= {"user-account", "incident", "grouping"}
    assert all("no proof" in note["content"] for note in notes)
    (unjudged,) = [note for note in notes if "Inauthentic or not: not judged" in note["content"]]
    account = made.by_id[unjudged["object_refs"][0]]
    assert "x_opencti_score" not in account


def test_posts_of_certain_address_are_published_and_copies_derive_from_the_first(made: Bundle) -> None:
    posts = {each["id"]: each for each in made.of_type("media-content")}
    assert posts
    assert all(each["url"].startswith("https://x.com/i/status/") for each in posts.values())
    held = list(made.relations())
    assert {each.source for each in held if each.kind == "authored-by"} == posts.keys()
    for each in held:
        if each.kind == "derived-from":
            assert posts[each.target]["publication_date"] <= posts[each.source]["publication_date"]


def test_names_and_texts_hold_no_direction_mark(made: Bundle) -> None:
    shown = [
        each.get("title", "") + each.get("content", "") for each in made.of_type("media-content", "note")
    ]
    assert not any("\u202e" in text for text in shown)


def test_the_note_for_analysts_is_attached(made: Bundle) -> None:
    (report,) = made.of_type("report")
    (file,) = report["x_opencti_files"]
    assert base64.b64decode(file["data"]) == b"<p>note</p>"
    assert set(report["object_refs"]) == made.by_id.keys() - {
        report["id"],
        *(m["id"] for m in made.of_type("marking-definition")),
    }


def test_sentences_are_in_the_language_asked_for(flood: Any) -> None:
    made = export.export(request_of(flood, "fr"))
    assert all("Une mesure n’est pas une preuve" in note["content"] for note in made.of_type("note"))


def test_the_reader_of_known_campaigns_reads_it_back(flood: Any) -> None:
    made = stix_bundle.campaigns(export.export(strong(flood)), Source(name="b"))
    (campaign,) = made.campaigns
    ids = {
        account.account_id for account in campaign.accounts if account.account_id and account.role == "used"
    }
    assert ids == {str(1_000 + row) for row in range(16)}
