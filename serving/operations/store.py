"""Where operations are kept: SQLite files in a folder, or schemas of a PostgreSQL database.

The catalogue is one file (or the schema ``vigie``); each operation is another file (or a schema of its own). Purging
an operation drops its file, so nothing of it can stay behind in shared pages, and an operation can be handed over whole.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from vigie.errors import StoreError
from vigie.serving.operations.tables import OPERATION

_MIGRATIONS = Path(__file__).parent / "migrations"
# Schema of the catalogue in PostgreSQL.
_CATALOGUE = "vigie"
_BUSY_S = 30
# Kilobytes of pages that a connection keeps: keys of posts are looked up at random places.
_CACHE_KB = 64_000
_PRAGMAS = (
    "journal_mode=WAL",
    # What is acknowledged is on the disk, not in a cache of the system.
    "synchronous=FULL",
    f"busy_timeout={_BUSY_S * 1000}",
    # What is deleted is overwritten.
    "secure_delete=ON",
    f"cache_size=-{_CACHE_KB}",
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

    def dispose(self) -> None:
        """Close the connections that nobody uses."""
        self._engine.dispose()

    @contextmanager
    def _begun(self, *, reads: bool) -> Iterator[Connection]:
        options: dict[str, Any] = {"reads": reads}
        if self._engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ" if reads else "READ COMMITTED"
        try:
            with self._engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except DBAPIError as error:
            # The message of the driver may repeat values, which may be someone's.
            reason = str(error.orig).splitlines()[0] if error.orig is not None else "no answer"
            raise StoreError(f"the store of operations cannot do that now: {reason[:200]}") from None


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
            _private(self._folder)
        self.catalogue = self._database(_CATALOGUE, "catalogue")

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
        with database.writing() as connection:
            if self._folder is None:
                connection.execute(text(f'DROP SCHEMA "{operation}" CASCADE'))
            else:
                # Who has the file open still must find nothing in it.
                OPERATION.drop_all(connection)
        with self._lock:
            del self._opened[operation]
        database.dispose()
        if self._folder is not None:
            shutil.rmtree(self._folder / "operations" / operation)

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
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise StoreError(f"the store of operations cannot be opened: {reason[:200]}") from error
        return Database(engine, name)

    def _file(self, name: str, kind: str) -> Engine:
        assert self._folder is not None  # noqa: S101 - the caller looked
        folder = self._folder if kind == "catalogue" else self._folder / "operations" / name
        _private(folder)
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


def _private(folder: Path) -> None:
    """Make a folder that nobody else reads."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _postgresql(address: str) -> Engine:
    try:
        url = make_url(address)
        if url.get_backend_name() != "postgresql":
            raise StoreError(
                "a store is a folder, or a database at an address that begins with postgresql://"
            )
        return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ArgumentError:
        raise StoreError(
            "the address of the store cannot be read; write postgresql://user@host/name"
        ) from None
    except ModuleNotFoundError:
        raise StoreError("PostgreSQL needs its driver: pip install 'vigie[postgres]'") from None


def _migrate(connection: Connection, kind: str) -> None:
    """Bring tables to this version of vigie."""
    config = Config()
    config.set_main_option("path_separator", "newline")
    config.set_main_option("script_location", _escaped(_MIGRATIONS))
    config.set_main_option("version_locations", _escaped(_MIGRATIONS / kind))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _escaped(path: Path) -> str:
    """Return a path as a configuration of alembic takes it."""
    return os.fspath(path).replace("%", "%%")
