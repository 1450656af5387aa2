"""An operation of the first schema takes what people write into a note."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from vigie.serving.operations import note_fields, tables
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.decisions import TrackSubject
from vigie.serving.operations.note_fields import Texts


def test_a_store_of_the_first_schema_takes_fields_of_a_note(old_store: Any) -> None:
    catalogue = Catalogue(old_store.opened(), old_store.clock)
    values = {"kind": "campaign", "born_at": old_store.clock(), "seen_at": old_store.clock(), "members": []}
    with catalogue.database(old_store.id).writing() as connection:
        track = connection.execute(insert(tables.tracks).values(**values)).inserted_primary_key[0]  # type: ignore[index]
    note_fields.add(
        catalogue, old_store.id, TrackSubject("campaign", track), Texts({"author": "Unit A"}, "Ann", None)
    )
    with catalogue.database(old_store.id).reading() as connection:
        assert note_fields.read(connection, "campaign", track, "en").texts["author"].by == "Ann"
