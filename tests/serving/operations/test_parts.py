"""The answers to parts are one answer, its items numbered through."""

from __future__ import annotations

import json

from vigie.serving.operations.observation import Observation, ObservedItem, StatusCounts
from vigie.serving.operations.parts import ObservedParts


def part(revision: int, *posts: str) -> Observation:
    items = [ObservedItem(place, "x", "7", "new", post_id=post) for place, post in enumerate(posts)]
    return Observation(revision, StatusCounts(known=1), StatusCounts(new=len(posts)), items)


def test_parts_are_told_as_one_object_and_as_lines() -> None:
    both = ObservedParts(), ObservedParts()
    for observed in both:
        observed.add(part(4, "a", "b"))
        observed.add(part(5, "c"))
    told = json.loads(b"".join(both[0].json()))
    assert (told["revision"], told["accounts"]["known"], told["posts"]["new"]) == (5, 2, 3)
    assert [(item["index"], item["post_id"]) for item in told["items"]] == [(0, "a"), (1, "b"), (2, "c")]
    assert [json.loads(line) for line in b"".join(both[1].lines()).splitlines()] == told["items"]


def test_nothing_observed_is_an_answer_without_items() -> None:
    assert json.loads(b"".join(ObservedParts().json()))["items"] == []
