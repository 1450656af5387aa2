"""Whoever changes, removes or inserts a line breaks the chain at that line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vigie.errors import AuditError
from vigie.serving.access.audit_chain import GENESIS, Head, head_of, linked, verify

Lines = list[bytes]


def chain(length: int, head: Head | None = None) -> Lines:
    head, lines = head or Head(), []
    for number in range(length):
        line, head = linked({"time": f"2026-11-29T12:00:{number:02}", "name": "é", "seconds": 0.25}, head)
        lines.append(line)
    return lines


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(lines: Lines, name: str = "audit.jsonl") -> Path:
        file = tmp_path / name
        file.write_bytes(b"".join(lines))
        return file

    return write


def test_a_digest_is_what_the_docs_say_it_is() -> None:
    first, second = map(json.loads, chain(2))
    digest = first.pop("digest")
    text = json.dumps(first, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == digest == second["previous"]
    assert (first["previous"], first["sequence"], second["sequence"]) == (GENESIS, 1, 2)


def test_a_chain_is_found_whole_over_files_in_any_order(write: Callable[..., Path]) -> None:
    lines = chain(9)
    files = [write(lines[6:], "c"), write(lines[:4], "b"), write(lines[4:6], "a"), write([], "d")]
    found = verify(files)
    assert [file.name for file in found.files] == ["b", "a", "c"]
    assert (found.start, found.end) == (Head(), head_of(lines[-1]))
    assert (found.first_time, found.last_time) == ("2026-11-29T12:00:00", "2026-11-29T12:00:08")
    assert not found.torn


def test_no_line_at_all_is_whole(write: Callable[..., Path]) -> None:
    assert verify([write([])]).end == Head()


def _changed(lines: Lines) -> Lines:
    return [*lines[:2], lines[2].replace(b"0.25", b"0.26"), *lines[3:]]


def _rewritten(lines: Lines) -> Lines:
    """Change a line and give it a digest of its own."""
    content = json.loads(lines[2]) | {"name": "another"}
    line, _ = linked(
        {key: value for key, value in content.items() if key not in ("sequence", "previous", "digest")},
        Head(2, content["previous"]),
    )
    return [*lines[:2], line, *lines[3:]]


@pytest.mark.parametrize(
    ("harm", "number", "said"),
    [
        (_changed, 3, "was changed after it was written"),
        (_rewritten, 4, "does not follow the line before it"),
        (lambda lines: lines[:2] + lines[3:], 3, "line 3 is expected and this is line 4"),
        (lambda lines: [*lines[:3], lines[2], *lines[3:]], 4, "does not follow"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], 2, "does not follow"),
        (lambda lines: [*lines[:3], b"{}\n", *lines[3:]], 4, "is no line of an audit log"),
        (lambda lines: [*lines[:3], b"\xff\n", *lines[3:]], 4, "is no line of an audit log"),
        (lambda lines: [*lines[:3], b"[]\n", *lines[3:]], 4, "is no line of an audit log"),
    ],
)
def test_the_first_line_that_does_not_fit_is_named(
    write: Callable[..., Path], harm: Callable[[Lines], Lines], number: int, said: str
) -> None:
    with pytest.raises(AuditError, match=f"audit.jsonl, line {number}: .*{said}"):
        verify([write(harm(chain(6)))])


def test_a_file_that_is_missing_in_between_is_told(write: Callable[..., Path]) -> None:
    lines = chain(6)
    with pytest.raises(AuditError, match=r"c, line 1: .* or a file is missing"):
        verify([write(lines[:2], "a"), write(lines[4:], "c")])


def test_files_from_the_middle_say_what_they_follow(write: Callable[..., Path]) -> None:
    lines = chain(6)
    found = verify([write(lines[4:])])
    assert found.start == head_of(lines[3])


def test_a_chain_that_begins_anew_in_the_middle_is_told(write: Callable[..., Path]) -> None:
    with pytest.raises(AuditError, match="line 4: it does not follow"):
        verify([write(chain(3) + chain(3))])
    line = chain(1, Head(5, GENESIS))
    with pytest.raises(AuditError, match=r"line 1: .* that cannot be"):
        verify([write(line)])


def test_a_last_line_that_is_not_whole_is_told_apart_from_a_changed_one(write: Callable[..., Path]) -> None:
    lines = chain(3)
    found = verify([write([*lines[:2], lines[2][:40]])])
    assert found.torn
    assert found.end.sequence == 2


@pytest.mark.parametrize("line", [b"{", b"{}", b"[]", b'{"sequence": "a", "digest": 1}'])
def test_what_is_no_line_has_no_end(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json says it in its own words
        head_of(line)
