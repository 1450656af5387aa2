"""Answers of the TikTok Research API: videos under ``data.videos``, comments under ``data.comments``.

It gives names of accounts and no ids, so that accounts go by their names. A comment states no author.
"""

from __future__ import annotations

from collections.abc import Iterable

from vigie.features.ingest.mapping import Signature
from vigie.features.ingest.readers.unfolding import Found, Note, Unfolding, inner, objects
from vigie.features.json_object import JsonObject


def _found(record: JsonObject, note: Note) -> Iterable[Found] | None:
    """Return the videos of an answer, or one that stands alone."""
    page = inner(record, "data") or record
    if "comments" in page:
        note("TikTok: comments state no author and are no posts: {}", len(objects(page["comments"])))
    if isinstance(page.get("videos"), list):
        return [_video(one) for one in objects(page["videos"])]
    if {"id", "username", "create_time"} <= set(record):
        return [_video(record)]
    return [] if "comments" in page else None


def _video(video: JsonObject) -> Found:
    name = video.get("username")
    post = {
        "post_id": video.get("id"),
        "account_id": name,
        "created_at": video.get("create_time"),
        "time_resolution": "second",
        "text": video.get("video_description"),
        "hashtags": video.get("hashtag_names"),
        "kind": "original",
        "view_count": video.get("view_count"),
        "like_count": video.get("like_count"),
        "reply_count": video.get("comment_count"),
        "repost_count": video.get("share_count"),
    }
    return Found(post, {"account_id": name, "handle": name})


TIKTOK_RESEARCH = Unfolding(
    "tiktok-research",
    "TikTok Research API: answers with videos.",
    "tiktok",
    _found,
    (
        Signature(keys=("data.videos.id", "data.videos.create_time")),
        Signature(keys=("id", "username", "create_time", "video_description")),
    ),
)
