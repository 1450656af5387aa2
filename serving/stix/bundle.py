"""A STIX 2.1 bundle as a file: its objects, its relations, the files attached to them.

What is read is kept as it is, so that a bundle that is read and written is the same.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from vigie.errors import MalformedInputError, RequestTooLargeError
from vigie.features.json_object import JsonObject

# Bundles that were published have 1 MB; an attached spreadsheet adds a third to its own size.
LARGEST = 256_000_000
# Bytes of one attached file.
LARGEST_FILE = 64_000_000
# Where OpenCTI writes its own fields in newer exports.
_EXTENSION = "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"


@dataclass(frozen=True)
class Relation:
    """What one object of a bundle has to do with another.

    Attributes:
        kind: ``uses``, ``amplifies``, …
        source: Id of the object that it goes out from.
        target: Id of the other.
    """

    kind: str
    source: str
    target: str


@dataclass(frozen=True)
class AttachedFile:
    """A file attached to an object."""

    name: str
    mime_type: str
    data: bytes


@dataclass(frozen=True)
class Bundle:
    """The objects of a bundle, in order, each with at least ``type`` and ``id``."""

    id: str
    objects: tuple[JsonObject, ...]

    @cached_property
    def by_id(self) -> dict[str, JsonObject]:
        """Objects by their ids."""
        return {each["id"]: each for each in self.objects}

    def of_type(self, *types: str) -> Iterator[JsonObject]:
        """Yield the objects of some types."""
        return (each for each in self.objects if each["type"] in types)

    def relations(self) -> Iterator[Relation]:
        """Yield the relations, those to objects that the bundle does not hold included."""
        for each in self.of_type("relationship"):
            yield Relation(
                str(each.get("relationship_type")), str(each.get("source_ref")), str(each.get("target_ref"))
            )

    def files(self) -> Iterator[AttachedFile]:
        """Yield the files attached to its objects.

        Raises:
            MalformedInputError: One is not base64.
            RequestTooLargeError: One has more than :data:`LARGEST_FILE` bytes.
        """
        for each in self.objects:
            extension = each.get("extensions", {}).get(_EXTENSION, {})
            for attached in (*each.get("x_opencti_files", ()), *extension.get("files", ())):
                if attached.get("data"):
                    yield _decoded(attached, each["id"])

    def to_json(self) -> str:
        """Return the text of a file."""
        whole = {"type": "bundle", "id": self.id, "objects": list(self.objects)}
        return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def read(path: Path) -> Bundle:
    """Return the bundle in a file.

    Raises:
        MalformedInputError: It is no STIX bundle.
        RequestTooLargeError: It has more than :data:`LARGEST` bytes.
    """
    if path.stat().st_size > LARGEST:
        raise RequestTooLargeError(f"{path} has more than {LARGEST:,} bytes; export the objects in parts")
    return of_bytes(path.read_bytes(), str(path))


def of_bytes(content: bytes, name: str) -> Bundle:
    """Return the bundle that a file holds; arguments and errors as :func:`of_json`."""
    try:
        whole = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise MalformedInputError(f"{name} is no JSON: {error}; give a STIX 2.1 bundle") from None
    return of_json(whole, name)


def of_json(whole: object, name: str) -> Bundle:
    """Return a bundle that was parsed.

    Args:
        whole: JSON.
        name: What messages call it.

    Raises:
        MalformedInputError: It is no STIX bundle.
    """
    if not isinstance(whole, dict) or whole.get("type") != "bundle":
        raise MalformedInputError(f'{name} is no STIX bundle: it has no "type": "bundle"')
    objects = whole.get("objects", [])
    if not isinstance(objects, list):
        raise MalformedInputError(f"{name}: objects is {type(objects).__name__}; a bundle has a list of them")
    for place, each in enumerate(objects):
        if not (
            isinstance(each, dict) and isinstance(each.get("type"), str) and isinstance(each.get("id"), str)
        ):
            raise MalformedInputError(f"{name}: objects[{place}] has no type and id; export the bundle again")
    return Bundle(str(whole.get("id")), tuple(objects))


def _decoded(attached: JsonObject, owner: str) -> AttachedFile:
    name, data = str(attached.get("name", "file")), str(attached["data"])
    if len(data) > LARGEST_FILE * 4 // 3 + 4:
        raise RequestTooLargeError(f"{name}, attached to {owner}, has more than {LARGEST_FILE:,} bytes")
    try:
        content = base64.b64decode(data, validate=True)
    except ValueError as error:
        raise MalformedInputError(f"{name}, attached to {owner}, is not base64: {error}") from None
    return AttachedFile(name, str(attached.get("mime_type", "")), content)
