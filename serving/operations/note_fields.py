"""What people write into the technical note on a group or campaign: the fields that no measurement fills.

Nothing is overwritten: who changes a field adds an entry, and the last one of each field stands. An entry names the last one on
the group or campaign that its author saw, so that two people at once do not overwrite each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection, Row, insert, select

from vigie.errors import NoteConflictError
from vigie.features.coordination.report.display_text import plain_name
from vigie.features.i18n import Language, Message, message
from vigie.serving.note.person_fields import FIELDS, FieldName
from vigie.serving.operations import decisions, tables
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decisions import TrackSubject
from vigie.serving.operations.judgement import Kind

_TABLE = tables.note_fields


def _doc(text: str) -> object:
    return Field(description=text)


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote into a field."""

    id: Annotated[int, _doc("Grows with time.")]
    at: datetime
    by: str
    text: Annotated[str, _doc("Empty: the field was emptied.")]


@dataclass(frozen=True, slots=True)
class Texts:
    """What somebody writes.

    Attributes:
        fields: Text by field; an empty text empties a field.
        by: Who writes.
        after: The last entry on the group or campaign that its author saw; None: there was none.
    """

    fields: Mapping[FieldName, str]
    by: str
    after: int | None


@dataclass(frozen=True, slots=True)
class NoteField:
    """One field of the technical note that no measurement fills."""

    name: FieldName
    title: str
    written: Annotated[Written | None, _doc("What was written into it last; null: nobody has.")]


@dataclass(frozen=True, slots=True)
class NoteFields:
    """The fields of the technical note on a group or campaign that people fill."""

    fields: list[NoteField]
    last: Annotated[
        int | None, _doc("The last entry. The next one names it in `after`; null: there is none.")
    ]

    @property
    def texts(self) -> dict[FieldName, Written]:
        """What stands in each field that is not empty."""
        return {each.name: each.written for each in self.fields if each.written and each.written.text}


def add(catalogue: Catalogue, operation: str, subject: TrackSubject, texts: Texts) -> None:
    """Keep what somebody writes in an operation; arguments and errors as of :func:`write`."""
    with catalogue.database(operation).writing() as connection:
        write(connection, subject, texts, catalogue.clock())


def read(connection: Connection, kind: Kind, track: int, language: Language) -> NoteFields:
    """Return the fields, each with what was written into it last.

    Args:
        connection: Of the operation.
        kind: A group or a campaign.
        track: Its number over time.
        language: Of the titles.
    """
    found: dict[str, Written] = {}
    for row in _entries(connection, kind, track):
        found[row.name] = Written(row.id, row.at, row.by, row.text)
    titles = {name: Message(f"technical.field_{name}").say(language) for name in FIELDS}
    fields = [NoteField(name, titles[name], found.get(name)) for name in FIELDS]
    return NoteFields(fields, max((each.id for each in found.values()), default=None))


def write(connection: Connection, subject: TrackSubject, texts: Texts, now: datetime) -> None:
    """Keep what somebody writes into fields; a text that stands there already adds nothing.

    Args:
        connection: Of the operation, writing.
        subject: The group or campaign.
        texts: What is written.
        now: Clock of the service.

    Raises:
        OperationNotFoundError: The operation has no such group or campaign.
        NoteConflictError: Somebody has written since the author read the fields.
    """
    decisions.members_of(connection, subject)
    entries = _entries(connection, subject.kind, subject.track)
    standing = {row.name: row.text for row in entries}
    shown = {name: _shown(text) for name, text in texts.fields.items()}
    changed = {name: text for name, text in shown.items() if text != standing.get(name, "")}
    if not changed:
        return
    if (entries[-1].id if entries else None) != texts.after:
        raise NoteConflictError(_conflict(entries, texts.after))
    connection.execute(
        insert(_TABLE),
        [
            {
                "kind": subject.kind,
                "track": subject.track,
                "name": name,
                "at": now,
                "by": texts.by,
                "text": text,
            }
            for name, text in changed.items()
        ],
    )


def _shown(text: str) -> str:
    """Return a text line by line, without control and direction marks."""
    return "\n".join(plain_name(line.strip()) for line in text.strip().splitlines())


def _entries(connection: Connection, kind: Kind, track: int) -> list[Row[Any]]:
    of_track = (_TABLE.c.kind == kind, _TABLE.c.track == track)
    return list(connection.execute(select(_TABLE).where(*of_track).order_by(_TABLE.c.id)))


def _conflict(entries: list[Row[Any]], after: int | None) -> Message:
    seen = "null" if after is None else str(after)
    if not entries:
        return message("operations.error.written.none", after=seen)
    last = entries[-1]
    return message("operations.error.written", after=seen, last=str(last.id), by=plain_name(last.by))
