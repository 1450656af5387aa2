"""Requests that name themselves by an Idempotency-Key: done once, answered the same however often they are sent.

After the draft "The Idempotency-Key HTTP Header Field" (draft-ietf-httpapi-idempotency-key-header).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

import zstandard
from sqlalchemy import Connection, insert, select

from vigie.errors import IdempotencyError
from vigie.features.i18n import message
from vigie.serving.operations import tables

LONGEST_KEY = 255


def once(
    connection: Connection, key: str | None, body: bytes, now: datetime, make: Callable[[], bytes]
) -> bytes:
    """Return the answer to a request; one that was answered before gets that answer, and nothing is done again.

    The answer is kept in the transaction that does the work: there is no moment at which one is without the other.

    Args:
        connection: Of the operation, writing.
        key: What the request names itself; None: nothing, and it is done each time.
        body: What was sent: a key stands for one body.
        now: Clock of the service.
        make: Does the work and returns the answer.

    Raises:
        IdempotencyError: The key was used for another body, or is too long.
    """
    if key is None:
        return make()
    if not 0 < len(key) <= LONGEST_KEY:
        raise IdempotencyError(message("operations.error.key_length", most=LONGEST_KEY))
    table = tables.requests
    digest = sha256(body).digest()
    known = connection.execute(select(table.c.body, table.c.answer).where(table.c.key == key)).first()
    if known is not None:
        if known.body != digest:
            raise IdempotencyError(message("operations.error.key_reused"))
        return zstandard.decompress(known.answer)
    answer = make()
    connection.execute(
        insert(table).values(key=key, body=digest, answer=zstandard.compress(answer), received_at=now)
    )
    return answer
