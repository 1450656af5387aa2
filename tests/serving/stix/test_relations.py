"""Every relation of the map is taken, every other becomes related-to, so that OpenCTI refuses none."""

from __future__ import annotations

from itertools import product

import pytest

from vigie.serving.stix import relations
from vigie.serving.stix.relations import ALLOWED, FALLBACK, TO_OBSERVABLES

TYPES = sorted({kind for pair in ALLOWED for kind in pair} | TO_OBSERVABLES.keys() | {"note", "grouping"})
KINDS = sorted(
    {kind for kinds in (*ALLOWED.values(), *TO_OBSERVABLES.values()) for kind in kinds} | {"impersonates"}
)


@pytest.mark.parametrize(
    ("source", "kind", "target"),
    [
        ("channel", "belongs-to", "user-account"), ("user-account", "publishes", "media-content"),
        ("channel", "publishes", "media-content"), ("channel", "amplifies", "media-content"),
        ("media-content", "derived-from", "media-content"), ("media-content", "uses", "narrative"),
        ("media-content", "authored-by", "user-account"), ("channel", "amplifies", "channel"),
        ("channel", "uses", "attack-pattern"), ("campaign", "uses", "attack-pattern"), ("incident", "uses", "attack-pattern"),
        ("intrusion-set", "uses", "attack-pattern"), ("campaign", "targets", "event"), ("channel", "targets", "event"),
        ("channel", "publishes", "domain-name"), ("channel", "publishes", "url"), ("channel", "publishes", "text"),
        ("domain-name", "uses", "narrative"), ("narrative", "subnarrative-of", "narrative"), ("incident", "uses", "channel"),
        ("infrastructure", "consists-of", "autonomous-system"), ("indicator", "based-on", "domain-name"),
    ],
)  # fmt: skip
def test_what_the_map_of_the_platform_holds_is_taken_as_it_is(source: str, kind: str, target: str) -> None:
    assert relations.taken(source, kind, target) == kind


@pytest.mark.parametrize(
    ("source", "kind", "target"),
    [
        ("user-account", "amplifies", "channel"), ("user-account", "uses", "attack-pattern"), ("campaign", "uses", "user-account"),
        ("campaign", "uses", "media-content"), ("media-content", "uses", "attack-pattern"), ("grouping", "uses", "channel"),
    ],
)  # fmt: skip
def test_what_it_refuses_falls_back(source: str, kind: str, target: str) -> None:
    assert not relations.is_taken(source, kind, target)
    assert relations.taken(source, kind, target) == FALLBACK


def test_whatever_is_wanted_is_taken_in_the_end() -> None:
    for source, kind, target in product(TYPES, KINDS, TYPES):
        assert relations.is_taken(source, relations.taken(source, kind, target), target)


def test_a_type_is_read_off_an_id() -> None:
    assert relations.type_of("media-content--1") == "media-content"
