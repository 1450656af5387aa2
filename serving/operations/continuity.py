"""Groups over time: which group found now is which one found before.

Two are the same where their members mostly are (Jaccard); what a person decided of a group stays with it while its members
come and go. One whose members are mostly in another group now has merged into it, one that takes its members mostly from a
group that goes on has split from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

# Share of the members of two groups that both hold, at least, for the one to be the other.
SAME = 0.3
# Share of the members of a group that another holds, for it to be merged into that one, or to be split from it.
MOSTLY = 0.5

Members = frozenset[str]
Change = Literal["born", "kept", "split", "merged", "rested"]


@dataclass(frozen=True)
class Step:
    """What became of a group between two judgements.

    Attributes:
        change: ``born``: it was none before; ``kept``: it is the one it was; ``split``: its members were mostly in one that
            goes on; ``merged``: its members are mostly in another now; ``rested``: it is not found any more.
        track: Its number over time; None for one that has none yet.
        number: Its number among those found now; None for one that is not found.
        other: The track it has split from or has merged into.
        joined: Members that it did not have before.
        left: Members that it no longer has.
    """

    change: Change
    track: int | None
    number: int | None
    other: int | None = None
    joined: int = 0
    left: int = 0


def follow(before: Mapping[int, Members], found: Sequence[Members]) -> list[Step]:
    """Return what became of each group known before, and what each found now is.

    Args:
        before: Members of each track, rested ones too.
        found: Members of each group found now; none is empty.
    """
    likeness = sorted(
        (
            (-len(members & held) / len(members | held), track, number)
            for track, held in before.items()
            for number, members in enumerate(found)
            if members & held
        ),
    )
    track_of: dict[int, int] = {}
    for negative, track, number in likeness:
        if -negative >= SAME and number not in track_of and track not in track_of.values():
            track_of[number] = track
    number_of = {track: number for number, track in track_of.items()}
    steps = []
    for number, members in enumerate(found):
        known = track_of.get(number)
        if known is not None:
            held = before[known]
            steps.append(Step("kept", known, number, None, len(members - held), len(held - members)))
            continue
        parent = _holder(members, {track: before[track] for track in number_of})
        steps.append(Step("born" if parent is None else "split", None, number, parent, joined=len(members)))
    for track, held in before.items():
        if track in number_of:
            continue
        into = _holder(held, {track_of[number]: found[number] for number in track_of})
        steps.append(Step("rested" if into is None else "merged", track, None, into))
    return steps


def _holder(members: Members, others: Mapping[int, Members]) -> int | None:
    """Return which of others holds most of the members; None where none holds enough of them."""
    shares = {track: len(members & held) / len(members) for track, held in others.items()}
    best = max(shares, key=lambda track: (shares[track], -track), default=None)
    return best if best is not None and shares[best] >= MOSTLY else None
