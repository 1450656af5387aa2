"""A table is what it was, wherever it lies, and leaves nothing behind."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from itertools import pairwise
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


def of_files() -> int:
    """Return how many bytes of mapped files are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[2]) * mmap.PAGESIZE


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
    before = mapped()
    numbers = on_disk.numbers((3, 4), np.uint32)
    assert mapped() == before + 1
    assert not numbers.any()
    numbers[1] = 7
    assert numbers.sum() == 28
    assert not list(folder.iterdir())
    assert on_disk.numbers((0,), np.int64).shape == (0,)


def test_memory_of_mapped_files_is_given_back_and_nothing_is_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_disk, "_MOST_MAPPED", 0)
    numbers = on_disk.numbers((4_000_000,), np.int64)
    numbers[:] = np.arange(4_000_000)
    before = of_files()
    table = on_disk.laid(TABLE)
    assert before - of_files() > 30_000_000
    assert (numbers == np.arange(4_000_000)).all()
    assert table.equals(TABLE)


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


KEYED = pl.DataFrame(
    {
        "key": [f"k{number % 17}" if number % 17 else None for number in range(400)],
        "part": [number % 3 for number in range(400)],
        "value": [(number * 7) % 31 for number in range(400)],
    }
)


@pytest.fixture
def keyed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for tables that are worked on some keys at a time."""
    monkeypatch.setattr(on_disk, "KEYED", 1)
    return folder


def test_an_expression_over_keys_is_the_same_some_keys_at_a_time(keyed: Path) -> None:
    for keys in (["key"], ["part", "key"]):
        for value in (
            pl.col("value").n_unique(),
            pl.len(),
            pl.col("value").max() > pl.col("value").min() + 28,
        ):
            expected = KEYED.select(value.over(keys)).to_series()
            assert on_disk.over(KEYED, value, keys).to_list() == expected.to_list()


def test_tables_are_brought_together_some_keys_at_a_time(keyed: Path) -> None:
    seen = []

    def counted(some: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
        seen.append((some.height, other.height))
        return some.join(other, on="key", how="semi").group_by("key").agg(pl.col("value").sum())

    few = KEYED.filter(pl.col("value") == 3)
    together = on_disk.by_keys([KEYED, few], ["key"], counted).sort("key")
    assert together.equals(counted(KEYED, few).sort("key"))
    whole = seen.pop()
    assert len(seen) > 3
    assert tuple(map(sum, zip(*seen, strict=True))) == whole


@pytest.mark.parametrize("key", ["key", "value"])
def test_ranges_ascend_and_hold_every_row_in_its_order(keyed: Path, key: str) -> None:
    numbered = KEYED.with_row_index()
    ranges = list(on_disk.by_ranges(numbered, key))
    assert len(ranges) > 3
    assert pl.concat(ranges).sort("index").equals(numbered)
    for before, after in pairwise(ranges):
        assert before["index"].is_sorted()
        assert before[key].max() < after[key].min()  # type: ignore[operator]


def test_keys_are_looked_up_some_at_a_time(keyed: Path) -> None:
    names = KEYED["key"].drop_nulls().unique().sort()
    table = pl.DataFrame({"key": names, "number": range(len(names))}).with_columns(
        pl.when(pl.col("number") != 4).then("number")
    )
    known = dict(table.drop_nulls().iter_rows())
    found = on_disk.looked_up(KEYED.select("key"), table)
    assert found.tolist() == [known.get(name, -1) for name in KEYED["key"]]


def test_rows_are_chosen_some_at_a_time(folder: Path) -> None:
    assert on_disk.where(TABLE, TABLE["flag"]).equals(TABLE.filter("flag"))


# Polars puts columns without a type in stretches of its own.
TYPED = TABLE.drop("none")


def test_a_table_with_a_column_beside_it_still_lies_on_disk(folder: Path) -> None:
    table = on_disk.laid(TYPED)
    wider = on_disk.beside(table, pl.Series("place", range(200)), TYPED["flag"].alias("again"))
    assert wider.equals(TYPED.with_columns(place=pl.Series(range(200)), again="flag"))
    # Where all columns lie in the same stretches, nothing has to be read into memory to bring them together.
    lengths = {tuple(column.chunk_lengths()) for column in wider}
    assert lengths == {(30,) * 6 + (20,)}
    assert on_disk.beside(TYPED, pl.Series("place", range(200))).equals(
        TYPED.with_columns(place=pl.Series(range(200)))
    )


def test_a_table_whose_columns_lie_in_other_stretches_is_laid_in_stretches_of_its_own(folder: Path) -> None:
    mixed = on_disk.laid(TYPED).with_columns(place=pl.Series(range(200)))
    laid = on_disk.laid(mixed)
    assert laid.equals(mixed)
    assert {tuple(column.chunk_lengths()) for column in laid} == {(30,) * 6 + (20,)}
