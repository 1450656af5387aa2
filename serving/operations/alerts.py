"""What is worth telling between two judgements: a new group, one that grew, merged, split, went or came back, a burst."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from sqlalchemy import Connection, Row, func, insert, select

from vigie.features.coordination.report import display_text
from vigie.features.i18n import Decimal, Language, Listing, Message, Moment, Value
from vigie.serving.operations import tables
from vigie.serving.operations.bursts import Burst

# Alerts told at once.
MOST = 1000
# A burst that goes on is told once a day.
_TOLD_FOR = timedelta(days=1)
_BURST = TypeAdapter(Burst)


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
            "are of a known campaign; known_reused: accounts published what a known campaign uses; burst_posts, burst_hashtag, "
            "burst_content: more within an hour than the earlier hours of the operation explain."
        ),
    ]
    track: Annotated[int | None, _doc("Number of the group or campaign over time.")]
    other: Annotated[int | None, _doc("The one it has split from or has merged into.")]
    accounts: Annotated[int, _doc("Its accounts now.")]
    joined: int
    left: int
    known: Annotated[str | None, _doc("The known campaign that accounts match.")]
    burst: Annotated[Burst | None, _doc("What bursts, where something does.")]
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


def of_track(connection: Connection, track: int, language: Language) -> list[Alert]:
    """Return what became of a group or campaign, in order: its own alerts, and those of what merged into it or split from it.

    Args:
        connection: Of the operation.
        track: Its number over time.
        language: Language of the sentences.
    """
    table = tables.alerts
    own = (table.c.track == track) | (table.c.data["other"].as_integer() == track)
    return [told(row, language) for row in connection.execute(select(table).where(own).order_by(table.c.id))]


def told(row: Row[Any], language: Language) -> Alert:
    """Return the alert that a row holds."""
    data = row.data
    burst = _BURST.validate_python(data["burst"]) if "burst" in data else None
    words: dict[str, Value] = {
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
        burst=burst,
        sentence=Message(
            f"operations.alert.{row.kind}", words | (_counted(burst) if burst is not None else {})
        ).say(language),
    )


def note_bursts(connection: Connection, found: Sequence[Burst], now: datetime) -> None:
    """Note the bursts that were not told within a day.

    Args:
        connection: Of the operation, writing.
        found: Those of the last 24 hours.
        now: Clock of the service.
    """
    table = tables.alerts
    known = [
        _BURST.validate_python(data["burst"])
        for data in connection.execute(select(table.c.data).where(table.c.kind.startswith("burst"))).scalars()
    ]
    for burst in found:
        before = (each for each in known if burst.since - each.until < _TOLD_FOR)
        if any(burst.name in (each.name, *each.beside) for each in before):
            continue
        data = {
            "accounts": sum(burst.accounts.values()),
            "joined": 0,
            "left": 0,
            "burst": _BURST.dump_python(burst, mode="json"),
        }
        connection.execute(insert(table).values(at=now, kind=f"burst_{burst.what}", data=data))


def _counted(burst: Burst) -> dict[str, Value]:
    """Return what a sentence says of a burst."""
    return {
        "name": display_text.plain_name(burst.name or ""),
        "peak": burst.peak,
        "usual": Decimal(burst.usual, 1),
        "since": Moment(burst.since),
        "accounts": sum(burst.accounts.values()),
        "posts": burst.posts,
        "platforms": Listing(tuple(display_text.platform(name) for name in burst.accounts)),
    }
