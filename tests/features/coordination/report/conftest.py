"""A group of up to eight accounts among two hundred others, described from its pairs, profiles and posts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination import communities
from vigie.features.coordination.report import group
from vigie.features.coordination.report.profile_tests import Reference
from vigie.features.coordination.report.types import GroupDescription
from vigie.features.i18n import Language

START = datetime(2024, 1, 1, tzinfo=UTC)
OTHERS = 200
COLUMNS = {
    "trace": pl.String, "window": pl.Int64, "first": pl.Int64, "second": pl.Int64, "objects": pl.Int64,
    "days": pl.Int64, "authors": pl.Int64, "first_leads": pl.Int64, "second_leads": pl.Int64,
    "expected": pl.Float64, "p_class": pl.Float64, "expected_author": pl.Float64, "p_author": pl.Float64,
    "p_class_corrected": pl.Float64, "p_author_corrected": pl.Float64, "decided_by": pl.String, "p": pl.Float64,
}  # fmt: skip


@pytest.fixture(scope="session")
def clique() -> Callable[..., pl.DataFrame]:
    """Return a function that makes the pairs of accounts which all meet each other on a trace."""

    def pairs_of(
        trace: str,
        size: int = 8,
        *,
        objects: int = 6,
        days: int = 3,
        authors: int | None = 4,
        p_author: float = 1e-12,
        window: int = 60,
        leads: int = 1,
    ) -> pl.DataFrame:
        rows = [
            (
                trace, window, first, second, objects, days, authors, objects * leads, 0,
                0.1, 1e-12, 0.1, p_author, 2e-8, 2e4 * p_author, "collection", 1e-12,
            )
            for first, second in combinations(range(size), 2)
        ]  # fmt: skip
        return pl.DataFrame(rows, schema=COLUMNS, orient="row")

    return pairs_of


@pytest.fixture(scope="session")
def accounts() -> Callable[..., pl.DataFrame]:
    """Return a function that makes the accounts, members first, alike but for the values given of the members.

    ``created`` is in hours after 1 January 2024.
    """

    def profiles(
        created: Iterable[int] = (), handles: Iterable[str] = (), bios: Iterable[str] = ()
    ) -> pl.DataFrame:
        generator = np.random.default_rng(5)
        hours = generator.integers(0, 5 * 365 * 24, OTHERS + 8).tolist()
        names = ["".join(generator.choice(list("abcdXYZ_09"), 9)) for _ in range(OTHERS + 8)]
        texts = generator.choice(["", "I write", "J’écris"], OTHERS + 8, p=[0.2, 0.4, 0.4]).tolist()
        columns: list[tuple[list[Any], Iterable[Any]]] = [(hours, created), (names, handles), (texts, bios)]
        for column, values in columns:
            for index, value in enumerate(values):
                column[index] = value
        frame = pl.DataFrame(
            {
                "platform": "x",
                "account_id": [str(index) for index in range(OTHERS + 8)],
                "handle": names,
                "description": texts,
                "created_at": [START + timedelta(hours=hour) for hour in hours],
                "observed_at": START + timedelta(days=3000),
            }
        )
        return schema.conform(frame, "accounts").with_row_index("row")

    return profiles


@pytest.fixture(scope="session")
def posts() -> Callable[..., pl.DataFrame]:
    """Return a function that makes posts of the eight members in turn, a minute apart, from columns."""

    def written(**columns: Sequence[object]) -> pl.DataFrame:
        size = len(next(iter(columns.values())))
        frame = pl.DataFrame(
            {
                "platform": "x",
                "post_id": [str(index) for index in range(size)],
                "account_id": [str(index % 8) for index in range(size)],
                "created_at": [START + timedelta(minutes=index) for index in range(size)],
                **columns,
            }
        )
        return schema.conform(frame, "posts").with_columns(row=pl.col("account_id").cast(pl.UInt32))

    return written


@pytest.fixture(scope="session")
def described() -> Callable[..., GroupDescription]:
    """Return a function that describes the one group that some pairs make."""

    def describe(
        pairs: pl.DataFrame,
        people: pl.DataFrame,
        written: pl.DataFrame | None = None,
        reference: Reference | None = None,
        language: Language = "en",
    ) -> GroupDescription:
        groups = communities.detect_groups(pairs)
        (description,) = group.describe(groups, pairs, people, written, language, reference)
        return description

    return describe
