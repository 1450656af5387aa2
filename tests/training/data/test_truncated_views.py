"""Views of an account: as it is, cut to its last posts, and earlier; each reads no post of the others' range."""

from __future__ import annotations

from typing import Any

import polars as pl


def test_the_full_view_of_every_account_comes_first(fitted: Any) -> None:
    accounts = fitted.corpus.accounts
    first = fitted.rows.head(accounts.height)
    assert first["view"].unique().to_list() == ["full"]
    assert first["row"].to_list() == accounts["row"].to_list()


def test_a_cut_view_has_so_many_posts_and_only_where_there_are_more(fitted: Any) -> None:
    posts = fitted.corpus.posts.group_by("row").len()
    for size in (20, 40):
        view = fitted.rows.filter(pl.col("view") == f"last {size}")
        assert view["used"].unique().to_list() == [size]
        assert set(view["row"]) == set(posts.filter(pl.col("len") > size)["row"])


def test_every_view_has_the_label_and_the_source_of_its_account(fitted: Any) -> None:
    labels = fitted.rows.group_by("row").agg(pl.col("source", "y").n_unique())
    assert labels.select(pl.col("source", "y").max()).row(0) == (1, 1)
