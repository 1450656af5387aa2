"""Objects of the X API v2: pages with ``data``, ``includes`` and ``meta``, or bare posts and users.

A post is what stands in ``data``; posts in ``includes`` only tell what was reposted, answered or quoted. The
API leaves empty fields out: a field that some object of the import has was asked for, so its absence from
another means empty, not unknown.

Observation time: ``__twarc.retrieved_at`` of a page, ``observed_at``, ``crawled_at`` or ``collected_at`` of
an object, else the newest time in the files given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from vigie.features.ingest.reader import Log, Options, Read
from vigie.features.ingest.readers import cells, raw, twitter
from vigie.features.ingest.readers.raw import Record
from vigie.features.json_object import JsonObject

_OBSERVED = ("observed_at", "crawled_at", "collected_at")
_KINDS = {"retweeted": "repost", "quoted": "quote", "replied_to": "reply"}
_NEEDED = ("id", "created_at", "seen", "status_at", "profile_image_url")
_COLUMNS = twitter.PROFILE | {
    "handle": "username",
    "following_count": "following_count",
    "posts_count": "tweet_count",
    "likes_given_count": "like_count",
}


@dataclass
class _Gathered:
    """Objects of all files, by what they are."""

    users: list[Record] = field(default_factory=list)
    posts: list[Record] = field(default_factory=list)
    others: dict[str, Mapping[str, Any]] = field(default_factory=dict)


def read(paths: Sequence[Path], options: Options) -> Read:
    """Read pages of posts, of users or of both; no label is in them."""
    log = Log()
    found = _Gathered()
    for path in raw.expand(paths, ("*.json", "*.jsonl", "*.ndjson")):
        for record in raw.read_json(path, log, "posts"):
            for page in record.value if isinstance(record.value, list) else [record.value]:
                _page(Record(record.file, record.line, page), found, log)
    asked = {name for one in found.posts for name in one.value}
    frame = _frame([Record(one.file, one.line, _post(one.value, found.others, asked)) for one in found.posts])
    values = {"platform": pl.lit("x"), **cells.present(frame, cells.same("posts"))}
    posts = cells.shape(frame, "posts", values, log)
    return log.read(accounts=_accounts(found.users, posts, log), posts=posts)


def _page(record: Record, found: _Gathered, log: Log) -> None:
    page = record.value
    if not isinstance(page, dict):
        log.reject(record.file, record.line, "posts", None, "neither a page, a post nor a user", str(page))
        return
    twarc = page.get("__twarc")
    seen = twarc.get("retrieved_at") if isinstance(twarc, dict) else None
    includes = page.get("includes")
    if isinstance(includes, dict):
        for user in _objects(includes.get("users")):
            found.users.append(Record(record.file, record.line, user | {"seen": seen}))
        found.others.update({str(one["id"]): one for one in _objects(includes.get("tweets")) if "id" in one})
    for thing in _objects(page.get("data", page)):
        _object(Record(record.file, record.line, thing), seen, found, log)


def _object(record: Record, seen: str | None, found: _Gathered, log: Log) -> None:
    """Put an object among the posts or the users, or set it aside."""
    thing = record.value
    if "username" in thing:
        found.users.append(Record(record.file, record.line, thing | {"seen": seen}))
    elif "text" in thing and "id" in thing:
        found.posts.append(record)
        author = thing.get("author")
        if isinstance(author, dict):  # as twarc flattens pages
            found.users.append(Record(record.file, record.line, author | {"seen": seen}))
    elif "meta" not in thing and "errors" not in thing:
        log.reject(record.file, record.line, "posts", None, "neither a page, a post nor a user", str(thing))


def _post(tweet: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]], asked: set[str]) -> JsonObject:
    entities, metrics = _held(tweet, "entities"), _held(tweet, "public_metrics")
    links, marked = _objects(entities.get("urls")), "entities" in asked
    return {
        "post_id": tweet.get("id"),
        "account_id": tweet.get("author_id") or _held(tweet, "author").get("id"),
        "created_at": tweet.get("created_at"),
        "time_resolution": "second",
        "text": _held(tweet, "note_tweet").get("text") or tweet.get("text"),
        "lang": None if tweet.get("lang") in ("und", "zxx") else tweet.get("lang"),
        **_target(tweet, others, asked),
        "urls": [one.get("unwound_url") or one.get("expanded_url") or one.get("url") for one in links]
        if marked
        else None,
        "hashtags": [one.get("tag") for one in _objects(entities.get("hashtags"))] if marked else None,
        "mentions": [one.get("username") for one in _objects(entities.get("mentions"))] if marked else None,
        "client": tweet.get("source"),
        "view_count": metrics.get("impression_count"),
        "like_count": metrics.get("like_count"),
        "repost_count": metrics.get("retweet_count"),
        "reply_count": metrics.get("reply_count"),
        "quote_count": metrics.get("quote_count"),
    }


def _target(tweet: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]], asked: set[str]) -> JsonObject:
    """Return what kind of post it is, and of what."""
    references = {str(one.get("type")): one for one in _objects(tweet.get("referenced_tweets"))}
    for name, kind in _KINDS.items():
        if name in references:
            reference = references[name]
            other = others.get(str(reference.get("id")), reference)
            return {
                "kind": kind,
                "target_post_id": reference.get("id"),
                "target_account_id": other.get("author_id")
                or (tweet.get("in_reply_to_user_id") if kind == "reply" else None),
                "target_created_at": other.get("created_at"),
            }
    return {"kind": "original" if "referenced_tweets" in asked else None}


def _accounts(users: Sequence[Record], posts: pl.DataFrame, log: Log) -> pl.DataFrame:
    asked = {name for one in users for name in one.value}
    frame = twitter.columns(
        _frame([Record(one.file, one.line, _user(one.value, asked)) for one in users]), _NEEDED
    )
    one = twitter.observe(frame, posts, log)
    values = {
        "platform": pl.lit("x"),
        **cells.present(one, _COLUMNS),
        "observed_at": pl.col("observed"),
        **twitter.has_picture(one),
        **twitter.has_banner(one),
    }
    return cells.shape(one, "accounts", values, log)


def _user(user: Mapping[str, Any], asked: set[str]) -> JsonObject:
    kept = {name: user.get(name) for name in asked if name in _TAKEN}
    kept |= {name: user.get(name) or "" for name in ("description", "location", "url") if name in asked}
    links = _objects(_held(_held(user, "entities"), "url").get("urls"))
    if links and links[0].get("expanded_url"):
        kept["url"] = links[0]["expanded_url"]
    kept |= _held(user, "public_metrics")
    kept["seen"] = next((user[name] for name in _OBSERVED if user.get(name)), None) or user.get("seen")
    return kept


_TAKEN = {*_COLUMNS.values(), "profile_image_url", "profile_banner_url"}


def _frame(records: Sequence[Record]) -> pl.DataFrame:
    return cells.table(
        [one.value for one in records], [one.file for one in records], [one.line for one in records]
    )


def _held(thing: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object under a name; an empty one where there is none."""
    value = thing.get(name)
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[JsonObject]:
    """Return the objects of a list, or an object alone as a list of one."""
    return list(_each(value))


def _each(value: Any) -> Iterator[JsonObject]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield one
