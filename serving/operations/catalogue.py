"""The operations of a deployment: opened, changed, closed, and forgotten when they expire."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import Connection, Row, Table, delete, func, insert, select, update

from vigie.errors import (
    NoStoreError,
    OperationClosedError,
    OperationError,
    StoreError,
    UnknownOperationError,
)
from vigie.features.i18n import Message, message
from vigie.features.json_object import JsonObject
from vigie.serving.operations import compared_texts, tables
from vigie.serving.operations.store import Database, Store

_TABLE = tables.operations
_NAMES = re.compile(r"op_[0-9a-f]{16}")
# What is kept for longer is not watched but archived.
LONGEST = timedelta(days=36_525)
# Requests are remembered by their key for so long.
KEYS_KEPT = timedelta(days=2)

Clock = Callable[[], datetime]
State = Literal["open", "closed", "expired", "purged"]


def _doc(text: str) -> object:
    return Field(description=text)


@dataclass(frozen=True, slots=True)
class Theme:
    """What an operation watches."""

    keywords: list[str] = field(default_factory=list)
    hashtags: list[str] = field(default_factory=list)
    platforms: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the store of an operation holds."""

    accounts: int
    posts: int
    revision: Annotated[int, _doc("Number of its state; it grows with each batch that held something new.")]
    judged_revision: Annotated[int, _doc("State that the last judgement read.")]


@dataclass(frozen=True, slots=True)
class Operation:
    """A protective watch on a theme: the unit of work, of access and of retention."""

    id: str
    title: str
    theme: Theme
    legal_basis: Annotated[str, _doc("What allows the collection, in the words of who opened it.")]
    opened_at: datetime
    expires_at: Annotated[datetime, _doc("When all that is of persons is forgotten.")]
    retention_days: Annotated[
        int | None, _doc("Posts received longer ago than this are forgotten earlier; null: at the expiry.")
    ]
    created_by: str
    state: Annotated[State, _doc("closed: takes nothing more; purged: nothing of persons is kept.")]
    closed_at: datetime | None
    purged_at: datetime | None
    holdings: Annotated[Holdings | None, _doc("Null where it is purged, or is being purged.")]
    summary: Annotated[JsonObject | None, _doc("Counts that remain after the purge; null before.")]


@dataclass(frozen=True, slots=True)
class Opening:
    """What is said of an operation that is opened."""

    title: str
    theme: Theme
    legal_basis: str
    expires_at: datetime
    retention_days: int | None


class Catalogue:
    """The operations of a store.

    Attributes:
        store: Where they are kept.
    """

    def __init__(self, store: Store, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self.store = store
        self.clock = clock

    def create(self, opening: Opening, by: str) -> Operation:
        """Return a new operation.

        Args:
            opening: What it is.
            by: Who opens it.

        Raises:
            OperationError: It would have expired already, or never would.
        """
        now = self.clock()
        _check_expiry(opening.expires_at, now)
        name = f"op_{secrets.token_hex(8)}"  # one of _NAMES
        with self.store.operation(name).writing() as connection:
            connection.execute(insert(tables.state).values(id=1, revision=0, judged_revision=0))
        # Listed last: one that was cut off before this is no operation.
        with self.store.catalogue.writing() as connection:
            connection.execute(
                insert(_TABLE).values(
                    id=name,
                    title=opening.title,
                    theme=_plain(opening.theme),
                    legal_basis=opening.legal_basis,
                    opened_at=now,
                    expires_at=opening.expires_at,
                    retention_days=opening.retention_days,
                    created_by=by,
                )
            )
        return self.get(name)

    def get(self, operation: str) -> Operation:
        """Return an operation.

        Raises:
            UnknownOperationError: There is none by that name.
        """
        return self._told(self._row(operation))

    def all(self) -> list[Operation]:
        """Return every operation, the newest first."""
        with self.store.catalogue.reading() as connection:
            rows = connection.execute(select(_TABLE).order_by(_TABLE.c.opened_at.desc(), _TABLE.c.id)).all()
        return [self._told(row) for row in rows]

    def change(self, operation: str, changes: JsonObject) -> Operation:
        """Return an operation after some of what is said of it was changed.

        Args:
            operation: Its id.
            changes: New values by field: title, theme, legal_basis, expires_at, retention_days.

        Raises:
            UnknownOperationError: There is none by that name.
            OperationClosedError: It is purged, or has expired.
            OperationError: The new expiry has passed, or is too far away.
        """
        told = self.get(operation)
        if told.state in ("expired", "purged"):
            raise OperationClosedError(Message(f"operations.error.unchangeable.{told.state}"))
        _check_expiry(changes.get("expires_at", told.expires_at), self.clock())
        values = {
            name: _plain(value) if isinstance(value, Theme) else value for name, value in changes.items()
        }
        if values:
            self._update(operation, values)
        return self.get(operation)

    def close(self, operation: str) -> Operation:
        """Return an operation that takes nothing more; what it holds is kept until it expires.

        Raises:
            UnknownOperationError: There is none by that name.
        """
        told = self.get(operation)
        if told.closed_at is None and told.state != "purged":
            self._update(operation, {"closed_at": self.clock()})
        return self.get(operation)

    def database(self, operation: str) -> Database:
        """Return the tables of an operation, to read them.

        Raises:
            UnknownOperationError: There is none by that name.
            OperationClosedError: It is purged, or has expired and is about to be.
        """
        state = _state(self._row(operation), self.clock())
        if state in ("expired", "purged"):
            raise OperationClosedError(Message(f"operations.error.forgotten.{state}"))
        return self.store.operation(operation)

    @contextmanager
    def observing(self, operation: str) -> Iterator[Connection]:
        """Give a connection that may add to an operation; all of it is kept when the body ends well, or nothing.

        Raises:
            UnknownOperationError: There is none by that name.
            OperationClosedError: It takes nothing more.
        """
        row = self._row(operation)
        state = _state(row, self.clock())
        if state != "open":
            raise OperationClosedError(Message(f"operations.error.takes_nothing.{state}"))
        with self.store.operation(operation).writing() as connection:
            yield connection

    def purge(self, operation: str) -> Operation:
        """Return an operation of which nothing of persons is left: its tables are dropped, counts remain.

        Raises:
            UnknownOperationError: There is none by that name.
        """
        row, now = self._row(operation), self.clock()
        if row.purged_at is None:
            # Said first: a purge that is cut off is taken up again, and nothing is answered from it meanwhile.
            self._update(
                operation,
                {
                    "closed_at": row.closed_at or now,
                    "expires_at": min(row.expires_at, now),
                    "summary": row.summary or self._summary(operation),
                },
            )
            self.store.drop(operation)
            self._update(operation, {"purged_at": now})
        return self.get(operation)

    def forget(self) -> list[str]:
        """Purge every operation that has expired, and drop what others hold for longer than they keep it.

        Returns:
            The operations that were purged.

        Raises:
            StoreError: The store of one of them does not answer; the others are forgotten all the same.
        """
        now = self.clock()
        with self.store.catalogue.reading() as connection:
            rows = connection.execute(select(_TABLE).where(_TABLE.c.purged_at.is_(None))).all()
        purged, failed = [], None
        for row in rows:
            try:
                if _state(row, now) == "expired":
                    self.purge(row.id)
                    purged.append(row.id)
                else:
                    kept = timedelta(days=row.retention_days) if row.retention_days else None
                    _drop_old(self.store.operation(row.id), now, kept)
            except StoreError as error:
                failed = error
        if failed is not None:
            raise failed
        return purged

    def kept(self) -> list[str]:
        """Return the operations of which something is kept, the newest first."""
        with self.store.catalogue.reading() as connection:
            return list(
                connection.execute(
                    select(_TABLE.c.id).where(_TABLE.c.summary.is_(None)).order_by(_TABLE.c.opened_at.desc())
                ).scalars()
            )

    def let_go(self) -> None:
        """Let go of the files of operations that another process has purged."""
        with self.store.catalogue.reading() as connection:
            purged = connection.execute(select(_TABLE.c.id).where(_TABLE.c.purged_at.is_not(None))).scalars()
            for operation in purged:
                self.store.release(operation)

    def _row(self, operation: str) -> Row[Any]:
        row = None
        # What no operation is called is not asked for: databases do not take every text.
        if _NAMES.fullmatch(operation):
            with self.store.catalogue.reading() as connection:
                row = connection.execute(select(_TABLE).where(_TABLE.c.id == operation)).first()
        if row is None:
            raise UnknownOperationError
        return row

    def _update(self, operation: str, values: JsonObject) -> None:
        with self.store.catalogue.writing() as connection:
            connection.execute(update(_TABLE).where(_TABLE.c.id == operation).values(**values))

    def _told(self, row: Row[Any]) -> Operation:
        state = _state(row, self.clock())
        return Operation(
            id=row.id,
            title=row.title,
            theme=Theme(**row.theme),
            legal_basis=row.legal_basis,
            opened_at=row.opened_at,
            expires_at=row.expires_at,
            retention_days=row.retention_days,
            created_by=row.created_by,
            state=state,
            closed_at=row.closed_at,
            purged_at=row.purged_at,
            holdings=None if row.summary else _holdings(self.store.operation(row.id)),
            summary=row.summary,
        )

    def _summary(self, operation: str) -> JsonObject:
        with self.store.operation(operation).reading() as connection:
            return {
                table.name: _count(connection, table)
                for table in (tables.accounts, tables.posts, tables.decisions)
            }


def none_kept() -> Catalogue:
    """Return no operations: there is no store.

    Raises:
        NoStoreError: Always.
    """
    raise NoStoreError(message("operations.error.no_store"))


def _check_expiry(expires_at: datetime, now: datetime) -> None:
    if not now < expires_at < now + LONGEST:
        wrong = "operations.error.expiry_passed" if expires_at <= now else "operations.error.expiry_far"
        raise OperationError(Message(wrong, {"at": expires_at.isoformat(), "days": LONGEST.days}))


def _state(row: Row[Any], now: datetime) -> State:
    if row.purged_at is not None:
        return "purged"
    # What has its last counts is being purged, whatever the clock says since.
    if row.expires_at <= now or row.summary:
        return "expired"
    return "closed" if row.closed_at is not None else "open"


def _holdings(database: Database) -> Holdings:
    with database.reading() as connection:
        state = connection.execute(select(tables.state)).one()
        accounts, posts = (_count(connection, table) for table in (tables.accounts, tables.posts))
    return Holdings(accounts, posts, state.revision, state.judged_revision)


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _drop_old(database: Database, now: datetime, kept: timedelta | None) -> None:
    """Forget keys of requests that are no longer repeated, and what was received longer ago than it is kept."""
    requests, segments, posts, versions = tables.requests, tables.segments, tables.posts, tables.versions
    with database.writing() as connection:
        connection.execute(delete(requests).where(requests.c.received_at < now - KEYS_KEPT))
        if kept is not None:
            old = select(segments.c.id).where(segments.c.received_at < now - kept)
            gone = connection.execute(delete(posts).where(posts.c.segment.in_(old))).rowcount
            connection.execute(delete(segments).where(segments.c.received_at < now - kept))
            connection.execute(delete(versions).where(versions.c.observed_at < now - kept))
            gone += _drop_unseen(connection, now - kept)
            if gone:
                compared_texts.forget(connection)
                connection.execute(update(tables.state).values(revision=tables.state.c.revision + 1))
    database.settle()


def _drop_unseen(connection: Connection, before: datetime) -> int:
    """Forget accounts that were last seen before a time, and have no post; return how many."""
    accounts, posts = tables.accounts, tables.posts
    unseen = delete(accounts).where(
        accounts.c.last_observed_at < before,
        ~select(posts.c.key).where(posts.c.account == accounts.c.key).exists(),
    )
    return connection.execute(unseen).rowcount


def _plain(theme: Theme) -> JsonObject:
    return {
        "keywords": theme.keywords,
        "hashtags": theme.hashtags,
        "platforms": theme.platforms,
        "languages": theme.languages,
    }
