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
from vigie.serving.operations import copied
from vigie.serving.stix import export, objects, relations
from vigie.serving.stix.bundle import AttachedFile, Bundle
from vigie.serving.stix.export import Request
from vigie.serving.stix.published_content import PublishedContent


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


TRACES = ("text_duplicate", "media_duplicate", "co_url", "hashtag_sequence")


def content_of(flood: Any, trace: str = "text_duplicate", language: Language = "en") -> Request:
    """The request for the content of a kind that most accounts published; the flood has no hashtags but those of its texts."""
    is_text = trace == "hashtag_sequence"
    found = next(
        each
        for each in copied.find(flood.compared)
        if each.content.trace == ("text_duplicate" if is_text else trace)
    )
    told, first = found.content, found.content.first_account
    content = PublishedContent(
        trace=trace, object="shame NoToTheHarbour" if is_text else found.object, name=told.object,
        text=found.posts["text"][0], first_account=f"@{first.handle}", first_time=told.first_time, last_time=told.last_time,
        accounts=told.accounts, posts=told.posts, grouped=told.accounts,
        acts=found.posts.select(
            account="row", post=pl.Series(found.positions), time=pl.col("created_at").dt.epoch("s"), object=pl.lit(found.object)
        ),
    )  # fmt: skip
    return replace(request_of(flood, language), about=content, scores=request_of(flood).scores.clear())


def every_kind(flood: Any) -> list[Request]:
    return [strong(flood), weak(flood), *(content_of(flood, trace) for trace in TRACES)]


@pytest.fixture(scope="module")
def made(flood: Any) -> Bundle:
    return export.export(request_of(flood))


def judged_as(given: Request, verdict: str) -> Request:
    """The same with another verdict on each campaign."""
    assert not isinstance(given.about, PublishedContent)
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


def test_the_validator_of_oasis_finds_no_error_in_a_content(flood: Any) -> None:
    # Few posts of each, since it takes seconds for some hundred objects.
    for trace in TRACES:
        given = content_of(flood, trace)
        assert isinstance(given.about, PublishedContent)
        few = replace(given, about=replace(given.about, acts=given.about.acts.head(4)))
        result = validate_instance(json.loads(export.export(few).to_json()), ValidationOptions(version="2.1"))
        assert result.is_valid, [str(error) for error in result.errors]


def test_ids_are_unique_and_every_reference_is_held(flood: Any) -> None:
    for given in every_kind(flood):
        made = export.export(given)
        assert len(made.by_id) == len(made.objects)
        for each in made.objects:
            refs = [each[name] for name in ("source_ref", "target_ref", "created_by_ref") if name in each]
            refs += [*each.get("object_refs", ()), *each.get("object_marking_refs", ())]
            assert all(ref in made.by_id for ref in refs)


def test_opencti_takes_every_relation(flood: Any) -> None:
    for given in every_kind(flood):
        held = list(export.export(given).relations())
        assert held
        for each in held:
            assert each.kind != relations.FALLBACK
            assert relations.is_taken(
                relations.type_of(each.source), each.kind, relations.type_of(each.target)
            )


def test_the_same_data_give_the_same_bytes(flood: Any) -> None:
    assert export.export(request_of(flood)).to_json() == export.export(request_of(flood)).to_json()
    for trace in TRACES:
        assert (
            export.export(content_of(flood, trace)).to_json()
            == export.export(content_of(flood, trace)).to_json()
        )
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


def published(made: Bundle, kind: str) -> list[str]:
    """Return the types of what publishes objects of a type."""
    return [
        relations.type_of(each.source)
        for each in made.relations()
        if each.kind == "publishes" and relations.type_of(each.target) == kind
    ]


@pytest.mark.parametrize("trace", TRACES)
def test_a_content_is_a_grouping_without_verdict_score_or_technique(flood: Any, trace: str) -> None:
    given = content_of(flood, trace)
    assert isinstance(given.about, PublishedContent)
    made = export.export(given)
    assert not list(made.of_type("incident", "attack-pattern", "campaign", "intrusion-set", "threat-actor"))
    (grouping,) = made.of_type("grouping")
    (note,) = made.of_type("note")
    assert note["object_refs"] == (grouping["id"],)
    assert not any("confidence" in each or "x_opencti_score" in each for each in made.objects)
    accounts = list(made.of_type("user-account"))
    assert len(accounts) == given.about.accounts
    held = {each["id"] for each in made.of_type("user-account", "channel", "media-content", "text", "url")}
    assert set(grouping["object_refs"]) == held
    (report,) = made.of_type("report")
    assert grouping["name"] == report["name"]
    assert [file["name"] for file in report["x_opencti_files"]] == ["note.html"]


@pytest.mark.parametrize(
    ("trace", "kind", "value"),
    [("text_duplicate", "text", "Share this"), ("co_url", "url", "https://campaign.example/now"),
     ("hashtag_sequence", "text", "#NoToTheHarbour")],
)  # fmt: skip
def test_every_channel_publishes_the_page_or_the_words(flood: Any, trace: str, kind: str, value: str) -> None:
    made = export.export(content_of(flood, trace))
    (thing,) = made.of_type(kind)
    assert value in thing["value"]
    assert published(made, kind) == ["channel"] * len(list(made.of_type("user-account")))


def test_posts_with_the_same_page_do_not_derive_from_each_other_and_copies_do(flood: Any) -> None:
    def derived(trace: str) -> int:
        held = export.export(content_of(flood, trace)).relations()
        return sum(each.kind == "derived-from" for each in held)

    assert derived("co_url") == derived("hashtag_sequence") == 0
    for trace in ("text_duplicate", "media_duplicate"):
        posts = list(export.export(content_of(flood, trace)).of_type("media-content"))
        assert derived(trace) == len(posts) - 1 > 0


def test_of_a_content_the_earliest_posts_are_written_with_their_accounts(
    flood: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "POSTS", 3)
    made = export.export(content_of(flood))
    assert len(list(made.of_type("user-account"))) == 3
    (note,) = made.of_type("note")
    assert "the earliest 3 posts" in note["content"]


def test_a_content_is_told_of_in_the_language_asked_for(flood: Any) -> None:
    made = export.export(content_of(flood, language="fr"))
    (note,), (report,) = made.of_type("note"), made.of_type("report")
    assert "Aucun compte n’est jugé" in note["content"]
    assert report["name"].startswith("Harbour\u202f: textes")
    assert not any("\u202e" in each["name"] for each in made.of_type("grouping", "report"))
