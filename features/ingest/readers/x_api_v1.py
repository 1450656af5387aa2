"""Objects of the Twitter API v1.1: statuses with their author, users with or without their last status.

Taken: one object, an array, objects on lines, or pages (``statuses``, ``users``). A post is a status given as
such; the status inside a repost or quote only tells what was reposted or quoted.

Observation time: ``crawled_at``, ``collected_at`` or ``observed_at`` beside the object or in its user where a
collector added one, else the newest time in the files given: all was collected after it. Of several records
of one user, the one with the newest status counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from vigie.features.ingest.reader import Log, Options, Read
from vigie.features.ingest.readers import cells, raw, twitter
from vigie.features.ingest.readers.raw import Record
from vigie.features.json_object import JsonObject

_OBSERVED = ("observed_at", "crawled_at", "collected_at")
_ANCHOR = re.compile(r"<a [^>]*>(.*?)</a>", re.DOTALL)
_PAGES = ("statuses", "users")
_NEEDED = (
    "id",
    "created_at",
    "seen",
    "status_at",
    "profile_image_url",
    "default_profile_image",
    "has_banner",
)


def read(paths: Sequence[Path], options: Options) -> Read:
    """Read user and status objects; no label is in them."""
    log = Log()
    users: list[Record] = []
    statuses: list[Record] = []
    for path in raw.expand(paths, ("*.json", "*.jsonl", "*.ndjson")):
        for record in raw.read_json(path, log, "posts"):
            for single in _singles(record):
                _sort(single, users, statuses, log)
    posts = _frame([Record(one.file, one.line, post(one.value)) for one in statuses])
    shaped = cells.shape(
        posts, "posts", {"platform": pl.lit("x"), **cells.present(posts, cells.same("posts"))}, log
    )
    return log.read(accounts=_accounts(users, shaped, log), posts=shaped)


def post(status: Mapping[str, Any]) -> JsonObject:
    """Return the post that a status object is, under the contract's names, as the API writes its values."""
    extended = _held(status, "extended_tweet")
    entities = _held(extended, "entities") or _held(status, "entities")
    target = _target(status)
    return {
        "post_id": identity(status),
        "account_id": identity(_held(status, "user")),
        "created_at": status.get("created_at"),
        "time_resolution": "second",
        "text": extended.get("full_text") or status.get("full_text") or status.get("text"),
        "lang": None if status.get("lang") == "und" else status.get("lang"),
        **target,
        "urls": [one.get("expanded_url") or one.get("url") for one in _listed(entities, "urls")],
        "hashtags": [one.get("text") for one in _listed(entities, "hashtags")],
        "mentions": [one.get("screen_name") for one in _listed(entities, "user_mentions")],
        "client": client(status.get("source")),
        "like_count": status.get("favorite_count"),
        "repost_count": status.get("retweet_count"),
        "reply_count": status.get("reply_count"),
        "quote_count": status.get("quote_count"),
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


def _target(status: Mapping[str, Any]) -> JsonObject:
    """Return what kind of post it is, and of what."""
    for kind, name in (("repost", "retweeted_status"), ("quote", "quoted_status")):
        inner = _held(status, name)
        if inner:
            return {
                "kind": kind,
                "target_post_id": identity(inner),
                "target_account_id": identity(_held(inner, "user")),
                "target_created_at": inner.get("created_at"),
            }
    quoted = status.get("quoted_status_id_str") or status.get("quoted_status_id")
    if quoted:
        return {"kind": "quote", "target_post_id": quoted}
    answered = status.get("in_reply_to_status_id_str") or status.get("in_reply_to_status_id")
    person = status.get("in_reply_to_user_id_str") or status.get("in_reply_to_user_id")
    if answered or person:
        return {"kind": "reply", "target_post_id": answered, "target_account_id": person}
    # A status cut down by a collector does not say what it is not.
    return {"kind": "original" if "in_reply_to_status_id" in status else None}


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
    if isinstance(thing, dict) and isinstance(thing.get("user"), dict):
        statuses.append(record)
        users.append(Record(record.file, record.line, _user(thing["user"], thing, thing)))
    elif isinstance(thing, dict) and "screen_name" in thing and "text" not in thing:
        last = _held(thing, "status")
        users.append(Record(record.file, record.line, _user(thing, last, thing)))
        if last:
            statuses.append(Record(record.file, record.line, {**last, "user": thing}))
    else:
        log.reject(
            record.file, record.line, "posts", None, "neither a status with its user nor a user", str(thing)
        )


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
    kept["seen"] = next((one[name] for one in (user, beside) for name in _OBSERVED if one.get(name)), None)
    kept["status_at"] = status.get("created_at")
    return kept


def _accounts(users: Sequence[Record], posts: pl.DataFrame, log: Log) -> pl.DataFrame:
    frame = twitter.columns(_frame(users), _NEEDED)
    one = twitter.observe(frame, posts, log)
    values = {
        "platform": pl.lit("x"),
        **cells.present(one, twitter.PROFILE),
        "observed_at": pl.col("observed"),
        **twitter.has_picture(one),
        "has_banner": pl.col("has_banner"),
    }
    return cells.shape(one, "accounts", values, log)


def _frame(records: Sequence[Record]) -> pl.DataFrame:
    return cells.table(
        [one.value for one in records], [one.file for one in records], [one.line for one in records]
    )


def _held(thing: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object under a name; an empty one where there is none."""
    value = thing.get(name)
    return value if isinstance(value, dict) else {}


def _listed(thing: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = thing.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
