"""Records that a function unfolds: what is found becomes rows with their places; what is not, is told."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from vigie.features.ingest.mapping import Signature
from vigie.features.ingest.reader import Options, Read
from vigie.features.ingest.readers.unfolding import Found, Note, Unfolding
from vigie.features.json_object import JsonObject


def found(record: JsonObject, note: Note) -> Iterable[Found] | None:
    if "likes" in record:
        note("likes: {}", 1)
        return []
    if "id" not in record:
        return None
    post = {
        "post_id": record["id"],
        "account_id": record["by"],
        "created_at": record["at"],
        "text": record["text"],
    }
    account = {"account_id": record["by"], "description": record.get("bio")}
    return [Found(post, account)]


FORMAT = Unfolding("invented", "Invented records.", "mastodon", found, (Signature(keys=("id",)),), html=True)


def read(folder: Path, text: str) -> Read:
    file = folder / "a.jsonl"
    file.write_text(text, encoding="utf-8")
    return FORMAT.source.read([file], Options())


def test_posts_and_authors_become_rows_with_the_newest_time_as_observation(tmp_path: Path) -> None:
    result = read(
        tmp_path,
        '{"id": 1, "by": "a", "at": "2024-05-02T08:00:00Z", "text": "<p>tide &amp; quay</p>", "bio": "<p>old</p>"}\n'
        '{"id": 2, "by": "a", "at": "2024-05-02T09:00:00Z", "text": "plain", "bio": "<p>new</p>"}\n',
    )
    assert result.posts["post_id"].to_list() == ["1", "2"]
    assert result.posts["text"].to_list() == ["tide & quay", "plain"]
    assert result.posts["platform"].unique().to_list() == ["mastodon"]
    assert result.accounts["observed_at"].dt.hour().to_list() == [9, 9]
    assert result.accounts["description"].to_list() == ["old", "new"]


def test_records_of_another_format_are_set_aside_and_others_noted(tmp_path: Path) -> None:
    result = read(tmp_path, '{"likes": 1}\n{"song": "x"}\n[3]\n')
    assert result.notes == ("likes: 1",)
    assert result.rejects["line"].to_list() == [2, 3]
    assert "no record of invented: song" in result.rejects["reason"][0]


def test_a_structure_where_a_value_is_wanted_costs_the_value(tmp_path: Path) -> None:
    result = read(tmp_path, '{"id": 1, "by": "a", "at": "2024-05-02T08:00:00Z", "text": {"de": "x"}}\n')
    assert result.posts["text"].to_list() == [None]
    assert any("holds a structure" in note and "line 1" in note for note in result.notes)
