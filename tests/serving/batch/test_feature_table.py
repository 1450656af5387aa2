"""The table of features has every feature, a row per account, and why an account has none."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from vigie.features.pipeline import FEATURES
from vigie.serving.batch import feature_table, inputs

NOW = datetime(2024, 6, 1, tzinfo=UTC)
ACCOUNT = {"platform": "x", "observed_at": "2024-05-01T00:00:00Z", "created_at": "2024-04-01T00:00:00Z"}


def table(*accounts: object) -> pl.DataFrame:
    return feature_table.whole(inputs.of_objects(accounts, NOW))


def test_each_account_has_its_features_in_order() -> None:
    made = table(ACCOUNT | {"account_id": "b", "followers_count": 3}, ACCOUNT | {"account_id": "a"})
    assert made["account_id"].to_list() == ["b", "a"]
    assert made["profile_followers_count"].to_list() == [3.0, None]
    assert made["profile_age_days"].to_list() == [30.0, 30.0]
    assert set(FEATURES) < set(made.columns)
    assert dict(made.schema) == feature_table.SCHEMA


def test_a_refused_or_repeated_account_says_why_and_has_no_features() -> None:
    made = table(
        ACCOUNT | {"account_id": "a"}, {"platform": "x"}, ACCOUNT | {"account_id": "a"}, "no account"
    )
    assert [error is None for error in made["error"]] == [True, False, False, False]
    assert made["profile_age_days"].to_list() == [30.0, None, None, None]


def test_posts_read_are_counted() -> None:
    posts = [
        {"post_id": str(day), "created_at": f"2024-04-{day:02}T00:00:00Z", "text": "hello"} for day in (2, 3)
    ]
    assert table(ACCOUNT | {"account_id": "a", "posts": posts})["posts"].to_list() == [2]
