"""A function sees every account once, with all of its posts in their order, wherever an engine runs it."""

from __future__ import annotations

import polars as pl
import pytest

from vigie.errors import ClusterError
from vigie.features.cluster import by_account
from vigie.features.cluster.session import connected
from vigie.features.cluster.stored_tables import opened
from vigie.features.ingest.stored_dataset import Dataset


def test_accounts_come_with_all_their_posts_and_in_order(
    remote: str, added_to: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_account, "POSTS", 150)

    def told(accounts: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
        of_account = posts.group_by("platform", "account_id", maintain_order=True).agg(
            posts=pl.col("post_id").str.join(" ")
        )
        return (
            accounts.select("account_id", "platform", accounts=pl.lit(accounts.height, pl.Int64))
            .join(of_account, on=["platform", "account_id"], how="left", maintain_order="left")
            .drop("platform")
        )

    made = {"account_id": pl.String(), "accounts": pl.Int64(), "posts": pl.String()}
    with connected(remote) as session:
        found = by_account.applied(opened(session, str(added_to.path)), told, made)
    expected = told(added_to.accounts().collect(), added_to.posts().collect())
    assert found.drop("accounts").equals(expected.drop("accounts"))
    assert found["accounts"].max() < 20, "no bucket holds them all"  # type: ignore[operator]  # Int64


def test_an_error_of_the_function_is_told(remote: str, added_to: Dataset) -> None:
    def broken(accounts: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
        raise ValueError(f"{accounts.width} columns are too many")

    with (
        pytest.raises(ClusterError, match=r"ValueError: .* columns are too many"),
        connected(remote) as session,
    ):
        by_account.applied(opened(session, str(added_to.path)), broken, {"a": pl.String()})
