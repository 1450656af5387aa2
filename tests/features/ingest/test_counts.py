"""Counts as files and pages show them."""

import polars as pl
import pytest

from vigie.features.ingest import counts


def read(text: str) -> int | None:
    number: int | None = pl.DataFrame({"a": [text]}).select(counts.read(pl.col("a"))).item()
    return number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1310", 1310), (" 12 ", 12), ("+7", 7), ("-3", -3), ("0", 0), ("12.0", 12), ("12,0", 12), ("0.0", 0),
        ("1,310", 1310), ("1.310", 1310), ("12 345", 12_345), ("12\u202f345", 12_345), ("12\u00a0345", 12_345),
        ("12'345", 12_345), ("1,234,567", 1_234_567), ("1,23,456", 123_456), ("1310.000", 1310),
        ("1.2K", 1200), ("1,2 k", 1200), ("3M", 3_000_000), ("1.25m", 1_250_000), ("2,1 Md", 2_100_000_000),
        ("1e3", 1000), ("1.2E+06", 1_200_000),
    ],
)  # fmt: skip
def test_counts_are_read_as_they_are_shown(text: str, number: int) -> None:
    assert read(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "many",
        "0.5",
        "1.5",
        "1,2",
        "1.2345",
        "0,123",
        "1.310K",
        "1,2345",
        "1.234,56",
        "12.345 678",
        "1e-3",
        "9" * 20,
    ],
)
def test_what_says_no_count_or_could_say_several_is_missing(text: str) -> None:
    assert read(text) is None
