"""Posts of X as its web pages load them: ``rest_id``, ``legacy``, ``core.user_results``; Zeeschuimer wraps each.

X moved names and times of users from ``legacy`` to ``core`` in 2025; both are read. The text of a repost is cut, that
of its original is whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from vigie.features.ingest.mapping import Signature
from vigie.features.ingest.readers.unfolding import (
    Found,
    Note,
    Unfolding,
    first_of,
    inner,
    listed,
    objects,
    wrapped,
)
from vigie.features.json_object import JsonObject

_TAG = re.compile(r"<[^>]*>")
_NO_POST = "X: records without a post (profiles, posts that are gone): {}"


def _found(record: JsonObject, note: Note) -> Iterable[Found] | None:
    """Return the post of a record."""
    record = wrapped(record)
    collected = "timestamp_collected" in record
    if not collected and "legacy" not in record and "tweet" not in record:
        return None
    tweet = _unwrapped(inner(record, "data") if collected else record)
    if "created_at" not in inner(tweet, "legacy") or "user_id_str" not in inner(tweet, "legacy"):
        note(_NO_POST, 1)
        return []
    seen = record.get("timestamp_collected") if collected else None
    post = _post(tweet)
    return [Found(post | {"recorded_at": seen}, _account(tweet) | {"observed_at": seen})]


def _unwrapped(tweet: JsonObject) -> JsonObject:
    """Return a post without what X sometimes puts around it."""
    return inner(tweet, "tweet") or tweet


def _post(tweet: JsonObject) -> JsonObject:
    legacy = inner(tweet, "legacy")
    reposted = _unwrapped(inner(legacy, "retweeted_status_result", "result"))
    said = reposted or tweet
    words = inner(said, "legacy")
    entities = {
        **inner(words, "entities"),
        **inner(said, "note_tweet", "note_tweet_results", "result", "entity_set"),
    }
    text = first_of(
        inner(said, "note_tweet", "note_tweet_results", "result").get("text"), words.get("full_text")
    )
    if reposted and text is not None:
        text = f"RT @{_handle(reposted)}: {text}"
    # Whom a repost names is whom it reposts.
    mentioned = inner(legacy, "entities") if reposted else entities
    lang = legacy.get("lang")
    return {
        "post_id": first_of(tweet.get("rest_id"), legacy.get("id_str")),
        "account_id": legacy.get("user_id_str"),
        "created_at": legacy.get("created_at"),
        "time_resolution": "second",
        "text": first_of(text, legacy.get("full_text")),
        "lang": None if lang in ("und", "zxx") else lang,
        "urls": listed(
            [first_of(one.get("expanded_url"), one.get("url")) for one in objects(entities.get("urls"))]
        ),
        "hashtags": listed([one.get("text") for one in objects(entities.get("hashtags"))]),
        "mentions": listed([one.get("screen_name") for one in objects(mentioned.get("user_mentions"))]),
        "client": _TAG.sub("", str(source))
        if (source := tweet.get("source") or legacy.get("source"))
        else None,
        "view_count": first_of(inner(tweet, "views").get("count"), inner(tweet, "ext_views").get("count")),
        "like_count": legacy.get("favorite_count"),
        "repost_count": legacy.get("retweet_count"),
        "reply_count": legacy.get("reply_count"),
        "quote_count": legacy.get("quote_count"),
        **_act(tweet, legacy, reposted),
    }


def _act(tweet: JsonObject, legacy: JsonObject, reposted: JsonObject) -> JsonObject:
    if reposted:
        return {"kind": "repost", **_target(reposted)}
    quoted = _unwrapped(inner(tweet, "quoted_status_result", "result"))
    if legacy.get("quoted_status_id_str") or "legacy" in quoted:
        return {
            "kind": "quote",
            **_target(quoted),
            "target_post_id": first_of(legacy.get("quoted_status_id_str"), quoted.get("rest_id")),
        }
    if legacy.get("in_reply_to_status_id_str"):
        return {
            "kind": "reply",
            "target_post_id": legacy["in_reply_to_status_id_str"],
            "target_account_id": legacy.get("in_reply_to_user_id_str"),
        }
    return {"kind": "original"}


def _target(other: JsonObject) -> JsonObject:
    legacy = inner(other, "legacy")
    return {
        "target_post_id": first_of(other.get("rest_id"), legacy.get("id_str")),
        "target_account_id": legacy.get("user_id_str"),
        "target_created_at": legacy.get("created_at"),
    }


def _user(tweet: JsonObject) -> JsonObject:
    return inner(tweet, "core", "user_results", "result") or {"legacy": inner(tweet, "user")}


def _handle(tweet: JsonObject) -> Any:
    user = _user(tweet)
    return first_of(inner(user, "core").get("screen_name"), inner(user, "legacy").get("screen_name"))


def _account(tweet: JsonObject) -> JsonObject:
    user = _user(tweet)
    legacy, core = inner(user, "legacy"), inner(user, "core")
    links = objects(inner(legacy, "entities", "url").get("urls"))
    return {
        "account_id": first_of(
            user.get("rest_id"), legacy.get("id_str"), inner(tweet, "legacy").get("user_id_str")
        ),
        "handle": _handle(tweet),
        "display_name": first_of(core.get("name"), legacy.get("name")),
        "description": legacy.get("description"),
        "location": first_of(inner(user, "location").get("location"), legacy.get("location")),
        "url": links[0].get("expanded_url") if links else legacy.get("url"),
        "created_at": first_of(core.get("created_at"), legacy.get("created_at")),
        "followers_count": legacy.get("followers_count"),
        "following_count": legacy.get("friends_count"),
        "posts_count": legacy.get("statuses_count"),
        "likes_given_count": legacy.get("favourites_count"),
        "listed_count": legacy.get("listed_count"),
        "verified": first_of(inner(user, "verification").get("verified"), legacy.get("verified")),
        "protected": first_of(inner(user, "privacy").get("protected"), legacy.get("protected")),
        "has_profile_image": _own_picture(legacy),
        "has_banner": bool(legacy["profile_banner_url"]) if "profile_banner_url" in legacy else None,
    }


def _own_picture(legacy: Mapping[str, Any]) -> bool | None:
    plain = legacy.get("default_profile_image")
    return None if plain is None else not plain


X_GRAPHQL = Unfolding(
    "zeeschuimer-x",
    "Zeeschuimer: posts of X as NDJSON; also posts as the web pages of X load them.",
    "x",
    _found,
    (
        Signature(
            keys=("timestamp_collected", "item_id", "data"),
            values={"source_platform": ("x.com", "twitter.com")},
        ),
        Signature(keys=("rest_id", "legacy.full_text", "core.user_results.result")),
        Signature(
            keys=("__import_meta.timestamp_collected",),
            values={"__import_meta.source_platform": ("x.com", "twitter.com")},
        ),
    ),
)
