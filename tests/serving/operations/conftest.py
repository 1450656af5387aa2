"""Stores of operations, a clock that tests set, and what an invented collector sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.comparison import Limits
from vigie.features.ingest.parsing import from_posts
from vigie.models.engine import Models, ScoringEngine
from vigie.serving.operations import decisions
from vigie.serving.operations.catalogue import Catalogue, Opening, Theme
from vigie.serving.operations.decisions import AccountSubject, Statement
from vigie.serving.operations.judgement import judge
from vigie.serving.operations.observation import (
    Observation,
    observe_accounts,
    observe_posts,
    observe_tables,
    read_accounts,
)
from vigie.serving.operations.store import Store

NOW = datetime(2024, 5, 20, 12, 0, tzinfo=UTC)


Tables = tuple[pl.DataFrame, pl.DataFrame]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def go_on(self, **by: float) -> None:
        """Let time pass; negative: as where a clock is set back."""
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a store that is not there yet, of both kinds."""
    if request.param == "sqlite":
        return str(tmp_path / "store")
    return str(request.getfixturevalue("postgresql").database())


@pytest.fixture
def opened() -> Iterator[Callable[[str], Store]]:
    """Return a function that opens a store as a process of its own would; all are closed in the end."""
    stores: list[Store] = []

    def open_store(address: str) -> Store:
        stores.append(Store(address))
        return stores[-1]

    yield open_store
    for store in stores:
        store.close()


@pytest.fixture
def catalogue(address: str, opened: Callable[[str], Store], clock: Clock) -> Catalogue:
    return Catalogue(opened(address), clock)


OPENING = Opening(
    title="Harbour vote",
    theme=Theme(hashtags=["HarbourVote"]),
    legal_basis="an invented decree",
    expires_at=NOW + timedelta(days=90),
    retention_days=None,
)


@dataclass(frozen=True)
class Watched:
    """An open operation, and a collector that sends into it.

    Attributes:
        catalogue: The operations.
        id: Of the operation.
    """

    catalogue: Catalogue
    id: str

    def accounts(self, *entries: Any) -> Observation:
        """Observe accounts."""
        now = self.catalogue.clock()
        with self.catalogue.observing(self.id) as connection:
            return observe_accounts(connection, read_accounts(entries, now), now)

    def posts(self, *entries: Any) -> Observation:
        """Observe posts."""
        now = self.catalogue.clock()
        with self.catalogue.observing(self.id) as connection:
            return observe_posts(connection, from_posts(entries, now), now)


@pytest.fixture
def watched(catalogue: Catalogue) -> Watched:
    return Watched(catalogue, catalogue.create(OPENING, "").id)


@pytest.fixture(scope="session")
def engine(models: Models) -> ScoringEngine:
    return ScoringEngine(models)


@pytest.fixture(scope="session")
def limits() -> Limits:
    return Limits()


@pytest.fixture
def account() -> Callable[..., dict[str, Any]]:
    """Return a function that makes an account as a collector sends it."""

    def make(account_id: str = "7", **fields: Any) -> dict[str, Any]:
        return {"platform": "x", "account_id": account_id, "observed_at": NOW.isoformat(), **fields}

    return make


@pytest.fixture
def post() -> Callable[..., dict[str, Any]]:
    """Return a function that makes a post as a collector sends it, its author named."""

    def make(post_id: str = "70", **fields: Any) -> dict[str, Any]:
        return {
            "platform": "x",
            "account_id": "7",
            "post_id": post_id,
            "created_at": "2024-05-19T08:00:00Z",
            "text": f"words of post {post_id}",
            **fields,
        }

    return make


@pytest.fixture(scope="session")
def records_of(flood: Any) -> Tables:
    """Accounts and posts of the flood, in the columns of the contract."""
    owned = flood.posts.drop("account_id").join(
        flood.accounts.select("row", "platform", "account_id"), on="row"
    )
    return flood.accounts.drop("row"), owned.select(list(schema.schema("posts")))


@pytest.fixture
def reading(watched: Any) -> Callable[..., Any]:
    """Return a function that asks something of the operation."""

    def ask(question: Callable[..., Any], *more: Any) -> Any:
        with watched.catalogue.database(watched.id).reading() as connection:
            return question(connection, *more)

    return ask


@pytest.fixture
def judged(watched: Any, records_of: Tables, engine: ScoringEngine, limits: Limits) -> Any:
    """The operation, after it has seen and judged the flood."""
    with watched.catalogue.observing(watched.id) as connection:
        observe_tables(connection, *records_of, watched.catalogue.clock())
    judge(watched.catalogue.database(watched.id), engine, limits, watched.catalogue.clock())
    return watched


@pytest.fixture
def decided(watched: Any, labelled_collection: Any) -> Any:
    """The operation, after it has seen a collection and people have decided on 120 of its accounts."""
    scored = labelled_collection.scored
    names = scored.accounts.select("row", "platform", "account_id")
    posts = scored.posts.join(names, on="row").select(list(schema.schema("posts")))
    with watched.catalogue.observing(watched.id) as connection:
        observe_tables(connection, scored.accounts.drop("row"), posts, watched.catalogue.clock())
    with watched.catalogue.database(watched.id).writing() as connection:
        for row in labelled_collection.labels().iter_rows(named=True):
            decisions.record(
                connection,
                Statement(
                    AccountSubject(row["platform"], row["name"]),
                    "inauthentic",
                    "confirmed" if row["y"] else "false_positive",
                    "Ann",
                    "I looked",
                    None,
                ),
                watched.catalogue.clock(),
            )
    return watched
