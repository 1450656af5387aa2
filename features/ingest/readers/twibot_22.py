"""TwiBot-22: users and tweets of the X API v2 whose ids have a letter before them, ``u12`` and ``t34``.

Tweets name their author by number alone. The labels stand in a table of their own (``twibot-22-labels``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vigie.features.ingest.mapping import Signature
from vigie.features.ingest.readers.unfolding import Found, Note, Unfolding, first_of, inner, listed, objects
from vigie.features.json_object import JsonObject

_KINDS = {"retweeted": "repost", "quoted": "quote", "replied_to": "reply"}


def _found(record: JsonObject, note: Note) -> Iterable[Found] | None:
    """Return the user or the tweet that a record is."""
    if "username" in record:
        return [Found(account=_account(record))]
    return [Found(_post(record))] if {"author_id", "text"} <= set(record) else None


def _post(tweet: JsonObject) -> JsonObject:
    entities, counts = inner(tweet, "entities"), inner(tweet, "public_metrics")
    return {
        "post_id": _number(tweet.get("id")),
        "account_id": _number(tweet.get("author_id")),
        "created_at": tweet.get("created_at"),
        "time_resolution": "second",
        "text": tweet.get("text"),
        "lang": tweet.get("lang"),
        "client": tweet.get("source"),
        "urls": listed(
            [first_of(one.get("expanded_url"), one.get("url")) for one in objects(entities.get("urls"))]
        ),
        "hashtags": listed(
            [first_of(one.get("tag"), one.get("text")) for one in objects(entities.get("hashtags"))]
        ),
        "mentions": listed(
            [
                first_of(one.get("username"), one.get("screen_name"))
                for name in ("mentions", "user_mentions")
                for one in objects(entities.get(name))
            ]
        ),
        "like_count": counts.get("like_count"),
        "repost_count": counts.get("retweet_count"),
        "reply_count": counts.get("reply_count"),
        "quote_count": counts.get("quote_count"),
        **_act(tweet),
    }


def _act(tweet: JsonObject) -> JsonObject:
    named = {str(one.get("type")): one.get("id") for one in objects(tweet.get("referenced_tweets"))}
    for name, kind in _KINDS.items():
        if name in named:
            answered = tweet.get("in_reply_to_user_id") if kind == "reply" else None
            return {
                "kind": kind,
                "target_post_id": _number(named[name]),
                "target_account_id": _number(answered),
            }
    return {"kind": "original"}


def _account(user: JsonObject) -> JsonObject:
    counts = inner(user, "public_metrics")
    return {
        "account_id": _number(user.get("id")),
        "handle": user.get("username"),
        "display_name": user.get("name"),
        "description": user.get("description"),
        "location": user.get("location"),
        "url": user.get("url"),
        "created_at": user.get("created_at"),
        "followers_count": counts.get("followers_count"),
        "following_count": counts.get("following_count"),
        "posts_count": counts.get("tweet_count"),
        "listed_count": counts.get("listed_count"),
        "verified": user.get("verified"),
        "protected": user.get("protected"),
    }


def _number(name: Any) -> str | None:
    """Return an id without its letter."""
    return None if name is None or isinstance(name, Mapping | list) else str(name).strip().lstrip("ut")


TWIBOT_22 = Unfolding(
    "twibot-22",
    "TwiBot-22: user.json and tweet_N.json.",
    "x",
    _found,
    (
        Signature(keys=("id", "author_id", "text", "conversation_id", "reply_settings", "withheld", "geo")),
        Signature(keys=("id", "username", "public_metrics.followers_count", "pinned_tweet_id", "withheld")),
    ),
)
