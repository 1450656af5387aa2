"""Known campaigns of Meta's indicators: tables of tactics, techniques and procedures, published each quarter.

Only rows on what an operation acquired are read. Others name those who were attacked or copied, and pages of honest sites.
"""

from __future__ import annotations

from collections import Counter

import polars as pl

from vigie.serving.known_campaigns import addresses
from vigie.serving.known_campaigns.readers.imported import Imported, LeftOut
from vigie.serving.known_campaigns.types import Indicator, KnownAccount, KnownCampaign, Source

_COLUMNS = {"tactic", "technique", "procedure", "indicator"}
# Accounts, domains and the like that an operation got for itself.
_ACQUIRING = r"^0+\.?\s*acquir"


def is_meta(table: pl.DataFrame) -> bool:
    """Return whether a table has the columns of Meta's indicators."""
    return {name.strip().lower() for name in table.columns} >= _COLUMNS


def campaigns(table: pl.DataFrame, name: str, source: Source) -> Imported:
    """Return the campaign of a table of indicators.

    Args:
        table: Text, with the columns of Meta's indicators.
        name: What it is called: the tables do not say it.
        source: Who says so.
    """
    given = table.rename({column: column.strip().lower() for column in table.columns}).drop_nulls("indicator")
    own = pl.col("tactic").str.strip_chars().str.to_lowercase().str.contains(_ACQUIRING).fill_null(False)
    left_out: Counter[LeftOut] = Counter()
    if others := given.height - (kept := given.filter(own)).height:
        left_out["tactic"] = others
    accounts: list[KnownAccount] = []
    indicators: list[Indicator] = []
    for text in kept["indicator"]:
        named = addresses.named(text)
        if named.account:
            found = named.account
            accounts.append(
                KnownAccount(platform=found.platform, handle=found.handle, account_id=found.account_id)
            )
        elif named.domain:
            indicators.append(Indicator(kind="domain", value=named.domain))
        elif named.page:
            indicators.append(Indicator(kind="page", value=named.page))
        else:
            left_out["indicator"] += 1
    campaign = KnownCampaign(
        name=name,
        source=source,
        accounts=tuple(dict.fromkeys(accounts)),
        indicators=tuple(dict.fromkeys(indicators)),
    )
    return Imported((campaign,), left_out)
