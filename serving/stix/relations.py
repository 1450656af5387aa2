"""Which relations OpenCTI 7 takes between which objects: its map, as far as information manipulation needs it.

OpenCTI refuses a relation that its map lacks, and with it the import. What the map lacks is written as ``related-to``, which it
takes between any two objects.
"""

from __future__ import annotations

from collections.abc import Mapping

FALLBACK = "related-to"
_ANY = ("related-to", "revoked-by")
_OBSERVABLES = frozenset(
    {
        "autonomous-system", "domain-name", "email-addr", "hostname", "ipv4-addr", "ipv6-addr", "media-content", "text", "url",
        "user-account",
    }
)  # fmt: skip
_PLACED = {"located-at"}

# From stix.ts and the modules of OpenCTI 7 (channel, event, narrative, organization, location): type to type, what is taken.
ALLOWED: Mapping[tuple[str, str], frozenset[str]] = {
    pair: frozenset(kinds)
    for pair, kinds in {
        ("attack-pattern", "attack-pattern"): {"subtechnique-of", "derived-from"},
        ("attack-pattern", "event"): {"targets"},
        ("attack-pattern", "identity"): {"targets"},
        ("attack-pattern", "location"): {"targets"},
        ("campaign", "attack-pattern"): {"uses"},
        ("campaign", "campaign"): {"derived-from"},
        ("campaign", "channel"): {"uses"},
        ("campaign", "event"): {"targets"},
        ("campaign", "identity"): {"targets"},
        ("campaign", "infrastructure"): {"compromises", "uses"},
        ("campaign", "intrusion-set"): {"attributed-to"},
        ("campaign", "location"): {"originates-from", "targets"},
        ("campaign", "narrative"): {"uses"},
        ("campaign", "threat-actor"): {"attributed-to"},
        ("channel", "attack-pattern"): {"uses"},
        ("channel", "channel"): {"amplifies", "derived-from"},
        ("channel", "domain-name"): {"publishes"},
        ("channel", "event"): {"targets"},
        ("channel", "hostname"): {"publishes"},
        ("channel", "identity"): {"belongs-to", "targets"},
        ("channel", "infrastructure"): {"uses"},
        ("channel", "intrusion-set"): {"belongs-to"},
        ("channel", "location"): {"targets"},
        ("channel", "media-content"): {"amplifies", "publishes"},
        ("channel", "narrative"): {"uses"},
        ("channel", "text"): {"publishes"},
        ("channel", "threat-actor"): {"belongs-to"},
        ("channel", "url"): {"publishes"},
        ("channel", "user-account"): {"belongs-to"},
        ("domain-name", "domain-name"): {"derived-from", "resolves-to"},
        ("domain-name", "hostname"): {"derived-from", "resolves-to"},
        ("domain-name", "identity"): {"belongs-to"},
        ("domain-name", "ipv4-addr"): {"resolves-to"},
        ("domain-name", "ipv6-addr"): {"resolves-to"},
        ("domain-name", "narrative"): {"uses"},
        ("event", "event"): {"derived-from"},
        ("identity", "identity"): {"part-of", "derived-from"},
        ("identity", "location"): _PLACED,
        ("incident", "attack-pattern"): {"uses"},
        ("incident", "campaign"): {"attributed-to"},
        ("incident", "channel"): {"uses"},
        ("incident", "event"): {"targets"},
        ("incident", "identity"): {"targets"},
        ("incident", "incident"): {"derived-from"},
        ("incident", "infrastructure"): {"compromises", "uses"},
        ("incident", "intrusion-set"): {"attributed-to"},
        ("incident", "location"): {"originates-from", "targets"},
        ("incident", "narrative"): {"uses"},
        ("incident", "threat-actor"): {"attributed-to"},
        ("indicator", "attack-pattern"): {"indicates"},
        ("indicator", "campaign"): {"indicates"},
        ("infrastructure", "domain-name"): {"communicates-with"},
        ("infrastructure", "location"): _PLACED,
        ("intrusion-set", "attack-pattern"): {"uses"},
        ("intrusion-set", "campaign"): {"attributed-to"},
        ("intrusion-set", "channel"): {"uses"},
        ("intrusion-set", "event"): {"targets"},
        ("intrusion-set", "identity"): {"targets"},
        ("intrusion-set", "infrastructure"): {"compromises", "hosts", "owns", "uses"},
        ("intrusion-set", "location"): {"originates-from", "targets"},
        ("intrusion-set", "narrative"): {"uses"},
        ("ipv4-addr", "autonomous-system"): {"belongs-to"},
        ("ipv4-addr", "location"): _PLACED,
        ("location", "location"): _PLACED,
        ("media-content", "identity"): {"authored-by"},
        ("media-content", "media-content"): {"derived-from"},
        ("media-content", "narrative"): {"uses"},
        ("media-content", "user-account"): {"authored-by"},
        ("narrative", "narrative"): {"derived-from", "subnarrative-of"},
        ("text", "narrative"): {"uses"},
        ("threat-actor", "attack-pattern"): {"uses"},
        ("threat-actor", "campaign"): {"participates-in"},
        ("threat-actor", "channel"): {"uses"},
        ("threat-actor", "location"): {"located-at", "targets"},
        ("threat-actor", "narrative"): {"uses"},
        ("url", "narrative"): {"uses"},
        ("url", "url"): {"derived-from"},
        ("user-account", "media-content"): {"publishes"},
        ("user-account", "user-account"): {"derived-from"},
    }.items()
}  # fmt: skip
# Relations that some types have with every observable.
TO_OBSERVABLES: Mapping[str, frozenset[str]] = {
    "indicator": frozenset({"based-on"}), "infrastructure": frozenset({"consists-of"}),
}  # fmt: skip


def is_taken(source: str, kind: str, target: str) -> bool:
    """Return whether OpenCTI takes a relation between objects of two types."""
    return (
        kind in _ANY
        or kind in ALLOWED.get((source, target), ())
        or (target in _OBSERVABLES and kind in TO_OBSERVABLES.get(source, ()))
    )


def taken(source: str, kind: str, target: str) -> str:
    """Return a relation that OpenCTI takes: the one wanted, or else :data:`FALLBACK`.

    >>> taken("channel", "amplifies", "channel"), taken("user-account", "amplifies", "channel")
    ('amplifies', 'related-to')
    """
    return kind if is_taken(source, kind, target) else FALLBACK


def type_of(identifier: str) -> str:
    """Return the type of an object by its id.

    >>> type_of("user-account--35ebf2a5-1cdf-5cd8-914d-920aba50242c")
    'user-account'
    """
    return identifier.partition("--")[0]
