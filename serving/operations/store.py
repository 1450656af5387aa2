"""Where operations are kept: SQLite files in a folder, or schemas of a PostgreSQL database.

The catalogue is one file (or the schema ``vigie``); each operation is another file (or a schema of its own). Purging
an operation drops its file, so nothing of it can stay behind in shared pages, and an operation can be handed over whole.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from vigie.errors import StoreError
from vigie.features.i18n import message
from vigie.serving.operations.tables import state

_MIGRATIONS = Path(__file__).parent / "migrations"
# Schema of the catalogue in PostgreSQL.
_CATALOGUE = "vigie"
_BUSY_S = 30
# Kilobytes of pages that a connection keeps: keys of posts are looked up at random places.
_CACHE_KB = 64_000
# Pages of the log of writes from which it is written back: what several batches change goes back once.
_LOG_PAGES = 16_000
_PRAGMAS = (
    "journal_mode=WAL",
    # What is acknowledged is on the disk, not in a cache of the system.
    "synchronous=FULL",
    f"busy_timeout={_BUSY_S * 1000}",
    # What is deleted is overwritten.
    "secure_delete=ON",
    f"cache_size=-{_CACHE_KB}",
    f"wal_autocheckpoint={_LOG_PAGES}",
)


class Database:
    """The tables of the catalogue or of one operation.

    Attributes:
        name: Schema in PostgreSQL; of SQLite, what locks and messages call it.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self.name = name
        self._engine = engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the tables.

        Raises:
            StoreError: The database does not answer.
        """
        with self._begun(reads=True) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are kept, all or none, when the body ends well; one writer at a time.

        Raises:
            StoreError: The database does not answer, or cannot keep what is written.
        """
        with self._begun(reads=False) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": self.name})
            yield connection

    def settle(self) -> None:
        """Write what was deleted out of the log of writes too; PostgreSQL does so in its own time.

        Raises:
            StoreError: The database does not answer.
        """
        if self._engine.dialect.name == "sqlite":
            with (
                self._told(),
                closing(self._engine.raw_connection()) as connection,
                closing(connection.cursor()) as cursor,
            ):
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def dispose(self) -> None:
        """Close the connections that nobody uses."""
        self._engine.dispose()

    @contextmanager
    def _begun(self, *, reads: bool) -> Iterator[Connection]:
        options: dict[str, Any] = {"reads": reads}
        if self._engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ" if reads else "READ COMMITTED"
        with self._told(), self._engine.connect() as connection:
            # Once it is sure to be given back: a server that is gone refuses this too.
            connection.execution_options(**options)
            with connection.begin():
                yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell of what fails in the words of our errors."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise StoreError(message("operations.error.store", reason=_reason(error))) from None


class Store:
    """All operations of a deployment, from any number of threads and processes.

    Attributes:
        catalogue: The tables that list the operations.
    """

    def __init__(self, address: str) -> None:
        """Open a store, made where it is not there yet, its tables brought to this version.

        Args:
            address: A folder, or the URL of a PostgreSQL database (``postgresql://user@host/name``).

        Raises:
            StoreError: It cannot be opened.
        """
        self._folder: Path | None = None
        self._shared: Engine | None = None
        self._lock = threading.Lock()
        self._opened: dict[str, Database] = {}
        if "://" in address:
            self._shared = _postgresql(address)
        else:
            self._folder = Path(address)
        try:
            self.catalogue = self._database(_CATALOGUE, "catalogue")
        except StoreError:
            if self._shared is not None:
                self._shared.dispose()
            raise

    def operation(self, operation: str) -> Database:
        """Return the tables of an operation, made where they are not there yet.

        Raises:
            StoreError: They cannot be opened.
        """
        with self._lock:
            if operation not in self._opened:
                self._opened[operation] = self._database(operation, "operation")
            return self._opened[operation]

    def drop(self, operation: str) -> None:
        """Remove all that is kept of an operation; a writer at work ends first, one that comes later fails.

        Raises:
            StoreError: The database does not answer.
        """
        database = self.operation(operation)
        if self._folder is None:
            with database.writing() as connection:
                connection.execute(text(f'DROP SCHEMA IF EXISTS "{operation}" CASCADE'))
            self.release(operation)
            return
        # Who has the file open still must not add to it. On a full disk this fails, and the folder goes all the same.
        with suppress(StoreError), database.writing() as connection:
            state.drop(connection, checkfirst=True)
        self.release(operation)
        folder = self._folder / "operations" / operation
        # Out of the way first: whoever is reading still would make files in a folder while it is removed.
        removed = folder.with_name(f"{operation}.removed")
        if removed.exists():  # left by a purge that was cut off
            shutil.rmtree(removed)
        folder.rename(removed)
        shutil.rmtree(removed)

    def release(self, operation: str) -> None:
        """Let go of the files of an operation: they are not gone from the disk while a process has them open."""
        with self._lock:
            database = self._opened.pop(operation, None)
        # Of a PostgreSQL database all operations have the same connections.
        if database is not None and self._shared is None:
            database.dispose()

    def close(self) -> None:
        """Close every connection."""
        for database in (self.catalogue, *self._opened.values()):
            database.dispose()

    def _database(self, name: str, kind: Literal["catalogue", "operation"]) -> Database:
        try:
            if self._shared is not None:
                with self._shared.begin() as connection:
                    connection.execute(text(f"SELECT pg_advisory_xact_lock(hashtext('{name}'))"))
                    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{name}"'))
                    connection.execute(text(f'SET LOCAL search_path TO "{name}"'))
                    _migrate(connection, kind)
                return Database(self._shared.execution_options(schema_translate_map={None: name}), name)
            engine = self._file(name, kind)
            with engine.begin() as connection:
                _migrate(connection, kind)
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(f"the store of operations cannot be opened: {_reason(error)}") from error
        return Database(engine, name)

    def _file(self, name: str, kind: str) -> Engine:
        assert self._folder is not None  # noqa: S101 - the caller looked
        folder = self._folder if kind == "catalogue" else self._folder / "operations" / name
        # Nobody else reads it.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{kind}.sqlite"
        path.touch(mode=0o600)
        engine = create_engine(f"sqlite:///{path.absolute()}", connect_args={"timeout": _BUSY_S})

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _: Any) -> None:
            connection.isolation_level = None  # transactions are begun below, not guessed by the driver
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            reads = connection.get_execution_options().get("reads", False)
            connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

        return engine


def _postgresql(address: str) -> Engine:
    try:
        url = make_url(address)
        if url.get_backend_name() != "postgresql":
            raise StoreError(
                "a store is a folder, or a database at an address that begins with postgresql://"
            )
        waits = {"connect_timeout": _BUSY_S, "options": f"-c lock_timeout={_BUSY_S}s"}
        return create_engine(
            url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, connect_args=waits | url.query
        )
    except (ArgumentError, ValueError):
        raise StoreError(
            "the address of the store cannot be read; write postgresql://user@host/name"
        ) from None
    except ModuleNotFoundError:
        raise StoreError("PostgreSQL needs its driver: pip install 'vigie[postgres]'") from None


def _reason(error: Exception) -> str:
    """Return what a driver says, the first line alone: further ones may repeat values, which may be someone's."""
    return str(getattr(error, "orig", None) or error).partition("\n")[0][:200]


def _migrate(connection: Connection, kind: str) -> None:
    """Bring tables to this version of vigie."""
    # Takes 10 MB: a service that keeps no store does not pay for it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("path_separator", "newline")
    config.set_main_option("script_location", _escaped(_MIGRATIONS))
    config.set_main_option("version_locations", _escaped(_MIGRATIONS / kind))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _escaped(path: Path) -> str:
    """Return a path as a configuration of alembic takes it."""
    return os.fspath(path).replace("%", "%%")
