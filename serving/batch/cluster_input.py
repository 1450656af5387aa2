"""Accounts that lie beyond this machine, measured and judged where they lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from vigie.features.cluster import by_account, stored_tables
from vigie.features.cluster.stored_tables import StoredTables
from vigie.features.ingest.parsing import Batch, from_tables
from vigie.models.verdict import AccountResult
from vigie.serving.batch import result_columns
from vigie.serving.batch.inputs import Corpus

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Results that are handed on together: a writer makes Python objects of them.
_TOGETHER = 4_000


@dataclass(frozen=True)
class ClusterInput:
    """Accounts and posts that an engine holds (:class:`vigie.serving.batch.inputs.Accounts`).

    Attributes:
        tables: The tables.
        now: Clock of whoever reads them (see :func:`vigie.features.ingest.validation.check`).
    """

    tables: StoredTables
    now: datetime

    @property
    def total(self) -> int:
        """Accounts of the whole."""
        return self.tables.account_count

    @property
    def done(self) -> int:
        """Nothing is kept of earlier runs."""
        return 0

    def corpus(self, tick: Callable[[int], None]) -> Corpus:
        """Return all accounts and posts on this machine; see :class:`vigie.serving.batch.inputs.Accounts`."""
        accounts, posts = self.tables.collected()
        tick(self.total)
        return Corpus.of(from_tables(accounts, posts, self.now))

    def measured(
        self, measure: Callable[[Batch], pl.DataFrame], columns: Mapping[str, pl.DataType]
    ) -> Iterator[tuple[pl.DataFrame, int]]:
        """Yield what a function makes of all accounts; see :class:`vigie.serving.batch.inputs.Accounts`."""
        now = self.now

        def work(accounts: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
            return measure(from_tables(accounts, posts, now))

        yield by_account.applied(self.tables, work, columns), self.total

    def judged(
        self, judge: Callable[[Batch], list[AccountResult]]
    ) -> Iterator[tuple[list[AccountResult], int]]:
        """Yield results, some accounts at a time; see :class:`vigie.serving.batch.inputs.Accounts`."""
        for made, _ in self.measured(result_columns.of(judge), result_columns.SCHEMA):
            for some in made.iter_slices(_TOGETHER):
                yield result_columns.results(some), some.height


def find(session: SparkSession, path: str, now: datetime) -> ClusterInput:
    """Return the accounts of a folder; arguments and errors as :func:`vigie.features.cluster.stored_tables.opened`.

    Args:
        session: The engine.
        path: The folder.
        now: See :class:`ClusterInput`.
    """
    return ClusterInput(stored_tables.opened(session, path), now)
