"""Telegram: ids hold within a channel, forwards are reposts, service messages are no posts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from vigie.features.ingest.importing import Destination, import_files
from vigie.features.ingest.reader import Options, Read
from vigie.features.ingest.readers import find

From = Callable[..., Read]


def message(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "type": "message",
        "date": "2024-05-02T08:00:00",
        "date_unixtime": "1714636800",
        "text": "x",
    } | fields


def test_one_number_in_two_channels_is_two_posts(from_records: From) -> None:
    chats = [
        {"name": "A", "type": "public_channel", "id": 1, "messages": [message(7)]},
        {
            "name": "B",
            "type": "private_supergroup",
            "id": 2,
            "messages": [message(7, **{"from": "Ana", "from_id": "user5"})],
        },
        {
            "name": "C",
            "type": "private_group",
            "id": 3,
            "messages": [message(7, **{"from": "Ana", "from_id": 5})],
        },
    ]
    posts = from_records("telegram-desktop", {"about": "all", "chats": {"list": chats}}).posts
    assert posts["post_id"].to_list() == ["channel1/7", "channel2/7", "chat3/7"]
    # Exports of earlier years write the id of a user as a number.
    assert posts["account_id"].to_list() == ["channel1", "user5", "user5"]


@pytest.mark.parametrize(
    ("others", "source"),
    [
        ([("Port Watch", "user8")], "user8"),
        ([("Port Watch", "user8"), ("Port Watch", "user9")], None),
        ([], None),
    ],
)
def test_the_source_of_a_forward_is_told_by_its_name_where_one_account_has_it(
    from_records: From, others: list[tuple[str, str]], source: str | None
) -> None:
    written = [message(n, **{"from": name, "from_id": number}) for n, (name, number) in enumerate(others, 2)]
    forward = message(1, **{"from": "Ana", "from_id": "user5", "forwarded_from": "Port Watch"})
    posts = from_records(
        "telegram-desktop",
        {"name": "A", "type": "public_supergroup", "id": 1, "messages": [forward, *written]},
    ).posts
    assert posts["kind"][0] == "repost"
    assert posts["target_account_id"][0] == source
    assert posts["target_post_id"][0] is None


def test_a_forward_from_an_account_that_is_gone_is_a_repost_all_the_same(from_records: From) -> None:
    forward = message(1, forwarded_from=None)
    posts = from_records(
        "telegram-desktop", {"name": "A", "type": "public_channel", "id": 1, "messages": [forward]}
    ).posts
    assert posts.select("kind", "target_account_id").row(0) == ("repost", None)


def test_times_of_a_zone_that_is_not_stated_are_noted(from_records: From) -> None:
    old = {
        "id": 1,
        "type": "message",
        "date": "2019-05-02T08:00:00",
        "text": ["a ", {"type": "bold", "text": "b"}],
    }
    result = from_records(
        "telegram-desktop", {"name": "A", "type": "public_channel", "id": 1, "messages": [old]}
    )
    assert result.posts["text"].to_list() == ["a b"]
    assert result.posts["created_at"].dt.hour().to_list() == [8]
    assert any("date_unixtime" in note and note.endswith(": 1") for note in result.notes)


def test_an_answer_of_the_interface_names_accounts(from_records: From) -> None:
    peer = {"_": "PeerChannel", "channel_id": 1}
    messages = [
        {
            "_": "Message",
            "id": 2,
            "peer_id": peer,
            "date": 1714636800,
            "message": "x",
            "views": 10,
            "forwards": 2,
        },
        {
            "_": "Message",
            "id": 3,
            "peer_id": peer,
            "from_id": {"_": "PeerUser", "user_id": 5},
            "date": 1714636800,
            "message": "y",
        },
    ]
    page = {
        "messages": messages,
        "chats": [{"id": 1, "title": "Harbour", "username": "harbour", "participants_count": 90}],
        "users": [{"id": 5, "first_name": "Ana", "last_name": "Port", "username": "ana"}],
    }
    result = from_records("telethon", page)
    assert result.accounts.select("account_id", "handle", "display_name", "followers_count").rows() == [
        ("channel1", "harbour", "Harbour", 90),
        ("user5", "ana", "Ana Port", None),
    ]
    assert result.posts.select("view_count", "repost_count").row(0) == (10, 2)


def test_the_ndjson_of_4cat_is_read_as_what_telethon_writes(from_records: From) -> None:
    written = {
        "_type": "Message",
        "id": 2,
        "peer_id": {"_type": "PeerChannel", "channel_id": 1},
        "date": 1714636800.0,
        "message": "x",
        "_chat": {"_type": "Channel", "id": 1, "title": "Harbour", "username": "harbour"},
        "fwd_from": {
            "_type": "MessageFwdHeader",
            "date": 1714633200.0,
            "from_id": {"channel_id": 8},
            "channel_post": 4,
        },
    }
    result = from_records("telethon", written)
    assert result.posts.select("post_id", "kind", "target_post_id", "target_account_id").row(0) == (
        "channel1/2",
        "repost",
        "channel8/4",
        "channel8",
    )
    assert result.posts["target_created_at"].dt.hour().to_list() == [7]
    assert result.accounts["handle"].to_list() == ["harbour"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"reply_to_msg_id": 9, "forum_topic": True}, "original"),
        ({"reply_to_msg_id": 9, "forum_topic": True, "reply_to_top_id": 3}, "reply"),
        ({"reply_to_msg_id": 9}, "reply"),
    ],
)
def test_a_message_in_a_topic_of_a_forum_is_no_reply_to_the_topic(
    from_records: From, answer: dict[str, Any], kind: str
) -> None:
    written = {
        "_": "Message",
        "id": 12,
        "peer_id": {"_": "PeerChannel", "channel_id": 1},
        "date": 1714636800,
        "message": "x",
        "reply_to": {"_": "MessageReplyHeader"} | answer,
    }
    assert from_records("telethon", written).posts["kind"].to_list() == [kind]


def test_a_message_of_a_chat_without_a_number_has_no_id(from_records: From) -> None:
    result = from_records(
        "telegram-desktop", {"name": "A", "type": "public_channel", "messages": [message(1)]}
    )
    assert result.posts.select("post_id", "account_id").row(0) == (None, None)


def test_the_pictures_that_an_export_saved_belong_to_their_messages(tmp_path: Path) -> None:
    messages = [
        message(1, photo="photos/a.jpg"),
        message(2, file="video_files/b.mp4", media_type="video_file"),
        message(3, file="stickers/c.webp", media_type="sticker"),
    ]
    export = {"name": "A", "type": "public_channel", "id": 1, "messages": messages}
    (tmp_path / "result.json").write_text(json.dumps(export))
    table = {
        "file": ["photos/a.jpg", "video_files/b.mp4", "stickers/c.webp"],
        "sha256": ["1", "2", "3"],
        "kind": ["pdq"] * 3,
        "hash": ["a" * 64, "b" * 64, "c" * 64],
    }
    hashes = tmp_path / "hashes.csv"
    written = pl.DataFrame(table).with_columns(
        quality=100, frame_s=None, refused=None, size_bytes=1, modified_ns=1
    )
    written.write_csv(hashes)
    to = Destination(tmp_path / "d", "n")
    found = import_files(find("telegram-desktop"), [tmp_path / "result.json"], Options(), to, media=hashes)
    assert found.posts().sort("post_id").collect()["media_hashes"].to_list() == [
        ["pdq:" + "a" * 64],
        ["pdq:" + "b" * 64],
        None,
    ]
