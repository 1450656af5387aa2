"""People who repeat what an occasion gives them are told from a campaign by what they publish, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import pytest

from vigie.features import schema
from vigie.features.coordination.report import occasions
from vigie.features.coordination.report.occasions import Occasion
from vigie.features.coordination.report.shared_posts import SharedActs
from vigie.features.coordination.traces import DAY, HOUR, MINUTE

MEMBERS = 6
NINE = 9 * HOUR


@dataclass
class Written:
    """Posts of six accounts: what they share, and for each of these one or more of their own."""

    posts: list[dict[str, object]] = field(default_factory=list)
    acts: list[tuple[str, int, str, int, int]] = field(default_factory=list)

    def share(self, account: int, name: str, time: int, own: Sequence[int] = (), **columns: Any) -> None:
        """Add a post that holds a text, and one of its own; those of its own at some time are so many seconds after the first."""
        self.acts.append(("text_duplicate", account, name, len(self.posts), time))
        self.posts.append({"row": account, "text": name, **columns})
        times = [pl.from_epoch(pl.Series([time + after])).dt.replace_time_zone("UTC")[0] for after in own]
        self.posts += [{"row": account, "text": "own words", "created_at": each} for each in times or (None,)]

    def measured(self) -> Occasion:
        """Return what the occasion is."""
        columns = {"row": pl.Int64(), **schema.schema("posts")}
        posts = pl.DataFrame(self.posts, schema=columns).with_row_index("post").cast({"post": pl.Int64})
        names = ("trace", "account", "object", "post", "time")
        acts = pl.DataFrame(self.acts, schema=names, orient="row")
        posts, acts = (table.with_columns(group=pl.lit(0)) for table in (posts, acts))
        return occasions.by_group(posts, SharedActs.of(posts, acts))[0]


def verses(hour: Callable[[int], int], days: Sequence[int] = range(4), **columns: Any) -> Occasion:
    """Return the occasion of a text a day, published by each account at an hour of its own."""
    made = Written()
    for day in days:
        for account in range(MEMBERS):
            made.share(account, f"verse {day}", day * DAY + hour(account) + 7 * (day % 2), **columns)
    return made.measured()


def speech(
    lag: int, pause: int, texts: int = 5, since: int = NINE, shuffle: bool = False, **columns: Any
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


def test_a_picture_a_day_beside_a_life_is_of_the_day_though_all_keep_one_hour() -> None:
    def pictures(
        name: Callable[[int], str], times: int = 1, own: Sequence[int] = (2 * HOUR, 3 * HOUR)
    ) -> Occasion:
        made = Written()
        for day in range(4):
            for account in range(MEMBERS):
                for _ in range(times):
                    when = day * DAY + NINE + account % 3
                    made.share(account, name(day), when, own, media_hashes=["ff"], hashtags=["advent"])
        return made.measured()

    found = pictures(lambda day: f"day {day}")
    assert (found.a_day, found.dated, found.outside, found.fixed_hours) == (1.0, 1.0, 2 / 3, 1.0)
    assert found.is_of_the_day
    # Contents in use on several days are those of a kit, and so are several a day.
    assert pictures(lambda day: f"kit {day % 2}").dated == 0.5
    assert not pictures(lambda day: f"kit {day % 2}").is_of_the_day
    assert not pictures(lambda day: f"day {day}", times=2).is_of_the_day
    # Nothing else at other hours.
    assert not pictures(lambda day: f"day {day}", own=(60,)).is_of_the_day


def served(
    hours: Callable[[int], Sequence[int]], days: int = 6, name: str = "{day} {turn}", own: Sequence[int] = ()
) -> Occasion:
    """Return the occasion of a few pictures a day, each published by every account at one of its hours, but for every fourth."""
    made = Written()
    for day in range(days):
        for account in range(MEMBERS):
            for turn, hour in enumerate(hours(account)):
                if (day + account + turn) % 4:
                    held = name.format(day=day, turn=turn, pooled=(account + turn) % 2)
                    made.share(account, held, day * DAY + hour + 60 * day, own, media_hashes=["ff"])
    return made.measured()


def test_a_few_contents_a_day_come_at_a_few_hours_of_each_account() -> None:
    found = served(lambda account: (NINE + account * HOUR // 2, 18 * HOUR + account * HOUR // 2))
    assert found.punctual < 0.9
    assert (found.kept, found.dated) == (1.0, 1.0)
    assert found.is_at_hours
    # An hour across midnight.
    assert served(lambda account: (NINE, DAY - 120)).kept == 1.0
    # Contents of a kit in use on many days, and more of them than a day has hours for.
    assert served(lambda account: (NINE, 18 * HOUR), name="kit {pooled}").kept is None
    assert served(lambda account: range(0, DAY, 4 * HOUR)).kept is None
    assert served(lambda account: range(0, 20 * HOUR, 4 * HOUR)).kept == 1.0


def test_hours_that_differ_from_day_to_day_are_not_kept() -> None:
    made = Written()
    for day in range(6):
        for account in range(MEMBERS):
            for turn in range(2):
                made.share(account, f"{day} {turn}", day * DAY + (5 + 9 * turn + day) * HOUR + account)
    found = made.measured()
    assert found.kept == 0.0
    assert not found.is_routine


def test_a_few_contents_a_day_at_hours_of_all_are_of_the_day_beside_a_third_of_a_life() -> None:
    hours = (NINE, 18 * HOUR)
    assert served(lambda account: hours, own=(2 * HOUR,)).is_of_the_day
    assert not served(lambda account: hours, own=(60,)).is_of_the_day


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


def lesson(
    days: Sequence[int] = (0, 1), own: Sequence[int] = (6 * HOUR, 8 * HOUR), shift: int = 0, **columns: Any
) -> Occasion:
    """Return the occasion of two texts a day in the same minutes, with own posts so many seconds after each of them."""
    made = Written()
    for day in days:
        for place in range(2):
            for account in range(MEMBERS):
                time = NINE + day * (DAY + shift) + place * 5 * MINUTE + 20 * account
                made.share(account, f"text {day} {place}", time, own, **columns)
    return made.measured()


@pytest.mark.parametrize(
    "columns",
    [
        {"hashtags": ["class5b"]}, {"hashtags": ["vote"], "mentions": ["Award"], "urls": ["https://vote.example/"]},
        {"text": "my vote goes to @award #vote"},
    ],
)  # fmt: skip
def test_people_with_a_life_at_other_hours_may_name_a_hashtag_somebody_and_a_page(
    columns: dict[str, Any],
) -> None:
    found = lesson(**columns)
    assert (found.to_one, found.fixed_hours) == (1.0, 1.0)
    assert found.outside == pytest.approx(2 / 3)
    assert found.is_appointed
    assert not found.is_one_sitting


@pytest.mark.parametrize(
    "columns",
    [{"media_hashes": ["sha256:7"]}, {"kind": "reply"}, {"kind": "repost"}, {"target_post_id": "7"}],
)
def test_pictures_and_answers_are_of_no_appointed_hour(columns: dict[str, Any]) -> None:
    assert not lesson(**columns).is_appointed


@pytest.mark.parametrize("name", ["mentions", "urls"])
def test_who_names_several_people_or_pages_keeps_no_appointment(name: str) -> None:
    made = Written()
    for account in range(MEMBERS):
        for place, thing in enumerate(("https://a.example/", "https://b.example/")):
            time = NINE + 20 * account + place * 5 * MINUTE
            made.share(account, f"text {place}", time, (6 * HOUR, 8 * HOUR), **{name: [thing]})
    found = made.measured()
    assert found.to_one == 0.5
    assert not found.is_appointed


@pytest.mark.parametrize(
    ("own", "outside"), [((), 0.0), ((HOUR,), 0.0), ((6 * HOUR,), 0.5), ((MINUTE, MINUTE, 6 * HOUR), 0.25)]
)
def test_no_more_than_half_a_life_at_other_hours_keeps_no_appointment(
    own: Sequence[int], outside: float
) -> None:
    found = lesson(days=(0,), own=own, hashtags=["class5b"])
    assert found.outside == outside
    assert not found.is_appointed


def test_hours_that_differ_from_day_to_day_are_not_appointed() -> None:
    found = lesson(days=(0, 1, 2), shift=6 * HOUR, hashtags=["class5b"])
    assert found.fixed_hours == pytest.approx(1 / 3)
    assert not found.is_appointed


def test_a_text_a_day_may_have_a_hashtag_of_accounts_with_a_life_at_other_hours() -> None:
    assert lesson(days=range(3), own=(6 * HOUR, 8 * HOUR), hashtags=["app"]).is_routine
    assert not lesson(days=range(3), own=(6 * HOUR,), hashtags=["app"]).is_routine


def test_who_is_on_stage_may_be_named_by_people_with_a_life_at_other_hours() -> None:
    def quoted(own: Sequence[int], *names: str) -> Occasion:
        return speech(20, 10 * MINUTE, own=own, mentions=list(names))

    assert quoted((6 * HOUR, 8 * HOUR), "speaker").is_live
    assert not quoted((6 * HOUR,), "speaker").is_live
    assert not quoted((6 * HOUR, 8 * HOUR), "speaker", "enemy").is_live


def test_short_answers_take_less_time_to_write_down_than_sentences() -> None:
    made, slow = Written(), Written()
    for account in range(MEMBERS):
        for place in range(3):
            time = NINE + place * 5 * MINUTE + 2 * account
            made.share(account, f"answer {place}", time, text="it is the river Nile")
            slow.share(account, f"answer {place}", time, text="it is the river Nile" * 3)
    short, long = made.measured(), slow.measured()
    assert (short.pace, short.characters) == (5.0, 20.0)
    assert (long.pace, long.characters) == (5.0, 60.0)
    assert short.is_one_sitting
    assert not long.is_one_sitting


def test_what_is_prayed_on_several_evenings_is_in_use_on_each_of_them() -> None:
    made = Written()
    for day in range(2):
        for place in range(5):
            for account in range(MEMBERS):
                made.share(account, f"prayer {place}", day * DAY + NINE + place * 10 * MINUTE + account * 20)
    found = made.measured()
    assert (found.texts, found.pace) == (5, 50.0)
    assert found.at_once is not None
    assert found.at_once < 0.2
    assert found.is_live
