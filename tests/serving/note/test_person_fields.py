"""Every field that a person fills has a title in each language, and fits into its column."""

from __future__ import annotations

import pytest
from sqlalchemy import String

from vigie.features.i18n import LANGUAGES, Language, Message
from vigie.serving.note.person_fields import FIELDS
from vigie.serving.operations import tables


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_a_title(language: Language) -> None:
    titles = {Message(f"technical.field_{name}").say(language) for name in FIELDS}
    assert len(titles) == len(FIELDS)


def test_every_name_fits_into_the_store() -> None:
    column = tables.note_fields.c.name.type
    assert isinstance(column, String)
    assert column.length
    assert max(map(len, FIELDS)) <= column.length
