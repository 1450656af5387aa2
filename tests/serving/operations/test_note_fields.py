"""What people write into a note is kept with who wrote it; nothing is overwritten, and two people at once do not collide."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, insert, select

from vigie.errors import NoteConflictError, OperationNotFoundError
from vigie.serving.note.person_fields import FIELDS
from vigie.serving.operations import note_fields, tables
from vigie.serving.operations.decisions import TrackSubject
from vigie.serving.operations.note_fields import NoteFields, Texts

GROUP = TrackSubject("group", 1)


@pytest.fixture
def grouped(watched: Any) -> Any:
    values = {
        "kind": "group",
        "born_at": watched.catalogue.clock(),
        "seen_at": watched.catalogue.clock(),
        "members": [],
    }
    with watched.catalogue.database(watched.id).writing() as connection:
        connection.execute(insert(tables.tracks).values(**values))
    return watched


def stand(watched: Any) -> NoteFields:
    with watched.catalogue.database(watched.id).reading() as connection:
        return note_fields.read(connection, "group", 1, "fr")


def entries(watched: Any) -> int:
    with watched.catalogue.database(watched.id).reading() as connection:
        return int(connection.execute(select(func.count()).select_from(tables.note_fields)).scalar_one())


def write(watched: Any, texts: dict[Any, str], by: str, after: int | None) -> None:
    note_fields.add(watched.catalogue, watched.id, GROUP, Texts(texts, by, after))


def test_the_last_text_of_each_field_stands_with_its_author(grouped: Any) -> None:
    assert [each.name for each in stand(grouped).fields] == list(FIELDS)
    assert (stand(grouped).texts, stand(grouped).last) == ({}, None)
    write(grouped, {"author": "Unit A", "targets": "the vote"}, "Ann", None)
    write(grouped, {"author": "Unit B", "contact": ""}, "Bea", stand(grouped).last)
    told = stand(grouped).texts
    assert {name: (each.text, each.by) for name, each in told.items()} == {
        "author": ("Unit B", "Bea"), "targets": ("the vote", "Ann"),
    }  # fmt: skip
    assert entries(grouped) == 3, "what was written before stays"
    write(grouped, {"targets": ""}, "Ann", stand(grouped).last)
    assert set(stand(grouped).texts) == {"author"}


def test_who_did_not_see_the_last_entry_overwrites_nothing(grouped: Any) -> None:
    with pytest.raises(NoteConflictError, match="nobody has written"):
        write(grouped, {"author": "Unit A"}, "Ann", 7)
    write(grouped, {"author": "Unit A"}, "Ann", None)
    with pytest.raises(NoteConflictError, match=r"by Ann.*after: \d+"):
        write(grouped, {"author": "Unit B"}, "Bea", None)
    write(grouped, {"author": "Unit A"}, "Bea", None)
    assert entries(grouped) == 1, "a text that stands there already is no entry"


def test_a_text_keeps_its_lines_and_loses_what_would_turn_them(grouped: Any) -> None:
    write(grouped, {"targets": " the vote \r\n\tthe mayor\u202e\n"}, "Ann", None)
    assert stand(grouped).texts["targets"].text == "the vote\nthe mayor\ufffd"


def test_a_group_that_the_operation_lacks_has_no_note(grouped: Any) -> None:
    with pytest.raises(OperationNotFoundError):
        note_fields.add(
            grouped.catalogue, grouped.id, TrackSubject("campaign", 1), Texts({"author": "a"}, "Ann", None)
        )
