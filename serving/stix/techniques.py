"""DISARM techniques that a measurement shows, in the codes of today and in those of earlier bundles, each with its basis.

DISARM renames: of 86 codes in VIGINUM's bundles, 20 are gone from the framework of February 2025. Both are written, so that a
platform that knows either finds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vigie.features.coordination.report.types import Campaign, Group
from vigie.features.i18n import Frequency, Message, message

# From which a test of the profiles counts, as in campaigns of strong evidence.
_SIGNIFICANCE = 0.005


@dataclass(frozen=True, slots=True)
class Code:
    """A code of DISARM, with its name and the phase that it belongs to."""

    code: str
    name: str
    phase: str


@dataclass(frozen=True, slots=True)
class Technique:
    """One technique.

    Attributes:
        current: In the framework of February 2025.
        earlier: In VIGINUM's bundles of 2023 and 2024; the same where nothing changed.
    """

    current: Code
    earlier: Code

    @property
    def codes(self) -> tuple[Code, ...]:
        """Each code once."""
        return (self.current,) if self.current == self.earlier else (self.current, self.earlier)


@dataclass(frozen=True, slots=True)
class Shown:
    """A technique, and which measurement shows it."""

    technique: Technique
    basis: Message


_COPYPASTA = Code("T0084.001", "Use Copypasta", "develop-content")
_REPOSTING = Code("T0049.003", "Bots Amplify via Automated Forwarding and Reposting", "maximise-exposure")
_CROSS_POSTING = Code("T0119", "Cross-Posting", "maximise-exposure")
COPYPASTA = Technique(_COPYPASTA, _COPYPASTA)
REPOSTING = Technique(_REPOSTING, _REPOSTING)
CROSS_POSTING = Technique(_CROSS_POSTING, _CROSS_POSTING)
HASHTAG_FLOOD = Technique(
    Code("T0049.002", "Flood Existing Hashtag", "maximise-exposure"),
    Code("T0104.005", "Use Hashtags", "select-channels-and-affordances"),
)
SWARMING = Technique(
    Code("T0049.005", "Conduct Swarming", "maximise-exposure"),
    Code("T0116", "Comment or Reply on Content", "deliver-content"),
)
BULK_CREATION = Technique(
    Code("T0150.008", "Bulk Created Asset", "establish-assets"),
    Code("T0090", "Create Inauthentic Accounts", "establish-assets"),
)
# What the traces show. Reposts count where they follow within seconds of each other.
BY_TRACE: dict[str, Technique] = {
    "text_duplicate": COPYPASTA, "fast_repost": REPOSTING, "hashtag_sequence": HASHTAG_FLOOD, "co_reply": SWARMING,
}  # fmt: skip


def shown(told: Campaign | Group) -> Iterator[Shown]:
    """Yield the techniques that what was measured of accounts shows.

    Args:
        told: A campaign or a group of strong evidence.
    """
    if isinstance(told, Campaign):
        traces = {content.trace: content.accounts for content in reversed(told.contents)}
        for trace, accounts in traces.items():
            if trace in BY_TRACE:
                yield Shown(
                    BY_TRACE[trace],
                    message(
                        "stix.basis_contents", count=accounts, trace=Message(f"coordination.trace.{trace}")
                    ),
                )
    else:
        for trace, layer in told.layers.items():
            if trace in BY_TRACE:
                yield Shown(
                    BY_TRACE[trace],
                    message(
                        "stix.basis_pairs", count=layer.pairs, trace=Message(f"coordination.trace.{trace}"),
                        often=Frequency(layer.p, "pairs"),
                    ),
                )  # fmt: skip
    if len(told.platforms) > 1:
        yield Shown(CROSS_POSTING, message("stix.basis_platforms", count=len(told.platforms)))
    if told.creation.p is not None and told.creation.p < _SIGNIFICANCE:
        yield Shown(BULK_CREATION, message("stix.basis_creation", often=Frequency(told.creation.p, "draws")))
