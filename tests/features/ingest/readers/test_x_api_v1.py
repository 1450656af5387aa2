"""Users and statuses of the Twitter API v1.1, read to the contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vigie.features.ingest.readers import Read

ReadSample = Callable[..., Read]


USER_V1 = {
    "id": 1,
    "id_str": "1",
    "screen_name": "ana",
    "name": "Ana 🦉",
    "description": None,
    "location": "",
    "url": None,
    "followers_count": 3,
    "friends_count": 4,
    "statuses_count": 5,
    "favourites_count": 6,
    "listed_count": 7,
    "created_at": "Sun Feb 24 15:04:04 +0000 2013",
    "verified": False,
    "protected": False,
    "default_profile": True,
    "default_profile_image": False,
    "profile_image_url_https": "https://p.example/profile_images/1.jpg",
}


def test_x_api_v1_reads_reposts_quotes_replies_and_long_texts(
    tmp_path: Path, read: ReadSample, status: dict[str, Any]
) -> None:
    inner = status | {
        "id_str": "90",
        "created_at": "Sun Mar 12 16:05:22 +0000 2017",
        "user": USER_V1 | {"id_str": "8"},
    }
    extended = {
        "full_text": "long #tag",
        "entities": {
            "hashtags": [{"text": "tag"}],
            "urls": [{"url": "t", "expanded_url": "https://a.example"}],
            "user_mentions": [{"screen_name": "bob"}],
        },
    }
    statuses = [
        status
        | {"id_str": "1", "user": USER_V1, "extended_tweet": extended, "source": "<a href='x'>App</a>"},
        status | {"id_str": "2", "user": USER_V1, "retweeted_status": inner},
        status | {"id_str": "3", "user": USER_V1, "quoted_status": inner, "is_quote_status": True},
        status | {"id_str": "4", "user": USER_V1, "in_reply_to_status_id": 90, "in_reply_to_user_id": 8},
    ]
    (tmp_path / "pages.jsonl").write_text("\n".join(json.dumps(one) for one in statuses) + '\n{"id": ')
    result = read("x-api-v1", tmp_path)
    assert result.posts["kind"].to_list() == ["original", "repost", "quote", "reply"]
    assert result.posts["target_post_id"].to_list() == [None, "90", "90", "90"]
    assert result.posts["target_account_id"].to_list() == [None, "8", "8", "8"]
    first = result.posts.row(0, named=True)
    assert (first["text"], first["hashtags"], first["urls"], first["mentions"], first["client"]) == (
        "long #tag",
        ["tag"],
        ["https://a.example"],
        ["bob"],
        "App",
    )
    assert result.accounts.height == len(statuses)
    account = result.accounts.row(0, named=True)
    assert account["observed_at"] == datetime(2017, 3, 13, 16, 5, 22, tzinfo=UTC)
    assert (account["description"], account["has_profile_image"], account["has_banner"]) == ("", True, False)
    assert result.rejects["line"].to_list() == [5]


def test_x_api_v1_takes_pages_users_and_stated_collection_times(
    tmp_path: Path, read: ReadSample, status: dict[str, Any]
) -> None:
    page = {"users": [USER_V1 | {"crawled_at": "2018-01-01", "status": status}, USER_V1 | {"id_str": "2"}, 7]}
    (tmp_path / "users.json").write_text(json.dumps(page))
    result = read("x-api-v1", tmp_path)
    assert dict(result.accounts.select("account_id", "observed_at").iter_rows()) == {
        "1": datetime(2018, 1, 1, 23, 59, 59, tzinfo=UTC),
        "2": datetime(2017, 3, 13, 16, 5, 22, tzinfo=UTC),
    }
    assert result.posts["account_id"].to_list() == ["1"]
    assert result.rejects["reason"].to_list() == [
        "neither a status of the Twitter API v1.1 with its user nor such a user: int"
    ]


def test_a_repost_says_what_its_original_says(
    tmp_path: Path, read: ReadSample, status: dict[str, Any]
) -> None:
    whole = {
        "full_text": "All of you to the quay at seven #quay",
        "entities": {"hashtags": [{"text": "quay"}]},
    }
    inner = status | {"id_str": "90", "user": USER_V1 | {"id_str": "8"}, "extended_tweet": whole}
    media = {"media": [{"media_url_https": "https://pbs.example.org/media/a.jpg"}]}
    cut = status | {
        "id_str": "2",
        "text": "RT @bob: All of you to the q…",
        "user": USER_V1,
        "retweeted_status": inner,
        "extended_entities": media,
    }
    (tmp_path / "pages.jsonl").write_text(json.dumps(cut))
    result = read("x-api-v1", tmp_path)
    assert result.posts.select("text", "hashtags", "mentions").rows() == [
        ("RT @bob: All of you to the quay at seven #quay", ["quay"], [])
    ]
