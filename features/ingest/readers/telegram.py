"""Messages of Telegram: exports of its desktop program, and objects of its interface as Telethon writes them.

The number of a message holds only within its channel: ids of posts are ``channel1234/56``, of accounts ``channel1234``,
``user1234`` or ``chat1234``, as the desktop program writes them. A channel is the author of what is posted in its name.
A forward is a repost of the message of the channel it comes from; the desktop program does not tell which message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from vigie.features.ingest.mapping import Signature
from vigie.features.ingest.opening import SourceFile
from vigie.features.ingest.reader import MEDIA, Log
from vigie.features.ingest.readers import raw
from vigie.features.ingest.readers.raw import Record
from vigie.features.ingest.readers.unfolding import Found, Note, Unfolding, first_of, inner, listed, objects
from vigie.features.json_object import JsonObject

_SERVICE = "Telegram: service messages (somebody joined, a message was pinned) are no posts: {}"
# How the desktop program calls chats; the others are those of two persons.
_CHATS = {
    "public_channel": "channel",
    "private_channel": "channel",
    "public_supergroup": "channel",
    "private_supergroup": "channel",
    "private_group": "chat",
}
# Where the lists of messages stand in an export.
_LISTS, _INSIDE = ("messages",), ("chats", "left_chats", "list")
# Names that one account alone has, put beside what a record holds.
_KNOWN = "_known"
_NUMBERS = (("channel_id", "channel"), ("user_id", "user"), ("chat_id", "chat"))


def _messages(file: SourceFile, log: Log) -> Iterator[list[Record]]:
    """Yield each message of an export in the chat that it stands in, with the names that one account alone has."""
    several: dict[str, set[str]] = {}
    for records in raw.json_pieces(file, Log(), "posts", _LISTS, _INSIDE):
        for record in records:
            for chat in _chats(record.value):
                _name(chat, several)
    known = {name: min(ids) for name, ids in several.items() if len(ids) == 1}
    for records in raw.json_pieces(file, log, "posts", _LISTS, _INSIDE):
        yield [
            Record(
                one.file, one.line, {**one.value, _KNOWN: known} if isinstance(one.value, dict) else one.value
            )
            for one in records
        ]


def _chats(record: Any) -> list[JsonObject]:
    """Return the chats of an export: it is one, or holds several."""
    if not isinstance(record, dict):
        return []
    held = [chat for group in ("chats", "left_chats") for chat in objects(inner(record, group).get("list"))]
    return [chat for chat in (record, *held) if "messages" in chat]


def _desktop(record: JsonObject, note: Note) -> Iterable[Found] | None:
    """Return the messages of an export of one chat, or of several."""
    chats = _chats(record)
    if not chats and not {"chats", "left_chats", "messages"} & set(record):
        return None
    return _exported(chats, inner(record, _KNOWN), note)


def _exported(chats: Sequence[JsonObject], known: Mapping[str, str], note: Note) -> Iterator[Found]:
    for chat in chats:
        for message in objects(chat["messages"]):
            if message.get("type") == "message":
                yield _message(chat, message, known, note)
            else:
                note(_SERVICE, 1)


def _chat_id(chat: Mapping[str, Any]) -> str | None:
    number = chat.get("id")
    return f"{_CHATS.get(str(chat.get('type')), 'user')}{number}" if number is not None else None


def _author(chat: Mapping[str, Any], message: Mapping[str, Any]) -> str | None:
    """Return who posted; older exports write the id of a user as a number."""
    if str(chat.get("type")).endswith("_channel"):
        return _chat_id(chat)
    author = message.get("from_id")
    if author is None:
        return None
    return str(author) if isinstance(author, str) else f"user{author}"


def _name(chat: JsonObject, held: dict[str, set[str]]) -> None:
    """Add the names of the accounts of a chat, each with its ids."""
    is_channel = str(chat.get("type")).endswith("_channel")
    if is_channel and isinstance(chat.get("name"), str):
        held.setdefault(chat["name"], set()).add(str(_chat_id(chat)))
    for message in objects(chat["messages"]):
        author, name = _author(chat, message), message.get("from")
        if author and isinstance(name, str) and not is_channel:
            held.setdefault(name, set()).add(author)


def _message(
    chat: Mapping[str, Any], message: Mapping[str, Any], known: Mapping[str, str], note: Note
) -> Found:
    author, where = _author(chat, message), _chat_id(chat)
    written = message.get("text")
    pieces = written if isinstance(written, list) else [written]
    entities = objects(message.get("text_entities")) or objects(pieces)
    if "date_unixtime" not in message:
        note("Telegram: times without date_unixtime are of a zone that is not stated, read as UTC: {}", 1)
    post = {
        "post_id": f"{where}/{message['id']}" if where and "id" in message else None,
        "account_id": author,
        "created_at": first_of(message.get("date_unixtime"), message.get("date")),
        "time_resolution": "second",
        "text": "".join(
            str(piece.get("text", "") if isinstance(piece, dict) else piece or "") for piece in pieces
        ),
        "urls": listed(
            [one.get("href") or (one.get("text") if one.get("type") == "link" else None) for one in entities]
        ),
        "hashtags": _named([one.get("text") for one in entities if one.get("type") == "hashtag"]),
        "mentions": _named(
            [
                first_of(f"user{one['user_id']}" if one.get("user_id") else None, one.get("text"))
                for one in entities
                if one.get("type") in ("mention", "mention_name")
            ]
        ),
        MEDIA: _saved(message),
        **_act(chat, message, known),
    }
    name = chat.get("name") if author == where else message.get("from")
    return Found(post, {"account_id": author, "display_name": name} if author else None)


def _saved(message: Mapping[str, Any]) -> list[str]:
    """Return the paths of the picture and the file of a message; many send the same stickers, which are neither."""
    is_sticker = message.get("media_type") == "sticker"
    given = [message.get("photo"), None if is_sticker else message.get("file")]
    return [path for path in given if isinstance(path, str)]


def _act(chat: Mapping[str, Any], message: Mapping[str, Any], known: Mapping[str, str]) -> JsonObject:
    if "forwarded_from" in message:
        source = first_of(message.get("forwarded_from_id"), known.get(str(message["forwarded_from"])))
        return {"kind": "repost", "target_account_id": source}
    if message.get("reply_to_message_id"):
        where = message.get("reply_to_peer_id") or _chat_id(chat)
        answered = f"{where}/{message['reply_to_message_id']}" if where else None
        return {"kind": "reply", "target_post_id": answered}
    return {"kind": "original"}


def _telethon(record: JsonObject, note: Note) -> Iterable[Found] | None:
    """Return a message, or those of an answer of the interface."""
    if isinstance(record.get("messages"), list):
        known = {
            f"{prefix}{one.get('id')}": one
            for name, prefix in (("users", "user"), ("chats", "channel"))
            for one in objects(record.get(name))
        }
        return [found for one in objects(record["messages"]) for found in _object(one, known, note) or ()]
    return _object(record, {}, note)


def _object(message: JsonObject, known: Mapping[str, JsonObject], note: Note) -> list[Found] | None:
    named = message.get("_") or message.get("_type")
    if named in ("MessageService", "MessageEmpty"):
        note(_SERVICE, 1)
        return []
    if named not in ("Message", None) or not {"id", "date", "message"} <= set(message):
        return None
    where = _peer(message.get("peer_id")) or _peer(message.get("to_id"))
    author = _peer(message.get("from_id")) or where
    text = message["message"] if isinstance(message["message"], str) else ""
    entities = [(_kind_of(one), _slice(text, one), one) for one in objects(message.get("entities"))]
    post = {
        "post_id": f"{where}/{message['id']}" if where else None,
        "account_id": author,
        "created_at": message["date"],
        "time_resolution": "second",
        "text": text,
        "urls": listed(
            [
                *(one.get("url") or (words if kind == "Url" else None) for kind, words, one in entities),
                inner(message, "media", "webpage").get("url"),
            ]
        ),
        "hashtags": _named([words for kind, words, _ in entities if kind == "Hashtag"]),
        "mentions": _named(
            [
                f"user{one['user_id']}" if kind == "MentionName" else words
                for kind, words, one in entities
                if kind in ("Mention", "MentionName")
            ]
        ),
        "view_count": message.get("views"),
        "repost_count": message.get("forwards"),
        "reply_count": inner(message, "replies").get("replies"),
        **_telethon_act(message, where),
    }
    sender = inner(message, "_sender") or (inner(message, "_chat") if author == where else {})
    return [Found(post, _account(author, known.get(author or "", sender)))]


def _named(words: Sequence[Any]) -> list[str]:
    """Return hashtags or handles without their signs."""
    return listed([str(word).lstrip("#@") for word in words if word])


def _telethon_act(message: JsonObject, where: str | None) -> JsonObject:
    forward, answer = inner(message, "fwd_from"), inner(message, "reply_to")
    if forward:
        source, number = _peer(forward.get("from_id")), forward.get("channel_post")
        return {
            "kind": "repost",
            "target_account_id": source,
            "target_post_id": f"{source}/{number}" if source and number else None,
            "target_created_at": forward.get("date"),
        }
    number = answer.get("reply_to_msg_id") or message.get("reply_to_msg_id")
    # In a forum each message names the topic that it stands in as what it answers.
    if number and not (answer.get("forum_topic") and not answer.get("reply_to_top_id")):
        source = _peer(answer.get("reply_to_peer_id")) or where
        return {"kind": "reply", "target_post_id": f"{source}/{number}" if source else None}
    return {"kind": "original"}


def _peer(peer: Any) -> str | None:
    """Return the id of a channel, a user or a group of the interface."""
    held = peer if isinstance(peer, dict) else {}
    return next((f"{prefix}{held[name]}" for name, prefix in _NUMBERS if held.get(name)), None)


def _account(author: str | None, held: Mapping[str, Any]) -> JsonObject | None:
    if author is None:
        return None
    persons = " ".join(str(held[name]) for name in ("first_name", "last_name") if held.get(name))
    return {
        "account_id": author,
        "handle": held.get("username"),
        "display_name": first_of(held.get("title"), persons),
        "followers_count": held.get("participants_count"),
        "verified": held.get("verified"),
    }


def _kind_of(entity: Mapping[str, Any]) -> str:
    return str(entity.get("_") or entity.get("_type")).removeprefix("MessageEntity")


def _slice(text: str, entity: Mapping[str, Any]) -> str:
    """Return the words of an entity; Telegram counts them in units of UTF-16."""
    start, length = entity.get("offset"), entity.get("length")
    if not isinstance(start, int) or not isinstance(length, int):
        return ""
    return text.encode("utf-16-le")[2 * start : 2 * (start + length)].decode("utf-16-le", "ignore")


DESKTOP = Unfolding(
    "telegram-desktop",
    "Telegram Desktop: result.json of one chat or of all.",
    "telegram",
    _desktop,
    (Signature(keys=("messages", "type", "name")), Signature(keys=("chats.list",))),
    chunks=_messages,
)
TELETHON = Unfolding(
    "telethon",
    "Telethon: messages of Telegram as JSON lines; also the NDJSON of 4CAT.",
    "telegram",
    _telethon,
    (
        Signature(keys=("message", "peer_id", "date"), values={"_": ("Message", "MessageService")}),
        Signature(keys=("message", "peer_id", "date"), values={"_type": ("Message", "MessageService")}),
        Signature(keys=("messages.peer_id", "messages.message", "users", "chats")),
    ),
)
