"""What a browser tried last, kept in memory for some minutes so that it may become an operation without a second upload.

Nothing of it is written anywhere. It belongs to the browser that sent it, is taken once, and is forgotten when its time is over,
when the browser tries another file, and with the process. Where several processes answer, none holds what another one read:
nothing is held then.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from vigie.errors import OperationNotFoundError
from vigie.features.i18n import message
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.observation import StatusCounts, observe_tables

# How long a trial is held, and how much memory all of them may take.
LIFE_S, MOST_BYTES = 600, 256_000_000
_ID_BYTES = 16

Tables = Sequence[tuple[pl.DataFrame, pl.DataFrame]]


@dataclass(frozen=True)
class Kept:
    """How many accounts and posts were new to an operation, or had changed."""

    accounts: int
    posts: int


@dataclass(frozen=True)
class _Trial:
    id: str
    tables: Tables
    size: int


class HeldTrials:
    """The trials that may still become an operation, one of each browser."""

    def __init__(self) -> None:
        """Begin with none."""
        self._trials: dict[str, _Trial] = {}

    def hold(self, browser: str, tables: Tables) -> str | None:
        """Return the id under which a browser may take its trial; None where it is too large to be held.

        It must be called on the event loop, which forgets the trial after :data:`LIFE_S`.

        Args:
            browser: Id of the cookie.
            tables: Accounts and posts, part by part.
        """
        self._trials.pop(browser, None)
        size = int(sum(table.estimated_size() for part in tables for table in part))
        if size + sum(each.size for each in self._trials.values()) > MOST_BYTES:
            return None
        trial = _Trial(secrets.token_hex(_ID_BYTES), tables, size)
        self._trials[browser] = trial
        asyncio.get_running_loop().call_later(LIFE_S, self._forget, browser, trial)
        return trial.id

    def take(self, browser: str | None, trial: str) -> Tables:
        """Return what a browser tried, and forget it.

        Args:
            browser: Id of the cookie; None: it has none.
            trial: What :meth:`hold` returned.

        Raises:
            OperationNotFoundError: Nothing is held of it any more.
        """
        found = self._trials.get(browser or "")
        if found is None or found.id != trial:
            raise OperationNotFoundError(message("console.not_held"))
        self._forget(browser or "", found)
        return found.tables

    def _forget(self, browser: str, trial: _Trial) -> None:
        if self._trials.get(browser) is trial:
            del self._trials[browser]


def observe(catalogue: Catalogue, operation: str, tables: Tables) -> Kept:
    """Observe what was read of a file into an operation, and return how much of it was new there or had changed.

    Args:
        catalogue: All operations.
        operation: Id of the one.
        tables: Accounts and posts, part by part.

    Raises:
        OperationError: It is closed or forgotten.
    """
    of_accounts, of_posts = StatusCounts(), StatusCounts()
    for accounts, posts in tables:
        with catalogue.observing(operation) as connection:
            seen = observe_tables(connection, accounts, posts, catalogue.clock())
        of_accounts += seen.accounts
        of_posts += seen.posts
    return Kept(of_accounts.new + of_accounts.changed, of_posts.new + of_posts.changed)
