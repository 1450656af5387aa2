"""A verdict of an operation of the first schema does not say what it was made of, and stands for nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from vigie.serving.operations import tables
from vigie.serving.operations.catalogue import Catalogue


def test_what_was_judged_before_has_no_basis_yet(old_store: Any) -> None:
    catalogue = Catalogue(old_store.opened(), old_store.clock)
    with catalogue.database(old_store.id).reading() as connection:
        assert set(connection.execute(select(tables.verdicts.c.basis)).scalars()) <= {None}
