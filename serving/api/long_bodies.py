"""Bodies of lines that are longer than a request may hold: laid on the disk as they come, and worked on in parts.

Where they are split follows from their bytes alone, so that a body that is sent again falls into the same parts.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import blake2b
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Literal, cast

from starlette.requests import Request
from starlette.types import Scope

from vigie.errors import MalformedInputError, RequestTooLargeError
from vigie.features.i18n import message
from vigie.features.ingest.opening import DAMAGED, expanded
from vigie.serving.api.negotiation import NDJSON

# How many times what other bodies may be long.
LONGER = 32
# Bytes and lines of a part at most; one line may be longer.
PART_BYTES, _PART_LINES = 8_000_000, 10_000
_TAKEN = re.compile(r"/v1/operations/[^/]+/(?:accounts|posts)")


def may_be_long(scope: Scope) -> bool:
    """Return whether a request may have a long body: lines that an operation observes."""
    kind = dict(scope["headers"]).get(b"content-type", b"").partition(b";")[0].strip().lower()
    return (
        scope["method"] == "POST" and kind == NDJSON.encode() and _TAKEN.fullmatch(scope["path"]) is not None
    )


@dataclass(frozen=True)
class LongBody:
    """A body on the disk, in a file that nobody else can open and that is gone with the process.

    Attributes:
        file: The body.
        size: Its bytes.
    """

    file: BinaryIO
    size: int

    def parts(
        self, encoding: Literal["gzip", "zstd"] | None, most_lines: int, longest: int
    ) -> Iterator[bytes]:
        """Yield whole lines, as many as a part holds.

        Args:
            encoding: How the body is compressed; None: it is not.
            most_lines: Lines that a request may hold.
            longest: Bytes that one line may have.

        Raises:
            MalformedInputError: The body is compressed and not whole.
            RequestTooLargeError: A line is too long.
        """
        data = expanded(self.file, encoding) if encoding else self.file
        lines: list[bytes] = []
        size = 0
        try:
            while line := data.readline(longest + 1):
                if len(line) > longest:
                    raise RequestTooLargeError(message("problem.body", megabytes=f"{longest / 1_000_000:g}"))
                if line.isspace():
                    continue
                lines.append(line)
                size += len(line)
                if size >= PART_BYTES or len(lines) == min(most_lines, _PART_LINES):
                    yield b"".join(lines)
                    lines, size = [], 0
        except DAMAGED as error:
            raise MalformedInputError(
                message("problem.compression", encoding=encoding or "gzip", fault=str(error))
            ) from error
        if lines:
            yield b"".join(lines)


@asynccontextmanager
async def received(request: Request, in_memory: int) -> AsyncIterator[LongBody]:
    """Give the body of a request for the time of what is done with it.

    Args:
        request: The request.
        in_memory: Bytes up to which it is no file yet.
    """
    size = 0
    with SpooledTemporaryFile(in_memory) as file:
        async for part in request.stream():
            file.write(part)
            size += len(part)
        file.seek(0)
        yield LongBody(cast("BinaryIO", file), size)


def key_of_part(key: str | None, number: int) -> str | None:
    """Return the Idempotency-Key of a part of a body that has one.

    >>> key_of_part("a", 3) == key_of_part("a", 3), key_of_part("a", 3) == key_of_part("a", 4), key_of_part(None, 3)
    (True, False, None)
    """
    return None if key is None else f"{blake2b(key.encode(), digest_size=16).hexdigest()}.{number}"
