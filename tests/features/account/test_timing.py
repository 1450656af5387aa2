"""Values of timing are those of their definitions, around midnight, in bursts, and where clocks are coarse."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

Values = dict[str, float | None]
OfPosts = Callable[..., Values]
OBSERVED = datetime(2024, 5, 16, 12, tzinfo=UTC)


def irregular() -> list[datetime]:
    """Sixty posts at whole minutes, of a fixed seed, oldest first."""
    minutes = np.sort(np.random.default_rng(4).choice(20_000, 60, replace=False))[::-1]
    return [OBSERVED - timedelta(minutes=int(minute) + 1) for minute in minutes]


def test_gaps_are_described_as_by_their_definitions(of_posts: OfPosts) -> None:
    times = irregular()
    values = of_posts(times=times)
    gaps = np.diff([moment.timestamp() for moment in times])
    n, ratio = len(gaps), gaps.std() / gaps.mean()
    burstiness = (math.sqrt(n + 1) * ratio - math.sqrt(n - 1)) / (
        (math.sqrt(n + 1) - 2) * ratio + math.sqrt(n - 1)
    )
    logs = np.log(gaps + 60)
    expected = {
        "rhythm_gap_median_s": np.median(gaps), "rhythm_gap_variation": gaps.std(ddof=1) / gaps.mean(),
        "rhythm_burstiness": burstiness, "rhythm_memory": np.corrcoef(logs[1:], logs[:-1])[0, 1],
        "rhythm_short_gap_share": (gaps <= 60).mean(),
    }  # fmt: skip
    assert {name: values[name] for name in expected} == pytest.approx(expected)
    for percent in (10, 90):
        expected_gap = np.quantile(gaps, percent / 100, method="nearest")
        assert values[f"rhythm_gap_p{percent}_s"] == expected_gap, percent


def test_hours_weekdays_and_minutes_are_those_of_a_loop(of_posts: OfPosts) -> None:
    times = irregular()
    values = of_posts(times=times)

    def corrected(keys: list[int]) -> float:
        shares = [count / len(keys) for count in Counter(keys).values()]
        plain = -sum(share * math.log2(share) for share in shares)
        return plain + (len(shares) - 1) / (2 * len(keys) * math.log(2))

    assert values["rhythm_hour_entropy_bits"] == pytest.approx(corrected([one.hour for one in times]))
    assert values["rhythm_weekday_entropy_bits"] == pytest.approx(corrected([one.weekday() for one in times]))
    assert values["rhythm_weekend_share"] == pytest.approx(np.mean([one.weekday() >= 5 for one in times]))
    same = sum(a.minute == b.minute for a in times for b in times) - len(times)
    assert values["rhythm_minute_collision"] == pytest.approx(60 * same / (len(times) * (len(times) - 1)))


def test_days_are_counted_where_there_are_posts(of_posts: OfPosts) -> None:
    # 10 posts on one day, 6 two days later, 4 on the day after that.
    days = [(9, 10), (11, 6), (12, 4)]
    times = [
        datetime(2024, 5, day, 8, tzinfo=UTC) + timedelta(minutes=17 * turn)
        for day, count in days
        for turn in range(count)
    ]
    values = of_posts(times=times)
    assert values["rhythm_posts_per_active_day"] == 6
    assert values["rhythm_busiest_day_posts_count"] == 10
    assert values["rhythm_active_day_share"] == 3 / 4


def test_a_scheduler_is_seen_in_its_equal_gaps_and_minutes(of_posts: OfPosts) -> None:
    values = of_posts(count=40, step=timedelta(minutes=60))
    assert values["rhythm_gap_repeat_share"] == 1.0
    assert values["rhythm_minute_collision"] == pytest.approx(60.0)
    assert values["rhythm_burstiness"] == pytest.approx(-1.0, abs=0.01)


def test_hours_without_posts_are_counted_around_midnight(of_posts: OfPosts) -> None:
    days = [
        OBSERVED.replace(hour=hour) - timedelta(days=day) for day in range(1, 11) for hour in range(6, 22)
    ]
    assert of_posts(times=days)["rhythm_quiet_hours"] == 8


def test_posts_of_one_minute_share_it_and_the_same_second_of_the_minute(of_posts: OfPosts) -> None:
    pairs = [OBSERVED - timedelta(hours=hour, seconds=s) for hour in range(15, 0, -1) for s in (40, 10)]
    values = of_posts(times=pairs)
    assert values["rhythm_same_minute_share"] == 1.0
    assert values["rhythm_short_gap_share"] == pytest.approx(15 / 29)
    # Two seconds of 15 posts each.
    assert values["rhythm_second_collision"] == pytest.approx(60 * 2 * 15 * 14 / (30 * 29))


def test_day_resolution_leaves_the_clock_missing(of_posts: OfPosts) -> None:
    values = of_posts(count=30, step=timedelta(days=1), time_resolution="day")
    for name in ("hour_entropy_bits", "gap_median_s", "minute_collision", "same_minute_share"):
        assert values[f"rhythm_{name}"] is None, name
    assert values["rhythm_posts_per_active_day"] == 1


def test_seconds_are_missing_where_every_time_is_a_whole_minute(of_posts: OfPosts) -> None:
    assert of_posts(times=irregular())["rhythm_second_collision"] is None


def test_reactions_are_timed_from_their_target_and_impossible_ones_left_out(of_posts: OfPosts) -> None:
    delays = [30, 60, 61, 300, 900, -5]
    times = [OBSERVED - timedelta(hours=10 - place) for place in range(len(delays))]
    targets = [time - timedelta(seconds=delay) for time, delay in zip(times, delays, strict=True)]
    values = of_posts(times=times, target_created_at=targets, kind="repost")
    assert values["rhythm_reaction_median_s"] == 61
    assert values["rhythm_fast_reaction_share"] == pytest.approx(2 / 6)
    assert of_posts(times=times, kind="repost")["rhythm_fast_reaction_share"] is None
