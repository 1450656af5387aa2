"""Figures hold every number that they are made of, within their drawing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from vigie.models.verdict import Reason
from vigie.serving.console import figures
from vigie.serving.console.figures import HEIGHT, WIDTH
from vigie.serving.operations.judgement import Hour

START = datetime(2024, 5, 13, 8, tzinfo=UTC)


def hours(count: int) -> list[Hour]:
    return [
        Hour(START + timedelta(hours=hour), platform, 1 + hour % 3, 1, {})
        for hour in range(count)
        for platform in ("x", "facebook")
    ]


@pytest.mark.parametrize("count", [1, 48, 1_000, 30_000])
def test_bars_stand_within_the_drawing_however_long_the_time(count: int) -> None:
    drawn = figures.activity(hours(count), "en")
    assert drawn is not None
    assert drawn.series == ("X", "Facebook") or drawn.series == ("Facebook", "X")
    assert len({bar.x for bar in drawn.bars}) <= 200
    for bar in drawn.bars:
        assert 0 <= bar.x <= WIDTH
        assert 0 <= bar.y <= HEIGHT
        assert bar.y + bar.height <= HEIGHT + 0.1


def test_bars_on_one_another_reach_the_top_where_most_was_posted() -> None:
    drawn = figures.activity(hours(3), "en")
    assert drawn is not None
    assert (min(bar.y for bar in drawn.bars), drawn.top) == (0, "6")


def test_a_bar_says_which_posts_it_counts() -> None:
    drawn = figures.activity(hours(500), "en")
    assert drawn is not None
    for bar in drawn.bars:
        own = [
            each
            for each in hours(500)
            if bar.since <= each.start < bar.until and each.platform == bar.platform
        ]
        assert bar.posts == sum(each.posts for each in own)
        assert bar.label.endswith(f" {bar.posts}")


def test_nothing_posted_and_one_creation_are_no_figure() -> None:
    assert figures.activity([], "en") is None
    assert figures.calendar([START], "en") is None


def test_a_calendar_has_every_year_and_the_day_of_most_accounts_is_darkest() -> None:
    drawn = figures.calendar([START] * 4 + [datetime(2021, 1, 1, 23, tzinfo=UTC)], "en")
    assert drawn is not None
    assert drawn.years == (2021, 2022, 2023, 2024)
    assert [(each.row, each.shade) for each in drawn.days] == [(0, 1), (3, 4)]
    assert drawn.days[0].x == 0
    assert [str(each.date) for each in drawn.days] == ["2021-01-01", "2024-05-13"]
    assert all(each.x < WIDTH for each in drawn.days)


def test_the_table_of_a_calendar_begins_with_the_day_of_most_accounts_and_ends() -> None:
    drawn = figures.calendar([*(START + timedelta(days=day) for day in range(300)), START], "en")
    assert drawn is not None
    assert [each.accounts for each in drawn.busiest[:2]] == [2, 1]
    assert (len(drawn.days), len(drawn.busiest)) == (300, 100)


def test_the_rhythm_has_every_hour_of_the_week_and_its_busiest_is_darkest() -> None:
    empty = [[0] * 24 for _ in range(7)]
    squares = figures.rhythm([[0] * 8 + [4] + [0] * 15, [0] * 8 + [1] + [0] * 15, *empty[2:]])
    assert len(squares) == 7 * 24
    assert {(each.day, each.hour): each.shade for each in squares if each.posts} == {(0, 8): 4, (1, 8): 1}
    assert all(square.shade == 0 for square in figures.rhythm(empty))


def test_reasons_weigh_to_the_side_that_they_move_the_score() -> None:
    raising, lowering = figures.weights(
        [Reason("", "", 0.0, None, contribution, "", []) for contribution in (2.0, -1.0)]
    )
    assert (raising.x, raising.width, raising.raises) == (WIDTH / 2, WIDTH / 2, True)
    assert (lowering.x, lowering.width, lowering.raises) == (WIDTH / 4, WIDTH / 4, False)
    assert figures.weights([]) == ()


def test_contents_span_the_time_from_the_first_to_the_last() -> None:
    one: Any = SimpleNamespace(first_time=START, last_time=START + timedelta(hours=10))
    other: Any = SimpleNamespace(first_time=START + timedelta(hours=5), last_time=START + timedelta(hours=5))
    whole, moment = figures.spans([one, other])
    assert (whole.x, whole.width) == (0, WIDTH)
    assert moment.x == WIDTH / 2
    assert figures.spans([]) == ()
