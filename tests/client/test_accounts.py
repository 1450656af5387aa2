"""Accounts and posts as people hold them become objects of a request, without what is unknown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import polars as pl
import pytest

from vigie.client.accounts import Table, objects
from vigie.errors import InputError, MissingColumnError

ACCOUNTS = [{"platform": "x", "account_id": "1", "followers_count": 3, "handle": None}, {"platform": "x", "account_id": "2"}]  # fmt: skip
POSTS: list[dict[str, Any]] = [
    {"platform": "x", "account_id": "2", "post_id": "a", "text": "one", "urls": ["https://a.example"]},
    {"platform": "X", "account_id": 2, "post_id": "b", "text": None},
]
WANTED = [
    {"platform": "x", "account_id": "1", "followers_count": 3, "posts": []},
    {
        "platform": "x",
        "account_id": "2",
        "posts": [{"post_id": "a", "text": "one", "urls": ["https://a.example"]}, {"post_id": "b"}],
    },
]


@pytest.mark.parametrize("table", [list, iter, pl.DataFrame, pd.DataFrame])
def test_posts_stand_in_their_accounts_whatever_holds_them(table: Any) -> None:
    texts = [post | {"account_id": str(post["account_id"])} for post in POSTS]
    assert list(objects(table(ACCOUNTS), table(texts))) == WANTED


def test_ids_of_posts_and_accounts_may_be_numbers_and_platforms_in_capitals() -> None:
    assert list(objects(ACCOUNTS, POSTS)) == WANTED


@pytest.mark.parametrize(
    "table",
    [
        [{"platform": "x", "likes": float("nan"), "at": None, "when": datetime(2024, 5, 1, tzinfo=UTC)}],
        pd.DataFrame({"platform": ["x"], "likes": [pd.NA], "at": [pd.NaT], "when": [pd.Timestamp("2024-05-01T00:00Z")]}),
        pl.DataFrame({"platform": ["x"], "likes": [float("nan")], "at": [None], "when": [datetime(2024, 5, 1, tzinfo=UTC)]}),
    ],
    ids=["objects", "pandas", "polars"],
)  # fmt: skip
def test_what_is_null_or_no_number_is_left_out(table: Table) -> None:
    assert list(objects(table)) == [{"platform": "x", "when": datetime(2024, 5, 1, tzinfo=UTC)}]


def test_posts_without_their_account_are_an_error_that_names_the_author() -> None:
    with pytest.raises(InputError, match=r"^1 authors of posts .* the first is 2 of x"):
        list(objects(ACCOUNTS[:1], POSTS))


def test_a_table_without_ids_is_an_error_that_names_what_may_be_meant() -> None:
    with pytest.raises(MissingColumnError, match=r"a post has no account_id.*Did you mean acount_id"):
        list(objects(ACCOUNTS, [{"platform": "x", "acount_id": "1"}]))


def test_what_is_no_object_is_an_error() -> None:
    with pytest.raises(InputError, match="not str"):
        list(objects(["x"]))


def test_lists_that_pandas_holds_as_arrays_are_lists_also_in_posts() -> None:
    posts = pl.DataFrame({"posts": [[{"post_id": "1", "urls": ["https://a.example"]}]]}).to_pandas()
    table = posts.assign(platform="x", account_id=[1])
    (account,) = objects(table)
    assert account == {
        "platform": "x",
        "account_id": 1,
        "posts": [{"post_id": "1", "urls": ["https://a.example"]}],
    }
