"""A table is what it was, wherever it lies, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from vigie.features import on_disk

TABLE = pl.DataFrame(
    {
        "text": ["one", None, "a text of more letters than fit beside its length", ""] * 50,
        "count": range(200),
        "tags": [["a", None], [], None, ["of more letters than fit"]] * 50,
        "numbers": pl.Series([[1.0, 2.0], None, [], [3.0]] * 50, dtype=pl.List(pl.Float32)),
    }
).with_columns(
    at=pl.from_epoch("count").dt.replace_time_zone("UTC"), flag=pl.col("count") % 3 == 0, none=None
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(on_disk, "LEAST", 0)
    monkeypatch.setattr(on_disk, "ROWS", 30)
    with on_disk.within(tmp_path):
        yield tmp_path


def mapped() -> int:
    """Return how many files of a temporary folder are mapped into memory."""
    return sum("(deleted)" in line for line in Path("/proc/self/maps").read_text().splitlines())


def test_a_table_laid_on_disk_is_the_same_and_its_file_goes_with_it(folder: Path) -> None:
    before = mapped()
    table = on_disk.laid(TABLE)
    assert table.equals(TABLE)
    assert table.schema == TABLE.schema
    assert table.filter("flag").equals(TABLE.filter("flag"))
    assert mapped() > before
    assert not list(folder.iterdir())
    del table
    assert mapped() == before


def test_a_part_of_a_table_that_lies_on_disk_can_be_laid_again(folder: Path) -> None:
    part = on_disk.laid(on_disk.laid(TABLE)[35:90].filter("flag"))
    assert part.equals(TABLE[35:90].filter("flag"))


def test_what_is_made_of_each_row_does_not_depend_on_the_stretches(folder: Path) -> None:
    seen = []

    def made(some: pl.DataFrame) -> pl.DataFrame:
        seen.append(some.height)
        return some.filter("flag").with_columns(letters=pl.col("text").str.len_chars())

    table = on_disk.by_stretches(TABLE, made)
    assert seen == [30] * 6 + [20]
    assert table.equals(made(TABLE))


def test_tables_are_stacked_one_at_a_time(folder: Path) -> None:
    parts = (TABLE[start : start + 50] for start in range(0, 200, 50))
    assert on_disk.stacked(parts).equals(TABLE)


def test_numbers_on_disk_are_nought_until_they_are_set(folder: Path) -> None:
    numbers = on_disk.numbers((3, 4), np.uint32)
    assert isinstance(numbers, np.memmap)
    assert not numbers.any()
    numbers[1] = 7
    assert numbers.sum() == 28
    assert not list(folder.iterdir())


def test_small_tables_and_those_of_nobody_who_named_a_folder_stay_in_memory(tmp_path: Path) -> None:
    assert on_disk.laid(TABLE) is TABLE
    assert on_disk.by_stretches(TABLE, lambda some: some) is TABLE
    with on_disk.within(tmp_path):
        assert on_disk.laid(TABLE) is TABLE
        assert type(on_disk.numbers((2,), np.int64)) is np.ndarray


def test_without_pyarrow_everything_stays_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_disk, "find_spec", lambda _: None)
    monkeypatch.setattr(on_disk, "LEAST", 0)
    with on_disk.within(tmp_path):
        assert on_disk.laid(TABLE) is TABLE
