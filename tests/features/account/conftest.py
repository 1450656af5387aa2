"""Features of one account that a test describes by the fields it is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.pipeline import compute

OBSERVED = datetime(2024, 5, 16, 12, tzinfo=UTC)
Values = dict[str, float | None]


def _account(**fields: object) -> pl.DataFrame:
    known = {"platform": "x", "account_id": "0", "observed_at": OBSERVED} | fields
    frame = pl.DataFrame({name: [value] for name, value in known.items()})
    return schema.conform(frame, "accounts").with_row_index("row")


@pytest.fixture(scope="session")
def of_account() -> Callable[..., Values]:
    """Return a function from fields of an account, observed at noon of 16 May 2024, to its features."""

    def measure(**fields: object) -> Values:
        posts = schema.empty("posts").drop("platform", "account_id").with_columns(row=pl.lit(0, pl.UInt32))
        return compute(_account(**fields), posts).table.row(0, named=True)

    return measure


@pytest.fixture(scope="session")
def of_posts() -> Callable[..., Values]:
    """Return a function from the posts of an account to its features.

    It takes the times or, as ``count`` and ``step``, how many posts there are and how far apart, the last of them one
    step before the observation; ``account`` holds fields of the account; any other name is a column of the posts,
    oldest first, or one value for all.
    """

    def measure(
        *,
        count: int = 0,
        step: timedelta = timedelta(hours=5),
        times: Sequence[datetime] | None = None,
        account: dict[str, object] | None = None,
        **columns: object,
    ) -> Values:
        moments = [OBSERVED - step * (count - place) for place in range(count)] if times is None else times
        frame = pl.DataFrame(
            {
                "platform": "x",
                "account_id": "0",
                "post_id": [str(place) for place in range(len(moments))],
                "created_at": moments,
                **columns,
            }
        )
        posts = schema.conform(frame, "posts").drop("platform", "account_id")
        matrix = compute(_account(**account or {}), posts.with_columns(row=pl.lit(0, pl.UInt32)))
        return matrix.table.row(0, named=True)

    return measure
