"""The chronology of a campaign or group, to the second: when its accounts were made, and when each content appeared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from vigie.features.coordination.comparison import Comparison
from vigie.features.coordination.report import display_text
from vigie.features.i18n import Message, Moment, message
from vigie.serving.note import contents
from vigie.serving.note.subjects import Subject, people

# Contents that are told, those of most accounts, and characters of what they are known by.
MOST, _SHOWN = 12, 120


@dataclass(frozen=True)
class Event:
    """Something that happened, and the post that shows it, where its address is certain."""

    time: datetime
    text: Message
    address: str | None = None


def of(subject: Subject, compared: Comparison) -> list[Event]:
    """Return what is known of a subject in the order it happened.

    Args:
        subject: The campaign or group.
        compared: The comparison it is of.
    """
    return sorted(
        [*_creations(subject, compared), *_contents(subject, compared), *_last(subject)],
        key=lambda event: event.time,
    )


def _creations(subject: Subject, compared: Comparison) -> Iterator[Event]:
    dated = (
        people(compared)
        .filter(pl.col("account").is_in(list(subject.members)))
        .drop_nulls("created_at")
        .sort("created_at", "name")
    )
    if dated.height > 1:
        for place, key in ((0, "technical.event_created_first"), (-1, "technical.event_created_last")):
            time, name = dated.select("created_at", "name").row(place)
            yield Event(time, Message(key, {"account": name}))


def _contents(subject: Subject, compared: Comparison) -> Iterator[Event]:
    for content in contents.of(subject, compared, MOST):
        known_by = content.excerpt or content.name
        shown = known_by if len(known_by) <= _SHOWN else known_by[:_SHOWN].rstrip() + "…"
        yield Event(
            content.first_time,
            message(
                "technical.event_content",
                account=content.first_account,
                kind=content.kind,
                content=display_text.plain_name(shown),
                accounts=message("note.accounts", count=content.inside),
                posts=message("note.posts", count=content.posts),
                last=Moment(content.last_time, seconds=True),
            ),
            content.address,
        )


def _last(subject: Subject) -> Iterator[Event]:
    if subject.acts.height:
        last = int(subject.acts["time"].max())  # type: ignore[arg-type]  # seconds
        yield Event(datetime.fromtimestamp(last, UTC), message("technical.event_last"))
