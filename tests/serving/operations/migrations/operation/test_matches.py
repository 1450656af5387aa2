"""Verdicts of an operation of the first schema have no matches until it is judged anew."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from vigie.serving.operations import tables
from vigie.serving.operations.catalogue import Catalogue


def test_what_was_judged_before_matches_nothing_yet(old_store: Any) -> None:
    catalogue = Catalogue(old_store.opened(), old_store.clock)
    with catalogue.database(old_store.id).reading() as connection:
        assert set(connection.execute(select(tables.verdicts.c.known)).scalars()) <= {None}
