"""What is still to be delivered to each webhook, in the order of the alerts.

A webhook is served by one process at a time, for as long as its lease. The first message that is not taken holds back those
after it, so that a receiver that comes back gets everything in order. A message leaves when it was taken; it is dead when
the receiver was away for days, or when a receiver that is there has refused it several times.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection, Row, delete, insert, select, update

from vigie.serving.operations import tables
from vigie.serving.operations.webhooks import registration
from vigie.serving.operations.webhooks.events import type_of
from vigie.serving.operations.webhooks.sending import Answer

# How long a process may take for one message before another may serve the webhook.
LEASE = timedelta(minutes=1)
# Rest after the first failure; it doubles each time, up to the most.
_REST, _MOST_REST = timedelta(seconds=5), timedelta(hours=1)
# Others come back at other times.
_JITTER = 0.1
# By how much the clocks of machines that share a store may differ.
_SKEW = timedelta(minutes=1)
# How long a message is tried.
TRIED = timedelta(days=3)
# Answers of a receiver that is there and does not want this message, and how often that is believed to pass.
_REFUSED, _REFUSALS = {400, 413, 415, 422}, 5
# It wants none at all.
_GONE = 410

_WEBHOOKS, _DELIVERIES, _ALERTS = tables.webhooks, tables.deliveries, tables.alerts


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that is no longer tried."""

    id: int
    alert: Annotated[int, Field(description="Its number in GET alerts.")]
    kind: str
    attempts: int
    queued_at: datetime
    given_up_at: datetime


def fill(connection: Connection, now: datetime) -> None:
    """Queue the alerts that came since, for each webhook that asks for their kind."""
    for webhook in connection.execute(select(_WEBHOOKS).where(_WEBHOOKS.c.is_enabled)).all():
        fresh = connection.execute(
            select(_ALERTS.c.id, _ALERTS.c.kind).where(_ALERTS.c.id > webhook.queued).order_by(_ALERTS.c.id)
        ).all()
        wanted = [alert.id for alert in fresh if not webhook.kinds or type_of(alert.kind) in webhook.kinds]
        if wanted:
            rows = [
                {"webhook": webhook.id, "alert": alert, "queued_at": now, "attempts": 0} for alert in wanted
            ]
            connection.execute(insert(_DELIVERIES), rows)
        if fresh:
            own = _WEBHOOKS.c.id == webhook.id
            connection.execute(update(_WEBHOOKS).where(own).values(queued=fresh[-1].id))


def has_fresh(connection: Connection) -> bool:
    """Return whether there are alerts to queue."""
    later = select(_ALERTS.c.id).where(_ALERTS.c.id > _WEBHOOKS.c.queued).exists()
    return connection.execute(select(_WEBHOOKS.c.id).where(_WEBHOOKS.c.is_enabled, later)).first() is not None


def due(connection: Connection, now: datetime) -> list[str]:
    """Return the webhooks that something is to be delivered to now, and that nobody serves."""
    waiting = (
        select(_DELIVERIES.c.id)
        .where(_DELIVERIES.c.webhook == _WEBHOOKS.c.id, _DELIVERIES.c.given_up_at.is_(None))
        .exists()
    )
    return list(connection.execute(select(_WEBHOOKS.c.id).where(waiting, *_free(now))).scalars())


def claim(connection: Connection, webhook: str, now: datetime) -> bool:
    """Return whether a webhook is ours to serve, for the time of a lease."""
    ours = update(_WEBHOOKS).where(_WEBHOOKS.c.id == webhook, *_free(now)).values(busy_until=now + LEASE)
    return connection.execute(ours).rowcount == 1


def release(connection: Connection, webhook: str) -> None:
    """Leave a webhook to whoever comes."""
    connection.execute(update(_WEBHOOKS).where(_WEBHOOKS.c.id == webhook).values(busy_until=None))


def head(connection: Connection, webhook: str) -> tuple[Row[Any], Row[Any], Row[Any]] | None:
    """Return a webhook, its first delivery that is still tried, and the alert; None: there is nothing to deliver."""
    receiver = connection.execute(
        select(_WEBHOOKS).where(_WEBHOOKS.c.id == webhook, _WEBHOOKS.c.is_enabled)
    ).first()
    first = connection.execute(
        select(_DELIVERIES)
        .where(_DELIVERIES.c.webhook == webhook, _DELIVERIES.c.given_up_at.is_(None))
        .order_by(_DELIVERIES.c.id)
        .limit(1)
    ).first()
    if receiver is None or first is None:
        return None
    return receiver, first, connection.execute(select(_ALERTS).where(_ALERTS.c.id == first.alert)).one()


def note(connection: Connection, delivery: Row[Any], answer: Answer, now: datetime) -> bool:
    """Keep what came of an attempt, and return whether the next message may be sent at once.

    Args:
        connection: Of the operation, writing.
        delivery: What was sent.
        answer: What came of it.
        now: Clock of the service.
    """
    own, webhook = _DELIVERIES.c.id == delivery.id, _WEBHOOKS.c.id == delivery.webhook
    if answer.is_taken:
        connection.execute(delete(_DELIVERIES).where(own))
        values = {"failures": 0, "next_at": None, "delivered_at": now, "busy_until": now + LEASE}
        connection.execute(update(_WEBHOOKS).where(webhook).values(last_answer=answer.said, **values))
        return True
    attempts = delivery.attempts + 1
    is_refused = answer.status in _REFUSED and attempts >= _REFUSALS
    is_dead = is_refused or now - delivery.queued_at >= TRIED
    given_up_at = now if is_dead else None
    connection.execute(update(_DELIVERIES).where(own).values(attempts=attempts, given_up_at=given_up_at))
    failures = connection.execute(select(_WEBHOOKS.c.failures).where(webhook)).scalar_one_or_none() or 0
    values = {
        "failures": 0 if is_refused else failures + 1,
        "next_at": None if is_refused else now + rest(failures + 1, answer.retry_after_s),
        "failed_at": now,
        "is_enabled": answer.status != _GONE,
    }
    connection.execute(update(_WEBHOOKS).where(webhook).values(last_answer=answer.said, **values))
    return is_refused


def rest(failures: int, asked_s: float | None) -> timedelta:
    """Return how long a receiver is left alone after some failures in a row, and after what it asks for itself.

    >>> rest(1, None) < timedelta(seconds=6), rest(30, None) >= timedelta(minutes=54), rest(1, 600).total_seconds() >= 540
    (True, True, True)
    """
    doubled = _REST * (1 << min(failures - 1, 20))
    asked = min(timedelta(seconds=asked_s or 0), _MOST_REST)
    return max(min(doubled, _MOST_REST), asked) * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - spreads load


def dead_letters(connection: Connection, webhook: str) -> list[DeadLetter]:
    """Return what is no longer tried, in order.

    Raises:
        OperationNotFoundError: There is no such webhook.
    """
    registration.row_of(connection, webhook)
    table = _DELIVERIES.join(_ALERTS, _ALERTS.c.id == _DELIVERIES.c.alert)
    rows = connection.execute(
        select(_DELIVERIES, _ALERTS.c.kind)
        .select_from(table)
        .where(_DELIVERIES.c.webhook == webhook, _DELIVERIES.c.given_up_at.is_not(None))
        .order_by(_DELIVERIES.c.id)
    )
    return [
        DeadLetter(row.id, row.alert, type_of(row.kind), row.attempts, row.queued_at, row.given_up_at)
        for row in rows
    ]


def send_again(connection: Connection, webhook: str, now: datetime) -> None:
    """Queue what is no longer tried once more, in its old order; a receiver that wanted no more is asked again.

    Raises:
        OperationNotFoundError: There is no such webhook.
    """
    registration.row_of(connection, webhook)
    dead = (_DELIVERIES.c.webhook == webhook) & _DELIVERIES.c.given_up_at.is_not(None)
    connection.execute(update(_DELIVERIES).where(dead).values(given_up_at=None, attempts=0, queued_at=now))
    values = {"failures": 0, "next_at": None, "is_enabled": True}
    connection.execute(update(_WEBHOOKS).where(_WEBHOOKS.c.id == webhook).values(**values))


def _free(now: datetime) -> list[Any]:
    """Return what holds of a webhook that may be served now; times that a clock wrote which was ahead hold nobody back."""
    table, later = _WEBHOOKS.c, now + _SKEW
    has_rested = table.next_at.is_(None) | (table.next_at <= now) | (table.failed_at > later)
    is_left = table.busy_until.is_(None) | (table.busy_until <= now) | (table.busy_until > later + LEASE)
    return [table.is_enabled, has_rested, is_left]
