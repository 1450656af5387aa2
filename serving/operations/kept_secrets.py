"""Secrets that all processes of a deployment share, kept in the catalogue."""

from __future__ import annotations

import secrets

from sqlalchemy import Table, insert, select

from vigie.serving.operations.store import Database

_BYTES = 32


def kept_secret(catalogue: Database, table: Table) -> bytes:
    """Return a secret of a deployment, made when it is first asked for.

    Args:
        catalogue: The tables that list the operations.
        table: The one of them that holds it.

    Raises:
        StoreError: The database does not answer.
    """
    with catalogue.reading() as connection:
        found: bytes | None = connection.execute(select(table.c.secret)).scalar_one_or_none()
    if found is None:
        with catalogue.writing() as connection:
            # Another process may have made it in between.
            found = connection.execute(select(table.c.secret)).scalar_one_or_none()
            if found is None:
                found = secrets.token_bytes(_BYTES)
                connection.execute(insert(table).values(id=1, secret=found))
    return found
