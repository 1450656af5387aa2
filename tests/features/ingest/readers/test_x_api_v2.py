"""Pages of the X API v2, read to the contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from vigie.features.ingest.readers import Read

ReadSample = Callable[..., Read]


def test_x_api_v2_reads_pages_with_their_includes(tmp_path: Path, read: ReadSample) -> None:
    user = {
        "id": "1",
        "username": "ana",
        "name": "Ana",
        "created_at": "2013-02-24T15:04:04.000Z",
        "description": "",
        "public_metrics": {"followers_count": 3, "following_count": 4, "tweet_count": 5, "listed_count": 6},
    }
    page = {
        "data": [
            {
                "id": "10",
                "author_id": "1",
                "created_at": "2023-01-02T00:00:00.000Z",
                "text": "RT …",
                "lang": "und",
                "referenced_tweets": [{"type": "retweeted", "id": "9"}],
                "public_metrics": {"like_count": 2},
            },
            {
                "id": "11",
                "author_id": "1",
                "created_at": "2023-01-03T00:00:00.000Z",
                "text": "own",
                "lang": "en",
                "entities": {
                    "hashtags": [{"tag": "a"}],
                    "mentions": [{"username": "bob"}],
                    "urls": [{"url": "t", "expanded_url": "https://a.example"}],
                },
            },
        ],
        "includes": {
            "users": [user, user | {"id": "2", "username": "bob", "location": "Oslo"}],
            "tweets": [{"id": "9", "author_id": "2", "created_at": "2023-01-01T00:00:00.000Z", "text": "…"}],
        },
        "meta": {"result_count": 2},
        "__twarc": {"retrieved_at": "2023-02-01T00:00:00+00:00"},
    }
    (tmp_path / "page.json").write_text(json.dumps(page) + json.dumps({"meta": {"result_count": 0}}))
    result = read("x-api-v2", tmp_path)
    assert result.posts.select("post_id", "kind", "target_post_id", "target_account_id").rows() == [
        ("10", "repost", "9", "2"),
        ("11", "original", None, None),
    ]
    assert result.posts["target_created_at"][0] == datetime(2023, 1, 1, tzinfo=UTC)
    assert result.posts["hashtags"].to_list() == [[], ["a"]]
    assert result.posts["lang"].to_list() == [None, "en"]
    assert result.accounts["observed_at"].unique().to_list() == [datetime(2023, 2, 1, tzinfo=UTC)]
    assert result.accounts.sort("account_id")["location"].to_list() == ["", "Oslo"]
    assert result.accounts["posts_count"].to_list() == [5, 5]
    assert result.rejects.is_empty()


def test_x_api_v2_does_not_call_a_post_original_when_references_were_not_asked_for(
    tmp_path: Path, read: ReadSample
) -> None:
    post = {"id": "10", "author_id": "1", "created_at": "2023-01-02T00:00:00.000Z", "text": "own"}
    author = {"id": "1", "username": "ana"}
    (tmp_path / "posts.jsonl").write_text(json.dumps(post | {"author": author}) + "\n3\n")
    result = read("x-api-v2", tmp_path)
    assert result.posts.select("kind", "hashtags").rows() == [(None, None)]
    assert result.accounts["observed_at"].to_list() == [datetime(2023, 1, 2, tzinfo=UTC)]
    assert result.rejects["line"].to_list() == [2]


def page(**parts: object) -> str:
    return json.dumps({"__twarc": {"retrieved_at": "2023-02-01T00:00:00+00:00"}} | parts) + "\n"


POST = {"id": "10", "author_id": "1", "created_at": "2023-01-02T00:00:00.000Z", "text": "own"}
USER = {"id": "1", "username": "ana", "created_at": "2013-02-24T15:04:04.000Z"}


def test_what_was_asked_for_is_decided_page_by_page(tmp_path: Path, read: ReadSample) -> None:
    asked = POST | {"referenced_tweets": [{"type": "quoted", "id": "9"}], "entities": {"hashtags": []}}
    (tmp_path / "pages.jsonl").write_text(
        page(data=[asked, POST | {"id": "11"}], includes={"users": [USER | {"description": "Fisher"}]})
        + page(data=[POST | {"id": "12"}], includes={"users": [USER | {"id": "2"}]})
    )
    result = read("x-api-v2", tmp_path)
    assert result.posts.select("post_id", "kind", "hashtags").rows() == [
        ("10", "quote", []),
        ("11", "original", []),
        ("12", None, None),
    ]
    assert result.accounts["description"].to_list() == ["Fisher", None]


def test_a_repost_says_what_its_original_says(tmp_path: Path, read: ReadSample) -> None:
    original = {
        "id": "9",
        "author_id": "2",
        "text": "All of you to the q…",
        "note_tweet": {
            "text": "All of you to the quay at seven #quay",
            "entities": {"hashtags": [{"tag": "quay"}]},
        },
        "entities": {
            "urls": [{"expanded_url": "https://quay.example.org"}],
            "mentions": [{"username": "cy"}],
        },
    }
    repost = POST | {
        "text": "RT @bob: All of you to …",
        "referenced_tweets": [{"type": "retweeted", "id": "9"}],
        "entities": {"mentions": [{"username": "bob"}]},
    }
    (tmp_path / "pages.jsonl").write_text(
        page(data=[repost], includes={"tweets": [original]})
        # As twarc flattens pages: the original stands inside.
        + json.dumps(repost | {"referenced_tweets": [{"type": "retweeted"} | original]})
    )
    result = read("x-api-v2", tmp_path)
    assert (
        result.posts.select("text", "hashtags", "urls", "mentions", "target_account_id").rows()
        == [
            (
                "RT @bob: All of you to the quay at seven #quay",
                ["quay"],
                ["https://quay.example.org"],
                ["bob"],
                "2",
            )
        ]
        * 2
    )


def test_lists_of_users_are_read_and_errors_of_pages_told(tmp_path: Path, read: ReadSample) -> None:
    gone = {"title": "Forbidden", "detail": "User has been suspended: [21].", "resource_type": "user"}
    (tmp_path / "pages.jsonl").write_text(
        page(data=[USER], errors=[gone, gone])
        + json.dumps({"users": [USER | {"id": "2"}], "tweets": [POST]})
        + page(meta={"result_count": 0})
        + json.dumps({"title": "Unauthorized", "status": 401})
    )
    result = read("x-api-v2", tmp_path)
    assert result.accounts["account_id"].to_list() == ["1", "2"]
    assert result.posts.is_empty()
    assert result.notes[:2] == (
        "errors of pages, user: suspended: 2",
        "pages that are an error of the API, Unauthorized: 1",
    )


def test_a_file_of_another_format_is_set_aside_with_what_was_seen(tmp_path: Path, read: ReadSample) -> None:
    (tmp_path / "a.ndjson").write_text('{"item_id": "1", "data": {"rest_id": "1", "core": {}}}\n')
    rejects = read("x-api-v2", tmp_path).rejects
    assert rejects["reason"].to_list() == ["neither a page, a post nor a user of the X API v2: rest_id, core"]
