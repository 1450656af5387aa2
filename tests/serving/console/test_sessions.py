"""A session is found by the id that was given out, until it ends; nothing of the key is in the id."""

from __future__ import annotations

import pytest

from vigie.serving.console import sessions
from vigie.serving.console.sessions import LIFE_S, Sessions


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_session_gives_its_key_until_it_ends() -> None:
    clock = Clock()
    kept = Sessions(clock)
    name = kept.begin("vigie_secret")
    assert kept.key_of(name) == "vigie_secret"
    assert "secret" not in name
    clock.now = LIFE_S + 1
    assert kept.key_of(name) is None


def test_signing_out_ends_that_session_alone() -> None:
    kept = Sessions()
    first, second = kept.begin("key"), kept.begin("key")
    assert first != second
    kept.end(first)
    assert (kept.key_of(first), kept.key_of(second)) == (None, "key")


@pytest.mark.parametrize("name", [None, "", "unknown"])
def test_an_unknown_id_is_no_session(name: str | None) -> None:
    assert Sessions().key_of(name) is None


def test_the_oldest_session_ends_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST", 2)
    kept = Sessions()
    names = [kept.begin(str(number)) for number in range(3)]
    assert [kept.key_of(name) for name in names] == [None, "1", "2"]
