"""Contents are told with who began, how far they spread, and who else has them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from vigie.serving.note import contents
from vigie.serving.note.subjects import Subject


def test_a_content_says_who_began_and_how_many_hold_it(flood: Any, campaign: Subject) -> None:
    told = list(contents.of(campaign, flood.compared))
    assert len(told) == 6
    assert [one.inside for one in told] == [12] * 6
    assert {one.outside for one in told} == {0}
    pictures = [one for one in told if one.name]
    assert len(pictures) == 4
    assert all(len(one.name) == 16 for one in pictures)
    first = min(told, key=lambda one: one.first_time)
    assert first.first_account == "@voice_1"
    assert first.address is not None
    assert first.address.startswith("https://x.com/i/status/")
    assert first.first_time < first.last_time
    assert first.excerpt.startswith("Share this ")
    assert first.hashtags == ("#shame", "#NoToTheHarbour")
    linked = [one for one in told if one.links]
    assert {one.links for one in linked} == {("https://campaign.example/now",)}
    assert "12 accounts described here; other accounts: 0." in first.spread.say("en")
    assert contents.left_out(campaign) == 0


def test_others_that_hold_a_content_are_counted(campaign: Subject) -> None:
    assert contents.outsiders(campaign) == 0
    fewer = replace(campaign, members=campaign.members[:8], acts=campaign.acts.filter(pl.col("account") < 8))
    assert contents.outsiders(fewer) == 8
    spread = contents.spread(fewer)
    assert spread["inside"].to_list() == [6] * 6
    assert spread["holders"].to_list() == [12] * 6


def test_an_excerpt_is_one_line_of_what_can_be_seen() -> None:
    said = pl.DataFrame({"text": ["a\n\u202eb\x00", None, "x" * 999]}).select(contents.excerpt()).to_series()
    assert said.to_list()[:2] == ["a \ufffdb\ufffd", ""]
    assert len(said[2]) == contents.EXCERPT
