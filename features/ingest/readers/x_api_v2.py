"""Objects of the X API v2: pages with ``data``, ``includes`` and ``meta``, or bare posts and users.

A post is what stands in ``data``; posts in ``includes`` only tell what was reposted, answered or quoted. The API cuts
the text of a repost: where the original stands in the page, its text, links and hashtags are those of the repost. The
API leaves empty fields out: a field that some object of the page has was asked for, so its absence from another means
empty, not unknown.

Observation time: ``__twarc.retrieved_at`` of a page, ``observed_at``, ``crawled_at`` or ``collected_at`` of an object,
else the newest time of the import.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from vigie.features.ingest import timestamps
from vigie.features.ingest.mapping import Signature
from vigie.features.ingest.opening import SourceFile
from vigie.features.ingest.reader import FIRST_VERSION, MEDIA, POST_AT, Log, Options, Part
from vigie.features.ingest.readers import cells, raw, twitter
from vigie.features.ingest.readers.raw import Record
from vigie.features.json_object import JsonObject

PATTERNS = ("*.json", "*.jsonl", "*.ndjson")
# How its files are known: pages, pages of users, what academictwitteR keeps apart, objects that stand alone.
RECOGNISE = (
    Signature(keys=("data.id", "data.text"), none_of=("timestamp_collected",)),
    Signature(keys=("data.id", "data.username"), none_of=("timestamp_collected",)),
    Signature(keys=("includes.users.username",)),
    Signature(keys=("users.id", "users.username"), none_of=("users.screen_name",)),
    Signature(keys=("id", "text", "author_id")),
    Signature(keys=("id", "username", "public_metrics.followers_count")),
    Signature(keys=("meta.result_count",)),
)
_OBSERVED = ("observed_at", "crawled_at", "collected_at")
_KINDS = {"retweeted": "repost", "quoted": "quote", "replied_to": "reply"}
_REPOST = re.compile(r"^RT @\w{1,50}: ")
_COLUMNS = twitter.PROFILE | {
    "handle": "username",
    "following_count": "following_count",
    "posts_count": "tweet_count",
    "likes_given_count": "like_count",
}
_TAKEN = {*_COLUMNS.values(), "profile_image_url", "profile_banner_url"}
# Lists of users and of posts that collectors keep apart from ``data``.
_LISTS = ("users", "tweets")


@dataclass
class _Page:
    """What one request asked for, and what it brought beside the posts.

    Attributes:
        seen: When it was made; None: not said.
        post_fields: Fields that a post of the page has.
        user_fields: Fields that a user of the page has.
        tweets: Id to post, of those that others speak of.
        media: Key to picture or video.
    """

    seen: str | None = None
    post_fields: set[str] = field(default_factory=set)
    user_fields: set[str] = field(default_factory=set)
    tweets: dict[str, JsonObject] = field(default_factory=dict)
    media: dict[str, JsonObject] = field(default_factory=dict)


@dataclass
class _Gathered:
    """Objects of a chunk by what they are, each with its page."""

    users: list[tuple[Record, _Page]] = field(default_factory=list)
    posts: list[tuple[Record, _Page]] = field(default_factory=list)


def parts(file: SourceFile, options: Options, log: Log) -> Iterator[Part]:
    """Read pages of posts, of users or of both; no label is in them."""
    for records in raw.json_chunks(file, log, "posts"):
        found, bare = _Gathered(), _Page()
        for record in records:
            for value in record.value if isinstance(record.value, list) else [record.value]:
                _sort(Record(record.file, record.line, value), bare, found, log)
        if found.posts:
            yield Part("posts", _posts(found.posts, log))
        if found.users:
            yield Part("accounts", _accounts(found.users, log))


def _sort(record: Record, bare: _Page, found: _Gathered, log: Log) -> None:
    """Put what a page holds, or an object that stands alone, among the posts and users, or set it aside."""
    value = record.value
    if not isinstance(value, dict):
        log.reject(
            record.file, record.line, "posts", None, "neither a page, a post nor a user", str(value)[:2000]
        )
        return
    lists = [name for name in _LISTS if isinstance(value.get(name), list)]
    if "data" not in value and "includes" not in value and not lists:
        if "errors" in value or "meta" in value or {"title", "status"} <= set(value):
            _tell(value, log)
        else:
            _object(record, bare, found, log)
        return
    twarc = _held(value, "__twarc")
    page = _Page(seen=twarc.get("retrieved_at"))
    _tell(value, log)
    includes = _held(value, "includes")
    page.tweets = {str(one["id"]): one for one in _objects(includes.get("tweets")) if "id" in one}
    page.media = {str(one["media_key"]): one for one in _objects(includes.get("media")) if "media_key" in one}
    # academictwitteR writes what was included into files of its own: users are taken, posts only tell of others.
    for user in [*_objects(includes.get("users")), *_objects(value.get("users"))]:
        _object(Record(record.file, record.line, user), page, found, log)
    data = value.get("data", ())
    for thing in data if isinstance(data, list) else [data]:
        _object(Record(record.file, record.line, thing), page, found, log)


def _object(record: Record, page: _Page, found: _Gathered, log: Log) -> None:
    """Put an object among the posts or the users, or set it aside."""
    thing = record.value
    if not isinstance(thing, dict):
        log.reject(record.file, record.line, "posts", None, "neither a page, a post nor a user", str(thing))
    elif "username" in thing and "id" in thing:
        page.user_fields.update(thing)
        found.users.append((record, page))
    elif "text" in thing and "id" in thing:
        page.post_fields.update(thing)
        found.posts.append((record, page))
        author = thing.get("author")
        if isinstance(author, dict):  # as twarc flattens pages
            page.user_fields.update(author)
            seen = _held(thing, "__twarc").get("retrieved_at")
            found.users.append(
                (
                    Record(
                        record.file,
                        record.line,
                        author | {"seen": seen, "post_at": thing.get("created_at")},
                    ),
                    page,
                )
            )
    else:
        log.reject(
            record.file,
            record.line,
            "posts",
            None,
            "neither a page, a post nor a user of the X API v2: " + ", ".join(list(thing)[:12]),
            str(thing)[:2000],
        )


def post(tweet: JsonObject, asked: set[str]) -> JsonObject:
    """Return the post that an object is, under the contract's names, as the API writes its values.

    Args:
        tweet: The object.
        asked: Fields that were asked for.
    """
    return _post(tweet, _Page(post_fields=asked))


def account(user: JsonObject) -> JsonObject:
    """Return the account that a user is, under the contract's names, as the API writes its values."""
    held = _user(user, _Page(user_fields=set(user)))
    return {name: held.get(column) for name, column in _COLUMNS.items()}


def _tell(page: Mapping[str, Any], log: Log) -> None:
    """Note what the API said that it could not give."""
    for error in _objects(page.get("errors")):
        what = "suspended" if "suspended" in str(error.get("detail")) else error.get("title")
        log.note(f"errors of pages, {error.get('resource_type') or 'request'}: {what}: {{}}")
    if "data" not in page and "title" in page:
        log.note(f"pages that are an error of the API, {page['title']}: {{}}")


def _posts(found: Sequence[tuple[Record, _Page]], log: Log) -> pl.DataFrame:
    frame = cells.table(
        [_post(record.value, page) for record, page in found],
        [record.file for record, _ in found],
        [record.line for record, _ in found],
        (*cells.LISTS, MEDIA),
    )
    values = {"platform": pl.lit("x"), **cells.present(frame, cells.same("posts"))}
    return cells.placed(frame, "posts", values, log, (FIRST_VERSION, MEDIA))


def _post(tweet: Mapping[str, Any], page: _Page) -> JsonObject:
    target, original = _target(tweet, page)
    metrics = _held(tweet, "public_metrics")
    # What a repost says is what its original says; the API cuts it.
    spoken = original if original is not None and target["kind"] == "repost" else tweet
    text = _text(spoken)
    marked = "entities" in page.post_fields or "entities" in spoken
    entities = {**_held(spoken, "entities"), **_held(_held(spoken, "note_tweet"), "entities")}
    if spoken is not tweet and text is not None:
        prefix = _REPOST.match(tweet.get("text") or "")
        text = (prefix.group() if prefix else "") + text
    versions = tweet.get("edit_history_tweet_ids")
    mentions = _held(tweet, "entities").get("mentions") if spoken is not tweet else entities.get("mentions")
    return {
        "post_id": tweet.get("id"),
        "account_id": tweet.get("author_id") or _held(tweet, "author").get("id"),
        "created_at": tweet.get("created_at"),
        "recorded_at": page.seen or _held(tweet, "__twarc").get("retrieved_at"),
        "time_resolution": "second",
        "text": text,
        "lang": None if tweet.get("lang") in ("und", "zxx") else tweet.get("lang"),
        **target,
        "urls": [
            one.get("unwound_url") or one.get("expanded_url") or one.get("url")
            for one in _objects(entities.get("urls"))
        ]
        if marked
        else None,
        "hashtags": [one.get("tag") for one in _objects(entities.get("hashtags"))] if marked else None,
        "mentions": [one.get("username") for one in _objects(mentions)] if marked else None,
        "client": tweet.get("source"),
        "view_count": metrics.get("impression_count"),
        "like_count": metrics.get("like_count"),
        "repost_count": metrics.get("retweet_count"),
        "reply_count": metrics.get("reply_count"),
        "quote_count": metrics.get("quote_count"),
        FIRST_VERSION: versions[0] if isinstance(versions, list) and len(versions) > 1 else None,
        MEDIA: _media(tweet, page),
    }


def _text(tweet: Mapping[str, Any]) -> Any:
    """Return the text of a post, the long form where there is one."""
    return _held(tweet, "note_tweet").get("text") or tweet.get("text")


def _media(tweet: Mapping[str, Any], page: _Page) -> list[str] | None:
    """Return the keys and addresses of the pictures of a post."""
    keys = _held(tweet, "attachments").get("media_keys")
    if not isinstance(keys, list):
        return None
    known = [page.media.get(str(key), {}) for key in keys]
    addresses = [one.get("url") or one.get("preview_image_url") for one in known]
    return [str(named) for named in (*keys, *addresses) if named]


def _target(tweet: Mapping[str, Any], page: _Page) -> tuple[JsonObject, Mapping[str, Any] | None]:
    """Return what kind of post it is and of what; and that other post, where the page holds it."""
    references = {str(one.get("type")): one for one in _objects(tweet.get("referenced_tweets"))}
    for name, kind in _KINDS.items():
        if name in references:
            reference = references[name]
            other = page.tweets.get(str(reference.get("id")), reference)
            target = {
                "kind": kind,
                "target_post_id": reference.get("id"),
                "target_account_id": other.get("author_id")
                or (tweet.get("in_reply_to_user_id") if kind == "reply" else None),
                "target_created_at": other.get("created_at"),
            }
            return target, other if "text" in other else None
    return {"kind": "original" if "referenced_tweets" in page.post_fields else None}, None


def _accounts(found: Sequence[tuple[Record, _Page]], log: Log) -> pl.DataFrame:
    frame = cells.table(
        [_user(record.value, page) for record, page in found],
        [record.file for record, _ in found],
        [record.line for record, _ in found],
    )
    values = {
        "platform": pl.lit("x"),
        **cells.present(frame, _COLUMNS),
        "observed_at": pl.col("seen"),
        **twitter.has_picture(frame),
        "has_banner": pl.col("has_banner"),
    }
    dated = frame.with_columns(timestamps.parse(pl.col("post_at")).alias(POST_AT))
    return cells.placed(dated, "accounts", values, log, (POST_AT,))


def _user(user: Mapping[str, Any], page: _Page) -> JsonObject:
    asked = page.user_fields
    kept = {name: user.get(name) for name in asked if name in _TAKEN}
    kept |= {name: user.get(name) or "" for name in ("description", "location", "url") if name in asked}
    links = _objects(_held(_held(user, "entities"), "url").get("urls"))
    if links and links[0].get("expanded_url"):
        kept["url"] = links[0]["expanded_url"]
    kept |= _held(user, "public_metrics")
    # The API leaves the banner out of profiles without one.
    kept["has_banner"] = bool(user.get("profile_banner_url")) if "profile_banner_url" in asked else None
    stated = next((user[name] for name in _OBSERVED if user.get(name)), None)
    return kept | {"seen": stated or user.get("seen") or page.seen, "post_at": user.get("post_at")}


def _held(thing: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object under a name; an empty one where there is none."""
    value = thing.get(name)
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[JsonObject]:
    """Return the objects of a list, or an object alone as a list of one."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
