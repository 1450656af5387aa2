"""What an operation knows of a group or campaign beside what is measured: for the technical note on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select

from vigie.features.coordination.baselines import Baseline
from vigie.features.i18n import Language, Message
from vigie.serving.note.technical import Case, Criterion, Earlier, Saying, Written
from vigie.serving.operations import questions, tables
from vigie.serving.operations.assessment import assess
from vigie.serving.operations.decisions import Decision
from vigie.serving.operations.judgement import Kind
from vigie.serving.stix.objects import Marking


def case(
    connection: Connection,
    kind: Kind,
    track: int,
    *,
    operation: str,
    revision: int,
    languages: Sequence[str],
    marking: Marking,
    rates: Baseline,
    language: Language,
) -> Case:
    """Return what is known of a group or campaign.

    Args:
        connection: Of the operation.
        kind: What it is.
        track: Its number over time.
        operation: Id of the operation.
        revision: State of it that was compared.
        languages: Codes of the languages of the operation.
        marking: How far the note may be shared.
        rates: Reference rates that accounts were compared by.
        language: Of the note.

    Raises:
        OperationNotFoundError: There is none by that number.
    """
    told = assess(connection, kind, track, languages, language)
    found = questions.one_tracked(connection, kind, track, language)
    described = found.group or found.campaign
    # The first page of the note says them.
    opening = {described.sentence, described.audience.sentence} if described else set()
    return Case(
        reference=f"{operation} / {kind}-{track}",
        revision=revision,
        marking=marking,
        rates=rates,
        criteria=tuple(
            Criterion(
                each.text,
                tuple(sentence for sentence in each.measured if sentence not in opening),
                tuple(each.against),
                _saying(each.said) if each.said else None,
            )
            for each in told.criteria
        ),
        clues=tuple(f"{each.sentence} {each.benign}" for each in told.clues),
        earlier=tuple(_earlier(connection, kind, track)),
        decisions=tuple(_saying(each) for each in found.decisions),
        written={name: Written(each.text, each.by, each.at) for name, each in told.written.texts.items()},
    )


def _saying(decision: Decision) -> Saying:
    return Saying(Message(f"technical.choice_{decision.decision}"), decision.by, decision.at, decision.why)


def _earlier(connection: Connection, kind: Kind, track: int) -> Iterator[Earlier]:
    """Yield the known campaigns that members match, those of most accounts first."""
    verdicts = tables.verdicts
    own = (verdicts.c.track if kind == "group" else verdicts.c.campaign_track) == track
    ties = Counter(
        tie
        for known in connection.execute(select(verdicts.c.known).where(own)).scalars()
        for tie in (known or {}).items()
    )
    for (name, tie), count in sorted(ties.items(), key=lambda each: (-each[1], each[0])):
        yield Earlier(name, count, by_account=tie == "account")
