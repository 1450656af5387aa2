"""A group or campaign against the four criteria of a foreign digital interference: what is measured, and what people say.

The criteria are those of article R.* 1132-3, 9°, of the French code of defence (decree 2021-922 of 13 July 2021, article 1). Of
one of them something can be measured: whether the diffusion is artificial or automated, massive and deliberate. The others,
and the conclusion on each, are for named persons; what they say is kept as decisions are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

import polars as pl
from pydantic import Field
from sqlalchemy import Connection, func, select

from vigie.features.coordination.report.types import Alternative, Campaign, Group
from vigie.features.foreign_clues.report import Clue, clues
from vigie.features.i18n import Language, Message, message
from vigie.models.verdict import ABSTAINED
from vigie.serving.note import scores
from vigie.serving.operations import corpus, decisions, note_fields, questions, tables
from vigie.serving.operations.decisions import CriterionSubject, Decision
from vigie.serving.operations.judgement import Kind
from vigie.serving.operations.note_fields import NoteFields
from vigie.serving.operations.questions import Tracked

CriterionName = Literal[
    "fundamental_interests",
    "inaccurate_or_misleading",
    "artificial_massive_deliberate",
    "foreign_involvement",
]
_MEASURED: CriterionName = "artificial_massive_deliberate"


def _doc(text: str) -> object:
    return Field(description=text)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion: what is measured of it, and what people say."""

    name: CriterionName
    text: Annotated[str, _doc("After article R.* 1132-3, 9°, of the French code of defence.")]
    measured: Annotated[list[str], _doc("Sentences with figures; empty where nothing of it can be measured.")]
    against: Annotated[list[str], _doc("What speaks against it, among what is measured.")]
    said: Annotated[Decision | None, _doc("What somebody said of it last; null: nobody has.")]
    history: Annotated[list[Decision], _doc("All that was said of it, the newest first.")]


@dataclass(frozen=True, slots=True)
class Assessment:
    """A group or campaign against the four criteria."""

    kind: Kind
    track: int
    judged_revision: int
    is_found: Annotated[bool, _doc("Whether the last judgement found it; where not, nothing is measured.")]
    criteria: list[Criterion]
    clues: Annotated[list[Clue], _doc("Of a link abroad: never an attribution.")]
    note: str
    written: Annotated[NoteFields, _doc("The fields of the technical note that people fill.")]


def assess(
    connection: Connection, kind: Kind, track: int, languages: Sequence[str], language: Language
) -> Assessment:
    """Return what is measured and what people say of a group or campaign.

    Args:
        connection: Of the operation.
        kind: A group or a campaign.
        track: Its number over time.
        languages: Codes of the languages of the operation.
        language: Language of the sentences.

    Raises:
        OperationNotFoundError: There is none by that number.
    """
    told = questions.one_tracked(connection, kind, track, language)
    return Assessment(
        kind=kind,
        track=track,
        judged_revision=questions.judged_revision(connection),
        is_found=told.is_found,
        criteria=criteria(connection, kind, told, language),
        clues=_clues(connection, kind, track, languages, language) if told.is_found else [],
        note=message("foreign_clues.note").say(language),
        written=note_fields.read(connection, kind, track, language),
    )


def criteria(connection: Connection, kind: Kind, told: Tracked, language: Language) -> list[Criterion]:
    """Return the four criteria of a group or campaign, each with what is measured of it and what people say.

    Args:
        connection: Of the operation.
        kind: A group or a campaign.
        told: What is found of it.
        language: Language of the sentences.
    """
    described = told.group or told.campaign
    measured = [each.say(language) for each in likely(connection, kind, told.track)] if described else []
    against: list[str] = []
    if described is not None:
        audience = described.audience.sentence or message("operations.measured.no_audience").say(language)
        measured = [described.sentence, *measured, audience]
        against = list(_against(described, language))
    found = []
    for name in get_args(CriterionName):
        history = decisions.history(connection, CriterionSubject(kind, told.track, name))
        is_measured = name == _MEASURED
        found.append(
            Criterion(
                name=name,
                text=Message(f"operations.criterion.{name}").say(language),
                measured=measured if is_measured else [],
                against=against if is_measured else [],
                said=history[0] if history else None,
                history=history,
            )
        )
    return found


def likely(connection: Connection, kind: Kind, track: int) -> Iterator[Message]:
    """Yield how many members are likely inauthentic, and how many coordinated.

    Args:
        connection: Of the operation.
        kind: A group or a campaign.
        track: Its number over time.
    """
    verdicts = tables.verdicts
    own = (verdicts.c.track if kind == "group" else verdicts.c.campaign_track) == track
    for target in scores.TARGETS:
        band = verdicts.c[f"{target}_band"]
        rows = connection.execute(select(band, func.count()).where(own).group_by(band))
        counts: dict[str, int] = {row[0]: row[1] for row in rows}
        found = sum(counts.get(name, 0) for name in scores.LIKELY)
        yield from scores.likely(target, found, sum(counts.values()), counts.get(ABSTAINED, 0))


def _against(described: Group | Campaign, language: Language) -> Iterator[str]:
    """Yield what else may explain a group or campaign, and what it does not show."""
    match described.verdict:
        case "shared_contents":
            yield message("operations.measured.contents_alone").say(language)
        case "synchronous":
            yield message("operations.measured.synchrony_alone").say(language)
    for each in described.benign_alternatives:
        yield _alternative(each)


def _alternative(each: Alternative) -> str:
    return " ".join([f"{each.sentence.rstrip('.')}.", *each.evidence_for])


def _clues(
    connection: Connection, kind: Kind, track: int, languages: Sequence[str], language: Language
) -> list[Clue]:
    members = connection.execute(
        select(tables.tracks.c.members).where(tables.tracks.c.kind == kind, tables.tracks.c.id == track)
    ).scalar_one()
    held = corpus.read(connection)
    keys = pl.DataFrame({"key": [bytes.fromhex(member) for member in members]}, {"key": pl.Binary})
    accounts = held.accounts.join(keys, on="key", how="semi", maintain_order="left")
    posts = held.posts.join(accounts, on="row", how="semi")
    codes = [name.strip().lower().partition("-")[0] for name in languages]
    return clues(accounts.drop("key"), posts, codes, language)
