"""Posts as collectors cut them: what is cut is gone, and all else is what it was."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from vigie.features import schema
from vigie.training.evaluation.format_stress import FORMATS

MOMENT = datetime(2024, 5, 16, 9, 41, 37, tzinfo=UTC)


@pytest.fixture
def posts() -> pl.DataFrame:
    """Return a repost whose times are known to the second, and a post of which only the day is known."""
    return schema.conform(
        pl.DataFrame(
            {
                "platform": "x",
                "account_id": ["1", "2"],
                "post_id": ["a", "b"],
                "created_at": [MOMENT, datetime(2024, 5, 16, tzinfo=UTC)],
                "time_resolution": ["second", "day"],
                "kind": ["repost", "original"],
                "text": [
                    "RT @anna_port: The FERRY was late, see https://pages.example/1 #Port now",
                    "Été à Zürich",
                ],
                "target_post_id": ["t", None],
                "target_account_id": ["9", None],
                "target_created_at": [MOMENT.replace(hour=8), None],
                "urls": [["https://pages.example/1"], []],
                "hashtags": [["port"], []],
            },
            schema_overrides={
                "created_at": pl.Datetime("us", "UTC"),
                "target_created_at": pl.Datetime("us", "UTC"),
                "urls": pl.List(pl.String),
                "hashtags": pl.List(pl.String),
            },
        ),
        "posts",
    )


CHANGED = {
    "text": {"text"},
    "no-text": {"text"},
    "links": {"text", "urls"},
    "minutes": {"created_at", "target_created_at", "time_resolution"},
    "targets": {"target_post_id", "target_account_id", "target_created_at"},
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_cut_changes_what_it_names_and_nothing_else(name: str, posts: pl.DataFrame) -> None:
    cut = FORMATS[name](posts)
    assert cut.schema == posts.schema
    assert {column for column in posts.columns if not cut[column].equals(posts[column])} == CHANGED[name]


@pytest.mark.parametrize("name", FORMATS)
def test_a_cut_twice_is_a_cut_once(name: str, posts: pl.DataFrame) -> None:
    once = FORMATS[name](posts)
    assert FORMATS[name](once).equals(once)


def test_texts_are_left_with_their_content_words(posts: pl.DataFrame) -> None:
    assert FORMATS["text"](posts)["text"].to_list() == ["ferry late port", "zürich"]


def test_links_leave_the_texts_too(posts: pl.DataFrame) -> None:
    assert "https" not in FORMATS["links"](posts)["text"][0]
    assert "#Port" in FORMATS["links"](posts)["text"][0]


def test_minutes_are_said_to_be_minutes_and_days_stay_days(posts: pl.DataFrame) -> None:
    cut = FORMATS["minutes"](posts)
    assert cut["created_at"].to_list() == [MOMENT.replace(second=0), posts["created_at"][1]]
    assert cut["target_created_at"][0].second == 0
    assert cut["time_resolution"].to_list() == ["minute", "day"]
