"""Scores and labels are written only where vigie gives one and nobody decided otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from vigie_opencti.converter_to_stix import ConverterToStix, Findings

ENTITY = {"type": "user-account", "id": "user-account--1", "account_type": "twitter", "user_id": "7"}
EXTENSION = "extension-definition--f93e2c80-4231-4f9a-af8b-95c9bd566a82"
AT = "2024-05-20T12:00:00Z"
SCORED = {
    "status": "scored", "probability": 0.934, "band": "high",
    "reasons": [{"sentence": "Posts all night.", "post_ids": ["1"]}],
}  # fmt: skip
ABSTAINED = {"status": "abstained", "why": "Too few posts.", "code": "too_few_posts"}
POSTS = [
    {"post_id": "1", "permalink": "https://x.com/a/status/1", "created_at": AT},
    {"post_id": "2", "permalink": "https://x.com/a/status/2", "created_at": AT},
]


def found(result: dict[str, Any] | None, decisions: list[dict[str, Any]] | None = None) -> Findings:
    dossier = {
        "platform": "x", "account_id": "7", "handle": "ann", "profile": {}, "judged_revision": 3, "result": result, "group": None,
        "posts": POSTS, "posts_left_out": 0, "decisions": decisions or [],
    }  # fmt: skip
    return Findings({"title": "t"}, {"at": AT}, dossier, None)  # type: ignore[typeddict-item,arg-type]  # what is read


def written(what: Findings, **fields: Any) -> tuple[dict[str, Any], str]:
    entity, *added = ConverterToStix("amber", "en").enriched(ENTITY | fields, what)
    return entity, next(each["content"] for each in added if each["type"] == "note")


def test_a_score_is_a_percentage_and_a_high_one_a_label() -> None:
    entity, note = written(found({"inauthentic": SCORED, "coordinated": ABSTAINED}))
    assert (entity["x_opencti_score"], entity["labels"]) == (93, ["vigie:inauthentic"])
    assert "- Posts all night." in note
    assert "Too few posts." in note


def test_only_posts_that_a_verdict_rests_on_are_named() -> None:
    _, note = written(found({"inauthentic": SCORED}))
    assert "- https://x.com/a/status/1" in note
    assert "status/2" not in note


@pytest.mark.parametrize("result", [None, {"inauthentic": ABSTAINED, "coordinated": ABSTAINED}])
def test_without_a_score_the_object_keeps_its_own(result: dict[str, Any] | None) -> None:
    entity, note = written(found(result), x_opencti_score=40)
    assert (entity["x_opencti_score"], entity["labels"]) == (40, [])
    assert ("Not judged yet" in note) == (result is None)


def test_a_score_that_somebody_decided_is_wrong_is_none() -> None:
    decisions = [
        {"id": 2, "target": "inauthentic", "decision": "false_positive"},
        {"id": 1, "target": "inauthentic", "decision": "confirmed"},
    ]
    entity, note = written(found({"inauthentic": SCORED}, decisions))
    assert "x_opencti_score" not in entity
    assert entity["labels"] == []
    assert "false positive" in note


def test_a_score_and_labels_in_the_extension_of_the_platform_are_replaced_and_kept() -> None:
    extensions = {EXTENSION: {"score": 10, "labels": ["old"]}, "other": {}}
    entity, _ = written(found({"inauthentic": SCORED}), extensions=extensions)
    assert entity["extensions"] == {EXTENSION: {"score": 93, "labels": ["old"]}, "other": {}}
    assert entity["labels"] == ["old", "vigie:inauthentic"]
    assert extensions[EXTENSION]["score"] == 10
