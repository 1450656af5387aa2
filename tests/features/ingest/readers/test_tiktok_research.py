"""The TikTok Research API."""

from __future__ import annotations

from collections.abc import Callable

from vigie.features.ingest.reader import Read


def test_videos_are_read_and_comments_without_authors_are_noted(from_records: Callable[..., Read]) -> None:
    video = {
        "id": 7364000000000000001,
        "username": "ana",
        "create_time": 1714636800,
        "video_description": "Quay",
        "share_count": 2,
    }
    comment = {"id": 1, "text": "x", "video_id": 7364000000000000001, "create_time": 1714636800}
    result = from_records(
        "tiktok-research", {"data": {"videos": [video]}}, video | {"id": 2}, {"data": {"comments": [comment]}}
    )
    assert result.posts.select("post_id", "account_id", "repost_count").rows() == [
        ("7364000000000000001", "ana", 2),
        ("2", "ana", 2),
    ]
    assert "TikTok: comments state no author and are no posts: 1" in result.notes
    assert result.rejects.is_empty()
