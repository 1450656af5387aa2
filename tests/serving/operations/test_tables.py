"""Times come back from a store as they went in, on every database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, select

from vigie.serving.operations import tables
from vigie.serving.operations.store import Store


@pytest.mark.parametrize(
    "time",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2024, 5, 1, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_a_time_is_kept_to_the_microsecond_in_utc(
    address: str, opened: Callable[[str], Store], time: datetime
) -> None:
    database = opened(address).operation("op_0000000000000000")
    with database.writing() as connection:
        connection.execute(insert(tables.state).values(id=1, revision=0, judged_revision=0, busy_until=time))
    with database.reading() as connection:
        kept = connection.execute(select(tables.state.c.busy_until)).scalar_one()
        before = select(tables.state.c.id).where(tables.state.c.busy_until <= time)
        assert connection.execute(before).scalar_one() == 1
    assert kept == time
    assert kept.tzinfo is UTC
