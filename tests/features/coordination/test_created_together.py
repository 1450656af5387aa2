"""Accounts created together that share what readers share too are found, and readers are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from vigie.features.coordination import campaigns, copies, created_together
from vigie.features.coordination.created_together import detect

NOW = datetime(2026, 3, 2, tzinfo=UTC)
MEMBERS, PEOPLE = 60, 400
NOBODY = pl.Series([], dtype=pl.Int64)
ACTS = {"trace": pl.String, "account": pl.Int64, "object": pl.String, "time": pl.Int64, "post": pl.Int64}


def accounts(fresh: int, members: int = MEMBERS, people: int = PEOPLE) -> pl.DataFrame:
    """Return people of all ages, and members of whom so many were created within a month."""
    rng = np.random.default_rng(4)
    days = rng.integers(30, 4_000, members + people)
    days[:fresh] = rng.integers(40, 70, fresh)
    return pl.DataFrame(
        {
            "row": np.arange(members + people),
            "created_at": [NOW - timedelta(days=int(day)) for day in days],
            "observed_at": NOW,
            "platform": "x",
        }
    )


def sharing(trace: str, things: int, each: int, members: int = MEMBERS) -> list[tuple[str, int, str]]:
    """Return members that each share some of a few things."""
    rng = np.random.default_rng(5)
    return [
        (trace, account, f"site.example/{thing}")
        for account in range(members)
        for thing in rng.choice(things, each, replace=False)
    ]


def numbered(shared: list[tuple[str, int, str]], people: int = PEOPLE) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return acts and posts: what members share, and three posts of each of the others."""
    first = MEMBERS
    lives = [(account, f"own {account}") for account in range(first, first + people) for _ in range(3)]
    posts = pl.DataFrame({"row": [account for _, account, _ in shared] + [account for account, _ in lives]})
    rows = [(*act, 600 * post, post) for post, act in enumerate(shared)]
    return pl.DataFrame(rows, schema=ACTS, orient="row"), posts


def contents(acts: pl.DataFrame) -> pl.DataFrame:
    return copies.contents(acts.filter(pl.col("trace").is_in(copies.PUBLISHED)))


@pytest.mark.parametrize("trace", ["co_url", "co_repost"])
def test_accounts_created_together_that_pass_on_the_same_are_found_and_readers_are_not(trace: str) -> None:
    acts, posts = numbered(sharing(trace, 40, 6))
    found = detect(acts, contents(acts), posts, accounts(fresh=30), NOBODY)
    assert found["account"].to_list() == list(range(MEMBERS))
    assert found["p"].max() < created_together.ALPHA  # type: ignore[operator]  # a number
    assert detect(acts, contents(acts), posts, accounts(fresh=0), NOBODY).is_empty()


def test_a_burst_of_few_of_them_says_nothing_of_them() -> None:
    acts, posts = numbered(sharing("co_url", 40, 6))
    assert detect(acts, contents(acts), posts, accounts(fresh=4), NOBODY).is_empty()


def test_months_in_which_everybody_came_tell_nothing() -> None:
    acts, posts = numbered(sharing("co_url", 40, 6))
    everybody = accounts(fresh=MEMBERS + PEOPLE)
    assert detect(acts, contents(acts), posts, everybody, NOBODY).is_empty()


def test_without_dates_or_without_others_nothing_is_found() -> None:
    acts, posts = numbered(sharing("co_url", 40, 6))
    unknown = accounts(fresh=30).with_columns(created_at=pl.lit(None, pl.Datetime("us", "UTC")))
    assert detect(acts, contents(acts), posts, unknown, NOBODY).is_empty()
    assert detect(acts, contents(acts), posts, accounts(fresh=30).head(MEMBERS + 20), NOBODY).is_empty()


def test_accounts_of_one_text_each_are_found_with_those_of_the_same_texts_and_signers_are_not() -> None:
    rng = np.random.default_rng(6)
    flood = [("text_duplicate", account, f"text {rng.integers(6)}") for account in range(MEMBERS)]
    signers = [("text_duplicate", account, "petition") for account in range(MEMBERS, MEMBERS + 80)]
    acts, posts = numbered(flood + signers)
    born = accounts(fresh=35)
    # Signers post nothing else.
    alone = posts.head(len(flood + signers)).vstack(posts.filter(pl.col("row") >= MEMBERS + 80))
    acts = acts.with_columns(post=pl.int_range(pl.len()))
    found = detect(acts.clear(), contents(acts), alone, born, NOBODY)
    assert found["account"].to_list() == list(range(MEMBERS))


def test_members_of_a_campaign_are_of_no_set() -> None:
    acts, posts = numbered(sharing("co_url", 40, 6))
    most = pl.Series(range(40))
    assert detect(acts, contents(acts), posts, accounts(fresh=30), most).is_empty()
    few = pl.Series(range(10))
    found = detect(acts, contents(acts), posts, accounts(fresh=30), few)
    assert found["account"].to_list() == list(range(10, MEMBERS))


def test_they_found_a_campaign_that_shows_what_they_pass_on() -> None:
    acts, posts = numbered(sharing("co_url", 40, 6))
    everyone = campaigns.Collection(
        accounts(fresh=30),
        posts.with_columns(
            kind=pl.lit("original"), text=pl.lit(""), target_post_id=pl.lit(None, pl.String),
            target_account_id=pl.lit(None, pl.String), mentions=pl.lit(None, pl.List(pl.String)),
        ),
        acts,
    )  # fmt: skip
    no_group = pl.DataFrame(schema={"group": pl.Int64, "account": pl.Int64})
    found = campaigns.detect_campaigns(acts, no_group, collection=everyone)
    assert found.members["account"].to_list() == list(range(MEMBERS))
    assert found.members["created_together"].all()
    assert found.members.select(campaigns.founded_on().unique()).item() == "created_together"
    assert found.posts()["trace"].unique().to_list() == ["co_url"]
    assert found.posts().height == 6 * MEMBERS
    assert campaigns.detect_campaigns(acts, no_group).members.is_empty()
