"""An operation of the first schema has no head, and can be given one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select

from vigie.serving.operations import tables
from vigie.serving.operations.catalogue import Catalogue


def test_a_store_of_the_first_schema_takes_a_head(old_store: Any) -> None:
    catalogue = Catalogue(old_store.opened(), old_store.clock)
    with catalogue.database(old_store.id).writing() as connection:
        assert connection.execute(select(tables.adaptation)).all() == []
        values = {"id": 1, "at": old_store.clock(), "by": "a", "version": "0" * 12, "entries": {"name": "x"}}
        connection.execute(insert(tables.adaptation).values(values))
        assert connection.execute(select(tables.adaptation.c.entries)).scalar_one() == {"name": "x"}
