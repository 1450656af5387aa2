"""Objects of the APIs inside a request say what they say in a file."""

from __future__ import annotations

from datetime import UTC, datetime

from vigie.features.ingest import raw_objects
from vigie.features.ingest.parsing import from_requests

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SEEN = {"platform": "x", "observed_at": "2024-05-16T12:00:00Z"}


def test_a_user_and_posts_of_version_2_are_read_as_pages_are() -> None:
    user = {
        "id": "7",
        "username": "ana",
        "created_at": "2013-02-24T15:04:04.000Z",
        "public_metrics": {"followers_count": 3, "tweet_count": 40},
    }
    repost = {
        "id": "10",
        "author_id": "7",
        "created_at": "2024-05-14T08:00:09.000Z",
        "text": "RT @bob: to the quay",
        "referenced_tweets": [{"type": "retweeted", "id": "9"}],
        "public_metrics": {"like_count": 2},
    }
    own = {
        "id": "11",
        "author_id": "7",
        "created_at": "2024-05-14T09:00:09.000Z",
        "text": "own",
        "edit_history_tweet_ids": ["11"],
        "entities": {"hashtags": [{"tag": "quay"}], "urls": [{"expanded_url": "https://a.example"}]},
    }
    batch = from_requests([SEEN | user | {"posts": [repost, own]}], NOW)
    assert batch.refused == {}
    assert batch.accounts.select("account_id", "handle", "followers_count", "posts_count").rows() == [
        ("7", "ana", 3, 40)
    ]
    assert batch.posts.select(
        "post_id", "kind", "target_post_id", "hashtags", "urls", "like_count"
    ).rows() == [
        ("10", "repost", "9", [], [], 2),
        ("11", "original", None, ["quay"], ["https://a.example"], None),
    ]


def test_statuses_of_version_1_are_read_as_in_files() -> None:
    inner = {"id_str": "9", "user": {"id_str": "8"}, "text": "to the quay at seven", "entities": {}}
    status = {
        "id_str": "10",
        "created_at": "Tue May 14 08:00:09 +0000 2024",
        "text": "RT @bob: to the q…",
        "retweeted_status": inner,
        "entities": {"user_mentions": [{"screen_name": "bob"}]},
        "favorite_count": 2,
    }
    user = {"id_str": "7", "screen_name": "ana", "statuses_count": 40}
    batch = from_requests([SEEN | user | {"posts": [status]}], NOW)
    assert batch.posts.select(
        "post_id", "kind", "target_account_id", "text", "mentions", "like_count"
    ).rows() == [("10", "repost", "8", "RT @bob: to the quay at seven", ["bob"], 2)]
    assert batch.accounts["posts_count"].to_list() == [40]


def test_what_is_given_under_the_contracts_names_stays_as_it_is() -> None:
    post = {"post_id": "1", "kind": "quote", "hashtags": ["a"], "entities": {"hashtags": [{"text": "b"}]}}
    plain = {"post_id": "2", "text": "own"}
    made = raw_objects.posts([post, plain])
    assert (made[0]["kind"], made[0]["hashtags"], made[1]) == ("quote", ["a"], plain)
