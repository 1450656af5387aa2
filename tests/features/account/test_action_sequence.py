"""The sequence of actions and pauses, against counts made by hand."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

Values = dict[str, float | None]
OfPosts = Callable[..., Values]
OBSERVED = datetime(2024, 5, 16, 12, tzinfo=UTC)
KINDS = [
    "original", "repost", "repost", "reply", "original", "quote", "repost", "repost", "repost", "original",
    "reply", "reply", "repost", "original", "quote", "original", "repost", "repost", "reply", "original",
    "repost", "repost",
]  # fmt: skip
# Minutes before each post but the first, one or more of each length of pause.
PAUSES = [0, 1, 4, 5, 59, 60, 1_439, 1_440, 10_079, 10_080, 2, 3, 30, 40, 90, 200, 1, 0, 300, 2_000, 20]


def entropy_bits(symbols: Sequence[Hashable]) -> float:
    """Shannon's definition."""
    shares = [count / len(symbols) for count in Counter(symbols).values()]
    return -sum(share * math.log2(share) for share in shares)


def paused(minutes: Sequence[int]) -> list[datetime]:
    """Return times with these pauses between them, the last an hour before the observation."""
    times = [OBSERVED - timedelta(hours=1)]
    for pause in reversed(minutes):
        times.insert(0, times[0] - timedelta(minutes=pause))
    return times


def test_kinds_and_pauses_are_those_of_a_loop(of_posts: OfPosts) -> None:
    letters = [
        next(
            (
                letter
                for bound, letter in zip((1, 5, 60, 1_440, 10_080), "abcde", strict=True)
                if pause < bound
            ),
            "f",
        )
        for pause in PAUSES
    ]
    words = [f"{pause}{kind}" for pause, kind in zip(["", *letters], KINDS, strict=True)]
    triples = list(zip(words, words[1:], words[2:], strict=False))
    values = of_posts(times=paused(PAUSES), kind=KINDS)
    expected = {
        "action_entropy_bits": entropy_bits(KINDS), "longest_run_share": 3 / 22,
        "switch_share": sum(one != two for one, two in pairwise(KINDS)) / 21,
        "word_entropy_bits": entropy_bits(words), "top_word_share": max(Counter(words).values()) / 22,
        "repeat_share": max(Counter(triples).values()) / 20,
        "pause_minutes_share": sum(letter in "ab" for letter in letters) / 21,
        "pause_hour_share": letters.count("c") / 21, "pause_day_share": letters.count("d") / 21,
        "pause_long_share": sum(letter in "ef" for letter in letters) / 21,
    }  # fmt: skip
    assert {name: values[f"sequence_{name}"] for name in expected} == pytest.approx(expected)


def test_one_kind_at_one_pace_has_no_entropy_and_no_transition(of_posts: OfPosts) -> None:
    values = of_posts(count=30, step=timedelta(hours=2), kind="repost")
    for name in ("action_entropy_bits", "switch_share", "transition_entropy_bits"):
        assert values[f"sequence_{name}"] == pytest.approx(0, abs=0.01), name
    assert values["sequence_longest_run_share"] == 1
    # The first post has no pause before it.
    assert values["sequence_repeat_share"] == pytest.approx(27 / 28)
    assert values["sequence_top_word_share"] == pytest.approx(29 / 30)


def test_a_run_of_kinds_that_are_not_known_is_no_run_of_one_kind(of_posts: OfPosts) -> None:
    aims = ["1"] * 10 + [None] * 20
    values = of_posts(
        count=30, target_post_id=aims, text="see", kind=[None] * 10 + ["original", "reply"] * 10
    )
    assert values["sequence_longest_run_share"] == pytest.approx(1 / 30)


def test_a_step_that_follows_from_the_one_before_has_no_transition_entropy(of_posts: OfPosts) -> None:
    ordered = of_posts(count=40, kind=["original", "repost"] * 20)
    mixed = of_posts(count=40, kind=["original", "original", "repost", "repost"] * 10)
    assert ordered["sequence_transition_entropy_bits"] == pytest.approx(0, abs=0.05)
    assert mixed["sequence_transition_entropy_bits"] == pytest.approx(1, abs=0.05)
    assert ordered["sequence_action_entropy_bits"] == mixed["sequence_action_entropy_bits"] == 1


def test_pauses_are_missing_where_the_clock_is(of_posts: OfPosts) -> None:
    values = of_posts(count=25, step=timedelta(days=1), time_resolution="day")
    for name in ("minutes", "hour", "day", "long"):
        assert values[f"sequence_pause_{name}_share"] is None, name


def test_the_parts_of_own_posts_are_counted_as_sets_and_reposts_left_out(of_posts: OfPosts) -> None:
    texts = ["#a two words", "words only here"] * 6 + ["@ana https://a.example"] * 8 + ["RT @x: no"] * 4
    values = of_posts(count=24, text=texts)
    assert values["sequence_top_fields_share"] == 8 / 20
    assert values["sequence_fields_entropy_bits"] == pytest.approx(
        entropy_bits(["a"] * 6 + ["b"] * 6 + ["c"] * 8)
    )
    few = of_posts(count=24, text=["words"] * 9 + ["RT @x: no"] * 15)
    assert few["sequence_top_fields_share"] is few["sequence_fields_entropy_bits"] is None
