"""What became of a long body that is observed in parts: counted as they are kept, its items laid on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from tempfile import SpooledTemporaryFile

from pydantic import TypeAdapter

from vigie.serving.operations.observation import Observation, ObservedItem, StatusCounts

# Bytes of items up to which they are no file yet, and those read at once.
_IN_MEMORY, _BLOCK = 16_000_000, 1 << 18
_ITEM, _COUNTS = TypeAdapter(ObservedItem), TypeAdapter(StatusCounts)


class ObservedParts:
    """The answers to the parts of a body, put together."""

    def __init__(self) -> None:
        self._items = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed when the answer is sent
        self._count = self._revision = 0
        self._accounts = self._posts = StatusCounts()

    def __enter__(self) -> ObservedParts:
        """Return itself, to be closed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Forget the items."""
        self._items.close()

    def add(self, part: Observation) -> None:
        """Add the answer to the next part."""
        for item in part.items:
            self._items.write(_ITEM.dump_json(replace(item, index=item.index + self._count)) + b"\n")
        self._count += len(part.items)
        self._revision = part.revision
        self._accounts += part.accounts
        self._posts += part.posts

    def lines(self) -> Iterator[bytes]:
        """Yield the items, one a line, and forget them."""
        with self:
            self._items.seek(0)
            while block := self._items.read(_BLOCK):
                yield block

    def json(self) -> Iterator[bytes]:
        """Yield an :class:`Observation` as JSON, and forget it."""
        with self:
            yield b'{"revision":%d,"accounts":%s,"posts":%s,"items":[' % (
                self._revision, _COUNTS.dump_json(self._accounts), _COUNTS.dump_json(self._posts),
            )  # fmt: skip
            self._items.seek(0)
            for number, line in enumerate(self._items):
                yield (b"," if number else b"") + line.rstrip(b"\n")
            yield b"]}"
