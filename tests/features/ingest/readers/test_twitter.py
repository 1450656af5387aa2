"""What a Twitter profile tells of its picture, its banner and the time it was seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.ingest.reader import FILE, LINE, Log
from vigie.features.ingest.readers import twitter

PICTURE, DEFAULT = "https://p.example/profile_images/1.jpg", "https://p.example/default_profile_images/d.png"
OLD_DEFAULT = "https://p.example/images/default_profile_3_normal.png"


@pytest.mark.parametrize(
    ("flag", "url", "expected"),
    [
        ("1", PICTURE, False), ("TRUE", PICTURE, False), ("", PICTURE, True), ("0", DEFAULT, False),
        ("false", "", True), ("", OLD_DEFAULT, False), ("", "NULL", None), ("", "", None),
    ],
)  # fmt: skip
def test_the_flag_of_a_default_picture_counts_first_then_the_address(
    flag: str, url: str, expected: bool | None
) -> None:
    frame = pl.DataFrame({"default_profile_image": [flag], "profile_image_url": [url]})
    assert frame.select(**twitter.has_picture(frame))["has_profile_image"].to_list() == [expected]


def test_a_file_with_neither_column_does_not_tell_of_pictures() -> None:
    assert twitter.has_picture(pl.DataFrame({"id": ["1"]})) == {}


def test_a_missing_banner_means_none_only_where_some_profile_has_one() -> None:
    some = pl.DataFrame({"profile_banner_url": ["https://b.example/1", "", "NULL", None]})
    assert some.select(**twitter.has_banner(some))["has_banner"].to_list() == [True, False, False, False]
    assert twitter.has_banner(some.tail(3)) == {}
    assert twitter.has_banner(pl.DataFrame({"id": ["1"]})) == {}


def test_a_handle_has_no_spaces_around_it_and_no_at_sign() -> None:
    frame = pl.DataFrame({"handle": [" @ana ", "bob", "@@cy"]})
    assert frame.select(twitter.handle(pl.col("handle")))["handle"].to_list() == ["ana", "bob", "@cy"]


def users(**columns: Sequence[str | None]) -> pl.DataFrame:
    size = len(columns["id"])
    known = {"created_at": ["2010-01-01"] * size, "seen": [None] * size, "status_at": [None] * size} | columns
    types = dict.fromkeys(known, pl.String)
    return pl.DataFrame(known, schema=types).with_columns(
        pl.lit("a.csv").alias(FILE), pl.int_range(pl.len()).alias(LINE)
    )


def test_of_several_records_the_one_seen_last_counts_then_the_one_with_the_newest_status() -> None:
    seen = [None, "2015-01-02", "2015-01-01", "2015-01-02"]
    status = ["2014-06-01", "2014-01-01", "2014-09-01", "2014-02-01"]
    observed = twitter.observe(
        users(id=["1", "1", "1", "1"], seen=seen, status_at=status), schema.empty("posts"), Log()
    )
    assert observed.select(LINE, "observed").rows() == [(3, datetime(2015, 1, 2, tzinfo=UTC))]


def test_without_a_collection_time_all_were_seen_at_the_newest_time_of_the_files() -> None:
    log = Log()
    post = pl.DataFrame(
        {
            "platform": ["x"],
            "post_id": ["1"],
            "account_id": ["1"],
            "created_at": [datetime(2016, 3, 4, 5, tzinfo=UTC)],
        }
    )
    observed = twitter.observe(
        users(id=["2", "1"], status_at=["2016-01-01", None]), schema.conform(post, "posts"), log
    )
    assert observed["id"].to_list() == ["2", "1"]
    assert observed["observed"].to_list() == [datetime(2016, 3, 4, 5, tzinfo=UTC)] * 2
    assert log.notes == [
        "records of users without a collection time: 2; observed at 2016-03-04 05:00, the newest time in the files"
    ]


def test_columns_that_a_frame_lacks_are_null_and_others_kept() -> None:
    frame = twitter.columns(pl.DataFrame({"id": ["1"]}), ["id", "name"])
    assert frame.rows() == [("1", None)]
    assert frame.schema["name"] == pl.String
