"""Lines of an audit log, each of which holds the digest of the one before it.

The digest of a line is the SHA-256 of its canonical JSON (RFC 8785) without the digest itself. Whoever changes, removes or
inserts a line breaks the chain after it. Whoever can write the file can also write a whole new chain, or leave out its
last lines: the log of the service tells the last digest at each start and at each new file, to be kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vigie.errors import AuditError

# What stands for the line before the first one.
GENESIS = "0" * 64


@dataclass(frozen=True)
class Head:
    """The end of a chain.

    Attributes:
        sequence: Number of its last line, from 1; 0: there is none.
        digest: Of that line.
    """

    sequence: int = 0
    digest: str = GENESIS


@dataclass(frozen=True)
class Chain:
    """Files whose lines all fit.

    Attributes:
        files: In the order of their lines.
        start: The end of what came before the first line.
        end: The end of the last line.
        first_time: When the first line was written; None: there is none.
        last_time: When the last line was written.
        torn: The last line of the last file is not whole, as after the service was killed or while it writes.
    """

    files: tuple[Path, ...]
    start: Head
    end: Head
    first_time: str | None
    last_time: str | None
    torn: bool


def linked(entry: Mapping[str, Any], head: Head) -> tuple[bytes, Head]:
    """Return an entry as the line after the end of a chain, and the new end."""
    body = {**entry, "sequence": head.sequence + 1, "previous": head.digest}
    digest = _digest(body)
    return _canonical({**body, "digest": digest}) + b"\n", Head(head.sequence + 1, digest)


def head_of(line: bytes) -> Head:
    """Return the end of a chain whose last line is given.

    Raises:
        ValueError: It is no line of an audit log.
    """
    content = json.loads(line)
    try:
        return Head(int(content["sequence"]), str(content["digest"]))
    except (KeyError, TypeError) as error:
        raise ValueError("no line of an audit log") from error


def verify(files: Sequence[Path]) -> Chain:
    """Return the chain that the lines of files make.

    Args:
        files: One chain, in any order.

    Raises:
        AuditError: A line does not fit; it is named.
        OSError: A file cannot be read.
    """
    ordered = sorted((file for file in files if file.stat().st_size), key=_first_number)
    if not ordered:
        return Chain((), Head(), Head(), None, None, torn=False)
    start = end = Head()
    first_time = last_time = None
    torn = False
    for file in ordered:
        for number, line, whole in _lines(file):
            torn = not whole
            if torn and file == ordered[-1]:
                break
            place = f"{file}, line {number}"
            content = _checked(line, place)
            if first_time is None:
                first_time = content["time"]
                start = end = Head(content["sequence"] - 1, content["previous"])
                if (start.sequence == 0) != (start.digest == GENESIS):
                    raise AuditError(
                        f"{place}: it says that it is line {content['sequence']} and names a line before it that cannot be"
                    )
            if content["previous"] != end.digest or content["sequence"] != end.sequence + 1:
                raise AuditError(
                    f"{place}: it does not follow the line before it: line {end.sequence + 1} is expected and this is line "
                    f"{content['sequence']}. Lines before it were removed, inserted or changed, or a file is missing"
                )
            end, last_time = Head(content["sequence"], content["digest"]), content["time"]
    return Chain(tuple(ordered), start, end, first_time, last_time, torn)


def _lines(file: Path) -> Iterator[tuple[int, bytes, bool]]:
    """Yield the lines of a file with their numbers, and whether each is whole."""
    with file.open("rb") as data:
        for number, line in enumerate(data, 1):
            yield number, line, line.endswith(b"\n")


def _checked(line: bytes, place: str) -> dict[str, Any]:
    """Return a line that fits its own digest."""
    try:
        content: dict[str, Any] = json.loads(line)
        digest = content.pop("digest")
        if digest != _digest(content):
            raise AuditError(
                f"{place}: it was changed after it was written: its digest does not fit what it says"
            )
        return {
            "time": content["time"],
            "sequence": int(content["sequence"]),
            "previous": content["previous"],
            "digest": digest,
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        raise AuditError(f"{place}: it is no line of an audit log") from None


def _first_number(file: Path) -> int:
    with file.open("rb") as data:
        try:
            return head_of(data.readline()).sequence
        except ValueError:
            return 0


def _canonical(content: Mapping[str, Any]) -> bytes:
    """Return JSON as RFC 8785 has it; of the numbers that a line holds, Python writes the same digits."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(content)).hexdigest()
