"""What is JSON is read, and what is not is told where it stops being so."""

from __future__ import annotations

import json

import pytest

from vigie.errors import MalformedInputError
from vigie.features.ingest.decoding import decode


def test_a_byte_order_mark_is_no_fault() -> None:
    assert decode(b"\xef\xbb\xbf[1]") == [1]


def test_half_an_emoji_that_a_collector_cut_is_repaired() -> None:
    cut = json.dumps({"text": "quay \N{GRINNING FACE}"})[:-8] + '"}'
    assert decode(cut.encode())["text"].startswith("quay ")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "line 1 column 0"),
        (b'{"a": }', "line 1 column 7"),
        (b'{"a": 1,\n"b"}', "line 2 column 4"),
        (b"[1, 2", "line 1 column 5"),
        (b"[1] 2", "line 1 column 5"),
        (b'{"a": Infinity}', "line 1 column 7"),
        (b"[" * 5_000, "line 1 column"),
        (b"\xff\xfe", "line 1 column"),
    ],
)
def test_the_place_of_a_fault_is_told(body: bytes, words: str) -> None:
    with pytest.raises(MalformedInputError, match="does not parse") as caught:
        decode(body)
    assert words in str(caught.value)


def test_a_fault_beside_half_an_emoji_is_told_too() -> None:
    with pytest.raises(MalformedInputError, match="does not parse"):
        decode(b'{"text": "\\ud83d", "n": NaN}')
