"""The memory as one JSON file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from vigie.errors import MalformedInputError
from vigie.features import whole_files
from vigie.serving.known_campaigns.types import KnownCampaign, Memory

_MEMORY = TypeAdapter(Memory)


def read(path: Path) -> Memory:
    """Return the memory in a file.

    Raises:
        MalformedInputError: It is none, or one of another version.
    """
    try:
        return _MEMORY.validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise MalformedInputError(
            f"{path} is no memory of campaigns ({place or 'file'}: {first['msg']}); vigie known import makes one"
        ) from None


def write(path: Path, memory: Memory) -> None:
    """Write a memory, whole or not at all.

    Raises:
        OSError: The file cannot be written.
    """
    with whole_files.new_file(path) as fresh:
        fresh.write_bytes(_MEMORY.dump_json(memory, indent=1, exclude_defaults=True))


def with_campaigns(memory: Memory, added: Iterable[KnownCampaign]) -> Memory:
    """Return a memory with campaigns added; one of the same name and source takes the place of what was there."""
    kept = {(each.name, each.source.name): each for each in memory.campaigns}
    kept |= {(each.name, each.source.name): each for each in added}
    return replace(memory, campaigns=tuple(kept.values()))
