"""A request that names itself is done once and answered the same; its key stands for one body."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from vigie.errors import IdempotencyError
from vigie.serving.operations.idempotency import LONGEST_KEY, once

NOW = datetime(2024, 5, 20, tzinfo=UTC)


@pytest.fixture
def ask(watched: Any) -> Callable[..., bytes]:
    """Return a function that asks once more; its answers are numbered by how often the work was done."""
    done: list[int] = []

    def work() -> bytes:
        done.append(1)
        return str(len(done)).encode()

    def send(key: str | None, body: bytes = b"body") -> bytes:
        with watched.catalogue.observing(watched.id) as connection:
            return once(connection, key, body, NOW, work)

    return send


def test_the_same_key_and_body_are_answered_the_same(ask: Callable[..., bytes]) -> None:
    assert [ask("a"), ask("a"), ask("b"), ask("a")] == [b"1", b"1", b"2", b"1"]


def test_another_body_under_a_key_is_refused_and_nothing_is_done(ask: Callable[..., bytes]) -> None:
    ask("a")
    with pytest.raises(IdempotencyError, match="another body") as caught:
        ask("a", b"other")
    assert caught.value.status == 422
    assert ask("b") == b"2"


def test_a_request_without_a_key_is_done_each_time(ask: Callable[..., bytes]) -> None:
    assert [ask(None), ask(None)] == [b"1", b"2"]


@pytest.mark.parametrize("key", ["", "x" * (LONGEST_KEY + 1)])
def test_a_key_of_another_length_is_refused(ask: Callable[..., bytes], key: str) -> None:
    with pytest.raises(IdempotencyError, match="1 to 255"):
        ask(key)


def test_a_key_whose_work_failed_may_be_used_again(watched: Any, ask: Callable[..., bytes]) -> None:
    def fail() -> bytes:
        raise KeyError

    with pytest.raises(KeyError), watched.catalogue.observing(watched.id) as connection:
        once(connection, "a", b"body", NOW, fail)
    assert ask("a", b"other") == b"1"
