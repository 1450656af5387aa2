"""The annexes hold each account once and each post to capture once, numbered as people count."""

from __future__ import annotations

from typing import Any

import polars as pl

from vigie.serving.note import annexes, scores
from vigie.serving.note.subjects import Subject

JUDGED = pl.DataFrame(
    {"account": [0], "inauthentic_band": ["low"], "inauthentic": [0.1], "coordinated_band": ["high"], "coordinated": [0.9]},
    schema=scores.SCHEMA,
)  # fmt: skip


def test_accounts_stand_once_with_scores_and_acts(flood: Any, campaign: Subject) -> None:
    table = annexes.accounts([campaign], flood.compared, JUDGED)
    assert table.columns == list(annexes.ACCOUNTS)
    assert table.height == 16
    assert table["campaign"].unique().to_list() == [1]
    first = table.filter(account_id="1000").row(0, named=True)
    assert first["address"] == "https://x.com/voice_0"
    assert (first["inauthentic_band"], first["coordinated"]) == ("low", 0.9)
    assert first["first_act"] < first["last_act"]
    assert table["inauthentic"].null_count() == 15, "a score that is not there is not nought"
    assert table.filter(pl.col("platform") == "facebook")["address"].null_count() == 2
    assert table.filter(account_id="1005")["handle"].item() == "=cmd\ufffd"


def test_posts_to_capture_are_those_that_hold_a_shared_content(flood: Any, campaign: Subject) -> None:
    table = annexes.posts([campaign], flood.compared)
    assert table.columns == list(annexes.POSTS)
    assert table.height == 72
    assert table["time"].is_sorted()
    assert table.filter(platform="x")["address"].null_count() == 0
    assert (
        table.filter(platform="facebook")["address"].null_count()
        == table.filter(platform="facebook").height
        > 0
    )
    assert table["excerpt"].str.starts_with("Share this").all()


def test_no_subject_is_no_row(flood: Any) -> None:
    assert annexes.accounts([], flood.compared, JUDGED.clear()).is_empty()
    assert annexes.posts([], flood.compared).is_empty()
