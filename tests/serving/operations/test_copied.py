"""A content is told with who published it, when and in which words, and keeps its id while posts come in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from sqlalchemy import delete

from vigie.errors import OperationNotFoundError
from vigie.features.coordination.comparison import Limits
from vigie.models.engine import ScoringEngine
from vigie.serving.operations import copied, documents, tables
from vigie.serving.operations.judgement import judge

Tables = tuple[pl.DataFrame, pl.DataFrame]
Make = Callable[..., dict[str, Any]]
WORDS = "The harbour vote was bought by people who never saw the harbour, and everybody in town knows it"
REWORDED = (
    "People who never saw the harbour bought its vote, as everybody who lives in this town knows by now"
)


@pytest.fixture
def shared(watched: Any, engine: ScoringEngine, limits: Limits, post: Make) -> Any:
    """The operation, after accounts of two platforms published a text, a link and a sequence of hashtags."""
    watched.posts(
        *(
            post(f"{number}", account_id=f"{number % 4}", platform="x" if number % 4 else "telegram", text=words,
                 created_at=f"2024-05-19T{8 + number // 4:02d}:0{number % 4}:00Z", like_count=number,
                 urls=["https://quay.example/a?utm_source=x"], hashtags=["quay", "vote", "harbour"] if number < 3 else [])
            for number, words in enumerate(
                [WORDS, WORDS, f"{WORDS}!", REWORDED, WORDS]
            )
        )
    )  # fmt: skip
    judge(watched.catalogue.database(watched.id), engine, limits, watched.catalogue.clock())
    return watched


def test_contents_say_who_published_them_first_and_how_many_followed(
    judged: Any, records_of: Tables, reading: Callable[..., Any]
) -> None:
    found = reading(copied.contents)
    assert found
    assert [each.accounts for each in found] == sorted((each.accounts for each in found), reverse=True)
    most = found[0]
    assert most.accounts >= 10
    assert sum(most.platforms.values()) == most.accounts
    assert most.first_time <= most.last_time
    _, posts = records_of
    first = posts.filter(post_id=most.first_post_id)
    assert first["created_at"].to_list() == [most.first_time]
    assert first["account_id"].to_list() == [most.first_account.account_id]


def one(reading: Callable[..., Any], trace: str) -> Any:
    return next(each for each in reading(copied.contents) if each.trace == trace)


def test_a_text_is_told_with_its_wordings_hours_and_posts(shared: Any, reading: Callable[..., Any]) -> None:
    text = one(reading, "text_duplicate")
    assert text.object == text.text == WORDS
    told = reading(copied.publications, text.id, 0, 3)
    assert told.content == text
    assert [(each.post_id, each.platform, each.account_id) for each in told.posts] == [
        ("0", "telegram", "0"), ("1", "x", "1"), ("2", "x", "2")
    ]  # fmt: skip
    assert [each.like_count for each in told.posts] == [0, 1, 2]
    assert told.next_offset == 3
    rest = reading(copied.publications, text.id, 3, 3)
    assert [each.post_id for each in rest.posts] == ["4"]
    assert rest.next_offset is None
    assert told.wordings[0].text == told.posts[0].text == WORDS
    assert [each.wording for each in (*told.posts, *rest.posts)] == [0, 0, 0, 0]
    assert [(each.start.hour, each.platform, each.posts, each.accounts) for each in told.spread] == [
        (8, "telegram", 1, 1), (8, "x", 2, 2), (9, "telegram", 1, 1)
    ]  # fmt: skip


def test_a_link_and_hashtags_are_contents_too_and_tell_copies_from_rewordings(
    shared: Any, reading: Callable[..., Any]
) -> None:
    link, tags = one(reading, "co_url"), one(reading, "hashtag_sequence")
    assert (link.accounts, link.posts, link.object) == (4, 5, "quay.example/a")
    assert (tags.accounts, tags.posts, tags.object) == (3, 3, "#quay #vote #harbour")
    told = reading(copied.publications, link.id, 0, 9)
    assert [each.post_id for each in told.posts] == ["0", "1", "2", "3", "4"]
    assert [(each.posts, each.accounts, each.likeness) for each in told.wordings] == [
        (4, 3, None),
        (1, 1, "rewording"),
    ]
    assert [each.wording for each in told.posts] == [0, 0, 0, 1, 0]


def test_an_id_stays_good_when_an_earlier_copy_comes_in(
    shared: Any, engine: ScoringEngine, limits: Limits, reading: Callable[..., Any], post: Make, clock: Any
) -> None:
    before = {trace: one(reading, trace).id for trace in ("text_duplicate", "co_url")}
    clock.go_on(hours=1)
    shared.posts(
        post(
            "early",
            account_id="9",
            created_at="2024-05-18T08:00:00Z",
            text=WORDS,
            urls=["https://quay.example/a"],
        )
    )
    judge(shared.catalogue.database(shared.id), engine, limits, clock())
    for trace, id_given_before in before.items():
        told = reading(copied.publications, id_given_before, 0, 9)
        assert told.content == one(reading, trace)
        assert told.posts[0].post_id == "early"


def test_accounts_of_a_content_are_counted_by_group_and_campaign(
    judged: Any, reading: Callable[..., Any]
) -> None:
    told = [reading(copied.publications, each.id, 0, 1) for each in reading(copied.contents)]
    assert any(each.campaigns for each in told)
    for each in told:
        assert sum(each.campaigns.values()) <= each.content.accounts
        assert sum(hour.posts for hour in each.spread) == each.content.posts
        assert sum(wording.posts for wording in each.wordings) <= each.content.posts


@pytest.mark.parametrize("together", [1, 7, 5_000])
def test_posts_of_contents_are_read_as_they_were_found_however_many_lie_together(
    together: int, watched: Any, flood: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copied, "_TOGETHER", together)
    found = list(copied.find(flood.compared))
    database = watched.catalogue.database(watched.id)
    with database.writing() as connection:
        copied.keep(connection, found)
    with database.reading() as connection:
        for each in found:
            held = copied.holding(connection, each.content.id, None)
            assert held.equals(each.posts.select(held.columns))


def test_contents_that_an_earlier_version_kept_each_by_itself_are_read(
    watched: Any, flood: Any, reading: Callable[..., Any]
) -> None:
    found = next(copied.find(flood.compared))
    database = watched.catalogue.database(watched.id)
    with database.writing() as connection:
        copied.keep(connection, [found])
        connection.execute(delete(tables.documents).where(tables.documents.c.name != "contents"))
        ids = pl.DataFrame({"id": found.ids}).with_columns(place=pl.lit(0, pl.Int64))
        for name, table in (("content-ids", ids.sort("id")), ("content-0", found.posts)):
            documents.keep(connection, name, "", copied._parquet(table))
    held = reading(copied.holding, found.content.id, None)
    assert held.equals(found.posts.select(held.columns))


@pytest.mark.parametrize("content", ["", "0" * 32, "text_duplicate", "\x00", "g" * 32, "é" * 64])
def test_a_content_that_is_not_there_is_not_found(
    judged: Any, reading: Callable[..., Any], content: str
) -> None:
    with pytest.raises(OperationNotFoundError, match="GET contents"):
        reading(copied.publications, content, 0, 9)
