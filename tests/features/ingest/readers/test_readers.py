"""The registry of formats: each says what it takes, and one is found by its name."""

from __future__ import annotations

import pytest

from vigie.errors import UnknownFormatError
from vigie.features.ingest.readers import SOURCES, find


def test_every_format_has_a_line_of_documentation() -> None:
    assert all(source.doc.endswith(".") and name == source.name for name, source in SOURCES.items())


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UnknownFormatError, match="Did you mean io-archive"):
        find("io-archives")
