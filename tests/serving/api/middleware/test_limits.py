"""What one request may carry is bounded before anything of it is parsed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from vigie.errors import RequestTooLargeError
from vigie.models.engine import Models
from vigie.serving.api.app import create_app
from vigie.serving.api.middleware.limits import check_counts
from vigie.serving.api.schemas.requests import EXAMPLE
from vigie.serving.settings import Settings

Problem = Callable[..., dict[str, Any]]
JSON = {"Content-Type": "application/json"}


def test_a_body_too_large_is_413_announced_or_not(client: TestClient, problem: Problem) -> None:
    large = b'{"accounts": "' + b"a" * 5_000_000 + b'"}'
    problem(client.post("/v1/score", content=large, headers=JSON), 413, "too-large")
    streamed = client.post(
        "/v1/score", content=(large[i : i + 65_536] for i in range(0, len(large), 65_536)), headers=JSON
    )
    problem(streamed, 413, "too-large")


def test_too_many_accounts_or_posts_are_413(models: Models, problem: Problem) -> None:
    with TestClient(create_app(Settings(max_accounts=2, max_posts=30), models)) as client:
        account = EXAMPLE["accounts"][0]
        problem(client.post("/v1/score", json={"accounts": [1, 2, 3]}), 413, "too-large")
        problem(client.post("/v1/score", json={"accounts": [account, account]}), 413, "too-large")
        assert client.post("/v1/score", json={"accounts": [account]}).status_code == 200


@pytest.mark.parametrize(("accounts", "posts"), [(3, 0), (2, 31)])
def test_one_account_or_post_more_than_allowed_is_too_much(accounts: int, posts: int) -> None:
    settings = Settings(max_accounts=2, max_posts=30)
    check_counts([None] * 2, 30, settings)
    with pytest.raises(RequestTooLargeError, match="send"):
        check_counts([None] * accounts, posts, settings)
