"""A document is read as it was kept, in its language alone."""

from __future__ import annotations

from typing import Any

from vigie.serving.operations import documents


def test_a_document_is_read_in_the_language_that_it_was_kept_in(watched: Any) -> None:
    database = watched.catalogue.database(watched.id)
    with database.writing() as connection:
        documents.keep(connection, "told", "fr", b"dit")
        documents.keep(connection, "told", "", b"\x00" * 9_000)
    with database.reading() as connection:
        assert documents.read(connection, "told", "fr") == b"dit"
        assert documents.read(connection, "told") == b"\x00" * 9_000
        assert documents.read(connection, "told", "en") is None
