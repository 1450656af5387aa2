"""The files of bot-or-not, read to the contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vigie.errors import MalformedInputError
from vigie.features.ingest.readers import Read

ReadSample = Callable[..., Read]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    held = {
        "metadata": {"end_time": "2024-03-18T00:00:00Z"},
        "users": [
            {
                "id": "u1",
                "username": "ana",
                "name": "Ana",
                "description": "",
                "location": None,
                "tweet_count": 1,
            },
            {
                "id": "u2",
                "username": "bot",
                "name": "B",
                "description": "x",
                "location": "y",
                "tweet_count": 1,
            },
        ],
        "posts": [
            {
                "id": "p1",
                "author_id": "u1",
                "created_at": "2024-03-16T00:00:08.000Z",
                "text": "hi",
                "lang": "en",
            },
            {
                "id": "p2",
                "author_id": "u2",
                "created_at": "2025-03-16T00:00:08.000Z",
                "text": "late",
                "lang": "en",
            },
        ],
    }
    (tmp_path / "dataset.posts&users.30.json").write_text(json.dumps(held))
    (tmp_path / "dataset.bots.30.txt").write_text("u2\nu9\n")
    return tmp_path


def test_bot_or_not_joins_the_list_of_bots(dataset: Path, read: ReadSample) -> None:
    result = read("bot-or-not", dataset)
    assert result.labels.select("account_id", "value", "kind", "campaign").rows() == [
        ("u1", False, "person", "set 30"),
        ("u2", True, "LLM persona", "set 30"),
    ]
    assert result.accounts["posts_count"].to_list() == [None, None]
    assert result.accounts["observed_at"].unique().to_list() == [datetime(2024, 3, 18, tzinfo=UTC)]
    assert result.posts["created_at"][0] == datetime(2024, 3, 16, 0, 0, 8, tzinfo=UTC)
    assert [note.rpartition(": ")[2] for note in result.notes] == ["1", "1"]


def test_bot_or_not_without_metadata_is_malformed(tmp_path: Path, read: ReadSample) -> None:
    path = tmp_path / "dataset.posts&users.30.json"
    path.write_text('{"users": [], "posts": []}')
    with pytest.raises(MalformedInputError, match="states no end_time"):
        read("bot-or-not", tmp_path)
    path.write_text('{"users": []}')
    with pytest.raises(MalformedInputError, match="metadata, users and posts"):
        read("bot-or-not", tmp_path)


def test_bot_or_not_sets_aside_what_is_no_object(dataset: Path, read: ReadSample) -> None:
    path = dataset / "dataset.posts&users.30.json"
    held = json.loads(path.read_text())
    path.write_text(json.dumps(held | {"users": [*held["users"], 3, {"username": "no id"}]}))
    result = read("bot-or-not", dataset)
    assert result.accounts.height == 2
    assert result.rejects["line"].to_list() == [3, 4]
