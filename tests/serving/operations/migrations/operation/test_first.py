"""What an operation of the first schema held is there after the upgrade, on both databases."""

from __future__ import annotations

from typing import Any

from vigie.serving.operations import alerts, corpus, questions
from vigie.serving.operations.catalogue import Catalogue


def test_nothing_that_the_first_schema_kept_is_lost(old_store: Any) -> None:
    catalogue = Catalogue(old_store.opened(), old_store.clock)
    with catalogue.database(old_store.id).reading() as connection:
        held = corpus.read(connection)
        told = questions.dossier(connection, "x", "7", "en")
        alert = alerts.last(connection)
    assert held.accounts.select("account_id", "handle").rows() == [("7", "quay"), ("8", None)]
    assert held.posts.select("post_id", "text").rows() == [("70", "words")]
    assert [seen.profile for seen in told.history] == [{"handle": "dock"}]
    assert alert == 1


def test_opening_it_again_changes_nothing(old_store: Any) -> None:
    for _ in range(2):
        store = old_store.opened()
        with store.operation(old_store.id).reading() as connection:
            assert corpus.read(connection).posts.height == 1
