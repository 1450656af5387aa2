"""The MIB sets of 2015 and 2017, read to the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from vigie.errors import MissingColumnError
from vigie.features.ingest.readers import Read

ReadSample = Callable[..., Read]
AsCsv = Callable[[Sequence[Mapping[str, str]]], str]


PROFILE = {
    "id": "11",
    "name": "Ana",
    "screen_name": "ana",
    "statuses_count": "5",
    "followers_count": "3",
    "friends_count": "4",
    "favourites_count": "2",
    "listed_count": "0",
    "created_at": "Sun Feb 24 15:04:04 +0000 2013",
    "url": "",
    "lang": "it",
    "location": "",
    "default_profile_image": "",
    "profile_image_url": "http://a0.example/profile_images/1.jpeg",
    "profile_banner_url": "NULL",
    "description": "",
    "protected": "",
    "verified": "",
    "updated": "2015-02-14 10:54:49",
    "crawled_at": "",
}


@pytest.fixture
def layout_2015(tmp_path: Path, as_csv: AsCsv) -> Path:
    users = [
        PROFILE | {"label": "genuine", "source_set": "E13"},
        PROFILE | {"id": "12", "screen_name": "bob", "label": "fake", "source_set": "INT"},
        PROFILE | {"id": "13", "screen_name": "cy", "label": "genuine", "source_set": "E13"},
    ]
    (tmp_path / "users.csv").write_text(as_csv(users))
    pl.DataFrame(
        {
            "user_id": ["11", "11", "12"],
            "tweet_id": ["1", "2", "3"],
            "created_at": [
                "Mon Mar 25 10:00:00 +0000 2013",
                "Tue Mar 26 10:00:00 +0000 2013",
                "Wed May 15 10:00:00 +0000 2013",
            ],
            "text": ["uno", "NULL", "three"],
        }
    ).write_parquet(tmp_path / "tweets.parquet")
    return tmp_path


def test_cresci_2015_is_observed_at_the_newest_post_of_the_batch(layout_2015: Path, read: ReadSample) -> None:
    result = read("cresci", layout_2015)
    batch = datetime(2013, 3, 26, 10, tzinfo=UTC)
    assert result.accounts["observed_at"].to_list() == [batch, datetime(2013, 5, 15, 10, tzinfo=UTC), batch]
    assert result.posts["text"].to_list() == ["uno", "NULL", "three"]
    assert result.labels.select("value", "kind", "campaign", "source", "strength").rows() == [
        (False, "person", "E13", "cresci-2015", "expert"),
        (True, "bought follower", "INT", "cresci-2015", "expert"),
        (False, "person", "E13", "cresci-2015", "expert"),
    ]


def test_cresci_empty_cells_and_pictures_say_what_is_known(
    tmp_path: Path, read: ReadSample, as_csv: AsCsv
) -> None:
    (tmp_path / "genuine_users.csv").write_text(
        as_csv(
            [
                PROFILE | {"crawled_at": "2015-05-01 12:56:29", "profile_banner_url": "https://b.example/1"},
                PROFILE | {"id": "12", "crawled_at": "2015-05-01 12:56:29", "default_profile_image": "1"},
            ]
        )
    )
    first, second = read("cresci", tmp_path).accounts.iter_rows(named=True)
    assert (first["description"], first["url"], first["verified"]) == ("", "", None)
    assert (first["has_profile_image"], first["has_banner"]) == (True, True)
    assert (second["has_profile_image"], second["has_banner"]) == (False, False)
    assert first["observed_at"] == datetime(2015, 5, 1, 12, 56, 29, tzinfo=UTC)


def test_cresci_2017_reads_milliseconds_nulls_and_old_default_pictures(
    tmp_path: Path, read: ReadSample, as_csv: AsCsv
) -> None:
    bot = PROFILE | {
        "created_at": "1183552203000L",
        "lang": "NULL",
        "crawled_at": "2010-11-07 11:10:52",
        "profile_image_url": "http://s.example/a/1288470193/images/default_profile_1_normal.png",
    }
    (tmp_path / "spambots_1.csv").write_text(as_csv([bot]))
    (tmp_path / "crowdflower_results_aggregated.csv").write_text("a,b\n1,2\n")
    result = read("cresci", tmp_path, name="mine")
    (row,) = result.accounts.iter_rows(named=True)
    assert row["created_at"] == datetime(2007, 7, 4, 12, 30, 3, tzinfo=UTC)
    assert (row["lang"], row["has_profile_image"], row["has_banner"]) == (None, False, None)
    assert result.labels["campaign"].to_list() == ["spambots_1"]
    assert result.labels["source"].to_list() == ["mine"]
    assert "crowdflower_results_aggregated.csv: judgements of annotators, ignored" in result.notes


def test_cresci_in_neither_layout_is_refused(tmp_path: Path, read: ReadSample, as_csv: AsCsv) -> None:
    bare = {name: value for name, value in PROFILE.items() if name != "crawled_at"}
    (tmp_path / "users.csv").write_text(as_csv([bare]))
    with pytest.raises(MissingColumnError, match="neither the 2015 layout"):
        read("cresci", tmp_path)
