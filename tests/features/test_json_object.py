"""Texts of JSON that a collector cut in the middle of a character."""

from __future__ import annotations

import pytest

from vigie.features.json_object import literal, repaired, whole


@pytest.mark.parametrize(
    ("text", "expected"),
    [("plain", "plain"), ("é", "é"), ("\ud83d\ude00", "😀"), ("a\ud83d", "a\ufffd"), ("\ude00b", "\ufffdb")],
)
def test_surrogates_are_paired_and_lone_ones_replaced(text: str, expected: str) -> None:
    assert whole(text) == expected
    assert whole(text).encode()


def test_every_text_of_a_value_is_repaired_and_the_rest_left() -> None:
    value = {"a\ud83d": ["b\ud83d", 7, None, {"c": "\ud83d\ude00"}]}
    assert repaired(value) == {"a\ufffd": ["b\ufffd", 7, None, {"c": "😀"}]}


def test_literals_are_parsed_and_code_is_not_run() -> None:
    assert literal("{u'a': None}") == {"a": None}
    assert literal('{"a": null}') == {"a": None}
    assert literal("__import__('os').system('true')") is None
    assert literal("{" * 5000) is None
