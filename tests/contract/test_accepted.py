"""What the OpenAPI document allows of an account is what the service reads, value by value."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from vigie.features.ingest.nested_posts import POSTS
from vigie.features.ingest.parsing import from_requests
from vigie.serving.api.schemas.requests import Account, Post, ScoreOptions

ACCOUNT = {"platform": "x", "account_id": "1", "observed_at": "2024-05-16T12:00:00Z"}
POST = {"post_id": "1", "created_at": "2024-05-15T12:00:00Z"}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def read(account: dict[str, Any]) -> bool:
    """Whether all of an account is read."""
    batch = from_requests([account], NOW)
    return not batch.refused and not batch.dropped


def is_declared(model: Any, value: dict[str, Any]) -> bool:
    return bool(Draft202012Validator(model.model_json_schema()).is_valid(value))


@pytest.mark.parametrize(
    ("field", "value", "is_accepted"),
    [
        ("platform", "mastodon.example", True),
        ("platform", "é" * 64, True),
        ("platform", "é" * 65, False),
        ("platform", "", False),
        ("platform", " \t", False),
        ("platform", None, False),
        ("account_id", "", False),
        ("account_id", " ", False),
        ("account_id", 7, True),
        ("account_id", 7.0, True),
        ("account_id", 7.5, False),
        ("account_id", True, False),
        ("followers_count", 3.0, True),
        ("followers_count", 3.5, False),
        ("followers_count", -1, False),
        ("followers_count", 10**13, True),
        ("followers_count", 10**13 + 1, False),
        ("followers_count", None, True),
        ("handle", "", True),
        ("handle", 7, False),
        ("observed_at", None, False),
        ("posts", None, True),
        ("posts", [], True),
        ("posts", {}, False),
        ("posts", [3], False),
    ],
)
def test_an_account_is_read_where_the_document_allows_it(field: str, value: Any, is_accepted: bool) -> None:
    account = ACCOUNT | {field: value}
    assert (is_declared(Account, account), read(account)) == (is_accepted, is_accepted)


@pytest.mark.parametrize(
    ("field", "value", "is_accepted"),
    [
        ("permalink", "HTTPS://x.com/a/status/1", True),
        ("permalink", "javascript:alert(1)", False),
        ("permalink", "", False),
        ("permalink", "https://x.com/a b", False),
        ("embedding", [0.5, 1], True),
        ("embedding", [], False),
        ("embedding", [1e39], False),
        ("embedding", [0.1] * 4097, False),
        ("kind", "quote", True),
        ("kind", "shout", False),
        ("urls", ["https://a.example"], True),
        ("urls", [], True),
        ("target_post_id", 8.0, True),
        ("created_at", None, False),
    ],
)
def test_a_post_is_read_where_the_document_allows_it(field: str, value: Any, is_accepted: bool) -> None:
    post = POST | {field: value}
    assert (is_declared(Post, post), read(ACCOUNT | {POSTS: [post]})) == (is_accepted, is_accepted)


@pytest.mark.parametrize(
    "text",
    ["2024-05-15T12:00:00z", "2024-05-15t12:00:00.123456789Z", "2024-05-15T12:00:00-00:00", "2024-05-16T10:59:00+22:59"],
)  # fmt: skip
def test_every_way_to_write_a_date_time_of_rfc_3339_is_read(text: str) -> None:
    assert read(ACCOUNT | {POSTS: [POST | {"created_at": text}]})


@pytest.mark.parametrize(
    ("value", "is_accepted"), [(3, True), (3.0, True), (3.5, False), ("3", False), (True, False), (51, False)]
)
def test_an_option_is_read_where_the_document_allows_it(value: Any, is_accepted: bool) -> None:
    given = {"top_reasons": value}
    assert is_declared(ScoreOptions, given) == is_accepted
    try:
        ScoreOptions.model_validate(given)
    except ValueError:
        assert not is_accepted
    else:
        assert is_accepted
