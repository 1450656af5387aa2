"""Records of Bluesky: events of the firehose as Jetstream sends them, views of the interface, records of a repository.

Ids of accounts are DIDs, ids of posts the addresses of records (``at://did:plc:…/app.bsky.feed.post/…``), which begin
with the DID of the author. Keys are read as the network writes them and as the Python library does (``likeCount``,
``like_count``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from vigie.features.ingest.mapping import Signature
from vigie.features.ingest.readers.unfolding import Found, Note, Unfolding, first_of, inner, listed, objects
from vigie.features.json_object import JsonObject

_POST, _REPOST = "app.bsky.feed.post", "app.bsky.feed.repost"
_OTHER = "Bluesky: records that are neither posts nor reposts (likes, follows, profiles, deletions): {}"
_DID = re.compile(r"^at://(did:[^/]+)/")
_UPPER = re.compile(r"(?<=[a-z])([A-Z])")
# Id of a repost whose record is not told: who reposts what.
REPOST_ID = "{} reposts {}"
# Lists that answers of the interface hold.
_PAGES = ("feed", "posts", "records")


def _found(record: JsonObject, note: Note) -> Iterable[Found] | None:
    """Return the posts of an event, a view, a record, or of an answer that holds several."""
    for name in _PAGES:
        if isinstance(record.get(name), list):
            return [found for one in objects(record[name]) for found in _found(one, note) or ()]
    if "did" in record and "kind" in record:
        return _event(record, note)
    if "post" in record:
        return _item(record)
    if {"uri", "author", "record"} <= set(record):
        return [_view(record)]
    if {"uri", "value"} <= set(record):
        return _stored(str(record["uri"]), inner(record, "value"), note)
    return None


def _event(event: JsonObject, note: Note) -> list[Found]:
    commit = inner(event, "commit")
    if commit.get("operation") not in ("create", "update"):
        note(_OTHER, 1)
        return []
    uri = f"at://{event['did']}/{commit.get('collection')}/{commit.get('rkey')}"
    return _stored(uri, inner(commit, "record"), note)


def _stored(uri: str, record: JsonObject, note: Note) -> list[Found]:
    """Return the post that a record is; nobody has counted its likes."""
    author = _author_of(uri)
    if f"/{_POST}/" in uri:
        return [Found(_said(uri, author, record), {"account_id": author})]
    if f"/{_REPOST}/" in uri:
        target = inner(record, "subject").get("uri")
        post = _reposted(uri, author, _get(record, "createdAt"), target)
        return [Found(post, {"account_id": author})]
    note(_OTHER, 1)
    return []


def _item(item: JsonObject) -> list[Found]:
    """Return what stands in the feed of an account: its post, or its repost of another's."""
    view, reason = inner(item, "post"), inner(item, "reason")
    if "by" not in reason:
        return [_view(view)]
    by, said = inner(reason, "by"), _view(view).post or {}
    # Older answers do not tell the record of the repost.
    uri = first_of(reason.get("uri"), REPOST_ID.format(by.get("did"), view.get("uri")))
    post = _reposted(uri, by.get("did"), _get(reason, "indexedAt"), view.get("uri"))
    spoken = {name: said.get(name) for name in ("text", "lang", "urls", "hashtags", "mentions")}
    return [Found(post | spoken | {"target_created_at": said.get("created_at")}, _account(by))]


def _view(view: JsonObject) -> Found:
    author = inner(view, "author")
    uri = view.get("uri")
    counts = {
        field: _get(view, key)
        for field, key in (
            ("like_count", "likeCount"),
            ("repost_count", "repostCount"),
            ("reply_count", "replyCount"),
            ("quote_count", "quoteCount"),
        )
    }
    seen = inner(view, "4CAT_metadata").get("collected_at")
    post = _said(uri, author.get("did"), inner(view, "record")) | counts | {"recorded_at": seen}
    return Found(post, _account(author) | {"observed_at": seen})


def _account(author: Mapping[str, Any]) -> JsonObject:
    return {
        "account_id": author.get("did"),
        "handle": author.get("handle"),
        "display_name": _get(author, "displayName"),
        "created_at": _get(author, "createdAt"),
        "description": author.get("description"),
        "followers_count": _get(author, "followersCount"),
        "following_count": _get(author, "followsCount"),
        "posts_count": _get(author, "postsCount"),
    }


def _said(uri: Any, author: Any, record: Mapping[str, Any]) -> JsonObject:
    embed = inner(record, "embed")
    features = [one for facet in objects(record.get("facets")) for one in objects(facet.get("features"))]
    langs = record.get("langs")
    return {
        "post_id": uri,
        "account_id": author,
        "created_at": _get(record, "createdAt"),
        "time_resolution": "second",
        "text": record.get("text"),
        "lang": langs[0] if isinstance(langs, list) and len(langs) == 1 else None,
        "urls": listed(
            [
                *(one.get("uri") for one in features),
                inner(embed, "external").get("uri"),
                inner(embed, "media", "external").get("uri"),
            ]
        ),
        "hashtags": listed([one.get("tag") for one in features]),
        "mentions": listed([one.get("did") for one in features]),
        **_act(record, embed),
    }


def _act(record: Mapping[str, Any], embed: JsonObject) -> JsonObject:
    # A quote that also shows pictures nests the record once more.
    quoted = inner(embed, "record")
    quoted = inner(quoted, "record") or quoted
    for kind, target in (
        ("quote", quoted.get("uri")),
        ("reply", inner(record, "reply", "parent").get("uri")),
    ):
        # What is embedded may also be a list or a feed.
        if target and (kind == "reply" or f"/{_POST}/" in str(target)):
            return {"kind": kind, "target_post_id": target, "target_account_id": _author_of(target)}
    return {"kind": "original"}


def _reposted(uri: Any, author: Any, time: Any, target: Any) -> JsonObject:
    return {
        "post_id": uri,
        "account_id": author,
        "created_at": time,
        "time_resolution": "second",
        "kind": "repost",
        "target_post_id": target,
        "target_account_id": _author_of(target),
    }


def _author_of(uri: Any) -> str | None:
    found = _DID.match(str(uri))
    return found.group(1) if found else None


def _get(record: Mapping[str, Any], name: str) -> Any:
    """Return a value by its name, or by the name that the Python library gives it."""
    return record.get(name, record.get(_UPPER.sub(r"_\1", name).lower()))


BLUESKY = Unfolding(
    "bluesky",
    "Bluesky: Jetstream events, feeds and searches of the interface, records of a repository; NDJSON of 4CAT.",
    "bluesky",
    _found,
    (
        Signature(keys=("did", "time_us", "kind")),
        Signature(keys=("post.uri", "post.record", "post.author.did")),
        Signature(keys=("feed.post.uri", "feed.post.author.did")),
        Signature(keys=("uri", "record", "author.did")),
        Signature(keys=("posts.uri", "posts.record", "posts.author.did")),
        Signature(keys=("uri", "cid", "value.$type")),
        Signature(keys=("records.uri", "records.value.$type")),
    ),
)
