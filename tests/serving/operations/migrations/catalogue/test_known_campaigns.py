"""A store of the first schema has a memory of campaigns after the upgrade."""

from __future__ import annotations

from typing import Any

from vigie.serving.known_campaigns.types import KnownAccount, KnownCampaign, Source
from vigie.serving.operations import recall
from vigie.serving.operations.catalogue import Catalogue


def test_a_store_of_the_first_schema_remembers_campaigns(old_store: Any) -> None:
    catalogue = Catalogue(old_store.opened(), old_store.clock)
    assert recall.recall(catalogue.store.catalogue, old_store.id) is None
    campaign = KnownCampaign(
        name="Harbour", source=Source(name="a"), accounts=(KnownAccount(platform="x", handle="quay"),)
    )
    recall.add(catalogue.store.catalogue, [campaign], catalogue.clock(), "ann")
    assert [each.name for each in recall.listed(catalogue.store.catalogue)] == ["Harbour"]
