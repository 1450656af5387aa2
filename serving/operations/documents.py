"""What a judgement says, kept as it is answered: documents by name and language, compressed."""

from __future__ import annotations

import zstandard
from sqlalchemy import Connection, delete, insert, select

from vigie.serving.operations.tables import documents


def keep(connection: Connection, name: str, language: str, content: bytes) -> None:
    """Keep a document.

    Args:
        connection: Of the operation, writing.
        name: What it is asked for by, of 64 characters at most.
        language: Of its sentences; empty where it has none.
        content: JSON or Parquet.
    """
    connection.execute(
        insert(documents).values(name=name, language=language, content=zstandard.compress(content))
    )


def read(connection: Connection, name: str, language: str = "") -> bytes | None:
    """Return the content of a document; None where there is none by that name."""
    stored = connection.execute(
        select(documents.c.content).where(documents.c.name == name, documents.c.language == language)
    ).scalar_one_or_none()
    return None if stored is None else zstandard.decompress(stored)


def forget(connection: Connection, name: str) -> None:
    """Forget a document in every language."""
    connection.execute(delete(documents).where(documents.c.name == name))
