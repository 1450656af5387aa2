"""A table is read by the names of its columns, in English and French; rounded ids and unclear dates are not guessed."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from vigie.serving.known_campaigns.readers import tables
from vigie.serving.known_campaigns.types import Indicator, KnownAccount, Source

SOURCE = Source(name="invented")


def table(*rows: dict[str, str | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, infer_schema_length=None).cast(pl.String)


def test_accounts_are_read_by_the_names_that_collectors_use() -> None:
    found = tables.assets(
        table(
            {
                "Twitter ID": "77",
                "Screen Name": "@Ann",
                "Biographie": "boats",
                "Date de création": "2024-01-05",
            },
            {"Twitter ID": None, "Screen Name": "x.com/Bo", "Biographie": None, "Date de création": None},
        ),
        platform="x",
    )
    assert [account for _, account in found.accounts] == [
        KnownAccount(
            platform="x", account_id="77", handle="Ann", description="boats", created_at=datetime(2024, 1, 5, tzinfo=UTC)
        ),
        KnownAccount(platform="x", handle="Bo"),
    ]  # fmt: skip


def test_a_rounded_id_names_nobody() -> None:
    rounded = table({"id": "1.23E+18", "handle": "ann"}, {"id": "1.23E+18", "handle": None})
    assert [account for _, account in tables.assets(rounded).accounts] == [KnownAccount(handle="ann")]


def test_addresses_hashes_texts_and_hashtags_are_read() -> None:
    found = tables.assets(
        table(
            {"url": "hxxps://x[.]com/ann", "media_hash": None, "text": None, "hashtags": "#Harbour, #Sea"},
            {"url": "gazette[.]ltd", "media_hash": None, "text": None, "hashtags": None},
            {
                "url": "gazette[.]ltd/1",
                "media_hash": "f0e1d2c3b4a59687",
                "text": "so it is",
                "hashtags": None,
            },
            {"url": "à remplir", "media_hash": None, "text": None, "hashtags": None},
        )
    )
    assert [account for _, account in found.accounts] == [KnownAccount(platform="x", handle="ann")]
    assert [indicator for _, indicator in found.indicators] == [
        Indicator(kind="domain", value="gazette.ltd"),
        Indicator(kind="page", value="gazette.ltd/1"),
        Indicator(kind="media", value="f0e1d2c3b4a59687"),
        Indicator(kind="text", value="so it is"),
    ]
    assert found.hashtags == ("Harbour", "Sea")
    assert found.left_out == {"address": 1, "row": 1}


def dates(*texts: str) -> list[str | None]:
    rows: list[dict[str, str | None]] = [
        {"domain": f"a{place}.ltd", "created on": text} for place, text in enumerate(texts)
    ]
    found = tables.assets(table(*rows))
    return [each.first_seen.date().isoformat() if each.first_seen else None for _, each in found.indicators]


def test_days_between_slashes_are_read_where_the_column_shows_their_order() -> None:
    assert dates("10/03/2022", "28/06/2022") == ["2022-03-10", "2022-06-28"]
    assert dates("3/1/2022", "06/28/2022") == ["2022-03-01", "2022-06-28"]
    assert dates("10/03/2022", "03/10/2022") == [None, None]


def test_rows_go_to_the_campaigns_that_they_name() -> None:
    found = tables.assets(
        table({"domain": "a.ltd", "campaign": "One"}, {"domain": "b.ltd", "campaign": None})
    )
    made = {
        each.name: [one.value for one in each.indicators]
        for each in tables.as_campaigns([found], "Rest", SOURCE).campaigns
    }
    assert made == {"Rest": ["b.ltd"], "One": ["a.ltd"]}
    (whole,) = tables.as_campaigns([found], "Rest", SOURCE, by_campaign=False).campaigns
    assert len(whole.indicators) == 2


def test_a_campaign_that_is_a_number_is_called_after_its_table() -> None:
    found = tables.assets(table({"domain": "a.ltd", "campaign": "1"}, {"domain": "b.ltd", "campaign": "One"}))
    made = tables.as_campaigns([found], "Note of May", SOURCE).campaigns
    assert [each.name for each in made] == ["Note of May 1", "One"]
