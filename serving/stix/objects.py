"""Objects of STIX 2.1 as OpenCTI 7 takes them, with the ids that it would give them itself.

An id is a UUID of version 5 over the fields that tell objects of a type apart (STIX 2.1, 2.9, for observables; the same rule in
pycti for all others). What was exported twice is therefore one object, and what VIGINUM published already is found again.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import ClassVar, Literal

from vigie.features.json_object import JsonObject
from vigie.serving.stix import relations

Marking = Literal["clear", "green", "amber", "amber+strict", "red"]
_NAMESPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
# Ids of STIX 2.1 and, of amber+strict, of OpenCTI.
MARKINGS: dict[Marking, str] = {
    "clear": "613f2e26-407d-48c7-9eca-b8e91df99dc9",
    "green": "34098fce-860f-48ae-8e50-ebd3cc5e41da",
    "amber": "f88d31f6-486f-44da-b317-01333bde0b82",
    "amber+strict": "826578e1-40ad-459f-bc73-ede076f81f37",
    "red": "5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}
_FOLDED = ("name", "content")
_MARKINGS_SINCE = "2017-01-20T00:00:00.000Z"


def identifier(kind: str, **contributing: object) -> str:
    """Return the id of an object.

    Args:
        kind: Its type.
        contributing: The fields that tell it apart; None counts as absent.

    >>> identifier("attack-pattern", x_mitre_id="T0119")
    'attack-pattern--22edfe85-499c-5558-8540-a5ad671eca89'
    """
    told = {name: value for name, value in contributing.items() if value is not None}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{kind}--{uuid.uuid5(_NAMESPACE, text)}"


def instant(time: datetime) -> str:
    """Return a time as STIX writes it, to the millisecond.

    >>> instant(datetime(2024, 5, 3, 8, tzinfo=UTC))
    '2024-05-03T08:00:00.000Z'
    """
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class StixObject:
    """What all objects have in common.

    Attributes:
        type: Its type.
        told_apart_by: The fields that no two objects of the type share.
    """

    type: ClassVar[str]
    told_apart_by: ClassVar[tuple[str, ...]]

    @property
    def id(self) -> str:
        """The same for the same object, whenever it is exported."""
        return identifier(self.type, **{name: self._contributed(name) for name in self.told_apart_by})

    def _contributed(self, name: str) -> object:
        """Return a field as it enters the id: OpenCTI folds names and texts."""
        value = getattr(self, name)
        if isinstance(value, datetime):
            return instant(value)
        return value.lower().strip() if name in _FOLDED else value

    def to_json(self) -> JsonObject:
        """Return the object as a bundle holds it, absent fields left out."""
        held: JsonObject = {"type": self.type, "spec_version": "2.1", "id": self.id}
        for item in fields(self):
            value = getattr(self, item.name)
            if value is not None and value != ():
                held[item.name] = instant(value) if isinstance(value, datetime) else value
        return held


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainObject(StixObject):
    """An object with an author and a version: what somebody says.

    Attributes:
        created: As of when it is said.
        modified: The same.
        created_by_ref: Who says it.
        object_marking_refs: How far it may be shared.
        confidence: 0 to 100.
    """

    created: datetime
    modified: datetime
    created_by_ref: str | None
    object_marking_refs: tuple[str, ...]
    confidence: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(DomainObject):
    """Who made the bundle."""

    type = "identity"
    told_apart_by = ("name", "identity_class")
    name: str
    identity_class: str = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel(DomainObject):
    """An account as a place of publication, named by the address of its profile."""

    type = "channel"
    told_apart_by = ("name",)
    name: str
    channel_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackPattern(DomainObject):
    """A technique of the DISARM framework."""

    type = "attack-pattern"
    told_apart_by = ("x_mitre_id",)
    name: str
    x_mitre_id: str
    kill_chain_phases: tuple[JsonObject, ...]
    external_references: tuple[JsonObject, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident(DomainObject):
    """Accounts that act together, where the evidence is strong."""

    type = "incident"
    told_apart_by = ("name", "created")
    name: str
    description: str
    first_seen: datetime | None
    last_seen: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping(DomainObject):
    """Accounts that act alike, and no more."""

    type = "grouping"
    told_apart_by = ("name", "context", "created")
    name: str
    description: str
    object_refs: tuple[str, ...]
    context: str = "unspecified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(DomainObject):
    """What was measured of one object, attached to that object alone."""

    type = "note"
    told_apart_by = ("content", "created", "object_refs")
    abstract: str
    content: str
    object_refs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(DomainObject):
    """What was found, with the note for analysts attached."""

    type = "report"
    told_apart_by = ("name", "published")
    name: str
    published: datetime
    object_refs: tuple[str, ...]
    description: str
    report_types: tuple[str, ...] = ("campaign",)
    x_opencti_files: tuple[JsonObject, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship(DomainObject):
    """What one object has to do with another: a relation that OpenCTI takes."""

    type = "relationship"
    told_apart_by = ("relationship_type", "source_ref", "target_ref")
    relationship_type: str
    source_ref: str
    target_ref: str
    description: str | None = None

    def __post_init__(self) -> None:
        ends = (relations.type_of(self.source_ref), relations.type_of(self.target_ref))
        if not relations.is_taken(ends[0], self.relationship_type, ends[1]):
            raise ValueError(
                f"OpenCTI takes no relation {self.relationship_type} from {ends[0]} to {ends[1]}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAccount(StixObject):
    """An account by its platform's stable id.

    Attributes:
        x_opencti_score: Probability of inauthenticity in percent; None where none was given.
    """

    type = "user-account"
    told_apart_by = ("account_type", "user_id", "account_login")
    account_type: str | None
    user_id: str | None
    account_login: str | None
    display_name: str | None
    account_created: datetime | None
    object_marking_refs: tuple[str, ...]
    x_opencti_score: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaContent(StixObject):
    """A post."""

    type = "media-content"
    told_apart_by = ("url",)
    url: str
    title: str | None
    content: str | None
    publication_date: datetime | None
    object_marking_refs: tuple[str, ...]
    media_category: str = "post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Url(StixObject):
    """A page that posts link to."""

    type = "url"
    told_apart_by = ("value",)
    value: str
    object_marking_refs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(StixObject):
    """Words that posts hold: a text, or a sequence of hashtags."""

    type = "text"
    told_apart_by = ("value",)
    value: str
    object_marking_refs: tuple[str, ...]


def marking_id(marking: Marking) -> str:
    """Return the id of a marking of the Traffic Light Protocol."""
    return f"marking-definition--{MARKINGS[marking]}"


def marking_definition(marking: Marking) -> JsonObject:
    """Return a marking as STIX 2.1 (7.2.1.4) prints it, and that of amber+strict as OpenCTI does.

    STIX 2.1 calls clear white; the id is the same, and by it OpenCTI shows TLP:CLEAR.
    """
    told: JsonObject = {
        "type": "marking-definition", "spec_version": "2.1", "id": marking_id(marking), "created": _MARKINGS_SINCE,
    }  # fmt: skip
    if marking == "amber+strict":
        return told | {
            "definition_type": "statement", "definition": {"statement": "custom"}, "x_opencti_definition_type": "TLP",
            "x_opencti_definition": "TLP:AMBER+STRICT",
        }  # fmt: skip
    tlp = "white" if marking == "clear" else marking
    return told | {"name": f"TLP:{tlp.upper()}", "definition_type": "tlp", "definition": {"tlp": tlp}}
