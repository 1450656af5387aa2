"""Of Meta's indicators, what an operation acquired is kept; those whom it attacked or copied are not."""

from __future__ import annotations

import polars as pl

from vigie.serving.known_campaigns.readers import meta
from vigie.serving.known_campaigns.types import Indicator, KnownAccount, Source

TABLE = pl.DataFrame(
    [
        ("0. Acquiring assets", "x[.]com/puppet_1"),
        ("0 Acquiring Assets", "https://t[.]me/puppet_news"),
        ("0. Acquiring assets", "gazette[.]ltd (a spoof)"),
        ("0. Acquiring assets", "37 Accounts"),
        ("7. Targeted engagement", "https://honest[.]example/news/1"),
        ("8. Compromising assets", "victim[.]example"),
        (None, None),
    ],
    schema=["Tactic ", "Indicator"],
    orient="row",
).with_columns(pl.lit("t").alias("Technique"), pl.lit("p").alias("Procedure"))


def test_what_was_acquired_is_kept_and_victims_are_not() -> None:
    made = meta.campaigns(TABLE, "Q1", Source(name="Meta"))
    (campaign,) = made.campaigns
    assert campaign.accounts == (
        KnownAccount(platform="x", handle="puppet_1"), KnownAccount(platform="telegram", handle="puppet_news"),
    )  # fmt: skip
    assert campaign.indicators == (Indicator(kind="domain", value="gazette.ltd"),)
    assert made.left_out == {"tactic": 2, "indicator": 1}


def test_the_tables_are_known_by_their_columns() -> None:
    assert meta.is_meta(TABLE)
    assert not meta.is_meta(TABLE.drop("Technique"))
