"""Long bodies fall into whole lines, the same each time, however they are compressed."""

from __future__ import annotations

import gzip
from io import BytesIO
from typing import Any

import pytest
import zstandard

from vigie.errors import MalformedInputError, RequestTooLargeError
from vigie.serving.api import long_bodies
from vigie.serving.api.long_bodies import LongBody, may_be_long

LINES = b"".join(b'{"post_id": "%d", "text": "%s"}\n' % (number, b"w" * 200) for number in range(25_000))


def parts(body: bytes, encoding: Any = None, most: int = 100_000, longest: int = 1_000_000) -> list[bytes]:
    return list(LongBody(BytesIO(body), len(body)).parts(encoding, most, longest))


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_body_falls_into_the_same_whole_lines_plain_and_compressed(encoding: str) -> None:
    plain = parts(LINES)
    assert b"".join(plain) == LINES
    assert [part.count(b"\n") for part in plain] == [10_000, 10_000, 5_000]
    assert all(part.endswith(b"\n") for part in plain)
    compressed = gzip.compress(LINES) if encoding == "gzip" else zstandard.compress(LINES)
    assert parts(compressed, encoding) == plain


def test_parts_hold_no_more_lines_and_bytes_than_a_request() -> None:
    assert max(part.count(b"\n") for part in parts(LINES, most=7)) == 7
    long_lines = b"".join(b"%s\n" % (b"w" * 900_000) for _ in range(20))
    assert max(map(len, parts(long_lines))) <= long_bodies.PART_BYTES + 1_000_000


def test_lines_without_an_end_are_refused_before_they_are_held() -> None:
    with pytest.raises(RequestTooLargeError):
        parts(b"w" * 2_000_001)
    assert parts(b" \n\n  \n") == []
    assert parts(b'{"a": 1}\n\n{"a": 2}') == [b'{"a": 1}\n{"a": 2}']


def test_a_body_that_was_cut_is_told_to_be_so() -> None:
    with pytest.raises(MalformedInputError, match="gzip"):
        parts(gzip.compress(LINES)[:-20], "gzip")


@pytest.mark.parametrize(
    ("method", "path", "kind", "may"),
    [
        ("POST", "/v1/operations/op_1/posts", b"application/x-ndjson; charset=utf-8", True),
        ("POST", "/v1/operations/op_1/accounts", b"Application/X-NDJSON", True),
        ("POST", "/v1/operations/op_1/posts", b"application/json", False),
        ("POST", "/v1/score", b"application/x-ndjson", False),
        ("GET", "/v1/operations/op_1/accounts", b"application/x-ndjson", False),
    ],
)
def test_lines_that_an_operation_observes_alone_may_be_long(
    method: str, path: str, kind: bytes, may: bool
) -> None:
    assert may_be_long({"method": method, "path": path, "headers": [(b"content-type", kind)]}) is may
