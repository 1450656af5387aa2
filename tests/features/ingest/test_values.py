"""One value that is not of its field's type spoils no other, and is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from vigie.features import schema
from vigie.features.ingest.values import as_column, shown

FIELDS = {item.name: item for item in (*schema.ACCOUNT_FIELDS, *schema.POST_FIELDS)}


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("followers_count", [7, "1,310", 2.0, None], [7, 1310, 2, None]),
        ("verified", [True, "VRAI", 0, "non"], [True, True, False, False]),
        ("account_id", ["1", 2, 3.0, None], ["1", "2", "3", None]),
        ("hashtags", [["a", "b"], [], None, [1, None]], [["a", "b"], [], None, ["1"]]),
        ("embedding", [[1, 0.5], None], [[1.0, 0.5], None]),
    ],
)
def test_what_is_meant_is_read(name: str, given: list[Any], read: list[Any]) -> None:
    column, faults = as_column(FIELDS[name], given, "en")
    assert (column.to_list(), faults) == (read, [])
    assert column.dtype == FIELDS[name].dtype


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("followers_count", True), ("followers_count", 1.5), ("followers_count", 2**64), ("verified", "perhaps"),
        ("account_id", True), ("account_id", 2.0**60), ("text", 5), ("hashtags", "a"), ("hashtags", [[1]]),
        ("embedding", ["1"]), ("embedding", [10**400]), ("created_at", "soon"), ("created_at", True),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_null_and_told_and_the_rest_stands(name: str, wrong: Any) -> None:
    right = {"followers_count": 3, "verified": True, "account_id": "1", "text": "t", "hashtags": ["a"],
             "embedding": [1.0], "created_at": "2024-05-01T00:00:00Z"}[name]  # fmt: skip
    column, faults = as_column(FIELDS[name], [right, wrong, right], "en")
    assert [place for place, _ in faults] == [1]
    assert column[1] is None
    assert column[0] is not None
    assert column[2] is not None


def test_times_are_utc_however_they_are_written() -> None:
    column, faults = as_column(FIELDS["created_at"], ["2024-05-16T14:00:00+02:00", 1715860800], "en")
    assert faults == []
    assert column.to_list() == [datetime(2024, 5, 16, 12, tzinfo=UTC)] * 2


@pytest.mark.parametrize(
    ("value", "said"),
    [("x" * 90, '"' + "x" * 40 + '"'), (1.5, "1.5"), (datetime(2024, 5, 1), "2024-05-01T00:00:00")],
)
def test_a_value_is_shown_short(value: Any, said: str) -> None:
    assert shown(value) == said
