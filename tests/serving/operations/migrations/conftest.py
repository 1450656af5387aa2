"""A store as the first version made it: the tables of its migrations, and rows written by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import polars as pl
import pytest
from alembic import command
from sqlalchemy import text

from vigie.features import schema
from vigie.serving.operations import records
from vigie.serving.operations.store import Store


@dataclass(frozen=True)
class OldStore:
    """A store of the first schema.

    Attributes:
        id: Of its one operation.
        clock: The time.
        opened: Opens it, as a process of this version does.
    """

    id: str
    clock: Any
    opened: Callable[[], Store]


NAME = "op_00000000000000aa"
_AT = (datetime(2024, 5, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days * 86_400_000_000
_LATER = _AT + 10**15


@pytest.fixture
def old_store(
    address: str, opened: Callable[[str], Store], clock: Any, monkeypatch: pytest.MonkeyPatch
) -> OldStore:
    with monkeypatch.context() as patch:
        upgrade = command.upgrade
        patch.setattr(command, "upgrade", lambda config, _: upgrade(config, _first(config)))
        store = opened(address)
        with store.catalogue.writing() as connection:
            connection.execute(
                text(
                    "INSERT INTO "  # noqa: S608 - our own names
                    + _named(store.catalogue, "operations")
                    + " (id, title, theme, legal_basis, opened_at, "
                    "expires_at, retention_days, created_by) VALUES (:id, 'Kept since the first schema', "
                    """'{"hashtags": ["HarbourVote"], "keywords": [], "platforms": [], "languages": []}', """
                    "'law', :at, :later, 30, 'a')"
                ),
                {"id": NAME, "at": _AT, "later": _LATER},
            )
        database = store.operation(NAME)
        keys = {"seven": records.account_key("x", "7"), "eight": records.account_key("x", "8")}
        values = keys | {"at": _AT, "posts": _posts(), "post": b"p" * 16, "content": b"c" * 16}
        with database.writing() as connection:
            for table, columns, row in (
                ("state", "id, revision, judged_revision", "1, 4, 3"),
                *(
                    (
                        "accounts",
                        "key, platform, account_id, handle, profile, first_observed_at, last_observed_at",
                        f"{key}, 'x', '{number}', {handle}, '{profile}', :at, :at",
                    )
                    for key, number, handle, profile in (
                        (":seven", 7, "'quay'", r'{"handle"\:"quay"}'),
                        (":eight", 8, "NULL", "{}"),
                    )
                ),
                ("versions", "account, observed_at, profile", r""":seven, :at, '{"handle"\:"dock"}'"""),
                ("segments", "received_at, rows, posts", ":at, 1, :posts"),
                ("posts", "key, account, content, segment", ":post, :seven, :content, 1"),
                ("alerts", "at, kind, track, data", """:at, 'group_new', 1, '{}'"""),
            ):
                connection.execute(
                    text(f"INSERT INTO {_named(database, table)} ({columns}) VALUES ({row})"),  # noqa: S608
                    values,
                )
        store.close()
    return OldStore(NAME, clock, lambda: opened(address))


def _first(config: Any) -> str:
    """Return the first revision of the tables that are made."""
    return (
        "catalogue_1"
        if str(config.get_main_option("version_locations")).endswith("catalogue")
        else "operation_1"
    )


def _named(database: Any, table: str) -> str:
    is_shared = database._engine.dialect.name == "postgresql"
    return f'"{database.name}".{table}' if is_shared else table


def _posts() -> bytes:
    """Return posts as the first version kept them."""
    file = BytesIO()
    row = {
        "platform": "x", "account_id": "7", "post_id": "70", "text": "words", "created_at": datetime(2024, 4, 30, tzinfo=UTC),
    }  # fmt: skip
    schema.conform(pl.DataFrame([row]), "posts").write_parquet(file, compression="zstd")
    return file.getvalue()
