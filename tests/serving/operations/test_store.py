"""Each operation has tables of its own; what is acknowledged is kept, and what fails is told and leaves nothing."""

from __future__ import annotations

import os
import resource
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, inspect, select, text, update

from vigie.errors import StoreError
from vigie.serving.operations import store as module
from vigie.serving.operations import tables
from vigie.serving.operations.store import Store
from vigie.serving.operations.tables import CATALOGUE, OPERATION

Open = Callable[[str], Store]
NAME = "op_00000000000000aa"


@pytest.fixture
def store(address: str, opened: Open) -> Store:
    return opened(address)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores that are opened wait half a second where others hold what they need."""
    monkeypatch.setattr(module, "_BUSY_S", 0.5)
    monkeypatch.setattr(module, "_PRAGMAS", (*module._PRAGMAS, "busy_timeout=500"))


def begun(store: Store) -> None:
    with store.operation(NAME).writing() as connection:
        connection.execute(insert(tables.state).values(id=1, revision=0, judged_revision=0))


def revision(store: Store) -> int:
    with store.operation(NAME).reading() as connection:
        return int(connection.execute(select(tables.state.c.revision)).scalar_one())


def advance(store: Store, to: int) -> None:
    with store.operation(NAME).writing() as connection:
        connection.execute(update(tables.state).values(revision=to))


def test_the_migrations_make_the_tables_that_the_code_names(store: Store) -> None:
    for database, metadata in ((store.catalogue, CATALOGUE), (store.operation(NAME), OPERATION)):
        with database.reading() as connection:
            schema = database.name if connection.dialect.name == "postgresql" else None
            found = inspect(connection)
            assert set(found.get_table_names(schema)) == {*metadata.tables, "alembic_version"}
            for name, table in metadata.tables.items():
                made = found.get_columns(name, schema)
                assert {column["name"]: column["nullable"] for column in made} == {
                    column.name: column.nullable for column in table.columns
                }
                indexes = {
                    (each["name"], *each["column_names"])
                    for each in found.get_indexes(name, schema)
                    if "duplicates_constraint" not in each
                }
                assert indexes == {
                    (index.name, *(column.name for column in index.columns)) for index in table.indexes
                }


def test_what_one_process_keeps_another_reads(store: Store, address: str, opened: Open) -> None:
    begun(store)
    advance(store, 7)
    assert revision(opened(address)) == 7


def test_a_reader_sees_one_state_while_a_writer_goes_on(store: Store) -> None:
    begun(store)
    with store.operation(NAME).reading() as connection:
        before = connection.execute(select(tables.state.c.revision)).scalar_one()
        advance(store, 5)
        assert connection.execute(select(tables.state.c.revision)).scalar_one() == before == 0
    assert revision(store) == 5


def test_a_body_that_fails_leaves_nothing(store: Store) -> None:
    begun(store)
    with pytest.raises(KeyError), store.operation(NAME).writing() as connection:  # noqa: PT012 - all of it
        connection.execute(update(tables.state).values(revision=9))
        raise KeyError
    assert revision(store) == 0


def test_writers_take_turns(store: Store, address: str, opened: Open) -> None:
    begun(store)
    stores = [store, opened(address)]

    def count(turn: int) -> None:
        with stores[turn % 2].operation(NAME).writing() as connection:
            seen = connection.execute(select(tables.state.c.revision)).scalar_one()
            connection.execute(update(tables.state).values(revision=seen + 1))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count, range(40)))
    assert revision(store) == 40


def test_processes_that_open_a_store_at_once_make_it_once(address: str, opened: Open) -> None:
    with ThreadPoolExecutor(6) as threads:
        stores = list(threads.map(lambda _: opened(address), range(6)))
        list(threads.map(lambda each: each.operation(NAME), stores))
    begun(stores[0])
    assert [revision(each) for each in stores] == [0] * 6


def test_a_lock_held_elsewhere_is_waited_for_and_then_told(
    impatient: None, address: str, opened: Open
) -> None:
    store = opened(address)
    begun(store)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with opened(address).operation(NAME).writing():
            entered.set()
            leave.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    assert entered.wait(20)
    start = time.monotonic()
    with pytest.raises(StoreError, match="cannot do that now") as caught:
        advance(store, 3)
    assert 0.3 < time.monotonic() - start < 10
    assert caught.value.retry_after_s
    assert revision(store) == 0  # readers are not held up
    leave.set()
    holder.join()
    advance(store, 3)
    assert revision(store) == 3


def test_what_fails_tells_no_values(store: Store) -> None:
    begun(store)
    with pytest.raises(StoreError) as caught, store.operation(NAME).writing() as connection:
        connection.execute(text("SELECT secret_of_someone FROM nowhere"))
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_dropped_operation_is_gone_and_another_is_not(store: Store, address: str) -> None:
    begun(store)
    other = "op_00000000000000bb"
    store.operation(other)
    store.drop(NAME)
    if "://" in address:
        with store.catalogue.reading() as connection:
            found = inspect(connection).get_schema_names()
        assert other in found
        assert NAME not in found
    else:
        assert [each.name for each in Path(address, "operations").iterdir()] == [other]


def test_a_process_that_has_a_dropped_operation_open_cannot_add_to_it(
    store: Store, address: str, opened: Open
) -> None:
    begun(store)
    other = opened(address)
    advance(other, 1)
    store.drop(NAME)
    with pytest.raises(StoreError):
        revision(other)
    if "://" not in address:
        other.release(NAME)
        assert not any(NAME in os.readlink(each) for each in _open_files())


def _open_files() -> list[Path]:
    return [each for each in Path("/proc/self/fd").iterdir() if each.is_symlink() and os.path.lexists(each)]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://a@b/c", "begins with postgresql://"),
        ("postgresql://host:port/name", "cannot be read"),
        ("postgresql://nobody@127.0.0.1:1/none", "cannot be opened"),
    ],
)
def test_an_address_that_cannot_be_used_is_told(address: str, said: str) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreError, match=said):
        Store(address)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(str(tmp_path / "file" / "store"))


def test_files_are_read_by_their_owner_alone(tmp_path: Path, opened: Open) -> None:
    begun(opened(str(tmp_path / "store")))
    files = [each for each in (tmp_path / "store").rglob("*") if each.is_file()]
    assert len(files) >= 4
    for each in (tmp_path / "store", *files):
        assert stat.S_IMODE(each.stat().st_mode) & 0o077 == 0, each


def test_what_is_deleted_is_overwritten_once_the_store_has_settled(tmp_path: Path, opened: Open) -> None:
    store = opened(str(tmp_path / "store"))
    begun(store)
    row = {"key": b"k" * 16, "platform": "x", "account_id": "someone_secret", "profile": "{}"}
    times = dict.fromkeys(("first_observed_at", "last_observed_at"), datetime(2024, 5, 1, tzinfo=UTC))
    with store.operation(NAME).writing() as connection:
        connection.execute(insert(tables.accounts).values(**row, **times))
    with store.operation(NAME).writing() as connection:
        connection.execute(tables.accounts.delete())
    assert _holds(tmp_path, b"someone_secret")
    store.operation(NAME).settle()
    assert not _holds(tmp_path, b"someone_secret")


def _holds(folder: Path, words: bytes) -> bool:
    return any(words in each.read_bytes() for each in folder.rglob("*") if each.is_file())


def test_postgresql_that_was_restarted_is_used_again(postgresql: Any, opened: Open) -> None:
    store = opened(postgresql.database())
    begun(store)
    with pytest.raises(StoreError), store.operation(NAME).writing() as connection:  # noqa: PT012 - all of it
        connection.execute(update(tables.state).values(revision=9))
        postgresql.control("restart")
    assert revision(store) == 0
    advance(store, 4)
    assert revision(store) == 4


def test_postgresql_that_is_away_is_told_and_used_again_when_it_is_back(
    postgresql: Any, opened: Open
) -> None:
    store = opened(postgresql.database())
    begun(store)
    postgresql.control("stop")
    try:
        with pytest.raises(StoreError):
            revision(store)
    finally:
        postgresql.control("start")
    assert revision(store) == 0


_FILLS = """
import resource, sys
from sqlalchemy import insert
from vigie.errors import StoreError
from vigie.serving.operations import tables
from vigie.serving.operations.store import Store
from datetime import UTC, datetime
database = Store(sys.argv[1]).operation(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
try:
    for number in range(100):
        with database.writing() as connection:
            at = datetime(2024, 5, 1, tzinfo=UTC)
            connection.execute(insert(tables.segments).values(received_at=at, rows=number, posts=bytes(200_000)))
        print(number, flush=True)
except StoreError as error:
    print(error, file=sys.stderr)
"""


def test_on_a_full_disk_what_was_acknowledged_is_kept_and_the_rest_is_refused(
    tmp_path: Path, opened: Open
) -> None:
    address = str(tmp_path / "store")
    opened(address).operation(NAME)
    command = [sys.executable, "-c", _FILLS, address, NAME]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
    assert "the store of operations cannot do that now" in done.stderr
    acknowledged = [int(line) for line in done.stdout.split()]
    assert 3 < len(acknowledged) < 100
    with opened(address).operation(NAME).reading() as connection:
        kept = (
            connection.execute(select(tables.segments.c.rows).order_by(tables.segments.c.id)).scalars().all()
        )
    assert kept == acknowledged


def test_on_a_full_disk_an_operation_can_be_dropped(tmp_path: Path, opened: Open) -> None:
    store = opened(str(tmp_path / "store"))
    begun(store)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        store.drop(NAME)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not Path(tmp_path, "store", "operations", NAME).exists()


def test_an_operation_can_be_handed_over_as_one_file(tmp_path: Path, opened: Open) -> None:
    store = opened(str(tmp_path / "store"))
    begun(store)
    advance(store, 6)
    store.close()
    files = list(Path(tmp_path, "store", "operations", NAME).iterdir())
    assert [each.name for each in files] == ["operation.sqlite"]
    with sqlite3.connect(files[0]) as connection:
        assert connection.execute("SELECT revision FROM state").fetchall() == [(6,)]
    connection.close()


def test_an_operation_is_dropped_whole_while_others_still_make_files_in_its_folder(
    tmp_path: Path, opened: Open
) -> None:
    store = opened(str(tmp_path))
    done = threading.Event()

    def go_on() -> None:
        # What SQLite makes beside a database for whoever reads it.
        while not done.is_set():
            with suppress(OSError):
                (tmp_path / "operations" / NAME / f"operation.sqlite-{time.monotonic_ns()}").touch()
            time.sleep(0.0002)

    reader = threading.Thread(target=go_on)
    reader.start()
    try:
        for _ in range(5):
            store.operation(NAME)
            store.drop(NAME)
            assert list((tmp_path / "operations").iterdir()) == []
    finally:
        done.set()
        reader.join()


def test_what_a_drop_that_was_cut_off_left_goes_with_the_next(tmp_path: Path, opened: Open) -> None:
    store = opened(str(tmp_path))
    store.operation(NAME)
    (tmp_path / "operations" / NAME).rename(tmp_path / "operations" / f"{NAME}.removed")
    store.release(NAME)
    store.drop(NAME)
    assert list((tmp_path / "operations").iterdir()) == []
