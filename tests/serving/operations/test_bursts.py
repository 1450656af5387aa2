"""A burst is told where an operation's own earlier hours do not explain it, and a busy evening is no burst."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from vigie.serving.operations import bursts

Tables = tuple[pl.DataFrame, pl.DataFrame]
HOUR, DAY, DAYS, ACCOUNTS = 3_600, 24, 21, 150
START = datetime(2024, 5, 1, tzinfo=UTC)
# The hour of a flood: seven in the evening of the last day.
EVENING = DAYS * DAY - 5


def table(hour: np.ndarray, account: np.ndarray, first: int = 0) -> pl.DataFrame:
    """Return posts of accounts, of two platforms by turns, at hours since the start."""
    time = int(START.timestamp()) + hour.astype(np.int64) * HOUR
    platform = pl.Series(["x", "telegram"]).gather(account % 2)
    post = first + np.arange(len(hour))
    return pl.DataFrame({"account": account, "platform": platform, "post": post, "time": time})


def used(posts: pl.DataFrame, tag: str, what: str = "hashtag") -> pl.DataFrame:
    return posts.select(
        pl.lit(what).alias("what"), pl.lit(tag).alias("object"), pl.lit(f"#{tag}").alias("name"),
        pl.lit(None, pl.String).alias("content"), "account", "platform", "post", "time",
    )  # fmt: skip


def ordinary(busy: float = 1.0, seed: int = 1) -> Tables:
    """Return weeks with nights, days that differ, hashtags of several sizes, and a last evening so many times as busy."""
    draw = np.random.default_rng(seed)
    rhythm = 1.1 + np.sin((np.arange(DAYS * DAY) % DAY - 12) / DAY * 2 * np.pi)
    rhythm *= np.repeat(draw.lognormal(0, 0.3, DAYS), DAY)
    for day in (3, 8, 12, 16):
        rhythm[day * DAY + 18 : day * DAY + 23] *= draw.uniform(1.5, 2.5)
    rhythm[EVENING - 1 : EVENING + 4] *= busy
    counts = draw.poisson(np.outer(rhythm, np.full(ACCOUNTS, 0.12)))
    hour, account = (np.repeat(each, counts.ravel()) for each in np.indices(counts.shape).reshape(2, -1))
    posts = table(hour, account)
    uses = [
        used(posts.filter(pl.Series(draw.random(posts.height) < share)), f"tag{number}")
        for number, share in enumerate((0.3, 0.15, 0.08, 0.04, 0.02))
    ]
    return pl.concat(uses), posts


def flooded(size: int, what: str = "hashtag") -> Tables:
    """Return ordinary weeks, and accounts of another circle that publish one thing within an hour."""
    uses, posts = ordinary()
    own = table(np.full(size, EVENING), 1_000 + np.arange(size), 10**6)
    return pl.concat([uses, used(own, "quay", what)]), pl.concat([posts, own])


@pytest.mark.parametrize("busy", [0.3, 1.0, 1.7, 2.2])
@pytest.mark.parametrize("seed", range(4))
def test_an_ordinary_or_a_busy_evening_is_no_burst(busy: float, seed: int) -> None:
    assert bursts.find(*ordinary(busy, seed)) == []


def test_a_hashtag_that_many_use_at_once_is_told_with_what_is_usual() -> None:
    (found,) = bursts.find(*flooded(60))
    assert (found.what, found.name, found.content) == ("hashtag", "#quay", None)
    assert (found.peak, found.posts, found.accounts) == (60, 60, {"telegram": 30, "x": 30})
    assert found.usual < 1
    assert found.since == START + timedelta(hours=EVENING)
    assert found.until == found.since + timedelta(hours=1)


def test_a_few_accounts_with_a_hashtag_of_their_own_are_no_burst() -> None:
    assert bursts.find(*flooded(4)) == []


def test_what_the_same_accounts_publish_is_one_burst() -> None:
    uses, posts = flooded(60)
    own = uses.filter(object="quay").with_columns(
        what=pl.lit("content"), object=pl.lit("a"), content=pl.lit("a"), name=pl.lit("words")
    )
    tag = uses.filter(object="quay").with_columns(object=pl.lit("vote"), name=pl.lit("#vote")).head(50)
    (found,) = bursts.find(pl.concat([uses, own, tag]), posts)
    assert sorted([str(found.name), *found.beside]) == ["#quay", "#vote", "words"]


def test_more_posts_than_at_any_such_hour_are_told_in_posts() -> None:
    uses, posts = ordinary()
    own = table(np.full(900, EVENING), 1_000 + np.arange(900) % 300, 10**6)
    (found,) = bursts.find(uses, pl.concat([posts, own]))
    assert (found.what, found.name) == ("posts", None)
    assert found.peak >= 900
    assert 5 < found.usual < 100


def test_a_hashtag_that_one_account_repeats_is_no_burst() -> None:
    uses, posts = ordinary()
    own = table(np.full(15, EVENING), np.full(15, 1_000), 10**6)
    assert bursts.find(pl.concat([uses, used(own, "quay")]), pl.concat([posts, own])) == []


def test_nothing_is_told_before_there_are_days_to_compare_with() -> None:
    early = START.timestamp() + (DAYS - bursts.LEAST_DAYS - 1) * DAY * HOUR
    uses, posts = (each.filter(pl.col("time") >= early) for each in flooded(60))
    assert bursts.find(uses, posts) == []
    assert bursts.find(uses.clear(), posts.clear()) == []


@pytest.mark.parametrize("days", [1, 3])
def test_one_post_of_years_ago_makes_no_days_to_compare_with(days: int) -> None:
    early = START.timestamp() + (DAYS - days) * DAY * HOUR
    uses, posts = (each.filter(pl.col("time") >= early) for each in flooded(60))
    old = posts.head(1).with_columns(post=10**7, time=pl.col("time") - 7 * 365 * DAY * HOUR)
    assert bursts.find(uses, pl.concat([old.select(posts.columns).cast(posts.schema), posts])) == []
