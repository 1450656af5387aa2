"""A memory is read as it was written, and a file that is none is refused by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from vigie.errors import MalformedInputError
from vigie.serving.known_campaigns import memory_file
from vigie.serving.known_campaigns.types import Memory


def test_a_memory_is_read_as_it_was_written(memory: Memory, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "memory.json"
    memory_file.write(file, memory)
    assert memory_file.read(file) == memory
    assert [each.name for each in file.parent.iterdir()] == ["memory.json"]


@pytest.mark.parametrize("text", ["", "[]", '{"format": "vigie-memory/9"}', '{"campaigns": [{"name": 3}]}'])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "memory.json"
    file.write_text(text)
    with pytest.raises(MalformedInputError, match=r"memory\.json is no memory of campaigns"):
        memory_file.read(file)


def test_a_campaign_that_is_imported_again_takes_its_place(memory: Memory) -> None:
    (old,) = memory.campaigns
    newer, other = replace(old, accounts=()), replace(old, source=replace(old.source, name="Another"))
    assert memory_file.with_campaigns(memory, [newer, other]).campaigns == (newer, other)
