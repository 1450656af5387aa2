"""Alerts as events: counts and an address to ask, in the shape of CloudEvents 1.0, nothing of persons."""

from __future__ import annotations

import json
from typing import Any, Literal

from sqlalchemy import Row

from vigie.serving.operations.webhooks.sending import Message

Type = Literal[
    "vigie.group.created",
    "vigie.group.grown",
    "vigie.group.split",
    "vigie.group.merged",
    "vigie.group.rested",
    "vigie.group.returned",
    "vigie.campaign.created",
    "vigie.campaign.grown",
    "vigie.campaign.split",
    "vigie.campaign.merged",
    "vigie.campaign.rested",
    "vigie.campaign.returned",
    "vigie.known.returned",
    "vigie.known.reused",
    "vigie.burst.posts",
    "vigie.burst.hashtag",
    "vigie.burst.content",
]
# What becomes of a group, where an event calls it otherwise than an alert.
_CALLED = {"new": "created", "grew": "grown", "back": "returned"}


def type_of(kind: str) -> str:
    """Return the type of the event that tells an alert.

    >>> type_of("group_new")
    'vigie.group.created'
    """
    what, _, change = kind.partition("_")
    return f"vigie.{what}.{_CALLED.get(change, change)}"


def message(operation: str, alert: Row[Any]) -> Message:
    """Return what is sent of an alert: the same each time.

    Args:
        operation: Id of the operation.
        alert: Row of the alert.
    """
    source = f"/v1/operations/{operation}"
    subject = "alerts" if alert.track is None else f"{alert.kind.partition('_')[0]}s/{alert.track}"
    event = {
        "specversion": "1.0",
        "id": f"msg_{operation}_{alert.id}",
        "source": source,
        "type": type_of(alert.kind),
        "subject": subject,
        "time": alert.at.isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "operation": operation,
            "alert": alert.id,
            "track": alert.track,
            **{name: alert.data.get(name) for name in ("other", "accounts", "joined", "left")},
            "address": f"{source}/{subject}",
        },
    }
    return Message(f"msg_{operation}_{alert.id}", json.dumps(event, separators=(",", ":")))
