"""Batches that were put together give what they gave apart."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import select

from vigie.serving.operations import compaction, corpus, tables
from vigie.serving.operations.compaction import MANY, compact

Make = Callable[..., dict[str, Any]]


def batches(watched: Any) -> list[int]:
    with watched.catalogue.database(watched.id).reading() as connection:
        return list(
            connection.execute(select(tables.segments.c.rows).order_by(tables.segments.c.id)).scalars()
        )


def held(watched: Any) -> Any:
    with watched.catalogue.database(watched.id).reading() as connection:
        return corpus.read(connection).posts


def compacted(watched: Any) -> int:
    return compact(watched.catalogue.database(watched.id))


def test_many_small_batches_become_one_and_say_the_same(watched: Any, post: Make) -> None:
    draw = random.Random(5)  # noqa: S311 - invented data
    for turn in range(MANY):
        sent = [
            post(
                str(draw.randrange(12)),
                recorded_at=f"2024-05-20T{draw.randrange(12):02}:00:00Z",
                **{
                    name: draw.randrange(9)
                    for name in ("like_count", "view_count", "reply_count")
                    if draw.random() < 0.5
                },
            )
            for _ in range(6)
        ]
        watched.posts(*sent, post(f"own{turn}"))
    before, apart = held(watched), batches(watched)
    assert compacted(watched) == MANY - 1
    assert_frame_equal(held(watched), before)
    (rows,) = batches(watched)
    assert rows < sum(apart)
    assert compacted(watched) == 0
    assert watched.posts(post("own3")).posts.known == 1


def test_a_newer_record_that_came_first_is_kept(watched: Any, post: Make) -> None:
    watched.posts(post(like_count=9, recorded_at="2024-05-20T09:00:00Z"))
    watched.posts(post(like_count=1, recorded_at="2024-05-20T01:00:00Z"))
    for number in range(MANY):
        watched.posts(post(f"other{number}"))
    compacted(watched)
    assert held(watched).filter(post_id="70")["like_count"].to_list() == [9]


def test_few_batches_stay_as_they_are(watched: Any, post: Make) -> None:
    for number in range(MANY - 1):
        watched.posts(post(str(number)))
    assert compacted(watched) == 0
    assert len(batches(watched)) == MANY - 1


def test_batches_of_different_days_stay_apart(watched: Any, post: Make, clock: Any) -> None:
    for day in range(2):
        for number in range(MANY):
            watched.posts(post(f"{day}-{number}"))
        clock.go_on(days=1)
    compacted(watched)
    assert batches(watched) == [MANY, MANY]
    watched.catalogue.change(watched.id, {"retention_days": 1})
    clock.now -= timedelta(hours=6)
    watched.catalogue.forget()
    assert batches(watched) == [MANY]


def test_a_heap_is_no_larger_than_a_large_batch_and_what_fills_it(
    watched: Any, post: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "LARGE", 10)
    for number in range(7):
        watched.posts(*(post(f"{number}-{place}") for place in range(4)))
    watched.posts(*(post(f"large-{place}") for place in range(15)))
    assert compacted(watched) == 4
    assert batches(watched) == [12, 12, 4, 15]


def test_batches_that_another_process_put_together_are_left(
    watched: Any, post: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(MANY):
        watched.posts(post(str(number)))
    heaps = compaction._heaps

    def late(several: Any) -> Any:
        for heap in heaps(several):
            with watched.catalogue.observing(watched.id) as connection:
                compaction._joined(connection, heap)
            yield heap

    monkeypatch.setattr(compaction, "_heaps", late)
    assert compacted(watched) == 0
    assert batches(watched) == [MANY]
    assert held(watched).height == MANY
