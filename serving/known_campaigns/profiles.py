"""The accounts of a known campaign as a list in the contract's shape, for the group test."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import polars as pl

from vigie.errors import EmptyInputError, choices
from vigie.features import schema
from vigie.serving.known_campaigns.types import KnownCampaign, Memory

# As of when a list without a date was seen: no account is younger.
_UNDATED = datetime(2100, 1, 1, tzinfo=UTC)


def named(memory: Memory, name: str) -> list[KnownCampaign]:
    """Return the campaigns of a name, of all sources.

    Raises:
        EmptyInputError: There is none.
    """
    found = [each for each in memory.campaigns if each.name.casefold() == name.casefold()]
    if not found:
        raise EmptyInputError(
            f"no campaign is called {name!r}. {choices(name, {each.name for each in memory.campaigns})}"
        )
    return found


def accounts(campaigns: list[KnownCampaign]) -> pl.DataFrame:
    """Return the accounts that sources link to campaigns, each once, with ``row`` and the contract's columns.

    Accounts that a campaign only spreads, or a report only names, are left out. Handles stand in for ids that are unknown.

    Args:
        campaigns: Of one name.

    Raises:
        EmptyInputError: No account is kept, as of a campaign that holds digests or domains only.
    """
    rows = [
        asdict(account)
        | {
            "platform": account.platform or "unknown",
            "account_id": account.account_id or (account.handle or "").lower(),
            "observed_at": account.last_seen or campaign.source.published or _UNDATED,
        }
        for campaign in campaigns
        for account in campaign.accounts
        if account.role == "used"
    ]
    if not rows:
        raise EmptyInputError(
            f"no account of {campaigns[0].name} is kept: a group test needs a list of accounts, and digests are none"
        )
    columns = schema.schema("accounts")
    table = pl.DataFrame(
        [{name: row.get(name) for name in columns} for row in rows], schema=columns, orient="row"
    )
    return table.unique(["platform", "account_id"], keep="first", maintain_order=True).with_row_index("row")
