"""The planted flood as a note tells it."""

from __future__ import annotations

from typing import Any

import pytest

from vigie.serving.note import subjects
from vigie.serving.note.subjects import Subject


@pytest.fixture(scope="session")
def campaign(flood: Any) -> Subject:
    """The campaign that the flood is."""
    (found, *others) = subjects.of(flood.compared, flood.report("en"))
    assert not others
    return found
