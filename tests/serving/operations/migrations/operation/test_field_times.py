"""Fields that were kept before they had times count as seen when the account was."""

from __future__ import annotations

from typing import Any

from vigie.features.ingest.parsing import from_requests
from vigie.serving.operations import corpus
from vigie.serving.operations.catalogue import Catalogue
from vigie.serving.operations.observation import Sent, observe_accounts


def test_what_comes_late_after_the_upgrade_replaces_nothing_and_fills_what_was_unknown(
    old_store: Any,
) -> None:
    catalogue = Catalogue(old_store.opened(), old_store.clock)
    late = {
        "platform": "x", "account_id": "7", "observed_at": "2024-01-01T00:00:00Z", "handle": "late", "location": "here",
    }  # fmt: skip
    now = catalogue.clock()
    with catalogue.observing(old_store.id) as connection:
        observe_accounts(connection, [Sent([0], from_requests([late], now))], now)
        held = corpus.read(connection).accounts
    assert held.select("handle", "location").row(0) == ("quay", "here")
