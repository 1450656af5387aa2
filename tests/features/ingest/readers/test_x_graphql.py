"""Posts of X as its web pages load them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vigie.features.ingest.reader import Read

From = Callable[..., Read]


def tweet(**legacy: Any) -> dict[str, Any]:
    held = {
        "created_at": "Thu May 02 08:00:00 +0000 2024",
        "id_str": "11",
        "user_id_str": "1",
        "full_text": "Quay",
        "lang": "en",
    }
    user = {
        "rest_id": "1",
        "legacy": {"screen_name": "ana", "name": "Ana", "created_at": "Mon Jan 02 10:00:00 +0000 2017"},
    }
    return {"rest_id": "11", "core": {"user_results": {"result": user}}, "legacy": held | legacy}


def test_long_posts_are_read_whole(from_records: From) -> None:
    note = {
        "text": "Quay and all the rest",
        "entity_set": {"hashtags": [{"text": "harbour"}], "urls": [], "user_mentions": []},
    }
    long = tweet() | {"note_tweet": {"note_tweet_results": {"result": note}}}
    posts = from_records("zeeschuimer-x", long).posts
    assert posts["text"].to_list() == ["Quay and all the rest"]
    assert posts["hashtags"].to_list() == [["harbour"]]


def test_the_text_of_a_repost_is_that_of_its_original(from_records: From) -> None:
    other = tweet(full_text="Quay works start today", id_str="9", user_id_str="8") | {"rest_id": "9"}
    posts = from_records(
        "zeeschuimer-x", tweet(full_text="RT @ana: Quay w…", retweeted_status_result={"result": other})
    ).posts
    assert posts.select("text", "kind", "target_post_id", "target_account_id").row(0) == (
        "RT @ana: Quay works start today",
        "repost",
        "9",
        "8",
    )


def test_a_quote_of_a_post_that_is_gone_is_a_quote(from_records: From) -> None:
    posts = from_records(
        "zeeschuimer-x", tweet(quoted_status_id_str="5") | {"quoted_status_result": {}}
    ).posts
    assert posts.select("kind", "target_post_id", "target_account_id").row(0) == ("quote", "5", None)


def test_older_records_of_zeeschuimer_hold_the_user_beside_the_post(from_records: From) -> None:
    wrapped = {
        "timestamp_collected": 1714730400000,
        "item_id": "11",
        "source_platform": "twitter.com",
        "data": {
            "type": "adaptive",
            "legacy": tweet()["legacy"],
            "user": {"id_str": "1", "screen_name": "ana", "followers_count": 5},
        },
    }
    result = from_records("zeeschuimer-x", wrapped)
    assert result.posts["account_id"].to_list() == ["1"]
    assert result.accounts.select("account_id", "handle", "followers_count").row(0) == ("1", "ana", 5)
    assert result.accounts["observed_at"].dt.day().to_list() == [3]


def test_profiles_and_posts_that_are_gone_are_noted(from_records: From) -> None:
    wrapped = {
        "timestamp_collected": 1714730400000,
        "item_id": "1",
        "source_platform": "x.com",
        "data": {"rest_id": "1"},
    }
    result = from_records("zeeschuimer-x", wrapped)
    assert result.posts.is_empty()
    assert result.notes == ("X: records without a post (profiles, posts that are gone): 1",)
