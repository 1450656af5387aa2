"""Clocks of two platforms that differ by hours are noticed; those that agree are not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from vigie.features.coordination import clock_offsets


def world(shift_s: int, acts: int = 60) -> tuple[pl.DataFrame, pl.DataFrame]:
    generator = np.random.default_rng(1)
    start = generator.integers(0, 30 * 86_400, acts)
    events = pl.concat(
        pl.DataFrame(
            {"trace": "co_url", "account": account, "object": [f"page {n}" for n in range(acts)],
             "time": start + late + generator.integers(0, 40, acts)}, schema_overrides={"account": pl.Int64},
        ) for account, late in ((0, 0), (1, shift_s))
    )  # fmt: skip
    return events, pl.DataFrame({"row": [0, 1], "platform": ["facebook", "x"]})


@pytest.mark.parametrize("hours", [-4, 2, 5.5])
def test_a_gap_of_hours_is_found_with_what_mends_it(hours: float) -> None:
    events, accounts = world(round(hours * 3_600))
    found = clock_offsets.gaps(events, accounts).row(0, named=True)
    assert (found["platform"], found["other"], found["seconds"]) == ("facebook", "x", round(-hours * 3_600))
    assert found["acts"] == 60
    (note,) = clock_offsets.notes(events, accounts)
    english, french = note.say("en"), note.say("fr")
    mend = f"{-hours:+g} h".replace("-", "\N{MINUS SIGN}")
    assert f"Add {mend} to the times of X; " in english
    assert "platforms Facebook and X" in english
    assert "plateformes Facebook et X" in french
    for said in (english, french):
        assert said.endswith(f" --shift x={-hours:g}.")
    assert mend.replace(".", ",") in french
    assert f"{abs(hours):g} h".replace(".", ",") in french
    assert "60" in english
    assert "60" in french


def test_clocks_that_agree_and_platforms_that_never_meet_give_no_note() -> None:
    assert clock_offsets.notes(*world(0)) == []
    events, accounts = world(4 * 3_600)
    assert clock_offsets.notes(events.filter(pl.col("account") == 0), accounts) == []
    assert clock_offsets.notes(events.head(0), accounts) == []


def test_few_acts_prove_nothing() -> None:
    assert clock_offsets.notes(*world(4 * 3_600, acts=10)) == []


def test_on_one_platform_no_act_is_looked_at() -> None:
    accounts = pl.DataFrame({"row": [0, 1], "platform": ["x", "x"]})
    assert clock_offsets.notes(pl.DataFrame(), accounts) == []
