"""Every feature of single accounts: finite or missing, in range, and the same whatever must not matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest

from vigie.features import schema
from vigie.features.catalogue import CATALOGUE, GROUPS
from vigie.features.pipeline import (
    ACCOUNT_FEATURES,
    FEATURES,
    MODEL_FEATURES,
    POST_FEATURES,
    compute,
    rounded,
)
from vigie.features.preprocessing import MAX_POSTS
from vigie.training.synthetic.accounts import generate

OBSERVED = datetime(2024, 5, 16, 12, tzinfo=UTC)


@cache
def world() -> tuple[pl.DataFrame, pl.DataFrame]:
    made = generate(ordinary=30, inauthentic=30, seed=5)
    accounts = made.accounts.with_row_index("row")
    keys = ["platform", "account_id"]
    posts = made.posts.join(accounts.select("row", *keys), on=keys).drop(keys)
    return accounts, posts


@cache
def table() -> pl.DataFrame:
    return compute(*world()).table


def test_there_are_at_least_seventy_features_of_single_accounts_in_six_groups() -> None:
    assert len(FEATURES) >= 70
    assert {CATALOGUE[name].group for name in FEATURES} == set(GROUPS) - {"campaign", "coordination"}


@pytest.mark.parametrize("name", FEATURES)
def test_values_are_missing_or_finite_and_in_range(name: str) -> None:
    feature = CATALOGUE[name]
    values = table()[name].drop_nulls().to_numpy()
    assert np.isfinite(values).all()
    assert (values >= feature.low).all()
    assert feature.high is None or (values <= feature.high + 1e-9).all()


@pytest.mark.parametrize("name", POST_FEATURES)
def test_without_posts_posts_features_are_missing_never_zero(name: str) -> None:
    accounts, posts = world()
    assert compute(accounts, posts.head(0)).table[name].null_count() == accounts.height


@pytest.mark.parametrize("name", FEATURES)
def test_an_account_of_which_nothing_is_known_has_no_features(name: str) -> None:
    accounts = schema.conform(
        pl.DataFrame({"platform": ["x"], "account_id": ["1"], "observed_at": [OBSERVED]}), "accounts"
    ).with_row_index("row")
    posts = schema.empty("posts").drop("platform", "account_id").with_columns(row=pl.lit(0, pl.UInt32))
    assert compute(accounts, posts).table[name].item() is None


@pytest.mark.parametrize("name", POST_FEATURES)
def test_fewer_posts_than_needed_give_a_missing_value(name: str) -> None:
    accounts, posts = world()
    few = posts.group_by("row", maintain_order=True).head(CATALOGUE[name].needs_posts - 1)
    assert compute(accounts, few).table[name].null_count() == accounts.height


def test_shuffled_posts_give_the_same_values() -> None:
    accounts, posts = world()
    assert compute(accounts, posts.sample(fraction=1.0, shuffle=True, seed=2)).table.equals(table())


def test_one_account_alone_equals_the_same_account_in_a_batch() -> None:
    accounts, posts = world()
    for row in (0, 17, 59):
        alone = compute(accounts.filter(pl.col("row") == row), posts.filter(pl.col("row") == row)).table
        assert alone.equals(table().filter(pl.col("row") == row))


def test_accounts_of_others_do_not_change_an_account() -> None:
    accounts, posts = world()
    others = compute(accounts.head(20), posts.filter(pl.col("row") < 20)).table
    assert others.equals(table().head(20))


def test_nothing_after_observed_at_is_read() -> None:
    accounts, posts = world()
    later = posts.with_columns(
        post_id=pl.format("later-{}", "post_id"),
        created_at=pl.lit(OBSERVED + timedelta(seconds=1), schema.TIME),
    )
    matrix = compute(accounts, pl.concat([posts, later]))
    assert matrix.table.equals(table())
    assert matrix.coverage["after_observation"].sum() == posts.height


def test_a_post_given_twice_counts_once_and_is_counted() -> None:
    accounts, posts = world()
    matrix = compute(accounts, pl.concat([posts, posts.head(50)]))
    assert matrix.table.equals(table())
    assert matrix.coverage["duplicate"].sum() == 50


def test_only_the_most_recent_posts_are_read_and_the_rest_counted() -> None:
    accounts, _ = world()
    times = [OBSERVED - timedelta(minutes=7 * index) for index in range(1000)]
    posts = (
        schema.conform(
            pl.DataFrame(
                {
                    "platform": "x",
                    "account_id": "0",
                    "post_id": [str(i) for i in range(1000)],
                    "created_at": times,
                    "text": "hello there",
                }
            ),
            "posts",
        )
        .drop("platform", "account_id")
        .with_columns(row=pl.lit(0, pl.UInt32))
    )
    matrix = compute(accounts.head(1), posts)
    assert matrix.coverage.row(0, named=True) == {
        "row": 0,
        "supplied": 1000,
        "duplicate": 0,
        "after_observation": 0,
        "older": 1000 - MAX_POSTS,
        "used": MAX_POSTS,
    }
    assert (
        matrix.table["content_duplicate_share"].item() is None
        or matrix.table["content_duplicate_share"].item() == 0
    )
    assert set(matrix.posts["post_id"]) == {str(index) for index in range(MAX_POSTS)}


def test_archives_of_minute_and_second_resolution_give_equal_model_features() -> None:
    accounts, posts = world()
    floored = compute(accounts, posts.with_columns(pl.col("created_at").dt.truncate("1m"))).table
    known = [name for name in POST_FEATURES if not CATALOGUE[name].leak]
    # Order within a minute is lost, so features of the order of actions may differ a little; clocks may not.
    clocks = [name for name in known if name.startswith("rhythm_")]
    assert floored.select(clocks).equals(table().select(clocks))


def test_texts_with_emoji_right_to_left_and_zero_width_characters_are_measured() -> None:
    accounts, posts = world()
    odd = posts.with_columns(
        text=pl.lit(
            "\u202e\u200bمرحبا 👩‍👩‍👧 #وسم @anna\x00 http://[bad] https://xn--e1afmkfd.example/"
            + "a" * 10_000
        )
    )
    values = compute(accounts, odd).table.select(FEATURES).to_numpy().astype(float)
    assert np.isfinite(values[~np.isnan(values)]).all()


def test_what_models_read_is_the_same_without_the_features_that_the_leak_register_keeps_from_them() -> None:
    few, every = compute(*world(), MODEL_FEATURES), compute(*world())
    assert 70 <= len(MODEL_FEATURES) < len(FEATURES)
    assert few.table.equals(every.table.select("row", *MODEL_FEATURES))
    assert few.coverage.equals(every.coverage)
    flags = sorted({CATALOGUE[name].evidence for name in MODEL_FEATURES if CATALOGUE[name].evidence})
    shown = ["row", "post_id", *flags]
    assert few.posts.select(shown).equals(every.posts.select(shown))
    assert "emoji_count" in every.posts.columns
    assert "emoji_count" not in few.posts.columns


def test_account_features_read_no_post() -> None:
    accounts, posts = world()
    assert (
        compute(accounts, posts.head(0))
        .table.select(ACCOUNT_FEATURES)
        .equals(table().select(ACCOUNT_FEATURES))
    )


def test_features_are_rounded_to_twelve_digits_without_minus_nought_and_not_a_number() -> None:
    table = pl.DataFrame(
        {"row": [3, 5], "one": [0.1 + 0.2, -0.0], "two": [float("nan"), None]},
        {"row": pl.UInt32, "one": pl.Float64, "two": pl.Float64},
    )
    made = rounded(table)
    assert made.rows() == [(3, 0.3, None), (5, 0.0, None)]
    assert np.signbit(made["one"].to_numpy()).tolist() == [False, False]
    assert made.schema == table.schema
    assert rounded(table.clear()).equals(table.clear())
