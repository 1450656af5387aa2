"""Cases: what somebody looks into, from pending to closed.

A case is the list of its entries: who did what, when and why. Nothing of it is overwritten. An entry names the last one that its
author saw, so that two people at once do not overwrite each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter
from sqlalchemy import Connection, Row, insert, select, update

from vigie.errors import CaseConflictError, OperationError, OperationNotFoundError
from vigie.features.json_object import JsonObject
from vigie.serving.operations import decisions, tables
from vigie.serving.operations.decisions import AccountSubject, ContentSubject, TrackSubject

State = Literal["pending", "investigating", "closed"]
CaseSubject = Annotated[AccountSubject | TrackSubject | ContentSubject, Field(discriminator="kind")]

_TABLE = tables.case_entries


def _doc(text: str) -> object:
    return Field(description=text)


@dataclass(frozen=True, slots=True)
class File:
    """Something that lies elsewhere: its address, or the digest of its bytes."""

    name: str
    url: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody did in a case."""

    id: Annotated[int, _doc("Grows with time. The next entry names it in `after`.")]
    at: datetime
    by: str
    note: str
    state: Annotated[State | None, _doc("What the case became; null where that did not change.")]
    subjects: Annotated[
        list[CaseSubject], _doc("What the case is about from then on, beside what it was before.")
    ]
    files: list[File]


@dataclass(frozen=True, slots=True)
class Case:
    """What somebody looks into."""

    id: int
    title: str
    state: State
    subjects: list[CaseSubject]
    entries: Annotated[list[Entry], _doc("In order; the first one opened it.")]

    def is_about(self, subject: JsonObject) -> bool:
        """Return whether it is about a subject, given as plain values."""
        return any(decisions.about(each) == subject for each in self.subjects)


@dataclass(frozen=True, slots=True)
class Addition:
    """What somebody adds to a case.

    Attributes:
        by: Who.
        note: What they say.
        after: The last entry that they saw.
        state: What the case becomes; None: it stays what it is.
        subjects: What it is about from now on too.
        files: What is attached.
    """

    by: str
    note: str
    after: int
    state: State | None = None
    subjects: Sequence[CaseSubject] = ()
    files: Sequence[File] = field(default_factory=tuple)


_SUBJECTS = TypeAdapter(list[CaseSubject])
_FILES = TypeAdapter(list[File])


def begin(
    connection: Connection, title: str, subjects: Sequence[CaseSubject], by: str, note: str, now: datetime
) -> Case:
    """Return a new case, which is pending.

    Args:
        connection: Of the operation, writing.
        title: What it is called.
        subjects: What it is about.
        by: Who opens it.
        note: Why.
        now: Clock of the service.

    Raises:
        OperationNotFoundError: The operation does not hold a subject.
    """
    number = _keep(connection, 0, now, by, note, subjects, (), title=title, state="pending")
    connection.execute(update(_TABLE).where(_TABLE.c.id == number).values(case=number))
    return one(connection, number)


def add(connection: Connection, case: int, addition: Addition, now: datetime) -> Case:
    """Return a case to which something was added.

    Args:
        connection: Of the operation, writing.
        case: Its number.
        addition: What is added.
        now: Clock of the service.

    Raises:
        OperationNotFoundError: The operation has no such case, or does not hold a subject.
        CaseConflictError: Somebody has added to it since the author read it.
        OperationError: It is in that state already.
    """
    known = one(connection, case)
    last = known.entries[-1]
    if last.id != addition.after:
        raise CaseConflictError(
            f"after is {addition.after}, but the last entry of the case is {last.id}, by {last.by}; read it, and send yours again "
            f"with after: {last.id}"
        )
    if addition.state == known.state:
        raise OperationError(f"the case is {known.state} already; leave state out to add a note alone")
    _keep(
        connection, case, now, addition.by, addition.note, addition.subjects, addition.files, state=addition.state
    )  # fmt: skip
    return one(connection, case)


def listed(connection: Connection, state: State | None = None) -> list[Case]:
    """Return the cases of an operation, those that were changed last first.

    Args:
        connection: Of the operation.
        state: Those in this state alone; None: all.
    """
    entries: dict[int, list[Row[Any]]] = {}
    for row in connection.execute(select(_TABLE).order_by(_TABLE.c.id)):
        entries.setdefault(row.case, []).append(row)
    told = [_told(rows) for rows in entries.values()]
    wanted = [each for each in told if state in (None, each.state)]
    return sorted(wanted, key=lambda each: -each.entries[-1].id)


def one(connection: Connection, case: int) -> Case:
    """Return a case.

    Raises:
        OperationNotFoundError: There is none by that number.
    """
    rows = connection.execute(select(_TABLE).where(_TABLE.c.case == case).order_by(_TABLE.c.id)).all()
    if not rows:
        raise OperationNotFoundError(f"the operation has no case {case}; GET cases lists them")
    return _told(rows)


def _keep(
    connection: Connection, case: int, now: datetime, by: str, note: str, subjects: Sequence[CaseSubject],
    files: Sequence[File], *, title: str | None = None, state: State | None = None,
) -> int:  # fmt: skip
    """Keep an entry and return its id."""
    for subject in subjects:
        decisions.members_of(connection, subject)
    made = connection.execute(
        insert(_TABLE).values(
            case=case,
            at=now,
            by=by,
            note=note,
            title=title,
            state=state,
            subjects=[decisions.about(subject) for subject in subjects],
            files=_FILES.dump_python(list(files)),
        )
    )
    return int(made.inserted_primary_key[0])  # type: ignore[index]  # the database gives it


def _told(rows: Sequence[Row[Any]]) -> Case:
    entries = [
        Entry(
            row.id,
            row.at,
            row.by,
            row.note,
            row.state,
            _SUBJECTS.validate_python(row.subjects),
            _FILES.validate_python(row.files),
        )
        for row in rows
    ]
    subjects = dict.fromkeys(subject for entry in entries for subject in entry.subjects)
    state: State = next(entry.state for entry in reversed(entries) if entry.state is not None)
    return Case(rows[0].case, rows[0].title, state, list(subjects), entries)
