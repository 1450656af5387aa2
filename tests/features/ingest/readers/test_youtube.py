"""The YouTube Data API: comments are replies, videos are originals, channels are accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vigie.features.ingest.reader import Read

From = Callable[..., Read]
SNIPPET: dict[str, Any] = {
    "publishedAt": "2024-05-02T08:00:00Z",
    "channelId": "UCana",
    "channelTitle": "Ana",
    "title": "Quay",
    "description": "Works start",
}


def test_videos_of_lists_and_of_searches_are_originals(from_records: From) -> None:
    listed = {
        "kind": "youtube#video",
        "id": "v1",
        "snippet": SNIPPET,
        "statistics": {"viewCount": "90", "likeCount": "3"},
    }
    search = {
        "kind": "youtube#searchResult",
        "id": {"kind": "youtube#video", "videoId": "v2"},
        "snippet": SNIPPET,
    }
    channel = {
        "kind": "youtube#searchResult",
        "id": {"kind": "youtube#channel", "channelId": "UCx"},
        "snippet": SNIPPET,
    }
    posts = from_records("youtube-api", {"items": [listed, search, channel]}).posts
    assert posts.select("post_id", "kind", "text", "view_count").rows() == [
        ("v1", "original", "Quay\nWorks start", 90),
        ("v2", "original", "Quay\nWorks start", None),
    ]


def test_a_hidden_number_of_subscribers_is_missing(from_records: From) -> None:
    def channel(number: str, hidden: bool) -> dict[str, Any]:
        counts = {"subscriberCount": "12", "hiddenSubscriberCount": hidden, "videoCount": "5"}
        snippet = {"title": "Ana", "customUrl": "@ana", "publishedAt": "2020-05-02T08:00:00Z"}
        return {"kind": "youtube#channel", "id": number, "snippet": snippet, "statistics": counts}

    video = {"kind": "youtube#video", "id": "v1", "snippet": SNIPPET}
    accounts = from_records(
        "youtube-api", {"items": [channel("UC1", False), channel("UC2", True)]}, video
    ).accounts
    assert accounts.select("account_id", "handle", "followers_count", "posts_count").rows()[:2] == [
        ("UC1", "ana", 12, 5),
        ("UC2", "ana", None, 5),
    ]


def test_a_comment_alone_answers_the_video_or_its_parent(from_records: From) -> None:
    snippet = {"textDisplay": "x", "publishedAt": "2024-05-02T08:00:00Z", "authorChannelId": {"value": "UCb"}}
    top = {"kind": "youtube#comment", "id": "k1", "snippet": snippet | {"videoId": "v1"}}
    under = {"kind": "youtube#comment", "id": "k2", "snippet": snippet | {"videoId": "v1", "parentId": "k1"}}
    posts = from_records("youtube-api", top, under).posts
    assert posts.select("kind", "target_post_id").rows() == [("reply", "v1"), ("reply", "k1")]
