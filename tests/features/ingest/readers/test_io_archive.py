"""The information-operations archive, read to the contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vigie.errors import MissingColumnError
from vigie.features.ingest.readers import Read

ReadSample = Callable[..., Read]
AsCsv = Callable[[Sequence[Mapping[str, str]]], str]


@pytest.fixture
def archive(tmp_path: Path, as_csv: AsCsv) -> Path:
    user = {
        "userid": "u1=",
        "user_display_name": "U",
        "user_screen_name": "u",
        "user_reported_location": "",
        "user_profile_description": "d",
        "user_profile_url": "",
        "follower_count": "3",
        "following_count": "4",
        "account_creation_date": "2013-02-24",
        "account_language": "en",
    }
    (tmp_path / "land_201901_users_csv_hashed.csv").write_text(as_csv([user]))
    tweet = user | {
        "tweetid": "1",
        "tweet_language": "en",
        "tweet_text": "t",
        "tweet_time": "2018-01-01 10:00",
        "tweet_client_name": "App",
        "in_reply_to_userid": "",
        "in_reply_to_tweetid": "",
        "quoted_tweet_tweetid": "",
        "is_retweet": "false",
        "retweet_userid": "",
        "retweet_tweetid": "",
        "quote_count": "0",
        "reply_count": "1",
        "like_count": "2",
        "retweet_count": "3",
        "hashtags": "[#a, b]",
        "urls": "['https://a.example']",
        "user_mentions": "[9,8]",
    }
    tweets = [
        tweet,
        tweet | {"tweetid": "2", "is_retweet": "true", "retweet_userid": "9", "retweet_tweetid": "90"},
        tweet | {"tweetid": "3", "in_reply_to_tweetid": "91", "in_reply_to_userid": "9"},
        tweet | {"tweetid": "4", "quoted_tweet_tweetid": "92", "userid": "u2=", "follower_count": "7"},
    ]
    (tmp_path / "land_201901_tweets_csv_hashed.csv").write_text(as_csv(tweets))
    return tmp_path


def test_io_archive_reads_users_tweets_and_labels(archive: Path, read: ReadSample) -> None:
    result = read("io-archive", archive)
    assert result.posts["kind"].to_list() == ["original", "repost", "reply", "quote"]
    assert result.posts["target_post_id"].to_list() == [None, "90", "91", "92"]
    first = result.posts.row(0, named=True)
    assert (first["hashtags"], first["urls"], first["mentions"]) == (
        ["a", "b"],
        ["https://a.example"],
        ["9", "8"],
    )
    assert result.accounts["followers_count"].to_list() == [3, 7]
    assert result.accounts["observed_at"].unique().to_list() == [datetime(2018, 1, 1, 10, tzinfo=UTC)]
    assert result.labels.select("value", "strength").unique().rows() == [(True, "platform")]
    assert result.labels["campaign"].to_list() == ["land_201901", "land_201901"]


def test_io_archive_with_users_alone_is_observed_when_the_newest_was_made(
    archive: Path, read: ReadSample
) -> None:
    (archive / "land_201901_tweets_csv_hashed.csv").unlink()
    accounts = read("io-archive", archive).accounts
    assert accounts["observed_at"].to_list() == [datetime(2013, 2, 24, tzinfo=UTC)]


def test_io_archive_of_another_shape_names_its_columns(tmp_path: Path, read: ReadSample) -> None:
    (tmp_path / "a.csv").write_text("userid,what\n1,2\n")
    with pytest.raises(MissingColumnError, match="it has userid, what"):
        read("io-archive", tmp_path)
