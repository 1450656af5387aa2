"""A claim of before it had a time still holds, until its own end."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from vigie.serving.operations import tables
from vigie.serving.operations.catalogue import Catalogue


def test_a_claim_of_before_says_no_time_and_is_kept(old_store: Any) -> None:
    catalogue = Catalogue(old_store.opened(), old_store.clock)
    with catalogue.database(old_store.id).reading() as connection:
        assert connection.execute(select(tables.state.c.busy_since)).scalars().all() == [None]
        assert set(connection.execute(select(tables.webhooks.c.failed_at)).scalars()) <= {None}
