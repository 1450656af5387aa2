"""A figure holds every post and every known date, and its table says what its bars do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from vigie.serving.note import figures
from vigie.serving.note.subjects import Subject


def test_acts_per_hour_count_each_post_once(campaign: Subject) -> None:
    drawn = figures.acts(campaign, "en")
    assert drawn is not None
    assert sum(int(count) for _, count in drawn.rows) == campaign.acts["post"].n_unique() == 72
    assert max(int(count) for _, count in drawn.rows) == int(drawn.top)
    assert max(bar.height for bar in drawn.bars) == figures.HEIGHT
    assert len(drawn.bars) == len(drawn.rows)
    assert drawn.title.say("fr") == "Campagne 1\u202f: publications par heure"
    assert all(0 <= bar.x < figures.WIDTH for bar in drawn.bars)


@pytest.mark.parametrize(("days", "unit"), [(7, "hour"), (60, "day"), (900, "week"), (3_000, "month")])
def test_a_long_time_is_told_in_longer_units(campaign: Subject, days: int, unit: str) -> None:
    start = int(datetime(2014, 1, 1, tzinfo=UTC).timestamp())
    spread = campaign.acts.with_columns(
        time=start + pl.int_range(pl.len()) * days * 86_400 // campaign.acts.height
    )
    drawn = figures.acts(replace(campaign, acts=spread), "en")
    assert drawn is not None
    assert drawn.title.say("en").endswith(f"per {unit}")
    assert len(drawn.bars) <= 220


def test_creation_dates_stand_beside_those_of_the_others(flood: Any, campaign: Subject) -> None:
    drawn = figures.creations(campaign, flood.compared, "fr")
    assert drawn is not None
    assert len(drawn.series) == 2
    members, others = (sum(int(row[place]) for row in drawn.rows) for place in (1, 2))
    assert (members, others) == (16, 60)
    assert "2e trimestre 2024" in drawn.summary.say("fr")
    assert {bar.series for bar in drawn.bars} == {0, 1}


def test_no_act_and_no_date_is_no_figure(flood: Any, campaign: Subject) -> None:
    assert figures.acts(replace(campaign, acts=campaign.acts.clear()), "en") is None
    undated = flood.compared.accounts.with_columns(created_at=pl.lit(None, pl.Datetime("us", "UTC")))
    assert figures.creations(campaign, replace(flood.compared, accounts=undated), "en") is None
