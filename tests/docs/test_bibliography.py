"""Citations resolve: every key has an entry in the bibliography, and every entry is cited."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import vigie

# Importing the families fills the catalogue.
import vigie.features.pipeline
import vigie.features.window.windows
from vigie.features.catalogue import CATALOGUE

PACKAGE = Path(vigie.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "bibliography.md"
_ENTRY = re.compile(r"^### (\S+)\n\n(.+?)(?=\n\n###|\Z)", re.MULTILINE | re.DOTALL)
_KEY = re.compile(r"\[([A-Z][A-Za-z]+(?:19|20)\d\d)\]")
# Where a reader finds the work.
_ADDRESS = re.compile(r"<https://\S+>|ISBN [\d-]+|No DOI\.")


def listed(page: str) -> dict[str, str]:
    """Return the text of each entry by its key, in the order of the page."""
    return dict(_ENTRY.findall(page))


def cited(text: str) -> set[str]:
    """Return the keys that a module or page cites in square brackets."""
    return set(_KEY.findall(text))


def keys_of_the_code() -> set[str]:
    rooms = (PACKAGE / room for room in ("features", "models", "serving", "training", "cli"))
    return {
        key
        for room in rooms
        for file in room.rglob("*.py")
        for key in cited(file.read_text(encoding="utf-8"))
    }


def test_every_key_has_an_entry_and_every_entry_is_cited() -> None:
    of_features = {key for feature in CATALOGUE.values() for key in feature.source}
    assert of_features | keys_of_the_code() == set(listed(PAGE.read_text(encoding="utf-8")))


def test_every_feature_has_a_source() -> None:
    assert [name for name, feature in CATALOGUE.items() if not feature.source] == []


def test_entries_stand_in_alphabetical_order() -> None:
    keys = list(listed(PAGE.read_text(encoding="utf-8")))
    assert keys == sorted(keys, key=str.lower)


@pytest.mark.parametrize("key", listed(PAGE.read_text(encoding="utf-8")))
def test_an_entry_says_when_it_appeared_and_where_it_is_found(key: str) -> None:
    text = listed(PAGE.read_text(encoding="utf-8"))[key]
    assert _ADDRESS.search(text)
    year = re.search(r"\d{4}$", key)
    assert year is None or f"({year.group()})" in text


def test_keys_are_read_from_pages_and_from_docstrings() -> None:
    assert listed("# Title\n\n### One2001\n\nA (2001).\nB.\n\n### two\n\nC.\n") == {
        "One2001": "A (2001).\nB.",
        "two": "C.\n",
    }
    assert cited('"""After [Pacheco2021] and [LiKonig2010], in values[2020] and [en]."""') == {
        "Pacheco2021",
        "LiKonig2010",
    }
