"""Every feature of the catalogue, alone: finite or missing, in range, and deaf to what must not matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest

from vigie.features import schema
from vigie.features.catalogue import CATALOGUE, GROUPS
from vigie.features.explanations import sentence
from vigie.features.i18n.languages import LANGUAGES
from vigie.features.pipeline import ACCOUNT_FEATURES, FEATURES, POST_FEATURES, compute
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
    assert {CATALOGUE[name].group for name in FEATURES} == set(GROUPS) - {
        "behaviour",
        "campaign",
        "coordination",
        "neighbours",
    }


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


@pytest.mark.parametrize("name", FEATURES)
def test_both_sentences_carry_the_value_and_the_percentile(name: str) -> None:
    for language in LANGUAGES:
        said = sentence(name, 1.0, (97.0, 2.0), 0.5, language)
        assert said.endswith(".")
        assert "{" not in said
        if CATALOGUE[name].unit != "yes/no":
            assert ("97%" if language == "en" else "97\u202f%") in said


def test_a_value_that_most_reference_accounts_share_is_said_to_be_like_theirs() -> None:
    said = sentence("name_handle_digit_count", 0.0, (0.0, 21.0), 0.1, "en")
    assert "the same value as for 79% of the reference accounts" in said
    assert "a lower value than for 93%" in sentence("name_handle_digit_count", 0.0, (5.0, 93.0), 0.1, "en")


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


def test_age_is_counted_to_observed_at_and_not_to_today() -> None:
    accounts, posts = world()
    aged = accounts.with_columns(pl.col("observed_at") + timedelta(days=100))
    grown = compute(aged, posts).table["profile_age_days"] - table()["profile_age_days"]
    assert grown.drop_nulls().to_numpy() == pytest.approx(100)


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


def _posts(texts: list[str], step: timedelta = timedelta(hours=5), **columns: object) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "platform": "x",
            "account_id": "0",
            "post_id": [str(i) for i in range(len(texts))],
            "text": texts,
            "created_at": [OBSERVED - step * (i + 1) for i in range(len(texts))],
            **columns,
        }
    )
    return (
        schema.conform(frame, "posts").drop("platform", "account_id").with_columns(row=pl.lit(0, pl.UInt32))
    )


def _values(posts: pl.DataFrame) -> dict[str, float | None]:
    return compute(world()[0].head(1), posts).table.row(0, named=True)


def test_duplicates_are_seen_through_links_digits_and_addressees() -> None:
    texts = [f"Only {i} tickets left for the show, hurry https://t.co/{i} @friend{i}" for i in range(15)]
    values = _values(
        _posts(
            texts
            + [f"wholly other words number {w} here today" for w in ("red", "blue", "green", "grey", "pink")]
        )
    )
    assert values["content_duplicate_share"] == pytest.approx(0.75)


def test_a_scheduler_is_seen_in_its_equal_gaps_and_minutes() -> None:
    values = _values(_posts(["a few words here"] * 40, step=timedelta(minutes=60)))
    assert values["rhythm_gap_repeat_share"] == 1.0
    assert values["rhythm_minute_collision"] == pytest.approx(60.0)
    assert values["rhythm_burstiness"] == pytest.approx(-1.0, abs=0.01)


def test_hours_without_posts_are_counted_around_midnight() -> None:
    days = [
        OBSERVED.replace(hour=hour) - timedelta(days=day) for day in range(1, 11) for hour in range(6, 22)
    ]
    posts = (
        schema.conform(
            pl.DataFrame(
                {
                    "platform": "x",
                    "account_id": "0",
                    "post_id": [str(i) for i in range(len(days))],
                    "created_at": days,
                }
            ),
            "posts",
        )
        .drop("platform", "account_id")
        .with_columns(row=pl.lit(0, pl.UInt32))
    )
    assert _values(posts)["rhythm_quiet_hours"] == 8


def test_day_resolution_leaves_the_clock_missing() -> None:
    values = _values(_posts(["word"] * 30, step=timedelta(days=1), time_resolution="day"))
    for name in (
        "rhythm_hour_entropy_bits",
        "rhythm_gap_median_s",
        "rhythm_minute_collision",
        "rhythm_same_minute_share",
    ):
        assert values[name] is None
    assert values["rhythm_posts_per_active_day"] == 1


def test_gini_agrees_with_its_definition() -> None:
    likes = [0, 0, 1, 2, 3, 5, 8, 13, 21, 34]
    values = _values(
        _posts(["some words"] * 10, like_count=likes, repost_count=[0] * 10, reply_count=[0] * 10)
    )
    pairs = np.abs(np.subtract.outer(likes, likes)).mean() / (2 * np.mean(likes))
    assert values["audience_engagement_gini"] == pytest.approx(pairs)


def test_account_features_read_no_post() -> None:
    accounts, posts = world()
    assert (
        compute(accounts, posts.head(0))
        .table.select(ACCOUNT_FEATURES)
        .equals(table().select(ACCOUNT_FEATURES))
    )
