"""What a Twitter profile tells of its picture, its banner and the time it was seen."""

from __future__ import annotations

import polars as pl
import pytest

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
