"""Accounts that publish contents in time with each other twice are found; those who do so once, or as everybody does, are not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination import baselines, burst_series, one_object

HOUR, DAY = 3_600, 86_400
SCHEMA = {
    "trace": pl.String, "account": pl.Int64, "object": pl.String, "time": pl.Int64, "post": pl.Int64, "author": pl.Int64,
}  # fmt: skip
# Account, content, time; in a post of its own.
Acts = list[tuple[int, str, int]]


def life(accounts: Sequence[int], each: int) -> Acts:
    """Return accounts that publish words of their own at any time of three days."""
    rng = np.random.default_rng(1)
    return [
        (account, f"own-{account}-{number}", int(time))
        for account in accounts
        for number, time in enumerate(rng.integers(0, 3 * DAY, each))
    ]


def wave(content: str, accounts: Sequence[int], start: int, within: int = 500) -> Acts:
    """Return accounts that publish a content within so many seconds."""
    times = np.random.default_rng(start).integers(0, within, len(accounts)).tolist()
    return [(account, content, start + time) for account, time in zip(accounts, times, strict=True)]


def detect(acts: Acts, resolution: int = 1, *, pictured: bool = False) -> pl.DataFrame:
    rows = [
        ("text_duplicate", account, thing, time, post, None)
        for post, (account, thing, time) in enumerate(acts)
    ]
    if pictured:
        rows += [("media_duplicate", *row[1:]) for row in rows]
    times = [datetime.fromtimestamp(time, UTC) for *_, time in acts]
    posts = pl.DataFrame(
        {"created_at": pl.Series(times, dtype=schema.TIME), "kind": ["original"] * len(acts)}
    )
    unknown = (
        pl.lit(None, pl.String).alias(name) for name in ("text", "target_post_id", "target_account_id")
    )
    return burst_series.detect(
        pl.DataFrame(rows, schema=SCHEMA, orient="row"),
        posts.with_columns(unknown),
        baselines.shipped(),
        ("x",),
        resolution,
        pl.DataFrame(schema=one_object.SCHEMA),
    )


@pytest.mark.parametrize("people", [0, 600])
def test_accounts_with_a_life_of_their_own_are_found_by_what_they_publish_in_time(people: int) -> None:
    members, public = range(60), range(1_000, 1_000 + people)
    acts = wave("call", members, DAY) + wave("slogan", members, 2 * DAY)
    found = detect(acts + life([*members, *public], 30))
    assert found["account"].to_list() == list(members)
    assert found["series"].unique().to_list() == [0]
    assert (found["p"] < one_object.ALPHA).all()


def test_who_takes_part_once_is_no_member() -> None:
    members = range(40)
    acts = wave("call", range(60), DAY) + wave("slogan", [*members, *range(60, 80)], 2 * DAY)
    assert detect(acts + life(range(80), 30))["account"].to_list() == list(members)


def test_two_contents_of_different_accounts_are_no_series() -> None:
    common = range(burst_series.LEAST_COMMON - 1)
    acts = wave("call", [*common, *range(100, 150)], DAY)
    acts += wave("slogan", [*common, *range(200, 250)], 2 * DAY)
    assert detect(acts + life(range(250), 30)).is_empty()


def test_two_contents_of_one_moment_are_one_signal() -> None:
    acts = wave("call", range(60), DAY) + wave("slogan", range(60), DAY + 60)
    assert detect(acts + life(range(60), 30)).is_empty()


def test_a_text_and_the_picture_of_the_same_posts_are_one_content() -> None:
    assert detect(wave("call", range(60), DAY) + life(range(60), 30), pictured=True).is_empty()


def test_contents_that_are_passed_on_for_hours_are_no_series() -> None:
    acts = wave("call", range(100), DAY, 6 * HOUR) + wave("slogan", range(100), 2 * DAY, 6 * HOUR)
    assert detect(acts + life(range(100), 30)).is_empty()


def test_what_everybody_writes_of_at_two_moments_is_no_series() -> None:
    crowd = [
        act
        for start in (DAY, 2 * DAY)
        for act in wave(f"line-{start}", range(60), start)
        + [
            (5_000 + number, f"remark-{start}-{number}", time)
            for number, _, time in wave("", range(200), start)
        ]
    ]
    assert detect(crowd + life(range(60), 30)).is_empty()


def test_the_largest_series_comes_first_and_an_account_is_in_one() -> None:
    small, large = range(40), range(35, 135)
    acts = wave("a", small, 20 * HOUR) + wave("b", small, 30 * HOUR)
    acts += wave("c", large, 40 * HOUR) + wave("d", large, 50 * HOUR)
    found = detect(acts + life(range(135), 30))
    assert found.group_by("series").len().sort("series")["len"].to_list() == [100, 35]
    assert found["account"].is_unique().all()


def test_a_coarse_clock_tells_no_series() -> None:
    acts = wave("call", range(60), DAY) + wave("slogan", range(60), 2 * DAY)
    assert detect(acts, resolution=DAY).is_empty()
