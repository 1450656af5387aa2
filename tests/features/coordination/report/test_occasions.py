"""People who repeat what an occasion gives them are told from a campaign by what they publish, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.report.occasions import Occasion, occasion
from vigie.features.coordination.report.shared_posts import SharedActs
from vigie.features.coordination.traces import DAY, HOUR, MINUTE

MEMBERS = 6
NINE = 9 * HOUR


@dataclass
class Written:
    """Posts of six accounts: what they share, and as many of their own."""

    posts: list[dict[str, object]] = field(default_factory=list)
    acts: list[tuple[str, int, str, int, int]] = field(default_factory=list)

    def share(self, account: int, name: str, time: int, **columns: object) -> None:
        """Add a post that holds a text, and one of its own."""
        self.acts.append(("text_duplicate", account, name, len(self.posts), time))
        self.posts.append({"row": account, "text": name, **columns})
        self.posts.append({"row": account, "text": "own words"})

    def measured(self) -> Occasion:
        """Return what the occasion is."""
        columns = {"row": pl.Int64(), **schema.schema("posts")}
        posts = pl.DataFrame(self.posts, schema=columns).with_row_index("post").cast({"post": pl.Int64})
        names = ("trace", "account", "object", "post", "time")
        shared = SharedActs.of(posts, pl.DataFrame(self.acts, schema=names, orient="row"))
        assert shared is not None
        return occasion(posts, shared)


def verses(hour: Callable[[int], int], days: Sequence[int] = range(4), **columns: object) -> Occasion:
    """Return the occasion of a text a day, published by each account at an hour of its own."""
    made = Written()
    for day in days:
        for account in range(MEMBERS):
            made.share(account, f"verse {day}", day * DAY + hour(account) + 7 * (day % 2), **columns)
    return made.measured()


def speech(
    lag: int, pause: int, texts: int = 5, since: int = NINE, shuffle: bool = False, **columns: object
) -> Occasion:
    """Return the occasion of texts repeated one after another: each ``lag`` seconds after that of the account before."""
    made = Written()
    for place in range(texts):
        for account in range(MEMBERS):
            turn = (place + account) % texts if shuffle else place
            made.share(account, f"sentence {place}", since + turn * pause + account * lag, **columns)
    return made.measured()


def test_a_text_a_day_at_the_hour_of_each_account_is_a_routine() -> None:
    found = verses(lambda account: NINE + account * 20 * MINUTE)
    assert found.is_routine
    assert (found.bare, found.tagged, found.part, found.days, found.punctual) == (1.0, 0.0, 0.5, 4.0, 1.0)


def test_an_hour_of_the_day_may_lie_across_midnight() -> None:
    assert verses(lambda account: DAY - 3).punctual == 1.0


def test_two_days_are_no_routine() -> None:
    assert not verses(lambda account: NINE, days=(0, 1)).is_routine


def test_a_text_a_day_at_changing_hours_is_no_routine() -> None:
    made = Written()
    for day in range(4):
        for account in range(MEMBERS):
            made.share(account, f"verse {day}", day * DAY + (6 + 3 * day) * HOUR + account)
    found = made.measured()
    assert found.punctual == 0.25
    assert not found.is_routine


@pytest.mark.parametrize(
    "columns",
    [
        {"urls": ["https://site.example/"]}, {"media_hashes": ["sha256:7"]}, {"mentions": ["somebody"]},
        {"hashtags": ["crisis"]}, {"target_post_id": "7"},
    ],
)  # fmt: skip
def test_shared_posts_that_hold_more_than_words_are_no_routine_and_no_sitting(
    columns: dict[str, Any],
) -> None:
    assert not verses(lambda account: NINE, **columns).is_routine
    assert speech(20, 10).is_one_sitting
    assert not speech(20, 10, **columns).is_one_sitting


def test_texts_that_follow_each_other_are_of_an_event_with_its_hashtag_or_without() -> None:
    found = speech(lag=20, pause=10 * MINUTE, hashtags=["debate"])
    assert found.is_live
    assert (found.texts, found.pace) == (5, 50.0)
    assert found.at_once is not None
    assert found.at_once < 0.2
    assert not found.is_one_sitting
    assert speech(lag=20, pause=10 * MINUTE).is_live


@pytest.mark.parametrize(
    "columns",
    [{"urls": ["https://site.example/"]}, {"media_hashes": ["sha256:7"]}, {"mentions": ["somebody"]}],
)
def test_links_pictures_and_addressees_are_of_no_event(columns: dict[str, Any]) -> None:
    assert not speech(lag=20, pause=10 * MINUTE, **columns).is_live


def test_texts_of_a_kit_in_use_side_by_side_are_of_no_event() -> None:
    found = speech(lag=20, pause=10 * MINUTE, shuffle=True, hashtags=["crisis"])
    assert found.at_once is not None
    assert found.at_once > 1
    assert not found.is_live


def test_copies_within_the_same_seconds_are_written_down_by_nobody() -> None:
    assert not speech(lag=1, pause=10 * MINUTE).is_live
    assert not speech(lag=1, pause=10 * MINUTE).is_one_sitting
    assert verses(lambda account: NINE).is_routine


def test_what_lasts_longer_than_an_occasion_is_none() -> None:
    found = speech(lag=20, pause=2 * HOUR)
    assert not found.is_live
    assert not found.is_one_sitting


def test_stragglers_do_not_make_a_kit_an_event() -> None:
    made = Written()
    for place in range(5):
        for account in range(20):
            made.share(
                account, f"text {place}", NINE + (place * 7 + account * 11) % 20 * MINUTE, hashtags=["a"]
            )
    for account in (0, 1):
        made.share(account, "text 1", NINE + 30 * DAY, hashtags=["a"])
    found = made.measured()
    assert found.at_once is not None
    assert found.at_once > 1
    assert not found.is_live


def test_two_texts_tell_nothing_of_how_they_follow_each_other() -> None:
    found = speech(lag=20, pause=10 * MINUTE, texts=2)
    assert (found.texts, found.at_once, found.pace) == (2, None, 50.0)
    assert not found.is_live


def test_accounts_that_publish_little_else_have_no_occasion() -> None:
    made = Written()
    for day in range(4):
        for account in range(MEMBERS):
            made.share(account, f"verse {day}", day * DAY + NINE)
    made.posts = [post for post in made.posts if post["text"] != "own words"]
    made.acts = [(trace, row, name, place // 2, time) for trace, row, name, place, time in made.acts]
    found = made.measured()
    assert found.part == 1.0
    assert not any((found.is_routine, found.is_one_sitting, found.is_live))
