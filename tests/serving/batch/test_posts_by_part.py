"""Posts come back by part, all of them, in their order, whatever the size of what was read at once."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from vigie.serving.batch.posts_by_part import PostsByPart, sorted_into

POSTS = pl.DataFrame(
    {
        "account_id": ["b", "a", "c", "a", "nobody", "b", "a"],
        "text": ["1", "2", None, "4", "5", "6", "7"],
        "urls": [["u"], [], None, ["v", "w"], [], [], ["x"]],
    }
)
PARTS = pl.DataFrame({"account_id": ["a", "b", "c", "a"], "part": [0, 0, 2, 2]})


def put(folder: Path, posts: pl.DataFrame, together: int = 3) -> PostsByPart:
    return sorted_into(folder / "posts", posts.iter_slices(together), PARTS, POSTS.schema)


@pytest.mark.parametrize("together", [1, 2, 100])
def test_a_part_has_the_posts_of_its_accounts_in_their_order(tmp_path: Path, together: int) -> None:
    held = put(tmp_path, POSTS, together)
    assert held.part(0).equals(POSTS.filter(pl.col("account_id").is_in(["a", "b"])))
    assert held.part(2).equals(POSTS.filter(pl.col("account_id").is_in(["a", "c"])))


def test_a_part_without_posts_has_the_columns_all_the_same(tmp_path: Path) -> None:
    assert put(tmp_path, POSTS).part(1).equals(POSTS.clear())


def test_a_folder_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    put(tmp_path, POSTS)
    again = put(tmp_path, POSTS.head(1))
    assert again.part(0).height == 5


def test_what_a_run_left_half_done_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "posts.draft").mkdir()
    (tmp_path / "posts.draft" / "000000").write_bytes(b"\x09")
    assert put(tmp_path, POSTS).part(0).height == 5
    assert [path.name for path in tmp_path.iterdir()] == ["posts"]
