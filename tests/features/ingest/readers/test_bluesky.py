"""Bluesky: events, feeds, searches and records give one post each, under the address of its record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from vigie.features.ingest.reader import Read

From = Callable[..., Read]
POST = "at://did:plc:ana/app.bsky.feed.post/k1"
AUTHOR = {
    "did": "did:plc:ana",
    "handle": "ana.example",
    "displayName": "Ana",
    "createdAt": "2023-01-01T00:00:00Z",
}


def view(**record: Any) -> dict[str, Any]:
    said = {
        "$type": "app.bsky.feed.post",
        "createdAt": "2024-05-02T08:00:00Z",
        "text": "Quay",
        "langs": ["en"],
    } | record
    return {"uri": POST, "cid": "c1", "author": AUTHOR, "record": said, "likeCount": 3, "repostCount": 2}


@pytest.mark.parametrize("page", [lambda one: one, lambda one: {"posts": [one], "cursor": "c"}])
def test_a_search_gives_posts_with_their_counts_and_authors(
    from_records: From, page: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    result = from_records("bluesky", page(view()))
    assert result.posts.select("post_id", "account_id", "kind", "lang", "like_count", "repost_count").row(
        0
    ) == (
        POST,
        "did:plc:ana",
        "original",
        "en",
        3,
        2,
    )
    assert result.accounts.select("account_id", "handle", "display_name").row(0) == (
        "did:plc:ana",
        "ana.example",
        "Ana",
    )


def test_a_feed_gives_reposts_by_whoever_reposted(from_records: From) -> None:
    reason = {
        "$type": "app.bsky.feed.defs#reasonRepost",
        "by": {"did": "did:plc:ben", "handle": "ben.example"},
        "indexedAt": "2024-05-02T09:00:00Z",
    }
    posts = from_records("bluesky", {"feed": [{"post": view()}, {"post": view(), "reason": reason}]}).posts
    assert posts["account_id"].to_list() == ["did:plc:ana", "did:plc:ben"]
    assert posts["kind"].to_list() == ["original", "repost"]
    repost = posts.row(1, named=True)
    assert (repost["target_post_id"], repost["target_account_id"], repost["text"]) == (
        POST,
        "did:plc:ana",
        "Quay",
    )
    assert (repost["created_at"].hour, repost["target_created_at"].hour) == (9, 8)
    # The likes of a post are not those of its repost.
    assert repost["like_count"] is None


@pytest.mark.parametrize(
    ("embed", "kind", "target"),
    [
        ({"$type": "app.bsky.embed.record", "record": {"cid": "c", "uri": POST}}, "quote", POST),
        (
            {
                "$type": "app.bsky.embed.recordWithMedia",
                "record": {"record": {"cid": "c", "uri": POST}},
                "media": {},
            },
            "quote",
            POST,
        ),
        (
            {"$type": "app.bsky.embed.record", "record": {"uri": "at://did:plc:ana/app.bsky.graph.list/k"}},
            "original",
            None,
        ),
    ],
)
def test_a_post_that_shows_another_quotes_it_and_one_that_shows_a_list_does_not(
    from_records: From, embed: dict[str, Any], kind: str, target: str | None
) -> None:
    posts = from_records("bluesky", view(embed=embed)).posts
    assert posts.select("kind", "target_post_id").row(0) == (kind, target)


def test_names_as_the_python_library_writes_them_are_read(from_records: From) -> None:
    written = {
        "uri": POST,
        "author": {"did": "did:plc:ana", "handle": "ana.example", "display_name": "Ana"},
        "record": {"created_at": "2024-05-02T08:00:00Z", "text": "Quay"},
        "like_count": 3,
        "4CAT_metadata": {"collected_at": 1714730400.0},
    }
    result = from_records("bluesky", written)
    assert result.posts.select("like_count", "kind").row(0) == (3, "original")
    assert result.accounts["observed_at"].dt.day().to_list() == [3]
    assert result.accounts["display_name"].to_list() == ["Ana"]


def test_records_of_a_repository_are_read_and_deletions_and_likes_noted(from_records: From) -> None:
    stored = {
        "uri": POST,
        "cid": "c",
        "value": {"$type": "app.bsky.feed.post", "createdAt": "2024-05-02T08:00:00Z", "text": "Quay"},
    }
    like = {
        "uri": "at://did:plc:ana/app.bsky.feed.like/k",
        "cid": "c",
        "value": {"$type": "app.bsky.feed.like"},
    }
    gone = {
        "did": "did:plc:ana",
        "time_us": 1,
        "kind": "commit",
        "commit": {"operation": "delete", "collection": "app.bsky.feed.post", "rkey": "k1"},
    }
    result = from_records(
        "bluesky", {"records": [stored, like]}, gone, {"did": "did:plc:ana", "time_us": 1, "kind": "identity"}
    )
    assert result.posts["post_id"].to_list() == [POST]
    assert any(
        note.startswith("Bluesky: records that are neither") and note.endswith(": 3") for note in result.notes
    )
