"""A store of the first schema keeps sessions of the console after the upgrade."""

from __future__ import annotations

from typing import Any

from vigie.serving.access.keys import ShownKey
from vigie.serving.console.sessions import StoredSessions
from vigie.serving.operations import tables
from vigie.serving.operations.kept_secrets import kept_secret


def test_a_store_of_the_first_schema_keeps_sessions_and_a_secret(old_store: Any) -> None:
    catalogue = old_store.opened().catalogue
    sessions, key = StoredSessions(catalogue, old_store.clock), ShownKey("0a0b0c0d", "f" * 64)
    assert sessions.key_of(sessions.begin(key)) == key
    assert len(kept_secret(catalogue, tables.console_secret)) == 32
