"""A session is found by the id that was given out, until it ends; nothing of an id or of a key can be read where it is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from vigie.serving.access.keys import ShownKey, issue
from vigie.serving.access.scopes import Scope
from vigie.serving.console import sessions
from vigie.serving.console.sessions import LIFE, ProcessSessions, Sessions, StoredSessions
from vigie.serving.operations.store import Store

NOW = datetime(2024, 5, 20, 12, 0, tzinfo=UTC)
KEYS = [ShownKey("0a0b0c0d", f"{number:064x}") for number in range(3)]


class Clock:
    """A clock that stands until it is moved."""

    now = NOW

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["process", "sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path) -> Any:
    if request.param == "process":
        yield ProcessSessions(clock)
        return
    store = Store(
        str(tmp_path / "store")
        if request.param == "sqlite"
        else request.getfixturevalue("postgresql").database()
    )
    yield StoredSessions(store.catalogue, clock)
    store.close()


def test_a_session_gives_its_key_until_it_ends(kept: Sessions, clock: Clock) -> None:
    name = kept.begin(KEYS[0])
    assert kept.key_of(name) == KEYS[0]
    clock.now += LIFE - timedelta(seconds=1)
    assert kept.key_of(name) == KEYS[0]
    clock.now += timedelta(seconds=1)
    assert kept.key_of(name) is None


def test_signing_out_ends_that_session_alone(kept: Sessions) -> None:
    first, second = kept.begin(KEYS[0]), kept.begin(KEYS[0])
    assert first != second
    kept.end(first)
    assert (kept.key_of(first), kept.key_of(second)) == (None, KEYS[0])


@pytest.mark.parametrize("name", [None, "", "unknown"])
def test_an_unknown_id_is_no_session(kept: Sessions, name: str | None) -> None:
    kept.end(name)
    assert kept.key_of(name) is None


def test_the_oldest_session_ends_where_there_are_too_many(
    kept: Sessions, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST", 2)
    names = []
    for key in KEYS:
        names.append(kept.begin(key))
        clock.now += timedelta(seconds=1)
    assert [kept.key_of(name) for name in names] == [None, *KEYS[1:]]


def test_sessions_of_a_store_outlast_the_process_and_tell_no_secret(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    key = issue("Ann", [Scope.DECIDE], NOW, life=None).written
    first = Store(str(folder))
    name = StoredSessions(first.catalogue).begin(ShownKey.of(key))
    held = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    first.close()
    second = Store(str(folder))
    assert StoredSessions(second.catalogue).key_of(name) == ShownKey.of(key)
    second.close()
    assert ShownKey.of(key).id.encode() in held
    assert key.split("_", 2)[2].encode() not in held
    assert name.encode() not in held


def test_an_ended_session_leaves_the_store_with_the_next_that_begins(tmp_path: Path, clock: Clock) -> None:
    store = Store(str(tmp_path / "store"))
    kept = StoredSessions(store.catalogue, clock)
    for _ in range(3):
        kept.begin(KEYS[0])
        clock.now += LIFE
    with store.catalogue.reading() as connection:
        assert len(connection.execute(sessions._TABLE.select()).all()) == 1
    store.close()


def test_of_a_service_without_a_store_sessions_are_of_the_process() -> None:
    assert ProcessSessions().key_of(ProcessSessions().begin(KEYS[0])) is None
