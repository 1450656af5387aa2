"""The posts behind a number are those that it counts: each once, in order, page by page, with their authors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vigie.errors import OperationNotFoundError
from vigie.serving.operations import copied, judgement, post_list, questions
from vigie.serving.operations.post_list import PostFilters

Make = Callable[..., dict[str, Any]]
Ask = Callable[..., Any]
MONDAY = datetime(2024, 5, 20, 8, tzinfo=UTC)


@pytest.fixture
def few(watched: Any, account: Make, post: Make) -> Any:
    """The operation, after four posts of three accounts on two platforms came in two batches."""
    watched.accounts(account("7", handle="ann"), account("7", platform="telegram", handle="bea"))
    watched.posts(
        post("70", created_at=MONDAY.isoformat(), hashtags=["Quay"], view_count=5),
        post("71", created_at=(MONDAY + timedelta(minutes=59)).isoformat(), view_count=9),
        post("70", platform="telegram", created_at=(MONDAY + timedelta(hours=1)).isoformat(), hashtags=["quay", "pier"]),
    )  # fmt: skip
    watched.posts(post("72", account_id="8", created_at=(MONDAY - timedelta(days=1)).isoformat()))
    return watched


def named(found: Any) -> list[tuple[str, str]]:
    return [(each.platform, each.post["post_id"]) for each in found.posts]


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ({}, [("telegram", "70"), ("x", "71"), ("x", "70"), ("x", "72")]),
        ({"platform": "X", "account_id": "7"}, [("x", "71"), ("x", "70")]),
        ({"hashtag": "#QUAY"}, [("telegram", "70"), ("x", "70")]),
        ({"hashtag": "pie"}, []),
        ({"since": MONDAY, "until": MONDAY + timedelta(hours=1)}, [("x", "71"), ("x", "70")]),
        ({"weekday": 0, "hour": 9}, [("telegram", "70")]),
        ({"weekday": 1}, []),
        ({"group": 1}, []),
    ],
)
def test_filters_leave_the_posts_that_fulfil_them_all(
    few: Any, reading: Ask, wanted: dict[str, Any], left: list[tuple[str, str]]
) -> None:
    found = reading(post_list.listed, PostFilters(**wanted), "latest", 0, 9)
    assert named(found) == left
    assert (found.total, found.next_offset) == (len(left), None)
    assert found.accounts == len({(each.platform, each.account_id) for each in found.posts})


def test_pages_follow_each_other_and_say_where_the_next_one_begins(few: Any, reading: Ask) -> None:
    first = reading(post_list.listed, PostFilters(), "earliest", 0, 3)
    rest = reading(post_list.listed, PostFilters(), "earliest", first.next_offset, 3)
    assert named(first) + named(rest) == [("x", "72"), ("x", "70"), ("x", "71"), ("telegram", "70")]
    assert (first.total, first.next_offset, rest.next_offset) == (4, 3, None)
    by_views = reading(post_list.listed, PostFilters(platform="x"), "views", 0, 9)
    assert named(by_views)[:2] == [("x", "71"), ("x", "70")]


def test_authors_have_their_names_and_posts_are_counted_hour_by_hour(few: Any, reading: Ask) -> None:
    found = reading(post_list.listed, PostFilters(), "latest", 0, 9)
    assert [each.handle for each in found.posts] == ["bea", "ann", "ann", None]
    assert [(each.start, each.platform, each.posts) for each in found.spread] == [
        (MONDAY - timedelta(days=1), "x", 1), (MONDAY, "x", 2), (MONDAY + timedelta(hours=1), "telegram", 1)
    ]  # fmt: skip


def test_a_post_that_was_sent_again_stands_once_as_it_is_known_now(
    few: Any, reading: Ask, post: Make
) -> None:
    few.posts(post("70", created_at=MONDAY.isoformat(), hashtags=["quay"], view_count=50))
    found = reading(post_list.listed, PostFilters(platform="x", hashtag="quay"), "views", 0, 9)
    assert [(each.post["post_id"], each.post["view_count"]) for each in found.posts] == [("70", 50)]
    assert found.total == 1


def test_what_an_earlier_record_of_a_post_told_stays_where_its_time_was_put_right(
    few: Any, reading: Ask, post: Make
) -> None:
    few.posts(post("70", created_at=(MONDAY - timedelta(days=2)).isoformat(), text="put right"))
    found = reading(post_list.listed, PostFilters(platform="x"), "earliest", 0, 1)
    assert named(found) == [("x", "70")]
    assert (found.posts[0].post["hashtags"], found.posts[0].post["text"]) == (["Quay"], "put right")
    assert (found.total, found.accounts) == (3, 2)


def test_hours_are_counted_without_a_page_of_posts(few: Any, reading: Ask) -> None:
    wanted = PostFilters(platform="x")
    assert reading(post_list.spread, wanted) == reading(post_list.listed, wanted, "latest", 0, 1).spread


def test_a_table_holds_all_that_the_filters_leave(few: Any, reading: Ask) -> None:
    table = reading(post_list.table, PostFilters(platform="x"), "latest", 2)
    assert table.select("post_id", "handle").rows() == [("71", "ann"), ("70", "ann")]


def test_an_operation_without_posts_lists_none(watched: Any, reading: Ask) -> None:
    found = reading(post_list.listed, PostFilters(), "latest", 0, 9)
    assert (found.total, found.accounts, found.posts, found.spread) == (0, 0, [], [])


def test_a_content_a_wording_and_a_campaign_lead_to_as_many_posts_as_they_tell(
    judged: Any, reading: Ask
) -> None:
    content = reading(copied.contents)[0]
    told = reading(copied.publications, content.id, 0, 10_000)
    found = reading(post_list.listed, PostFilters(content=content.id), "earliest", 0, 10_000)
    assert found.total == content.posts
    assert {each[1] for each in named(found)} == {each.post_id for each in told.posts}
    for place, wording in enumerate(told.wordings):
        of_wording = reading(post_list.listed, PostFilters(content=content.id, wording=place), "latest", 0, 1)
        assert of_wording.total == wording.posts
    track = reading(questions.tracked, "campaign", "en")[0].track
    members = reading(questions.ranking, "posts", questions.Filters(campaign=track), 0, 10_000)
    of_campaign = reading(post_list.listed, PostFilters(campaign=track), "latest", 0, 1)
    assert of_campaign.total == sum(each.posts for each in members.accounts)
    assert of_campaign.posts[0].campaign == track
    with pytest.raises(OperationNotFoundError):
        reading(post_list.listed, PostFilters(content="none"), "latest", 0, 1)


def test_hours_and_platforms_lead_to_as_many_posts_as_they_tell(judged: Any, reading: Ask) -> None:
    hours = sorted(reading(judgement.hours), key=lambda each: -each.posts)[:3]
    for hour in hours:
        wanted = PostFilters(platform=hour.platform, since=hour.start, until=hour.start + timedelta(hours=1))
        found = reading(post_list.listed, wanted, "latest", 0, 1)
        assert (found.total, found.accounts) == (hour.posts, hour.accounts)
