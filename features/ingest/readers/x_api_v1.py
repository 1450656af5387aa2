"""Objects of the Twitter API v1.1: statuses with their author, users with or without their last status.

Taken: one object, an array, objects on lines, or pages (``statuses``, ``users``). A post is a status given as
such; the status inside a repost or quote only tells what was reposted or quoted.

Observation time: ``crawled_at``, ``collected_at`` or ``observed_at`` beside the object or in its user where a
collector added one, else the newest time of the import: all was collected after it. Of several records of
one user seen at one time, the one with the newest status counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from vigie.features.ingest import timestamps
from vigie.features.ingest.mapping import Signature
from vigie.features.ingest.opening import SourceFile
from vigie.features.ingest.reader import MEDIA, POST_AT, Log, Options, Part
from vigie.features.ingest.readers import cells, raw, twitter
from vigie.features.ingest.readers.raw import Record
from vigie.features.json_object import JsonObject

PATTERNS = ("*.json", "*.jsonl", "*.ndjson")
# How its files are known.
RECOGNISE = (
    Signature(keys=("id_str", "created_at", "user.screen_name", "user.id_str")),
    Signature(keys=("id_str", "screen_name", "followers_count", "statuses_count")),
    Signature(keys=("statuses.id_str", "statuses.user.screen_name")),
    Signature(keys=("users.id_str", "users.screen_name", "users.followers_count")),
)
_OBSERVED = ("observed_at", "crawled_at", "collected_at")
# What tells a status from the posts of other collectors.
_STATUS = {"created_at"}
_ANCHOR = re.compile(r"<a [^>]*>(.*?)</a>", re.DOTALL)
_PAGES = ("statuses", "users")
_REPOST = re.compile(r"^RT @\w{1,50}: ")


def parts(file: SourceFile, options: Options, log: Log) -> Iterator[Part]:
    """Read user and status objects; no label is in them."""
    for records in raw.json_chunks(file, log, "posts"):
        users: list[Record] = []
        statuses: list[Record] = []
        for record in records:
            for single in _singles(record):
                _sort(single, users, statuses, log)
        if statuses:
            yield Part("posts", _posts(statuses, log))
        if users:
            yield Part("accounts", _accounts(users, log))


def _posts(statuses: Sequence[Record], log: Log) -> pl.DataFrame:
    frame = _frame([Record(one.file, one.line, post(one.value)) for one in statuses], (*cells.LISTS, MEDIA))
    values = {"platform": pl.lit("x"), **cells.present(frame, cells.same("posts"))}
    return cells.placed(frame, "posts", values, log, (MEDIA,))


def post(status: Mapping[str, Any]) -> JsonObject:
    """Return the post that a status object is, under the contract's names, as the API writes its values."""
    target, original = _target(status)
    # What a repost says is what its original says; the API cuts it.
    spoken = original if original is not None else status
    extended = _held(spoken, "extended_tweet")
    entities = _held(extended, "entities") or _held(spoken, "entities")
    text = extended.get("full_text") or spoken.get("full_text") or spoken.get("text")
    own = status.get("full_text") or status.get("text")
    if spoken is not status and isinstance(text, str):
        prefix = _REPOST.match(own or "")
        text = (prefix.group() if prefix else "") + text
    mentioned = _held(status, "entities") if spoken is not status else entities
    return {
        "post_id": identity(status),
        "account_id": identity(_held(status, "user")),
        "created_at": status.get("created_at"),
        "recorded_at": _seen(status),
        "time_resolution": "second",
        "text": text,
        "lang": None if status.get("lang") == "und" else status.get("lang"),
        **target,
        "urls": [one.get("expanded_url") or one.get("url") for one in _listed(entities, "urls")],
        "hashtags": [one.get("text") for one in _listed(entities, "hashtags")],
        "mentions": [one.get("screen_name") for one in _listed(mentioned, "user_mentions")],
        "client": client(status.get("source")),
        "like_count": status.get("favorite_count"),
        "repost_count": status.get("retweet_count"),
        "reply_count": status.get("reply_count"),
        "quote_count": status.get("quote_count"),
        MEDIA: _media(status),
    }


def identity(thing: Mapping[str, Any]) -> Any:
    """Return the id of an object: the text form, which no reader of JSON rounds."""
    return thing.get("id_str") or thing.get("id")


def client(source: Any) -> Any:
    """Return the name of the application, without the link around it.

    >>> client('<a href="http://twitter.com" rel="nofollow">Twitter Web Client</a>')
    'Twitter Web Client'
    """
    if not isinstance(source, str):
        return None
    linked = _ANCHOR.search(source)
    return linked.group(1) if linked else source


def _media(status: Mapping[str, Any]) -> list[str]:
    """Return the addresses of the pictures of a status."""
    held = _held(status, "extended_entities") or _held(status, "entities")
    return [str(one["media_url_https"]) for one in _listed(held, "media") if one.get("media_url_https")]


def _seen(*things: Mapping[str, Any]) -> Any:
    """Return the collection time that a collector added to the first object that has one."""
    return next((one[name] for one in things for name in _OBSERVED if one.get(name)), None)


def _target(status: Mapping[str, Any]) -> tuple[JsonObject, Mapping[str, Any] | None]:
    """Return what kind of post it is and of what; and the original of a repost, where it is there."""
    for kind, name in (("repost", "retweeted_status"), ("quote", "quoted_status")):
        inner = _held(status, name)
        if inner:
            target = {
                "kind": kind,
                "target_post_id": identity(inner),
                "target_account_id": identity(_held(inner, "user")),
                "target_created_at": inner.get("created_at"),
            }
            whole = kind == "repost" and ("text" in inner or "full_text" in inner)
            return target, inner if whole else None
    quoted = status.get("quoted_status_id_str") or status.get("quoted_status_id")
    if quoted:
        return {"kind": "quote", "target_post_id": quoted}, None
    answered = status.get("in_reply_to_status_id_str") or status.get("in_reply_to_status_id")
    person = status.get("in_reply_to_user_id_str") or status.get("in_reply_to_user_id")
    if answered or person:
        return {"kind": "reply", "target_post_id": answered, "target_account_id": person}, None
    # A status cut down by a collector does not say what it is not.
    return {"kind": "original" if "in_reply_to_status_id" in status else None}, None


def _singles(record: Record) -> Iterator[Record]:
    """Yield the objects of a page one by one."""
    values = record.value if isinstance(record.value, list) else [record.value]
    for value in values:
        pages = [
            value[name] for name in _PAGES if isinstance(value, dict) and isinstance(value.get(name), list)
        ]
        for inner in [one for page in pages for one in page] if pages else [value]:
            yield Record(record.file, record.line, inner)


def _sort(record: Record, users: list[Record], statuses: list[Record], log: Log) -> None:
    """Put an object among the users, the statuses or both, or set it aside."""
    thing = record.value
    if isinstance(thing, dict) and isinstance(thing.get("user"), dict) and set(thing) >= _STATUS:
        statuses.append(record)
        users.append(Record(record.file, record.line, _user(thing["user"], thing, thing)))
    elif isinstance(thing, dict) and "screen_name" in thing and "text" not in thing:
        last = _held(thing, "status")
        users.append(Record(record.file, record.line, _user(thing, last, thing)))
        if last:
            statuses.append(Record(record.file, record.line, {**last, "user": thing}))
    else:
        log.reject(
            record.file,
            record.line,
            "posts",
            None,
            "neither a status of the Twitter API v1.1 with its user nor such a user: " + _shown(thing),
            str(thing),
        )


def _shown(thing: Any) -> str:
    return ", ".join(list(thing)[:12]) if isinstance(thing, dict) else type(thing).__name__


def _user(user: Mapping[str, Any], status: Mapping[str, Any], beside: Mapping[str, Any]) -> JsonObject:
    kept = {column: user.get(column) for column in twitter.PROFILE.values() if column in user}
    kept["id"] = identity(user)
    for name in ("description", "location", "url"):
        if name in user:
            kept[name] = user[name] or ""
    links = _listed(_held(_held(user, "entities"), "url"), "urls")
    if links and links[0].get("expanded_url"):
        kept["url"] = links[0]["expanded_url"]
    for name in ("default_profile_image", "profile_image_url"):
        kept[name] = user.get(name) or user.get(f"{name}_https")
    kept["has_banner"] = bool(user.get("profile_banner_url")) if "default_profile" in user else None
    kept["seen"] = _seen(user, beside)
    kept["status_at"] = status.get("created_at")
    return kept


def _accounts(users: Sequence[Record], log: Log) -> pl.DataFrame:
    frame = _frame(users)
    values = {
        "platform": pl.lit("x"),
        **cells.present(frame, twitter.PROFILE),
        "observed_at": pl.col("seen"),
        **twitter.has_picture(frame),
        "has_banner": pl.col("has_banner"),
    }
    dated = frame.with_columns(timestamps.parse(pl.col("status_at")).alias(POST_AT))
    return cells.placed(dated, "accounts", values, log, (POST_AT,))


def _frame(records: Sequence[Record], lists: Sequence[str] = cells.LISTS) -> pl.DataFrame:
    return cells.table(
        [one.value for one in records], [one.file for one in records], [one.line for one in records], lists
    )


def _held(thing: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object under a name; an empty one where there is none."""
    value = thing.get(name)
    return value if isinstance(value, dict) else {}


def _listed(thing: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = thing.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
