"""Answers of the YouTube Data API: videos, search results, threads of comments and comments.

A comment is a reply: to the video, or to the comment that it stands under.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vigie.features.ingest.mapping import Signature
from vigie.features.ingest.readers.unfolding import Found, Note, Unfolding, first_of, inner, objects
from vigie.features.json_object import JsonObject


def _found(record: JsonObject, note: Note) -> Iterable[Found] | None:
    """Return the videos, comments and channels of an answer, or one of them that stands alone."""
    if isinstance(record.get("items"), list):
        return [found for one in objects(record["items"]) for found in _found(one, note) or ()]
    snippet = inner(record, "snippet")
    if "topLevelComment" in snippet:
        top = inner(snippet, "topLevelComment")
        counted = {"reply_count": snippet.get("totalReplyCount")}
        return [
            _comment(top, snippet.get("videoId"), counted),
            *(
                _comment(one, snippet.get("videoId"), {})
                for one in objects(inner(record, "replies").get("comments"))
            ),
        ]
    kind = str(record.get("kind"))
    if kind == "youtube#comment":
        return [_comment(record, snippet.get("videoId"), {})]
    if kind in ("youtube#video", "youtube#searchResult"):
        return _video(record, snippet)
    if kind == "youtube#channel":
        return [Found(account=_channel(record, snippet))]
    return None


def _comment(comment: JsonObject, video: Any, counted: Mapping[str, Any]) -> Found:
    snippet = inner(comment, "snippet")
    author = inner(snippet, "authorChannelId").get("value")
    post = {
        "post_id": comment.get("id"),
        "account_id": author,
        "created_at": snippet.get("publishedAt"),
        "time_resolution": "second",
        "text": first_of(snippet.get("textOriginal"), snippet.get("textDisplay")),
        "kind": "reply",
        "target_post_id": first_of(snippet.get("parentId"), snippet.get("videoId"), video),
        "like_count": snippet.get("likeCount"),
        **counted,
    }
    return Found(post, {"account_id": author, "display_name": snippet.get("authorDisplayName")})


def _video(video: JsonObject, snippet: JsonObject) -> list[Found]:
    number = first_of(inner(video, "id").get("videoId"), video.get("id"))
    if isinstance(number, dict):  # a channel or a playlist that a search found
        return []
    counts = inner(video, "statistics")
    post = {
        "post_id": number,
        "account_id": snippet.get("channelId"),
        "created_at": snippet.get("publishedAt"),
        "time_resolution": "second",
        "text": "\n".join(str(snippet[name]) for name in ("title", "description") if snippet.get(name)),
        "lang": first_of(snippet.get("defaultLanguage"), snippet.get("defaultAudioLanguage")),
        "kind": "original",
        "view_count": counts.get("viewCount"),
        "like_count": counts.get("likeCount"),
        "reply_count": counts.get("commentCount"),
        "permalink": f"https://www.youtube.com/watch?v={number}",
    }
    return [
        Found(post, {"account_id": snippet.get("channelId"), "display_name": snippet.get("channelTitle")})
    ]


def _channel(channel: JsonObject, snippet: JsonObject) -> JsonObject:
    counts = inner(channel, "statistics")
    return {
        "account_id": channel.get("id"),
        "handle": str(snippet.get("customUrl") or "").removeprefix("@") or None,
        "display_name": snippet.get("title"),
        "description": snippet.get("description"),
        "created_at": snippet.get("publishedAt"),
        # Rounded by YouTube; hidden where the channel wants it so.
        "followers_count": None if counts.get("hiddenSubscriberCount") else counts.get("subscriberCount"),
        "posts_count": counts.get("videoCount"),
    }


YOUTUBE = Unfolding(
    "youtube-api",
    "YouTube Data API: answers with videos, comments, threads of comments or channels.",
    "youtube",
    _found,
    (
        Signature(keys=("kind", "items.snippet")),
        Signature(keys=("kind", "snippet.publishedAt")),
    ),
)
