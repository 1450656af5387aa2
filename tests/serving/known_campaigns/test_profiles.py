"""The accounts of a known campaign make a list for the group test: those it uses, each once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vigie.errors import EmptyInputError
from vigie.features import schema
from vigie.serving.known_campaigns import profiles
from vigie.serving.known_campaigns.types import KnownCampaign, Memory


def test_the_list_holds_what_the_campaign_uses_and_keeps_the_contract(campaign: KnownCampaign) -> None:
    listed = profiles.accounts([campaign, replace(campaign, source=replace(campaign.source, name="again"))])
    assert listed["account_id"].to_list() == ["77", "anywhere_else"]
    assert listed["observed_at"].unique().to_list() == [campaign.source.published]
    assert listed.drop("row").schema == schema.schema("accounts")


def test_a_campaign_is_found_by_name_and_a_wrong_name_is_answered_with_the_nearest(memory: Memory) -> None:
    assert profiles.named(memory, "harbour") == list(memory.campaigns)
    with pytest.raises(EmptyInputError, match="Did you mean Harbour"):
        profiles.named(memory, "Habour")


def test_a_campaign_without_accounts_is_no_list(campaign: KnownCampaign) -> None:
    with pytest.raises(EmptyInputError, match="needs a list of accounts"):
        profiles.accounts([replace(campaign, accounts=())])
