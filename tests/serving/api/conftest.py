"""What every answer that is a problem has in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Problem = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def problem() -> Problem:
    """Return a function that fails where an answer is no problem of a status and slug, and returns it."""

    def read(answer: Any, status: int, slug: str | None = None) -> dict[str, Any]:
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-request-id"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        said: dict[str, Any] = answer.json()
        assert said["status"] == status
        assert said["title"]
        assert said["detail"]
        if slug:
            assert said["type"] == f"/problems/{slug}"
        return said

    return read
