"""Webhooks of an operation: registered, told, their secrets changed, taken away."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from vigie.errors import OperationNotFoundError
from vigie.features.i18n import message
from vigie.serving.operations import tables
from vigie.serving.operations.webhooks.events import Type

# How long the secret before a rotation signs beside the new one.
OVERLAP = timedelta(days=1)
_SECRET_BYTES = 32

_TABLE, _DELIVERIES = tables.webhooks, tables.deliveries


def _doc(text: str) -> object:
    return Field(description=text)


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of alerts."""

    id: str
    url: str
    kinds: Annotated[
        list[str], _doc("Types of events that it is told of, and there may come more; empty: all.")
    ]
    created_at: datetime
    is_enabled: Annotated[bool, _doc("False once the receiver answered 410: it wants no more.")]
    delivered_at: Annotated[datetime | None, _doc("When it last took an event.")]
    waiting: Annotated[int, _doc("Events that are still to be delivered, in order.")]
    dead: Annotated[int, _doc("Events that are no longer tried; they can be sent again.")]
    failures: Annotated[int, _doc("Failed attempts in a row.")]
    next_at: Annotated[datetime | None, _doc("When the next attempt is due after a failed one.")]
    last_answer: Annotated[str | None, _doc("What came of the last attempt.")]


@dataclass(frozen=True, slots=True)
class Keyed:
    """A webhook with its secret, shown this once."""

    webhook: Webhook
    secret: Annotated[str, _doc("Verifies the signatures (Standard Webhooks 1.0). It is not shown again.")]


def register(connection: Connection, url: str, kinds: Sequence[Type], now: datetime) -> Keyed:
    """Return a new webhook, told of the alerts that come from now on.

    Args:
        connection: Of the operation, writing.
        url: Where it goes, which was looked at.
        kinds: Types of events that it is told of; none: all.
        now: Clock of the service.
    """
    name, secret = f"wh_{secrets.token_hex(8)}", _secret()
    last = connection.execute(select(func.max(tables.alerts.c.id))).scalar_one() or 0
    connection.execute(
        insert(_TABLE).values(
            id=name,
            url=url,
            kinds=sorted(set(kinds)),
            secret=secret,
            created_at=now,
            is_enabled=True,
            queued=last,
            failures=0,
        )
    )
    return Keyed(one(connection, name), secret)


def rotate(connection: Connection, webhook: str, now: datetime) -> Keyed:
    """Return a webhook with a new secret; the one before it signs too for a day.

    Raises:
        OperationNotFoundError: There is none by that name.
    """
    before = row_of(connection, webhook)
    secret = _secret()
    values = {"secret": secret, "former_secret": before.secret, "former_until": now + OVERLAP}
    connection.execute(update(_TABLE).where(_TABLE.c.id == webhook).values(**values))
    return Keyed(one(connection, webhook), secret)


def remove(connection: Connection, webhook: str) -> None:
    """Take a webhook away, with what was to be delivered to it.

    Raises:
        OperationNotFoundError: There is none by that name.
    """
    row_of(connection, webhook)
    connection.execute(delete(_DELIVERIES).where(_DELIVERIES.c.webhook == webhook))
    connection.execute(delete(_TABLE).where(_TABLE.c.id == webhook))


def listed(connection: Connection) -> list[Webhook]:
    """Return every webhook, the oldest first."""
    rows = connection.execute(select(_TABLE).order_by(_TABLE.c.created_at, _TABLE.c.id)).all()
    return [_told(connection, row) for row in rows]


def one(connection: Connection, webhook: str) -> Webhook:
    """Return a webhook.

    Raises:
        OperationNotFoundError: There is none by that name.
    """
    return _told(connection, row_of(connection, webhook))


def row_of(connection: Connection, webhook: str) -> Row[Any]:
    """Return the row of a webhook.

    Raises:
        OperationNotFoundError: There is none by that name.
    """
    row = connection.execute(select(_TABLE).where(_TABLE.c.id == webhook)).first()
    if row is None:
        raise OperationNotFoundError(message("operations.error.no_webhook"))
    return row


def signing(row: Row[Any], now: datetime) -> list[str]:
    """Return the secrets that sign now: the newest first, and the one before it for a while."""
    former = [row.former_secret] if row.former_until is not None and now < row.former_until else []
    return [row.secret, *former]


def _told(connection: Connection, row: Row[Any]) -> Webhook:
    own = _DELIVERIES.c.webhook == row.id
    waiting, dead = connection.execute(
        select(
            func.count() - func.count(_DELIVERIES.c.given_up_at), func.count(_DELIVERIES.c.given_up_at)
        ).where(own)
    ).one()
    return Webhook(
        id=row.id,
        url=row.url,
        kinds=row.kinds,
        created_at=row.created_at,
        is_enabled=row.is_enabled,
        delivered_at=row.delivered_at,
        waiting=waiting,
        dead=dead,
        failures=row.failures,
        next_at=row.next_at,
        last_answer=row.last_answer,
    )


def _secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"
