"""What is worth telling between two judgements: a new group, one that grew, merged, split, went or came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection, Row, func, select

from vigie.features.coordination.report import display_text
from vigie.features.i18n import Language, Message
from vigie.serving.operations import tables

# Alerts told at once.
MOST = 1000


def _doc(text: str) -> object:
    return Field(description=text)


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that changed."""

    id: Annotated[int, _doc("Grows with time: ask for those after the last one seen.")]
    at: datetime
    kind: Annotated[
        str,
        _doc(
            "group or campaign, and what became of it: _new, _grew, _split, _merged, _rested, _back; known_returned: accounts "
            "are of a known campaign; known_reused: accounts published what a known campaign uses."
        ),
    ]
    track: Annotated[int | None, _doc("Number of the group or campaign over time.")]
    other: Annotated[int | None, _doc("The one it has split from or has merged into.")]
    accounts: Annotated[int, _doc("Its accounts now.")]
    joined: int
    left: int
    known: Annotated[str | None, _doc("The known campaign that accounts match.")]
    sentence: str


def last(connection: Connection) -> int:
    """Return the id of the newest alert; 0 where there is none."""
    return int(connection.execute(select(func.max(tables.alerts.c.id))).scalar() or 0)


def since(connection: Connection, after: int, most: int, language: Language) -> list[Alert]:
    """Return the alerts after one, in order.

    Args:
        connection: Of the operation.
        after: Id of the last alert that was seen; 0 for all.
        most: Alerts returned.
        language: Language of the sentences.
    """
    table = tables.alerts
    rows = connection.execute(select(table).where(table.c.id > after).order_by(table.c.id).limit(most))
    return [told(row, language) for row in rows]


def told(row: Row[Any], language: Language) -> Alert:
    """Return the alert that a row holds."""
    data = row.data
    words = {
        "track": row.track, "other": data.get("other") or 0, "count": data["accounts"], "joined": data["joined"],
        "campaign": display_text.plain_name(data.get("campaign") or ""),
    }  # fmt: skip
    return Alert(
        id=row.id,
        at=row.at,
        kind=row.kind,
        track=row.track,
        other=data.get("other"),
        accounts=data["accounts"],
        joined=data["joined"],
        left=data["left"],
        known=data.get("campaign"),
        sentence=Message(f"operations.alert.{row.kind}", words).say(language),
    )
