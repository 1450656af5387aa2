"""Statuses of Mastodon and of servers that speak its interface.

Numbers of statuses and accounts hold only on the server that was asked, and the server does not say which it is: posts
go by their ``uri``, accounts by ``name@server``, which are the same everywhere. A reply names what it answers by
number: the account is found among those mentioned, the status stays missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from vigie.features.ingest.mapping import Signature
from vigie.features.ingest.readers.unfolding import Found, Note, Unfolding, first_of, inner, listed, objects
from vigie.features.json_object import JsonObject

_SERVER = re.compile(r"https?://([^/?#:@]+)")


def _found(record: JsonObject, note: Note) -> Iterable[Found] | None:
    """Return a status, or those of a search."""
    if isinstance(record.get("statuses"), list):
        return [found for one in objects(record["statuses"]) for found in _found(one, note) or ()]
    if not {"uri", "created_at", "account", "content"} <= set(record):
        return None
    author, boosted = inner(record, "account"), inner(record, "reblog")
    # A boost has no words of its own.
    said = boosted or record
    post = {
        "post_id": record["uri"],
        "account_id": _name(author),
        "created_at": record["created_at"],
        "time_resolution": "second",
        "text": said.get("content"),
        "lang": said.get("language"),
        "hashtags": listed([one.get("name") for one in objects(said.get("tags"))]),
        "mentions": listed([_name(one) for one in objects(said.get("mentions"))]),
        "permalink": record.get("url"),
        "client": inner(record, "application").get("name"),
        **_act(record, author, boosted, note),
    }
    if not boosted:
        post |= {
            "like_count": record.get("favourites_count"),
            "repost_count": record.get("reblogs_count"),
            "reply_count": record.get("replies_count"),
            "quote_count": record.get("quotes_count"),
        }
    return [Found(post, _account(author))]


def _act(record: JsonObject, author: Mapping[str, Any], boosted: JsonObject, note: Note) -> JsonObject:
    quoted = inner(record, "quote", "quoted_status") or inner(record, "quote")
    for kind, other in (("repost", boosted), ("quote", quoted if "uri" in quoted else {})):
        if other:
            return {
                "kind": kind,
                "target_post_id": other.get("uri"),
                "target_account_id": _name(inner(other, "account")),
                "target_created_at": other.get("created_at"),
            }
    if record.get("in_reply_to_id") is None:
        return {"kind": "original"}
    note("Mastodon: replies whose status is told by a number of one server; it is missing: {}", 1)
    asked = record.get("in_reply_to_account_id")
    known = (author, *objects(record.get("mentions")))
    return {
        "kind": "reply",
        "target_account_id": next((_name(one) for one in known if one.get("id") == asked), None),
    }


def _name(account: Mapping[str, Any]) -> str | None:
    """Return ``name@server``; accounts of the server that was asked state no server."""
    name = first_of(account.get("acct"), account.get("username"))
    if not isinstance(name, str):
        return None
    if "@" in name:
        return name
    server = _SERVER.match(str(first_of(account.get("uri"), account.get("url"), "")))
    return f"{name}@{server.group(1).lower()}" if server else None


def _account(author: JsonObject) -> JsonObject:
    return {
        "account_id": _name(author),
        "handle": _name(author),
        "display_name": author.get("display_name"),
        "description": author.get("note"),
        "created_at": author.get("created_at"),
        "followers_count": author.get("followers_count"),
        "following_count": author.get("following_count"),
        "posts_count": author.get("statuses_count"),
        "has_profile_image": _set(author.get("avatar")),
        "has_banner": _set(author.get("header")),
    }


def _set(picture: Any) -> bool | None:
    """Return whether a picture is one of the account's own."""
    return not picture.endswith("/missing.png") if isinstance(picture, str) else None


MASTODON = Unfolding(
    "mastodon",
    "Mastodon: statuses of its interface, lines, lists or searches.",
    "mastodon",
    _found,
    (
        Signature(keys=("uri", "content", "account.acct", "reblogs_count")),
        Signature(keys=("statuses.uri", "statuses.content", "statuses.account.acct")),
    ),
    html=True,
)
