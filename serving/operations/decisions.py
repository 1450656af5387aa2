"""What people decide on accounts, groups, campaigns and contents: who, when and why; nothing is taken back, only added to.

A decision names the last one on its subject that its author saw, so that two people at once do not overwrite each other.
It stands beside the score, and leaves as a label (:mod:`vigie.serving.operations.labels`). It enters what is computed only where
somebody fits an adaptation on it (:mod:`vigie.serving.operations.adaptation`).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, TypeAdapter
from sqlalchemy import Connection, Row, insert, select

from vigie.errors import DecisionConflictError, OperationNotFoundError
from vigie.features.coordination.report.display_text import plain_name
from vigie.features.i18n import Message, message
from vigie.features.json_object import JsonObject
from vigie.serving.operations import copied, records, tables
from vigie.serving.operations.judgement import Kind

Target = Literal["inauthentic", "coordinated"]
# The highest number over time that is asked for: the database can hold it.
HIGHEST_TRACK = 2**62
TrackNumber = Annotated[int, Field(ge=0, le=HIGHEST_TRACK)]
Choice = Literal["confirmed", "false_positive", "cannot_tell", "met", "not_met"]

_TABLE = tables.decisions
# Values that one statement names: SQLite and PostgreSQL take more.
_AT_ONCE = 10_000
_SALT_BYTES = 32


def _doc(text: str) -> object:
    return Field(description=text)


def _writable(text: str) -> str:
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("a name holds no NUL and no half of a character")
    return text


# No database takes every text that JSON can write.
_Text = Annotated[str, AfterValidator(_writable)]


@dataclass(frozen=True, slots=True)
class AccountSubject:
    """One account."""

    platform: _Text
    account_id: _Text
    kind: Literal["account"] = "account"


@dataclass(frozen=True, slots=True)
class TrackSubject:
    """A group or a campaign, by its number over time."""

    kind: Kind
    track: TrackNumber


@dataclass(frozen=True, slots=True)
class ContentSubject:
    """Something that several accounts published, as ``contents`` names it."""

    trace: _Text
    object: _Text
    kind: Literal["content"] = "content"


@dataclass(frozen=True, slots=True)
class CriterionSubject:
    """One criterion of the assessment of a group or a campaign."""

    of: Kind
    track: TrackNumber
    criterion: str
    kind: Literal["criterion"] = "criterion"


Subject = Annotated[
    AccountSubject | TrackSubject | ContentSubject | CriterionSubject, Field(discriminator="kind")
]
_SUBJECT: TypeAdapter[Subject] = TypeAdapter(Subject)


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody says.

    Attributes:
        subject: What it is about.
        target: What the subject was flagged as; None where that is no question.
        decision: What is decided.
        by: Who.
        why: Why.
        after: The last decision on the subject and target that its author saw; None: there was none.
        withdraws: The decision that it takes back; ``decision`` is what stood before that one, and ``cannot_tell`` where nothing
            did.
    """

    subject: Subject
    target: Target | None
    decision: Choice
    by: str
    why: str
    after: int | None
    withdraws: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided."""

    id: Annotated[int, _doc("Grows with time. A later decision on the subject names it in `after`.")]
    at: datetime
    subject: Subject
    target: Annotated[Target | None, _doc("What the subject was flagged as.")]
    decision: Choice
    by: str
    why: str
    members: Annotated[int, _doc("Accounts of the group or campaign when it was decided.")]
    after: Annotated[int | None, _doc("The decision that it follows.")]
    receipt: Annotated[
        str | None,
        _doc("Digest of its line in the chain: keep it to prove later that the decision was made."),
    ]
    withdraws: Annotated[
        int | None,
        _doc(
            "The decision that it takes back: what stood before that one stands again, and cannot_tell where nothing did."
        ),
    ] = None

    @property
    def is_void(self) -> bool:
        """Whether nothing stands any more: what was decided was taken back, and nobody had decided before."""
        return self.withdraws is not None and self.decision == "cannot_tell"


def record(connection: Connection, statement: Statement, now: datetime) -> int:
    """Keep a decision and return its id.

    Args:
        connection: Of the operation, writing.
        statement: What is decided.
        now: Clock of the service.

    Raises:
        OperationNotFoundError: The operation does not hold the subject.
        DecisionConflictError: There is a later decision on the subject than the one that its author saw.
    """
    members = members_of(connection, statement.subject)
    same = [
        _TABLE.c.subject == digest(statement.subject),
        _TABLE.c.target.is_not_distinct_from(statement.target),
    ]
    last = connection.execute(
        select(_TABLE.c.id, _TABLE.c.decision, _TABLE.c.by).where(*same).order_by(_TABLE.c.id.desc()).limit(1)
    ).first()
    if (last.id if last else None) != statement.after:
        after = "null" if statement.after is None else str(statement.after)
        if last is None:
            raise DecisionConflictError(message("operations.error.decided.none", after=after))
        raise DecisionConflictError(
            message(
                "operations.error.decided",
                after=after,
                last=str(last.id),
                decision=last.decision,
                by=plain_name(last.by),
            )
        )
    made = connection.execute(
        insert(_TABLE).values(
            at=now,
            subject=digest(statement.subject),
            about=about(statement.subject),
            target=statement.target,
            decision=statement.decision,
            by=statement.by,
            why=statement.why,
            members=members,
            after=statement.after,
            salt=secrets.token_bytes(_SALT_BYTES),
            withdraws=statement.withdraws,
        )
    )
    return int(made.inserted_primary_key[0])  # type: ignore[index]  # the database gives it


def withdrawal(connection: Connection, number: int, by: str, why: str) -> Statement:
    """Return the decision that takes another one back.

    Args:
        connection: Of the operation.
        number: Id of the decision that is taken back; it must be the last one on its subject and target.
        by: Who takes it back.
        why: Why.

    Raises:
        OperationNotFoundError: The operation has no such decision.
    """
    row = connection.execute(select(_TABLE).where(_TABLE.c.id == number)).first()
    if row is None:
        raise OperationNotFoundError(f"the operation has no decision {number}; GET decisions lists them")
    before = connection.execute(
        select(_TABLE.c.decision).where(_TABLE.c.id == row.after)
    ).scalar_one_or_none()
    taken = _told(row)
    return Statement(taken.subject, taken.target, before or "cannot_tell", by, why, number, number)


def listed(connection: Connection, since: int, most: int) -> list[Decision]:
    """Return decisions in the order they were made.

    Args:
        connection: Of the operation.
        since: Id of the last decision that was seen; 0 for all.
        most: Decisions returned.
    """
    rows = connection.execute(select(_TABLE).where(_TABLE.c.id > since).order_by(_TABLE.c.id).limit(most))
    return [_told(row) for row in rows]


def history(connection: Connection, subject: Subject) -> list[Decision]:
    """Return every decision on a subject, the newest first."""
    rows = connection.execute(
        select(_TABLE).where(_TABLE.c.subject == digest(subject)).order_by(_TABLE.c.id.desc())
    )
    return [_told(row) for row in rows]


def standing(connection: Connection, subjects: Collection[Subject]) -> dict[Subject, list[Decision]]:
    """Return the last decision on each subject and target; subjects without any are left out."""
    digests = [digest(subject) for subject in subjects]
    found: dict[Subject, dict[Target | None, Decision]] = {}
    for start in range(0, len(digests), _AT_ONCE):
        some = digests[start : start + _AT_ONCE]
        for row in connection.execute(select(_TABLE).where(_TABLE.c.subject.in_(some)).order_by(_TABLE.c.id)):
            decision = _told(row)
            found.setdefault(decision.subject, {})[decision.target] = decision
    return {subject: list(by_target.values()) for subject, by_target in found.items()}


def about(subject: Subject) -> JsonObject:
    """Return a subject as plain values."""
    plain: JsonObject = _SUBJECT.dump_python(subject)
    return plain


def canonical(content: JsonObject) -> bytes:
    """Return the one way in which an object is written, to take a digest of."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(subject: Subject) -> bytes:
    """Return the digest by which decisions on a subject are looked up."""
    return blake2b(canonical(about(subject)), digest_size=16).digest()


def _told(row: Row[Any]) -> Decision:
    return Decision(
        id=row.id,
        at=row.at,
        subject=_SUBJECT.validate_python(row.about),
        target=row.target,
        decision=row.decision,
        by=row.by,
        why=row.why,
        members=len(row.members),
        after=row.after,
        receipt=row.receipt,
        withdraws=row.withdraws,
    )


def members_of(connection: Connection, subject: Subject) -> list[tuple[str, str]]:
    """Return the accounts that a subject holds now: platform and id, in order; none but of a group or campaign.

    Raises:
        OperationNotFoundError: The operation does not hold the subject.
    """
    match subject:
        case AccountSubject(platform, account_id):
            key = records.account_key(platform, account_id)
            if not _names(connection, [key]):
                raise OperationNotFoundError(message("operations.error.unseen_account"))
            return []
        case ContentSubject(trace, shown):
            if not any((each.trace, each.object) == (trace, shown) for each in copied.contents(connection)):
                raise OperationNotFoundError(message("operations.error.no_content"))
            return []
        case TrackSubject(kind, track) | CriterionSubject(kind, track):
            table = tables.tracks
            members = connection.execute(
                select(table.c.members).where(table.c.kind == kind, table.c.id == track)
            ).scalar_one_or_none()
            if members is None:
                raise OperationNotFoundError(Message(f"operations.error.no_track.{kind}", {"track": track}))
            return _names(connection, [bytes.fromhex(member) for member in members])


def _names(connection: Connection, keys: Sequence[bytes]) -> list[tuple[str, str]]:
    accounts = tables.accounts
    found: list[tuple[str, str]] = []
    for start in range(0, len(keys), _AT_ONCE):
        some = accounts.c.key.in_(keys[start : start + _AT_ONCE])
        rows = connection.execute(select(accounts.c.platform, accounts.c.account_id).where(some))
        found.extend((row.platform, row.account_id) for row in rows)
    return sorted(found)
