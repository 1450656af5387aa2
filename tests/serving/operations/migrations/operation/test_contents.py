"""An operation of the first schema is judged anew, since its contents have no id."""

from __future__ import annotations

from typing import Any

from vigie.serving.operations import copied
from vigie.serving.operations.catalogue import Catalogue


def test_what_was_judged_before_is_to_be_judged_anew(old_store: Any) -> None:
    catalogue = Catalogue(old_store.opened(), old_store.clock)
    holdings = catalogue.get(old_store.id).holdings
    assert holdings is not None
    assert (holdings.revision, holdings.judged_revision) == (4, 0)
    with catalogue.database(old_store.id).reading() as connection:
        assert copied.contents(connection) == []
