"""Values of JSON as columns of text, the same whether they are looked at or not."""

from __future__ import annotations

from typing import Any

import pytest

from vigie.features.ingest.readers import columns


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["a", None, ""], ["a", None, ""]),
        ([7, None, -1], ["7", None, "-1"]),
        ([7, 2**70], ["7", str(2**70)]),
        ([True, 7.0, 2.5, "b", 1.294e18], ["true", "7", "2.50", "b", "1.294000000000000e+18"]),
        ([{"a": [1]}, None], ['{"a": [1]}', None]),
        ([], []),
    ],
)
def test_values_become_the_texts_that_cells_would_hold(values: list[Any], expected: list[str | None]) -> None:
    assert columns.texts(values).to_list() == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([["a", "b"], None, []], [["a", "b"], None, []]),
        ([["a\x1fb"], [""]], [["a\x1fb"], [""]]),
        ([[1, None, "c"], "alone"], [["1", "c"], ["alone"]]),
        ([[None]], [[]]),
    ],
)
def test_lists_become_lists_of_texts(values: list[Any], expected: list[list[str] | None]) -> None:
    assert columns.lists(values).to_list() == expected
