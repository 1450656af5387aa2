"""A dataset on disk that was added to: rows that newer ones replace are not read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from vigie.features.ingest import dataset
from vigie.features.ingest.stored_dataset import POSITION, STORED_FILE, SUPERSEDED, Dataset


def test_rows_that_newer_ones_replace_are_left_out_of_the_whole_and_of_every_portion(
    tmp_path: Path, page: Callable[..., str], imported: Callable[..., Dataset]
) -> None:
    for day in (1, 2, 3):
        (tmp_path / f"{day}.jsonl").write_text(page(day, range(3 * day, 3 * day + 5), likes=day))
        imported([tmp_path / f"{day}.jsonl"], tmp_path / "d", append=True)
    found = dataset.open(tmp_path / "d")
    assert [file.name for file in found.files("posts")] == [
        "posts.parquet",
        "posts-0002.parquet",
        "posts-0003.parquet",
    ]
    # The list of the third import holds that of the second, whose file is gone.
    assert [file.name for file in tmp_path.glob(f"d/{SUPERSEDED}*")] == ["superseded-0003.parquet"]
    replaced = found.superseded().filter(pl.col("table") == "posts").sort("file", "position")
    assert replaced.rows() == [
        ("posts", "posts-0002.parquet", 3),
        ("posts", "posts-0002.parquet", 4),
        ("posts", "posts.parquet", 3),
        ("posts", "posts.parquet", 4),
    ]
    placed = found.placed("posts").select(STORED_FILE, POSITION, "like_count").collect()
    assert placed["like_count"].to_list() == [1] * 3 + [2] * 3 + [3] * 5
    assert found.manifest["tables"]["posts"]["rows"] == 11
    for size in (2, 3, 100):
        portions = list(found.portions("posts", size))
        assert max(portion.height for portion in portions) <= size
        assert pl.concat(portions).equals(found.posts().collect())
