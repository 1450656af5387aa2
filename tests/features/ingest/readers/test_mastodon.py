"""Mastodon: ids that hold on every server, boosts as reposts, texts without HTML."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vigie.features.ingest.reader import Read

From = Callable[..., Read]


def status(**fields: Any) -> dict[str, Any]:
    account = {
        "id": "7",
        "username": "ana",
        "acct": "ana",
        "url": "https://pier.example/@ana",
        "note": "<p>port</p>",
    }
    return {
        "id": "1",
        "uri": "https://pier.example/users/ana/statuses/1",
        "url": "https://pier.example/@ana/1",
        "created_at": "2024-05-02T08:00:00Z",
        "content": "<p>Quay <a href='https://example.org/quay'>example.org</a></p>",
        "reblogs_count": 1,
        "favourites_count": 2,
        "account": account,
    } | fields


def test_accounts_of_the_server_that_was_asked_get_its_name(from_records: From) -> None:
    result = from_records("mastodon", status())
    assert result.posts.select("account_id", "text", "like_count", "kind").row(0) == (
        "ana@pier.example",
        "Quay example.org",
        2,
        "original",
    )
    assert result.posts["urls"].to_list() == [["https://example.org/quay"]]
    assert result.accounts.select("handle", "description").row(0) == ("ana@pier.example", "port")


def test_a_quote_names_what_it_quotes(from_records: From) -> None:
    quoted = status(uri="https://quay.example/users/ben/statuses/5", account={"acct": "ben@quay.example"})
    posts = from_records(
        "mastodon", {"statuses": [status(quote={"state": "accepted", "quoted_status": quoted})]}
    ).posts
    assert posts.select("kind", "target_post_id", "target_account_id").row(0) == (
        "quote",
        "https://quay.example/users/ben/statuses/5",
        "ben@quay.example",
    )


def test_a_reply_to_oneself_is_known_without_a_mention(from_records: From) -> None:
    posts = from_records("mastodon", status(in_reply_to_id="0", in_reply_to_account_id="7")).posts
    assert posts.select("kind", "target_post_id", "target_account_id").row(0) == (
        "reply",
        None,
        "ana@pier.example",
    )


def test_a_reply_to_somebody_who_is_not_mentioned_has_no_account(from_records: From) -> None:
    posts = from_records("mastodon", status(in_reply_to_id="0", in_reply_to_account_id="99")).posts
    assert posts.select("kind", "target_account_id").row(0) == ("reply", None)
