"""Example data of CooRTweet, read to the contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import MissingColumnError
from vigie.features.ingest.readers import Read

ReadSample = Callable[..., Read]


def test_coortweet_gathers_the_objects_of_a_post(tmp_path: Path, read: ReadSample) -> None:
    moment = datetime(2021, 8, 21, 23, 50, 36)
    pl.DataFrame(
        {
            "account_id": ["fb_1", "fb_1", "tw_2"],
            "post_id": [5, 5, None],
            "url_id": [7, None, None],
            "hashtag_id": [8, 9, None],
            "phash_id": [None, None, 3],
            "ts": [moment] * 3,
        }
    ).write_parquet(tmp_path / "shares.parquet")
    pl.DataFrame(
        {"account_id": ["a"], "content_id": ["c"], "object_id": ["o"], "ts": [datetime(2021, 6, 1)]}
    ).write_parquet(tmp_path / "reposts.parquet")
    posts = {row["post_id"]: row for row in read("coortweet", tmp_path).posts.iter_rows(named=True)}
    assert set(posts) == {"5", "row-3", "c"}
    assert (posts["5"]["platform"], posts["5"]["urls"], posts["5"]["hashtags"]) == (
        "facebook",
        ["url:7"],
        ["hashtag8", "hashtag9"],
    )
    assert (posts["row-3"]["platform"], posts["row-3"]["urls"], posts["row-3"]["media_hashes"]) == (
        "x",
        [],
        ["3"],
    )
    assert (posts["c"]["kind"], posts["c"]["target_post_id"]) == ("repost", "o")


def test_coortweet_of_another_shape_names_its_columns(tmp_path: Path, read: ReadSample) -> None:
    pl.DataFrame({"what": [1]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(MissingColumnError, match="it has what"):
        read("coortweet", tmp_path)
