"""Objects of the X and Twitter APIs inside a request, brought to the contract's names by the readers of their files."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vigie.features.ingest.readers import x_api_v1, x_api_v2
from vigie.features.json_object import JsonObject

# Fields that only objects of one version have; both have entities.
_POSTS_V2 = {"public_metrics", "referenced_tweets", "note_tweet", "edit_history_tweet_ids"}
_POSTS_V1 = {"retweeted_status", "quoted_status", "extended_tweet", "in_reply_to_status_id", "entities"}
_USERS_V2 = {"public_metrics"}
# What holds other objects: read, and no field of the contract.
_NESTED = {*_POSTS_V2, *_POSTS_V1, "user", "extended_entities", "attachments"}


def accounts(entries: Sequence[JsonObject]) -> list[JsonObject]:
    """Return accounts of a request; one that is a user of the X API v2 has the contract's fields too.

    >>> accounts([{"id": "7", "username": "ana", "public_metrics": {"tweet_count": 3}}])[0]["posts_count"]
    3
    """
    return _read(entries, set().union(*entries), _USERS_V2, x_api_v2.account)


def posts(entries: Sequence[JsonObject]) -> list[JsonObject]:
    """Return posts of a request; those that are posts of the X API v2 or statuses of v1.1 have the contract's fields too.

    What the objects together have was asked for: its absence from one of them means empty, not unknown.

    >>> posts([{"id_str": "9", "retweeted_status": {"id_str": "4"}}])[0]["target_post_id"]
    '4'
    """
    asked = set().union(*entries)
    of_v2 = _read(entries, asked, _POSTS_V2, lambda post: x_api_v2.post(post, asked))
    return _read(of_v2, asked, _POSTS_V1, x_api_v1.post)


def _read(
    entries: Sequence[JsonObject],
    fields: set[str],
    marks: set[str],
    reader: Callable[[JsonObject], JsonObject],
) -> list[JsonObject]:
    """Return objects with what a reader makes of those that have one of the marks; ``fields`` are those of all."""
    if not marks & fields:
        return list(entries)
    return [_whole(entry, reader) if marks & entry.keys() else entry for entry in entries]


def _whole(entry: JsonObject, reader: Callable[[JsonObject], JsonObject]) -> JsonObject:
    """Return an object with what its reader makes of it; what was given under the contract's own names stays."""
    made = {name: value for name, value in reader(entry).items() if value is not None and name[0] != "_"}
    return {name: value for name, value in entry.items() if name not in _NESTED} | {
        name: value for name, value in made.items() if name == "text" or entry.get(name) is None
    }
