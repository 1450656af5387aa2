"""What an operation holds is read as tables of the contract, in one order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
from polars.testing import assert_frame_equal

from vigie.features import schema
from vigie.serving.operations import corpus
from vigie.serving.operations.catalogue import Opening, Theme

Make = Callable[..., dict[str, Any]]


def read(watched: Any) -> corpus.Corpus:
    with watched.catalogue.database(watched.id).reading() as connection:
        return corpus.read(connection)


def test_an_empty_operation_has_the_columns_of_the_contract(watched: Any) -> None:
    held = read(watched)
    assert held.accounts.drop("row", "key").schema == schema.schema("accounts")
    columns = {
        name: dtype
        for name, dtype in schema.schema("posts").items()
        if name not in ("platform", "account_id")
    }
    assert held.posts.schema == {"row": pl.UInt32(), **columns}
    assert (held.revision, held.batch().size) == (0, 0)


def test_the_order_in_which_records_came_does_not_show(watched: Any, account: Make, post: Make) -> None:
    opening = Opening("other", Theme(), "law", watched.catalogue.get(watched.id).expires_at, None)
    other = type(watched)(watched.catalogue, watched.catalogue.create(opening, "").id)
    sent = [
        account(str(number), posts=[post(f"{number}-{place}", account_id=None) for place in range(3)])
        for number in (7, 11, 3)
    ]
    watched.accounts(*sent)
    for one in sent[::-1]:
        other.accounts(one | {"posts": one["posts"][::-1]})
    first, second = read(watched), read(other)
    assert_frame_equal(first.accounts, second.accounts)
    assert_frame_equal(first.posts.drop("recorded_at"), second.posts.drop("recorded_at"))
    assert first.accounts["account_id"].to_list() == ["11", "3", "7"]
    assert first.batch().names == [("x", "11", None), ("x", "3", None), ("x", "7", None)]


def test_the_posts_of_an_account_are_its_own_the_newest_first(watched: Any, post: Make) -> None:
    for day in range(10, 15):
        watched.posts(
            *(
                post(
                    f"{day}-{number}",
                    account_id=str(number % 3),
                    created_at=f"2024-05-{day}T0{number}:00:00Z",
                )
                for number in range(9)
            )
        )
    with watched.catalogue.database(watched.id).reading() as connection:
        posts = corpus.posts_of(connection, "x", "1")
        assert corpus.posts_of(connection, "x", "none").height == 0
    assert posts.schema == schema.schema("posts")
    assert set(posts["account_id"]) == {"1"}
    assert posts.height == 15
    assert posts["created_at"].is_sorted(descending=True)
