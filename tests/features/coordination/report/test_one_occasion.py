"""Accounts that share no more than one occasion are told from those that come back, push many things or act within seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.report import occasions, one_occasion
from vigie.features.coordination.report.one_occasion import OneOccasion
from vigie.features.coordination.report.shared_posts import SharedActs
from vigie.features.coordination.traces import DAY, HOUR, MINUTE, TEMPLATE

PEOPLE, NINE = 12, 9 * HOUR
SENTENCE = "the speaker promises a new bridge for the old town"
Act = tuple[str, int, str, int, int]


def measured(acts: list[tuple[str, int, str, int]], **columns: Any) -> OneOccasion:
    """Return the occasion of acts (trace, account, object, time), each a post that holds the object and nothing else."""
    posts = [
        {"row": row, "text": f"{SENTENCE} {name}", **{key: value(place) if callable(value) else value for key, value in columns.items()}}
        for place, (_, row, name, _) in enumerate(acts)
    ]  # fmt: skip
    types = {"row": pl.Int64(), **schema.schema("posts")}
    table = pl.DataFrame(posts, schema=types).with_row_index("post").cast({"post": pl.Int64})
    table = table.with_columns(group=pl.lit(0))
    numbered = [(trace, row, name, post, time) for post, (trace, row, name, time) in enumerate(acts)]
    done = pl.DataFrame(numbered, schema=("trace", "account", "object", "post", "time"), orient="row")
    shared = SharedActs.of(table, done.with_columns(group=pl.lit(0)))
    return one_occasion.by_group(shared, occasions.by_group(table, shared))[0]


def in_turn(
    lag: int = 20, pause: int = 10 * MINUTE, days: int = 1, texts: int = 5, **columns: Any
) -> OneOccasion:
    """Return the occasion of texts that follow each other, each published by all within ``PEOPLE * lag`` seconds."""
    acts = [
        ("text_duplicate", row, f"{day} {text}", NINE + day * DAY + text * pause + row * lag)
        for day in range(days)
        for text in range(texts)
        for row in range(PEOPLE)
    ]
    return measured(acts, **columns)


def side_by_side(
    trace: str = "text_duplicate", step: int = MINUTE, days: int = 1, contents: int = 5, **columns: Any
) -> OneOccasion:
    """Return the occasion of contents in use at the same time, in an order that tells nothing."""
    order = np.random.default_rng(1).permutation(np.repeat(np.arange(contents), PEOPLE))
    acts = [
        (trace, place % PEOPLE, f"{day} {content}", NINE + day * DAY + place * step)
        for day in range(days)
        for place, content in enumerate(order)
    ]
    return measured(acts, **columns)


def test_words_of_one_sitting_are_of_one_occasion_though_nothing_else_is_known_of_the_accounts() -> None:
    for found in (in_turn(), side_by_side()):
        assert (found.occasion.part, found.aimed, found.pictured) == (1.0, 1.0, 0.0)
        assert found.is_short
        assert found.is_all
    assert in_turn(hashtags=["match"]).is_all


def test_texts_within_the_same_seconds_must_follow_each_other() -> None:
    assert in_turn(lag=0).is_all
    by_hand = side_by_side()
    assert not by_hand.is_in_turn
    assert by_hand.is_all
    assert not replace(by_hand, occasion=replace(by_hand.occasion, pace=4.9)).is_all


@pytest.mark.parametrize(
    ("columns", "aimed"),
    [
        ({"mentions": ["speaker"]}, 1.0),
        ({"urls": ["https://site.example/1"]}, 1.0),
        ({"urls": lambda place: [f"https://site.example/{place}"]}, 1.0),
        ({"mentions": lambda place: [f"mp{place}"], "urls": ["https://write.example/"]}, 1.0),
        ({"mentions": lambda place: [f"mp{place % 2}"]}, 0.5),
        ({"urls": lambda place: [f"https://site{place % 2}.example/"]}, 0.5),
        ({"kind": "reply"}, 0.0),
        ({"target_post_id": "7"}, 0.0),
    ],
)
def test_an_occasion_has_one_site_and_one_addressee_unless_the_site_writes_to_many(
    columns: dict[str, Any], aimed: float
) -> None:
    found = in_turn(**columns)
    assert found.aimed == aimed
    assert found.is_all is (aimed == 1.0)


def test_where_text_follows_text_an_occasion_may_last_a_day_and_no_longer() -> None:
    day = in_turn(pause=3 * HOUR)
    assert not day.is_short
    assert day.is_one_day
    assert not in_turn(pause=3 * HOUR, lag=0).is_all
    assert not in_turn(pause=5 * HOUR).is_all


def test_contents_in_an_order_of_chance_may_last_a_day_and_no_longer() -> None:
    day = side_by_side(step=14 * MINUTE)
    assert not day.is_short
    assert not day.is_in_turn
    assert day.is_by_chance
    assert day.is_one_day
    assert not side_by_side(step=14 * MINUTE, days=2).is_all
    waves = replace(day, bunched=3.01)
    assert not waves.is_all


def test_text_after_text_may_come_back_in_the_same_hours_on_three_days() -> None:
    assert not in_turn(days=2).is_one_day
    assert in_turn(days=2).is_repeated
    assert in_turn(days=3).is_all
    assert not in_turn(days=4).is_all
    assert not in_turn(days=2, lag=0).is_all
    assert not side_by_side(days=2).is_all


def test_pictures_are_of_one_occasion_by_hand_and_in_an_order_of_chance() -> None:
    shown = side_by_side("media_duplicate", media_hashes=["sha256:7"])
    assert shown.pictured == 1.0
    assert shown.picture_pace is not None
    assert shown.picture_pace >= 30
    assert shown.is_all
    assert not side_by_side("media_duplicate", step=1, media_hashes=["sha256:7"]).is_all
    assert not replace(shown, bunched=3.01).is_all
    # A picture in each wave follows the one before it, as texts do that are said.
    waves = [
        ("media_duplicate", row, f"p{wave}", NINE + wave * 10 * MINUTE + 20 * row)
        for wave in range(5)
        for row in range(PEOPLE)
    ]
    assert not measured(waves, media_hashes=["sha256:7"]).is_all


def test_what_follows_what_is_compared_with_chance() -> None:
    assert in_turn().bunched is not None
    assert in_turn().bunched > 10  # type: ignore[operator]  # of a float
    assert abs(side_by_side().bunched or 0.0) < 2
    assert in_turn(texts=1).bunched is None


def test_wordings_of_a_template_that_several_publish_follow_each_other_as_texts_do() -> None:
    acts = [
        (TEMPLATE, row, "the code is …", NINE + text * 10 * MINUTE + 20 * row)
        for text in range(5)
        for row in range(PEOPLE)
    ]
    same = measured(acts)
    assert same.occasion.texts == 1
    said = measured(
        acts, text=lambda place: f"the code of the hour is number {place // PEOPLE}, says the radio"
    )
    assert said.occasion.texts == 5
    assert said.is_in_turn


def test_accounts_may_publish_day_after_day_at_hours_of_their_own() -> None:
    def daily(hour_of: Callable[[int], int], days: int = 4) -> OneOccasion:
        acts = [
            ("media_duplicate", row, f"day {day}", NINE + day * DAY + hour_of(row) + 40 * row)
            for day in range(days)
            for row in range(PEOPLE)
        ]
        return measured(acts, media_hashes=["sha256:7"])

    spread = daily(lambda row: row % 4 * 3 * HOUR)
    assert (spread.is_at_own_hours, spread.is_all) == (True, True)
    assert not daily(lambda row: row % 4 * 3 * HOUR, days=2).is_all
    # All at one hour is what a scheduler does.
    assert not daily(lambda _: 0).is_all


def test_two_texts_of_a_day_are_too_few_to_tell_in_what_order_they_come() -> None:
    bells = in_turn(texts=2, pause=7 * HOUR)
    assert bells.occasion.at_once is None
    assert not bells.is_by_chance
    assert bells.is_one_day
    assert not replace(bells, pictured=0.11).is_all
    assert not replace(bells, occasion=replace(bells.occasion, texts=0, pace=None)).is_all
    assert not in_turn(texts=2, pause=7 * HOUR, lag=0).is_all
    assert not in_turn(texts=1, days=2).is_all
