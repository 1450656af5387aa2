"""Accounts created together that share what readers share too are found, and readers are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from vigie.features.coordination import campaigns, claims, created_together, published_contents
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
    return published_contents.contents(acts.filter(pl.col("trace").is_in(published_contents.PUBLISHED)))


@pytest.mark.parametrize("trace", ["co_url", "co_repost"])
def test_accounts_created_together_that_pass_on_the_same_are_found_and_readers_are_not(trace: str) -> None:
    acts, posts = numbered(sharing(trace, 40, 6))
    found = detect(acts, contents(acts), posts, accounts(fresh=30), NOBODY)
    assert found["account"].to_list() == list(range(MEMBERS))
    assert found["p"].max() < created_together.ALPHA  # type: ignore[operator]  # a number
    assert detect(acts, contents(acts), posts, accounts(fresh=0), NOBODY).is_empty()


def test_accounts_that_push_few_pages_and_few_posts_are_found_by_both() -> None:
    few = [*sharing("co_url", 5, 2), *sharing("co_quote", 4, 2)]
    acts, posts = numbered(few)
    born = accounts(fresh=30)
    assert detect(acts, contents(acts), posts, born, NOBODY)["account"].to_list() == list(range(MEMBERS))
    for trace in ("co_url", "co_quote"):
        one_way = acts.filter(pl.col("trace") == trace)
        assert detect(one_way, contents(one_way), posts, born, NOBODY).is_empty()
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
            kind=pl.lit("original"), text=pl.lit(""), created_at=pl.lit(NOW), target_post_id=pl.lit(None, pl.String),
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


def claiming(fresh_of: int, people: int = PEOPLE) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return posts in which members make one of two claims in words of their own, and others speak of what they like."""
    rng = np.random.default_rng(6)
    words = [f"w{a}{b}{c}" for a in "abcdefgh" for b in "abcdefgh" for c in "abcdefgh"]
    said = (["yacht", "minister", "gold"], ["dam", "poison", "mayor"])

    def text(claim: list[str]) -> str:
        return " ".join(rng.permutation([*claim, *rng.choice(words, 9, replace=False)]))

    rows = [(account, text(said[account % 2])) for account in range(fresh_of) for _ in range(2)]
    rows += [(account, text([])) for account in range(fresh_of, MEMBERS + people) for _ in range(3)]
    posts = pl.DataFrame(rows, schema=["row", "text"], orient="row").with_columns(
        pl.col("row").cast(pl.UInt32),
        kind=pl.lit("original"),
        created_at=pl.lit(NOW),
        target_post_id=pl.lit(None, pl.String),
        target_account_id=pl.lit(None, pl.String),
    )
    return posts, claims.acts(posts)


def test_accounts_created_together_that_reword_the_same_claims_are_found() -> None:
    posts, said = claiming(MEMBERS)
    nothing = pl.DataFrame(schema=ACTS)
    young, old = accounts(fresh=40), accounts(fresh=0)
    found = detect(nothing, contents(nothing), posts, young, NOBODY, said)
    assert found["account"].to_list() == list(range(MEMBERS))
    assert detect(nothing, contents(nothing), posts, young, NOBODY).is_empty()
    assert detect(nothing, contents(nothing), posts, old, NOBODY, said).is_empty()
    assert detect(nothing, contents(nothing), posts, young, found["account"], said).is_empty()


def test_claims_are_looked_at_where_more_accounts_are_new_than_just_before_and_after() -> None:
    assert created_together.is_crowded(accounts(fresh=40), NOBODY)
    assert not created_together.is_crowded(accounts(fresh=0), NOBODY)
    assert not created_together.is_crowded(accounts(fresh=40), pl.Series(range(MEMBERS)))
    assert not created_together.is_crowded(accounts(fresh=0).clear(), NOBODY)


def test_new_accounts_that_make_a_claim_beside_much_else_belong_too() -> None:
    posts, _ = claiming(MEMBERS)
    lives = pl.DataFrame({"row": [row for row in range(5) for _ in range(8)]}).with_columns(
        pl.col("row").cast(pl.UInt32), text=pl.lit("") + pl.int_range(pl.len()).cast(pl.String),
        kind=pl.lit("original"), created_at=pl.lit(NOW), target_post_id=pl.lit(None, pl.String), target_account_id=pl.lit(None, pl.String),
    )  # fmt: skip
    both = pl.concat([posts, lives], how="diagonal")
    nothing = pl.DataFrame(schema=ACTS)
    found = detect(nothing, contents(nothing), both, accounts(fresh=40), NOBODY, claims.acts(both))
    assert found["account"].to_list() == list(range(MEMBERS))


def test_people_whom_popular_posts_join_to_a_campaign_are_not_of_it() -> None:
    rng = np.random.default_rng(7)
    reposts = sharing("co_repost", 12, 5, members=30)
    # People repost several popular posts each, and some members one of these.
    popular = [
        ("co_repost", account, f"viral {thing}")
        for account in range(30, 60)
        for thing in rng.choice(9, 5, replace=False)
    ]
    popular += [
        ("co_repost", account, f"viral {thing}")
        for account in range(12)
        for thing in rng.choice(9, 2, replace=False)
    ]
    acts, posts = numbered([*reposts, *popular])
    young = accounts(fresh=25)
    found = detect(acts, contents(acts), posts, young, NOBODY)
    assert found["account"].to_list() == list(range(30))


def test_who_shares_what_is_counted_once_for_each_account() -> None:
    acts = pl.DataFrame({"account": [9, 5, 2, 9, 9], "object": [1, 1, 0, 2, 1]})
    held = created_together._Held(acts)
    assert held.accounts.to_list() == [2, 5, 9]
    assert held.sharing(np.array([1, 2])).tolist() == [0, 2, 1]
    assert held.shared(np.array([1, 2])).tolist() == [0, 1, 2]
    assert held.shared(np.array([], np.int64)).tolist() == [0, 0, 0]


def test_whether_a_set_is_beyond_its_own_trend_is_asked_last(monkeypatch: pytest.MonkeyPatch) -> None:
    acts, posts = numbered(sharing("co_url", 40, 6))
    asked = []
    monkeypatch.setattr(created_together, "_is_beyond_own_trend", lambda *_: asked.append(1))
    monkeypatch.setattr(created_together, "_of_burst", lambda *_: NOBODY)
    assert detect(acts, contents(acts), posts, accounts(45), NOBODY).is_empty()
    assert not asked
