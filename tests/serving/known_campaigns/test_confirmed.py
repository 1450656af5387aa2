"""A campaign that was confirmed is known again by its accounts, and by contents that hardly anybody else published."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from vigie.serving.known_campaigns import confirmed, matching
from vigie.serving.known_campaigns.types import Memory
from vigie.serving.note import subjects


def test_the_members_of_a_confirmed_campaign_come_back_under_other_names(flood: Any) -> None:
    (subject,) = subjects.of(flood.compared, flood.report("en"))
    kept = confirmed.of_subject(subject, flood.compared, name="Harbour", source="desk")
    assert {each.account_id for each in kept.accounts} == {str(1_000 + row) for row in range(16)}
    assert {each.kind for each in kept.indicators} == {"text", "media"}
    assert all(each.first_seen and each.last_seen for each in kept.accounts)
    renamed = flood.accounts.with_columns(
        account_id=pl.concat_str(pl.lit("new"), "row"), handle=pl.concat_str(pl.lit("other"), "row")
    )
    found = matching.matches(renamed, flood.posts, Memory(campaigns=(kept,)))
    assert set(found.table["row"]) == set(range(16)), "members only, by what they publish"
    assert set(found.table["how"]) == {"text", "media"}


def test_contents_that_others_publish_too_are_not_kept(flood: Any) -> None:
    (subject,) = subjects.of(flood.compared, flood.report("en"))
    content = subject.acts["object"].unique().sort()
    others = pl.DataFrame({"account": range(16, 76)}).join(pl.DataFrame({"object": content}), how="cross")
    shared = replace(subject, everywhere=pl.concat([subject.everywhere, others.cast({"account": pl.Int64})]))
    kept = confirmed.of_subject(shared, flood.compared, name="Harbour", source="desk")
    assert kept.accounts
    assert kept.indicators == ()
