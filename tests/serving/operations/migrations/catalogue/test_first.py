"""The catalogue of the first schema is read by this version."""

from __future__ import annotations

from typing import Any

from vigie.serving.operations.catalogue import Catalogue, Holdings


def test_operations_that_were_listed_by_the_first_schema_are_listed(old_store: Any) -> None:
    (told,) = Catalogue(old_store.opened(), old_store.clock).all()
    assert (told.id, told.title, told.state) == (old_store.id, "Kept since the first schema", "open")
    assert told.theme.hashtags == ["HarbourVote"]
    assert told.retention_days == 30
    assert told.holdings == Holdings(accounts=2, posts=1, revision=4, judged_revision=0)
